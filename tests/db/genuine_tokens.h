/* Tokens as identity providers issue them: header, claims and key set in their spelling, members in their
 * order, with names and numbers made up. ' stands for ", @-300 for a time 300 s ago, in a key set $n
 * for the modulus of key n, $x and $y for the numbers of the key on P-256, $X and $Y of that on P-384. */
#ifndef INSULA_TESTS_GENUINE_TOKENS_H
#define INSULA_TESTS_GENUINE_TOKENS_H

#define ENTRA_KEYS                                                                                 \
    "{'keys':[{'kty':'RSA','use':'sig','kid':'old','x5t':'old','n':'$2','e':'AQAB','x5c':['MIIC'],"  \
    "'issuer':'https://login.microsoftonline.com/{tenantid}/v2.0'},{'kty':'RSA','use':'sig','kid':"  \
    "'nOo3ZDrODXEK1jKWhXslHR_KXEg','x5t':'nOo3ZDrODXEK1jKWhXslHR_KXEg','n':'$1','e':'AQAB','x5c':["  \
    "'MIIC'],'issuer':'https://login.microsoftonline.com/{tenantid}/v2.0'}]}"
#define OKTA_KEYS                                                                                  \
    "{'keys':[{'kty':'RSA','alg':'RS256','kid':'Hp2w','use':'sig','e':'AQAB','n':'$1'},{'kty':'RSA'," \
    "'alg':'RS256','kid':'next','use':'sig','e':'AQAB','n':'$2'}]}"
#define AUTH0_KEYS                                                                                 \
    "{'keys':[{'kty':'RSA','use':'sig','n':'$1','e':'AQAB','kid':'vwTQ','x5t':'vwTQ','x5c':['MIID'],"  \
    "'alg':'RS256'},{'kty':'RSA','use':'sig','n':'$2','e':'AQAB','kid':'aWk','x5t':'aWk','x5c':["    \
    "'MIID'],'alg':'RS256'}]}"
#define KEYCLOAK_KEYS(alg)                                                                         \
    "{'keys':[{'kid':'enc','kty':'RSA','alg':'RSA-OAEP','use':'enc','n':'$2','e':'AQAB','x5c':["     \
    "'MIIC'],'x5t':'a','x5t#S256':'b'},{'kid':'FJ86','kty':'RSA','alg':'" alg                        \
    "','use':'sig','n':'$1','e':'AQAB','x5c':['MIIC'],'x5t':'c','x5t#S256':'d'}]}"
#define KEYCLOAK_EC_KEYS                                                                           \
    "{'keys':[{'kid':'e256','kty':'EC','alg':'ES256','use':'sig','crv':'P-256','x':'$x','y':'$y'},"  \
    "{'kid':'e384','kty':'EC','alg':'ES384','use':'sig','crv':'P-384','x':'$X','y':'$Y'},"           \
    "{'kid':'e521','kty':'EC','alg':'ES512','use':'sig','crv':'P-521','x':'AA','y':'AA'},{'kid':"    \
    "'ed','kty':'OKP','alg':'EdDSA','use':'sig','crv':'Ed25519','x':'$x'}]}"
#define GOOGLE_KEYS                                                                                \
    "{'keys':[{'n':'$2','use':'sig','kid':'0ad1','kty':'RSA','e':'AQAB','alg':'RS256'},{'alg':"      \
    "'RS256','e':'AQAB','n':'$1','kid':'f833','kty':'RSA','use':'sig'}]}"
#define PLAIN_KEYS(rest) "{'keys':[{'kty':'RSA','n':'$1','e':'AQAB'" rest "}]}"

#define ENTRA_TIMES  "'iat':@-300,'nbf':@-300,'exp':@+3899,"
#define ENTRA_HEADER "{'typ':'JWT','alg':'RS256','kid':'nOo3ZDrODXEK1jKWhXslHR_KXEg'}"
#define ENTRA_V1                                                                                   \
    "{'typ':'JWT','alg':'RS256','x5t':'nOo3ZDrODXEK1jKWhXslHR_KXEg','kid':"                          \
    "'nOo3ZDrODXEK1jKWhXslHR_KXEg'}"
