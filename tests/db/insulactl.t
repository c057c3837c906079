#!/bin/bash
# insulactl against a real database, as an operator uses it: every command, every exit code, and
# that fsck sees what is planted. Runs alone, or under `tests/tools/mariadb.sh run`.
set -u

here=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in
/*) program=$BUILD/insulactl ;;
*) program=$here/$BUILD/insulactl ;;
esac
if [ -z "${INSULA_TEST_SOCKET-}" ]; then
    exec "$here/tests/tools/mariadb.sh" run "$0" "$@"
fi

count=0 failed=0
folder=$(mktemp -d "${TMPDIR:-/tmp}/insulactl.XXXXXX")
database=insulactl_$$
trap 'sql "DROP DATABASE IF EXISTS $database" mysql; rm -rf "$folder"' EXIT

sql() { # statement [database]
    mariadb --no-defaults --socket="$INSULA_TEST_SOCKET" --user=root --batch --skip-column-names \
        -e "$1" "${2:-$database}"
}

ok() { # status promise
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        failed=1
        echo "not ok $count - $2"
        sed 's/^/#   /' "$folder/out" "$folder/err"
    fi
}

ctl() { # words: keeps standard output, error and status
    "$program" -c "$folder/insula.conf" "$@" >"$folder/out" 2>"$folder/err" </dev/null
    status=$?
    return $status
}

exits() { # status promise words…: standard error has one sentence unless all is well
    local want=$1 promise=$2
    shift 2
    ctl "$@"
    [ $status = "$want" ] && { [ "$want" = 0 ] || [ "$(wc -l <"$folder/err")" = 1 ]; }
    ok $? "$promise"
}

says() { # pattern promise: of the last command's output
    grep -qE -- "$1" "$folder/out"
    ok $? "$2"
}

complains() { # pattern promise
    grep -qE -- "$1" "$folder/err"
    ok $? "$2"
}

section() { # name user
    printf '[%s]\nsocket = %s\nname = %s\nuser = %s\n\n' "$1" "$INSULA_TEST_SOCKET" "$database" "$2"
}

write_configuration() {
    mkdir -m 0700 "$folder/run" "$folder/spool"
    {
        printf '[worker]\nrun_dir = %s\n\n' "$folder/run"
        section database insula_worker
        section 'operator database' insula_operator
        section 'migration database' root
        printf '[spool]\ndir = %s\nkeep_seconds = 300\n\n' "$folder/spool"
        printf '[keys]\nfile = %s\n' "$folder/keys"
    } >"$folder/insula.conf"
    chmod 600 "$folder/insula.conf"
}

sql "CREATE DATABASE $database CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
     CREATE USER IF NOT EXISTS insula_worker; CREATE USER IF NOT EXISTS insula_operator" mysql
write_configuration

# ---- the words of the command line ----
exits 0 'help is no failure' help
says 'tenant create' 'help lists the commands'
exits 0 'a command has help of its own' tenant create --help
says '--brand-color COLOR' 'a command tells its options'
exits 0 'version is a command' version
exits 2 'an unknown command is misuse' tenants
exits 2 'an unknown option is misuse' tenant list --all
exits 2 'a missing operand is misuse' tenant show
exits 2 'a word too many is misuse' tenant show bank bank
exits 2 'an option without its value is misuse' usage --tenant

# ---- files that are not there ----
exits 3 'a configuration that is not there is unreachable' -c "$folder/none.conf" tenant list
sed "s|$INSULA_TEST_SOCKET|$folder/no.sock|" "$folder/insula.conf" >"$folder/away.conf"
chmod 600 "$folder/away.conf"
exits 3 'a database that is away is unreachable' -c "$folder/away.conf" tenant list
INSULA_CONF=$folder/none.conf "$program" tenant list 2>"$folder/err" >"$folder/out"
[ $? = 3 ] && grep -q none.conf "$folder/err"
ok $? 'INSULA_CONF names the configuration'

# ---- a house from nothing ----
exits 3 'a schema directory that is not there is unreachable' migrate --schema "$folder/none"
exits 0 'migrate makes the schema' migrate --schema "$here/schema"
says '^[1-9][0-9]* schema files applied' 'migrate says how many files it applied'
exits 0 'migrate can be run again' migrate --schema "$here/schema"
says '^0 schema files applied' 'and then applies nothing'
exits 3 'a tenant needs the key file' tenant create bank --name Bank
complains 'keys init' 'and the message says what makes it'
exits 0 'keys init makes the key file' keys init
[ "$(stat -c %a "$folder/keys")" = 400 ]
ok $? 'the key file can be read by its owner alone'
sum=$(sha256sum <"$folder/keys")
exits 0 'keys init can be run again' keys init
[ "$sum" = "$(sha256sum <"$folder/keys")" ]
ok $? 'and leaves the keys as they are'

# ---- tenants ----
exits 0 'a tenant is made' tenant create bank --name 'Harbour Bank' --brand-color '#0066cc' \
    --budget 100.00 --currency EUR --locale de-CH --disconnect drain:5
exits 1 'a slug is given once' tenant create bank --name Other
complains "tenant 'bank' already" 'and the message names it'
exits 2 'a tenant needs a name' tenant create shop
exits 2 'a slug has a form' tenant create Bank --name Bank
exits 2 'a colour has a form' tenant set bank --brand-color blue
complains '--brand-color' 'and the message names the option'
exits 2 'a colour ends with its last digit' tenant set bank --brand-color "#0066cc
"
exits 2 'a policy has a form' tenant set bank --disconnect drain:0
exits 2 'a name has no control characters' tenant set bank --name $'Ba\033nk'
exits 2 'a budget is an amount' tenant set bank --budget 1e3
exits 2 'an origin has no path' tenant set bank --cors-origin 'https://a.example https://b.example/'
exits 2 'and is no pattern' tenant set bank --cors-origin '*'
exits 1 'the default model is on the allow-list' tenant set bank --default-model gpt
exits 1 'an unknown tenant is not found' tenant show shop
exits 0 'a tenant is shown' --json tenant show bank
says '"brand_color":"#0066cc"' 'with its colour'
says '"monthly_budget":100000000,' 'with its budget in micro-units'
says '"disconnect":"drain:5"' 'with its policy'
before=$(sql "SELECT generation FROM tenant WHERE slug = 'bank'")
exits 0 'a change raises the generation' tenant set bank --welcome 'Good day'
[ "$(sql "SELECT generation FROM tenant WHERE slug = 'bank'")" -gt "$before" ]
ok $? 'so that workers see it'
exits 0 'an unnamed setting stays' --json tenant show bank
says '"brand_color":"#0066cc".*"welcome":"Good day"' 'beside one that was named'
exits 0 'origins are a list' tenant set bank --cors-origin 'https://b.example  http://localhost:5173 https://b.example'
exits 0 'which is shown' --json tenant show bank
says '"cors_origins":"http://localhost:5173 https://b.example"' 'each once'
exits 0 'a new list replaces it' tenant set bank --cors-origin https://c.example
exits 0 'and another setting leaves it' tenant set bank --locale de
exits 0 'so there is one' --json tenant show bank
says '"cors_origins":"https://c.example"' 'the new one'
exits 0 'none takes all away' tenant set bank --cors-origin none
exits 0 'so there is none' --json tenant show bank
says '"cors_origins":""' 'at all'
printf '\211PNG\r\n\032\n\0\0\0\rIHDR' >"$folder/logo.txt"
exits 0 'a logo is told by its bytes, not its name' tenant set bank --logo "$folder/logo.txt"
[ "$(sql "SELECT CONCAT(logo_type, LENGTH(logo)) FROM setting")" = image/png16 ]
ok $? 'and kept with its type'
echo '<svg/>' >"$folder/logo.png"
exits 2 'a picture that can carry scripts is refused' tenant set bank --logo "$folder/logo.png"
exits 0 'a tenant is suspended' tenant suspend bank
[ "$(sql "SELECT status FROM tenant")" = suspended ]
ok $? 'and is so'
exits 0 'and resumed' tenant resume bank
exits 0 'another tenant' tenant create shop --name Shop
exits 0 'tenants are listed' tenant list
[ "$(cut -f1,3 "$folder/out" | tr '\t\n' ': ')" = 'bank:active shop:active ' ]
ok $? 'tab-separated, where nobody watches'

# ---- identity ----
idp='--issuer https://login.example --audience insula'
exits 2 'an identity provider needs keys' idp set bank sso $idp
exits 2 'HS256 does not go with a key set' idp set bank sso $idp --algorithms HS256 \
    --key-set-url https://login.example/keys
exits 2 'RS256 does not go with a secret' idp set bank sso $idp --algorithms RS256 --generate-secret
exits 2 'only one source of keys' idp set bank sso $idp --generate-secret --key-set-file /k
exits 0 'a secret is made' idp set bank demo $idp --generate-secret
[ ! -s "$folder/out" ] && [ "$(sql "SELECT LENGTH(secret) FROM identity_provider")" = $((43 + 33)) ]
ok $? 'sealed, and shown to nobody'
exits 1 'an issuer with a secret is nobody else'"'"'s' idp set shop demo $idp --generate-secret
exits 1 'even with a key set' idp set shop demo $idp --tenant-claim tid --tenant-value 2 \
    --key-set-url https://login.example/keys
exits 0 'it may get a key set instead' idp set bank demo --tenant-claim tid --tenant-value 1 \
    --key-set-url https://login.example/keys --algorithms 'RS256 ES256'
exits 1 'then another tenant needs a claim' idp set shop demo $idp \
    --key-set-url https://login.example/keys
exits 1 'and another value of it' idp set shop demo $idp --tenant-claim tid --tenant-value 1 \
    --key-set-url https://login.example/keys
exits 1 'whatever the audience' idp set shop demo --issuer https://login.example --audience other \
    --tenant-claim tid --tenant-value 1 --key-set-url https://login.example/keys
exits 0 'and then they may share it' idp set shop demo $idp --tenant-claim tid --tenant-value 2 \
    --key-set-url https://login.example/keys
exits 1 'a tenant without a secret gets no token' token bank --subject ada
exits 0 'a second provider, with a secret' idp set bank demo2 --issuer https://bank.example \
    --audience insula --generate-secret --role-claim roles --admin-value chief
exits 0 'providers are listed' --json idp list bank
says '"name":"demo2".*"keys":"secret"' 'without their secrets'
exits 0 'a token is minted' token bank --subject ada --role admin --name 'Ada L' --email a@b --ttl 1h
payload=$(cut -d. -f2 "$folder/out" | tr '_-' '/+')
while [ $((${#payload} % 4)) != 0 ]; do payload=$payload=; done
base64 -d <<<"$payload" >"$folder/out"
says '"iss":"https://bank.example"' 'with the issuer'
says '"sub":"ada"' 'the subject'
says '"roles":"chief"' 'the role, as this provider names it'
exits 2 'a token lives a day at most' token bank --subject ada --ttl 25h
exits 0 'an operator is made' operator set office --issuer https://office.example \
    --audience insula-operator --generate-secret
exits 1 'a tenant cannot have the operator'"'"'s issuer' idp set shop evil --audience insula \
    --issuer https://office.example --generate-secret
exits 1 'nor the operator a tenant'"'"'s' operator set office --issuer https://bank.example
exits 0 'head office gets a token' token --operator office
exits 1 'an unknown operator gets none' token --operator nobody

# ---- providers and models ----
exits 2 'a kind is known' provider set bank p --kind magic --base-url https://api.example/v1
complains 'openai' 'and the message lists them'
for url in ftp://a/ https://u:p@a/v1 'https://a/v1?x=1' https:// https://a:99999/ 'https://a b/' \
    https://0x7f.1/v1 https://api.example./v1 'https://[fe80::1%eth0]/v1'; do
    exits 2 "an address has a form: $url" provider set bank p --kind openai --base-url "$url"
done
printf 'sk-canary-1234567890\n' >"$folder/key"
exits 0 'a provider is made' provider set bank p --kind openai --base-url https://api.example/v1/ \
    --key-file "$folder/key"
exits 0 'providers are listed' provider list bank
says "^p	openai	https://api.example/v1	\.\.\.7890	[{][}]	-	-$" 'with the last four of the key alone'
[ -z "$(mariadb-dump --no-defaults --socket="$INSULA_TEST_SOCKET" --user=root "$database" |
    grep -c canary | grep -v '^0$')" ]
ok $? 'the key is nowhere in the database in clear'
first=$(sql "SELECT HEX(api_key) FROM provider")
exits 0 'a key stays when it is not named' provider set bank p --base-url https://api.example/v2
[ "$first" = "$(sql "SELECT HEX(api_key) FROM provider")" ]
ok $? 'byte for byte'
for url in https://api2.example/v1 https://api.example:8443/v1 http://api.example/v1; do
    exits 2 "but it is not told to another server: $url" provider set bank p --base-url "$url"
done
exits 0 'unless it is named for that one' provider set bank p --base-url https://api2.example/v1 \
    --key-file "$folder/key"
exits 0 'options are set, several at once' provider set bank p --option idle_ms=90000 --option http2=true
exits 0 'and listed' --json provider list bank
says '"options":{"idle_ms":90000,"http2":true}' 'as JSON'
exits 0 'one is taken away' provider set bank p --option idle_ms=
exits 2 'an option is known' provider set bank p --option idle=1
complains "There is no option 'idle'" 'and named'
exits 2 'it has a type' provider set bank p --option http2=yes
exits 2 'it has a range' provider set bank p --option total_ms=1
exits 2 'it has a value' provider set bank p --option total_ms
exits 2 'it is of this kind' provider set bank p --option api_version=2024-10-21
exits 0 'or of another' provider set bank p --kind azure --option api_version=2024-10-21
exits 2 'and must fit when the kind changes' provider set bank p --kind openai
exits 0 'or go with it' provider set bank p --kind openai --option api_version=
[ "$(sql "SELECT options FROM provider")" = '{"http2":true}' ]
ok $? 'what was refused changed nothing'
exits 0 'the last one goes' provider set bank p --option http2=

printf 'sk a\r\nX: y' >"$folder/key"
exits 2 'a key is safe within a header' provider set bank p --key-file "$folder/key"
exits 3 'a key file that is not there is unreachable' provider set bank p --key-file "$folder/none"
exits 2 'a key is never an argument' provider set bank p --key sk-1
exits 1 'a model needs a provider that is there' model allow bank m --provider none
exits 0 'a model is allowed' model allow bank m --provider p --upstream gpt-m --label M \
    --price-in 0.15 --price-out 0.60 --context 1000 --max-output 100
exits 2 'a price is an amount' model allow bank m --price-in -1
exits 0 'models are listed' model list bank
says "^m	M	-	-	1	1000	100	0\.15	0\.15	0\.60$" 'with prices, cached as uncached'
exits 0 'its way is listed' route list bank
says "^m	p	gpt-m	1$" 'by provider, name there and weight'
exits 0 'another way is added' route set bank m p --upstream spare --weight 0
exits 0 'a weight is changed' route set bank m p --upstream gpt-m --weight 5
exits 0 'ways are listed' route list bank
says "^m	p	gpt-m	5$" 'with the weight that was set'
says "^m	p	spare	0$" 'in the order in which they were named'
exits 2 'a weight has an end' route set bank m p --weight 1001
exits 1 'a way needs a model that is there' route set bank none p
exits 1 'and a provider' route set bank m none
exits 2 'of several ways, model allow changes none' model allow bank m --upstream other
exits 0 'but the rest' model allow bank m --label M
exits 0 'a way is taken away' route remove bank m p --upstream spare
exits 1 'once' route remove bank m p --upstream spare
exits 1 'the last one stays' route remove bank m p --upstream gpt-m
exits 0 'aliases and a fallback' model allow bank deputy --provider p
exits 0 'are set' model allow bank m --alias mm --alias em --fallback deputy
exits 0 'and listed' model list bank
says "^m	M	em, mm	deputy	1	" 'with the model'
exits 1 'a name is taken once' model allow bank deputy --alias m
exits 1 'as is an alias' model allow bank deputy --alias em
exits 1 'by models too' model allow bank em --provider p
exits 2 'and named once' model allow bank m --alias x --alias x
exits 1 'a fallback has to be there' model allow bank m --fallback nobody
exits 1 'and not come back' model allow bank deputy --fallback m
complains 'come back to it' 'in words'
exits 1 'nobody is its own' model allow bank m --fallback m
exits 1 'a fallback in use is not denied' model deny bank deputy
complains "another model's fallback" 'in words'
exits 0 'aliases go, and the fallback' model allow bank m --alias '' --fallback ''
exits 0 'then it is' model deny bank deputy
exits 0 'it can be the default' tenant set bank --default-model m
exits 0 'a provider that cannot be called is no success, but a sentence' --json tenant show bank
exits 1 'provider test says what happened' provider test bank p
complains "Provider 'p' did not answer" 'in one sentence'
exits 0 'a model is denied' model deny bank m
[ -z "$(sql "SELECT default_model FROM setting s JOIN tenant USING (tenant_id) WHERE slug = 'bank'")" ]
ok $? 'and is the default no more'
exits 1 'a model is denied once' model deny bank m
exits 0 'a model is allowed again' model allow bank m --provider p

# ---- keys ----
exits 0 'keys are rotated' keys rotate
says 'Key 2 .* 3 data keys' 'every data key is wrapped anew'
exits 0 'keys are listed' keys list
[ "$(cat "$folder/out")" = "$(printf '1\t0\tyes\tno\n2\t3\tyes\tyes')" ]
ok $? 'by number alone'
sed -i '/^1 /d' "$folder/keys" 2>/dev/null || { chmod 600 "$folder/keys"; sed -i '/^1 /d' "$folder/keys"; }
chmod 400 "$folder/keys"
exits 0 'and the old one is needed no more' token bank --subject ada

# ---- money ----
period=$(date -u +%Y%m) hour=$(($(date +%s) / 3600)) day=$(($(date +%s) / 86400))
now=$(date +%s)000
exits 0 'a budget is set' budget set bank 50
[ "$(sql "SELECT cap FROM budget WHERE period = $period")" = 50000000 ]
ok $? 'for this month too'
exits 0 'a budget is lifted' budget set bank none
[ "$(sql "SELECT cap FROM budget WHERE period = $period")" = 4000000000000000000 ]
ok $? 'which the row says by its size'
exits 0 'a budget is shown' budget show bank
says '^cap	-$' 'as none'
exits 2 'a budget is an amount or none' budget set bank lots
exits 0 'a budget of none is not a word of SQL' budget show shop

exits 0 'an empty house is sound' fsck
tenant=$(sql "SELECT tenant_id FROM tenant WHERE slug = 'bank'")
turn() { # number state cost hold deadline [outcome]
    sql "INSERT INTO turn (tenant_id, turn_id, user_id, model, provider_id, state, period, hold,
         started_ms, deadline_ms, scope)
         VALUES ($tenant, UNHEX(LPAD('$1', 32, '0')), UNHEX(REPEAT('0', 32)), 'm', UNHEX(REPEAT('0', 32)),
         '$2', $period, $4, $now, $5, '')"
    [ "$2" = open ] || sql "UPDATE turn SET tokens_in = 10, tokens_out = 20, cost = $3, outcome = '${6:-complete}',
         usage_source = 'provider', first_ms = 40, total_ms = 90 WHERE turn_id = UNHEX(LPAD('$1', 32, '0'))"
}
sql "INSERT INTO user (tenant_id, user_id, issuer, subject, role, created_ms, seen_ms)
     VALUES ($tenant, UNHEX(REPEAT('0', 32)), 'i', 'ada', 'member', $now, $now)"
turn 1 settled 700 0 $now
turn 2 open 0 300 $((now + 600000))
turn 3 settled 0 0 $now failed
sql "UPDATE budget SET used = 700, held = 300 WHERE tenant_id = $tenant AND period = $period;
     INSERT INTO usage_hour VALUES ($tenant, $hour, 'm', 2, 1, 20, 40, 700, 80, 180);
     INSERT INTO active_user VALUES ($tenant, $day, UNHEX(REPEAT('0', 32)))"
exits 0 'a ledger that agrees is sound' fsck
exits 0 'usage is summed' --json usage
says '"tenant":"bank","calls":2,"errors":1,"tokens_in":20,"tokens_out":40,"cost":700,"currency":"EUR","mean_first_ms":40,"mean_total_ms":90,"active_users":1' \
    'by tenant'
for by in model day hour; do
    exits 0 "usage is summed by $by" --json usage --by $by --tenant bank
    says "\"$by\":\".*\"calls\":2" "with the $by"
done
exits 0 'another day has another sum' usage --from 2020-01-01 --to 2020-01-31
[ ! -s "$folder/out" ]
ok $? 'here none'
exits 2 'a day is in the calendar' usage --from 2026-02-30
exits 1 'usage of an unknown tenant is not found' usage --tenant none
exits 1 'a currency stays once money was spent' tenant set bank --currency USD

breaks() { # check damage repair
    sql "$2"
    ctl fsck
    [ $status = 1 ] && [ "$(awk -F'\t' '$3 > 0' "$folder/out" | wc -l)" = 1 ] &&
        awk -F'\t' '$3 > 0' "$folder/out" | grep -q -- "$1"
    ok $? "fsck finds, and finds only: $1"
    sql "$3"
}
breaks "budgets' used" "UPDATE budget SET used = used + 1 WHERE tenant_id = $tenant" \
    "UPDATE budget SET used = used - 1 WHERE tenant_id = $tenant"
breaks "budgets' held" "UPDATE budget SET held = held + 1 WHERE tenant_id = $tenant" \
    "UPDATE budget SET held = held - 1 WHERE tenant_id = $tenant"
for column in calls errors tokens_in tokens_out cost first_ms total_ms; do
    breaks 'hourly sums' "UPDATE usage_hour SET $column = $column + 1" \
        "UPDATE usage_hour SET $column = $column - 1"
done
breaks 'past its deadline' "UPDATE turn SET deadline_ms = 1 WHERE state = 'open'" \
    "UPDATE turn SET deadline_ms = $((now + 600000)) WHERE state = 'open'"
breaks 'begin with tenant_id' \
    "CREATE TABLE stray (id INT PRIMARY KEY, tenant_id INT UNSIGNED NOT NULL)" 'DROP TABLE stray'
breaks 'begin with tenant_id' "CREATE TABLE stray (id INT PRIMARY KEY)" 'DROP TABLE stray'

spool() { # what: a file of turn $1, an hour old
    mkdir -p "$folder/spool/$tenant" "$folder/spool/cancel"
    touch -d '1 hour ago' "$folder/spool/$tenant/$1"
}
name_of() { # number: the id's text of a turn, in Crockford's base32
    printf 'turn_%025d%s' 0 "$1"
}
spool "$(name_of 2)"
exits 0 'a live turn may have its file' fsck
spool "$(name_of 1)"
exits 1 'a settled turn'"'"'s file goes in time' fsck
rm "$folder/spool/$tenant/$(name_of 1)"
spool "$(name_of 7)"
exits 1 'a file has a turn' fsck
touch "$folder/spool/$tenant/$(name_of 7)"
exits 0 'but a new one may be just beginning' fsck
rm -r "$folder/spool/$tenant"

# ---- doctor ----
ctl doctor --schema "$here/schema"
says '^key file	good' 'doctor looks at the key file'
says '^schema	good' 'at the schema'
says '^operator reads messages	good	refused' 'at what the operator may not read'
says '^worker changes tenants	good	refused' 'at what the worker may not write'
says '^innodb_flush_log_at_trx_commit	(good|BAD)' 'at what a power cut would lose'
chmod 644 "$folder/keys"
ctl doctor --schema "$here/schema"
[ $status = 1 ] && grep -q '^key file	BAD' "$folder/out"
ok $? 'doctor refuses a key file that others can read'
exits 2 'a stream needs a token' doctor --url http://127.0.0.1:1

echo "1..$count"
exit $failed