#define TID          "9188040d-6c67-4c5b-b112-36a304b66dad"
#define STS          "https://sts.windows.net/" TID "/"
#define LOGIN        "https://login.microsoftonline.com/" TID "/v2.0"
#define AUTH0        "https://acme.eu.auth0.com/"
#define OKTA         "https://acme.okta.com/oauth2/default"
#define REALM        "https://id.acme.example/realms/acme"

static const struct shape {
    const char *name, *alg, *keys, *header, *claims, *issuer, *audience;
    const char *algorithms, *tenant_claim, *tenant_value, *subject_claim; /* NULL: the usual */
} shapes[] = {
    { "Entra ID v1 access", "RS256", ENTRA_KEYS, ENTRA_V1,
      "{'aud':'api://insula','iss':'" STS "'," ENTRA_TIMES
      "'acr':'1','aio':'AXQAi','amr':['pwd','mfa'],'appid':'6e74','appidacr':'0','family_name':"
      "'Weiss','given_name':'Maria','ipaddr':'203.0.113.7','name':'Maria Weiss','oid':'0b6f','rh':"
      "'0.A','scp':'chat.use','sub':'l3_r','tid':'" TID "','unique_name':'maria@acme.example','upn':"
      "'maria@acme.example','uti':'z','ver':'1.0','xms_tcdt':1600000000}",
      STS, "api://insula", "RS256", "tid", TID, "oid" },
    { "Entra ID v1, an application's own", "RS256", ENTRA_KEYS, ENTRA_V1,
      "{'aud':'api://insula','iss':'" STS "'," ENTRA_TIMES
      "'aio':'E2','appid':'6e74','appidacr':'1','idp':'" STS "','idtyp':'app','oid':'0b6f','rh':"
      "'0.A','roles':['Chat.Use'],'sub':'0b6f','tid':'" TID "','uti':'z','ver':'1.0'}",
      STS, "api://insula", "RS256", "tid", TID, NULL },
    { "Entra ID v2 access", "RS256", ENTRA_KEYS, ENTRA_HEADER,
      "{'aud':'6e74172b-be56-4843-9ff4-e66a39bb12e3','iss':'" LOGIN "'," ENTRA_TIMES
      "'aio':'AXQ','azp':'11c4','azpacr':'0','groups':['a','b'],'name':'J\\u00f6rg Wei\xc3\x9f','oid':"
      "'0b6f','preferred_username':'joerg@acme.example','rh':'0.A','roles':['Insula.Admin'],'scp':"
      "'chat.use','sub':'s','tid':'" TID "','uti':'z','ver':'2.0'}",
      LOGIN, "6e74172b-be56-4843-9ff4-e66a39bb12e3", "RS256", "tid", TID, "oid" },
    { "Entra ID v2 ID token", "RS256", ENTRA_KEYS, ENTRA_HEADER,
      "{'aud':'6e74','iss':'" LOGIN "'," ENTRA_TIMES
      "'email':'maria@acme.example','name':'Maria','nonce':'678910','oid':'0b6f',"
      "'preferred_username':'maria@acme.example','rh':'0.A','sub':'s','tid':'" TID
      "','uti':'z','ver':'2.0'}",
      LOGIN, "6e74", NULL, "tid", TID, NULL },
    { "Entra ID v2, a guest", "RS256", ENTRA_KEYS, ENTRA_HEADER,
      "{'aud':'6e74','iss':'" LOGIN "'," ENTRA_TIMES
      "'acct':1,'idp':'https://sts.windows.net/f8cd/','name':'Guest','oid':'77','sub':'g','tid':'" TID
      "','ver':'2.0'}",
      LOGIN, "6e74", "RS256 PS256", "tid", TID, "oid" },
    { "Entra ID B2C", "RS256", ENTRA_KEYS, ENTRA_HEADER,
      "{'ver':'1.0','iss':'https://acme.b2clogin.com/" TID "/v2.0/','sub':'884408e1','aud':'90c0',"
      "'exp':@+3600,'nonce':'12345','iat':@-10,'auth_time':@-10,'emails':['maria@acme.example'],"
      "'tfp':'B2C_1_sign_in','nbf':@-10}",
      "https://acme.b2clogin.com/" TID "/v2.0/", "90c0", NULL, NULL, NULL, NULL },
    { "AD FS", "RS256", ENTRA_KEYS, ENTRA_V1,
      "{'aud':'microsoft:identityserver:insula','iss':"
      "'http://adfs.acme.example/adfs/services/trust','iat':@-5,'exp':@+3595,'apptype':'Public',"
      "'appid':'x','authmethod':'urn:oasis','auth_time':'2026-11-24T12:00:00.000Z','ver':'1.0',"
      "'scp':'openid','sub':'ACME\\\\maria'}",
      "http://adfs.acme.example/adfs/services/trust", "microsoft:identityserver:insula", NULL, NULL,
      NULL, NULL },
    { "Okta access", "RS256", OKTA_KEYS, "{'kid':'Hp2w','alg':'RS256'}",
      "{'ver':1,'jti':'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMy0D7uX39RE','iss':'" OKTA
      "','aud':'api://default','iat':@-60,'exp':@+3540,'cid':'0oabz','uid':'00ujmk','scp':['openid',"
      "'chat'],'auth_time':@-900,'sub':'maria@acme.example','groups':['Everyone']}",
      OKTA, "api://default", NULL, NULL, NULL, NULL },
    { "Okta access, as RFC 9068 has it", "RS256", OKTA_KEYS,
      "{'kid':'Hp2w','typ':'at+jwt','alg':'RS256'}",
      "{'ver':1,'jti':'AT.1','iss':'" OKTA "','aud':['api://default'],'iat':@-60,'exp':@+3540,"
      "'client_id':'0oabz','cid':'0oabz','uid':'00ujmk','scp':['chat'],'auth_time':@-900,'sub':"
      "'maria@acme.example'}",
      OKTA, "api://default", NULL, NULL, NULL, "uid" },
    { "Okta ID token", "RS256", OKTA_KEYS, "{'kid':'Hp2w','alg':'RS256'}",
      "{'sub':'00ujmk','name':'Maria Weiss','email':'maria@acme.example','ver':1,'iss':'" OKTA
      "','aud':'0oabz','iat':@-60,'exp':@+3540,'jti':'ID.4','amr':['pwd','otp','mfa'],'idp':'00ok1',"
      "'nonce':'n','preferred_username':'maria@acme.example','auth_time':@-900,'at_hash':'pr'}",
      OKTA, "0oabz", NULL, NULL, NULL, NULL },
    { "Auth0 access, its own profile", "RS256", AUTH0_KEYS,
      "{'alg':'RS256','typ':'JWT','kid':'vwTQ'}",
      "{'https://insula/role':'admin','iss':'" AUTH0 "','sub':'auth0|5f7c8ec7c33c6c004bbafe82','aud':["
      "'https://insula','" AUTH0 "userinfo'],'iat':@-1,'exp':@+86399,'scope':'openid profile email',"
      "'azp':'my_client_id','org_id':'org_9yb'}",
      AUTH0, "https://insula", NULL, "org_id", "org_9yb", NULL },
    { "Auth0 access, RFC 9068", "RS256", AUTH0_KEYS, "{'alg':'RS256','typ':'at+jwt','kid':'vwTQ'}",
      "{'iss':'" AUTH0 "','sub':'auth0|5f','aud':['https://insula','" AUTH0
      "userinfo'],'iat':@-1,'exp':@+86399,'scope':'openid','jti':'9r','client_id':'c'}",
      AUTH0, "https://insula", NULL, NULL, NULL, NULL },
    { "Auth0 machine to machine", "RS256", AUTH0_KEYS, "{'alg':'RS256','typ':'JWT','kid':'vwTQ'}",
      "{'iss':'" AUTH0 "','sub':'c@clients','aud':'https://insula','iat':@-1,'exp':@+86399,'gty':"
      "'client-credentials','azp':'c'}",
      AUTH0, "https://insula", NULL, NULL, NULL, NULL },
    { "Auth0 ID token", "RS256", AUTH0_KEYS, "{'alg':'RS256','typ':'JWT','kid':'vwTQ'}",
      "{'nickname':'maria','name':'maria@acme.example','picture':'https://s.gravatar.com/avatar/1',"
      "'updated_at':'2026-11-24T08:00:00.000Z','email':'maria@acme.example','email_verified':true,"
      "'iss':'" AUTH0 "','aud':'client','iat':@-1,'exp':@+35999,'sub':'auth0|5f','sid':'AbC'}",
      AUTH0, "client", NULL, NULL, NULL, NULL },
    { "Auth0 with PS256", "PS256",
      "{'keys':[{'kty':'RSA','use':'sig','n':'$1','e':'AQAB','kid':'ps','alg':'PS256'}]}",
      "{'alg':'PS256','typ':'at+jwt','kid':'ps'}",
      "{'iss':'" AUTH0 "','sub':'auth0|5f','aud':'https://insula','iat':@-1,'exp':@+86399,'jti':'9r'}",
      AUTH0, "https://insula", "RS256 PS256", NULL, NULL, NULL },
    { "Auth0 with RS512", "RS512",
      "{'keys':[{'kty':'RSA','use':'sig','n':'$1','e':'AQAB','kid':'r','alg':'RS512'}]}",
      "{'alg':'RS512','typ':'JWT','kid':'r'}",
      "{'iss':'" AUTH0 "','sub':'auth0|5f','aud':'https://insula','iat':@-1,'exp':@+86399}", AUTH0,
      "https://insula", "RS256 RS512", NULL, NULL, NULL },
    { "Keycloak access", "RS256", KEYCLOAK_KEYS("RS256"),
      "{'alg':'RS256','typ' : 'JWT','kid' : 'FJ86'}",
      "{'exp':@+300,'iat':@-0,'auth_time':@-9000,'jti':'onrtac:6','iss':'" REALM "','aud':['insula',"
      "'account'],'sub':'f:1:maria','typ':'Bearer','azp':'web','sid':'S','acr':'1','allowed-origins':"
      "['https://chat.acme.example'],'realm_access':{'roles':['offline_access','admin']},"
      "'resource_access':{'account':{'roles':['manage-account']}},'scope':'openid email',"
      "'email_verified':true,'name':'Maria Weiss','email':'maria@acme.example'}",
      REALM, "insula", NULL, NULL, NULL, NULL },
    { "Keycloak access, RFC 9068", "RS256", KEYCLOAK_KEYS("RS256"),
      "{'alg':'RS256','typ' : 'at+jwt','kid' : 'FJ86'}",
      "{'exp':@+300,'iat':@-0,'jti':'6','iss':'" REALM "','aud':'insula','sub':'f:1','typ':'Bearer',"
      "'azp':'web','client_id':'web','scope':'chat'}",
      REALM, "insula", NULL, NULL, NULL, NULL },
    { "Keycloak ID token", "RS256", KEYCLOAK_KEYS("RS256"),
      "{'alg':'RS256','typ' : 'JWT','kid' : 'FJ86'}",
      "{'exp':@+300,'iat':@-0,'auth_time':@-0,'jti':'7','iss':'" REALM "','aud':'web','sub':'f:1',"
      "'typ':'ID','azp':'web','nonce':'n','sid':'S','at_hash':'x','acr':'1','email_verified':false}",
      REALM, "web", NULL, NULL, NULL, NULL },
    { "Keycloak with PS256", "PS256", KEYCLOAK_KEYS("PS256"),
      "{'alg':'PS256','typ' : 'JWT','kid' : 'FJ86'}",
      "{'exp':@+300,'iat':@-0,'iss':'" REALM "','aud':'insula','sub':'f:1','typ':'Bearer'}", REALM,
      "insula", "PS256", NULL, NULL, NULL },
    { "Keycloak with RS384", "RS384", KEYCLOAK_KEYS("RS384"),
      "{'alg':'RS384','typ' : 'JWT','kid' : 'FJ86'}",
      "{'exp':@+300,'iat':@-0,'iss':'" REALM "','aud':'insula','sub':'f:1','typ':'Bearer'}", REALM,
      "insula", "RS384", NULL, NULL, NULL },
    { "Keycloak with ES256", "ES256", KEYCLOAK_EC_KEYS,
      "{'alg':'ES256','typ' : 'JWT','kid' : 'e256'}",
      "{'exp':@+300,'iat':@-0,'iss':'" REALM "','aud':'insula','sub':'f:1','typ':'Bearer'}", REALM,
      "insula", "ES256 ES384", NULL, NULL, NULL },
    { "Keycloak with ES384", "ES384", KEYCLOAK_EC_KEYS,
      "{'alg':'ES384','typ' : 'JWT','kid' : 'e384'}",
      "{'exp':@+300,'iat':@-0,'iss':'" REALM "','aud':'insula','sub':'f:1','typ':'Bearer'}", REALM,
      "insula", "ES256 ES384", NULL, NULL, NULL },
    { "Google ID token", "RS256", GOOGLE_KEYS, "{'alg':'RS256','kid':'f833','typ':'JWT'}",
      "{'iss':'https://accounts.google.com','azp':'1.apps.googleusercontent.com','aud':"
      "'1.apps.googleusercontent.com','sub':'110169484474386276334','hd':'acme.example','email':"
      "'maria@acme.example','email_verified':true,'at_hash':'HK6E','name':'Maria Weiss','picture':"
      "'https:\\/\\/lh3.googleusercontent.com\\/a','iat':@-0,'exp':@+3600}",
      "https://accounts.google.com", "1.apps.googleusercontent.com", NULL, "hd", "acme.example",
      NULL },
    { "Google service account's ID token", "RS256", GOOGLE_KEYS,
      "{'alg':'RS256','kid':'f833','typ':'JWT'}",
      "{'aud':'https://insula.acme.example','azp':'11','email':"
      "'job@acme.iam.gserviceaccount.com','email_verified':true,'exp':@+3600,'iat':@-0,'iss':"
      "'https://accounts.google.com','sub':'11'}",
      "https://accounts.google.com", "https://insula.acme.example", NULL, NULL, NULL, NULL },
    { "Google's proxy (IAP)", "ES256",
      "{'keys':[{'alg':'ES256','crv':'P-256','kid':'LYyP2g','kty':'EC','use':'sig','x':'$x','y':"
      "'$y'}]}",
      "{'alg':'ES256','typ':'JWT','kid':'LYyP2g'}",
      "{'aud':'/projects/1/global/backendServices/2','email':'maria@acme.example','exp':@+600,'google':"
      "{'access_levels':['x']},'hd':'acme.example','iat':@-0,'iss':'https://cloud.google.com/iap',"
      "'sub':'accounts.google.com:11'}",
      "https://cloud.google.com/iap", "/projects/1/global/backendServices/2", "ES256", NULL, NULL,
      NULL },
    { "any access token by RFC 9068, with its long typ", "ES256",
      "{'keys':[{'kty':'EC','use':'sig','kid':'k','crv':'P-256','x':'$x','y':'$y'}]}",
      "{'alg':'ES256','typ':'application/at+jwt','kid':'k'}",
      "{'jti':'x','sub':'maria','iat':@-0,'exp':@+600,'client_id':'c','iss':'https://op.example',"
      "'aud':'https://insula'}",
      "https://op.example", "https://insula", "ES256", NULL, NULL, NULL },
    { "times as doubles", "RS256", PLAIN_KEYS(",'kid':'k'"), "{'alg':'RS256','kid':'k'}",
      "{'iss':'https://py.example','aud':'a','sub':'s','iat':@-5.0,'nbf':@-5.0,'exp':@+600.0}",
      "https://py.example", "a", NULL, NULL, NULL, NULL },
    { "one key, and nobody names it", "RS256", PLAIN_KEYS(""), "{'alg':'RS256'}",
      "{'iss':'https://small.example','aud':['a'],'sub':'s','exp':@+600}", "https://small.example",
      "a", NULL, NULL, NULL, NULL },
    { "a key without alg serves the issuer's only one", "PS256", PLAIN_KEYS(",'kid':'k'"),
      "{'alg':'PS256','kid':'k'}", "{'iss':'https://ps.example','aud':'a','sub':'s','exp':@+600}",
      "https://ps.example", "a", "PS256", NULL, NULL, NULL },
    { "strange spellings of the same JSON", "RS256", PLAIN_KEYS(",'kid':'a\\u002fb'"),
      " {\n'kid' :'a\\/b','\\u0061lg':'RS256'} ",
      "{'sub':'\xf0\x9f\x90\x9a','\\u0069ss':'https:\\/\\/odd.example','aud':'\\u0061','exp':@+600}",
      "https://odd.example", "a", NULL, NULL, NULL, NULL },
};
#define SHAPES (sizeof shapes / sizeof *shapes)

#endif
