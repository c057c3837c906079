// Who is calling, and for which tenant: the verified credential says it, and nothing else does.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { userRoutes } from "./lib/routes.mjs";
import { ctl, makeTenant, mint } from "./lib/tenant.mjs";

const house = sharedHouse();
const client = (token) => new Client(house.url, token);
let ours, theirs, maria, stranger;

const withBody = (route) => (route.method === "GET" ? {} : { body: {} });

before(async () => {
  [ours, theirs] = await Promise.all([makeTenant(house, "ours"), makeTenant(house, "theirs")]);
  [maria, stranger] = [ours.member, theirs.member].map(client);
});

test("the headers of Anthropic's and Azure's clients carry a credential too, and no better a one", async () => {
  const ask = (headers) => fetch(`${house.url}/v1/models`, { headers });
  for (const name of ["x-api-key", "api-key"]) {
    assert.equal((await ask({ [name]: ours.token() })).status, 200, name);
    assert.equal((await ask({ [name]: "garbage" })).status, 401, name);
    assert.equal((await ask({ [name]: "" })).status, 401, name);
  }
  const both = { authorization: "Bearer garbage", "x-api-key": ours.token() };
  assert.equal((await ask(both)).status, 401, "Authorization is the one that counts");
});

test("every address of people refuses every credential that is not good, and does not say why", async (t) => {
  const now = Math.floor(Date.now() / 1000);
  const good = ours.token();
  const [head, body, signature] = good.split(".");
  const admin = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(body, "base64url")), role: "admin" }),
  );
  const unsigned = ours.token({}, ours.secret, { alg: "none" });
  const bad = {
    "none at all": undefined,
    "an empty one": "Bearer ",
    "another scheme": `Basic ${Buffer.from("maria:secret").toString("base64")}`,
    "a word": "Bearer garbage",
    "three words": "Bearer a.b.c",
    "very much of it": `Bearer ${"x".repeat(9000)}`,
    "two at once": `Bearer ${good}, Bearer ${good}`,
    "an expired token": `Bearer ${ours.token({ iat: now - 7200, exp: now - 3600 })}`,
    "a token of tomorrow": `Bearer ${ours.token({ nbf: now + 3600 })}`,
    "one that never ends": `Bearer ${ours.token({ exp: undefined })}`,
    "one for a year": `Bearer ${ours.token({ exp: now + 365 * 86400 })}`,
    "a foreign audience": `Bearer ${ours.token({ aud: "somebody-else" })}`,
    "no audience": `Bearer ${ours.token({ aud: undefined })}`,
    "head office's audience": `Bearer ${ours.token({ aud: "insula-operator" })}`,
    "head office's token": `Bearer ${house.operator}`,
    "an unknown issuer": `Bearer ${ours.token({ iss: "https://login.nobody.test" })}`,
    "another tenant's secret": `Bearer ${ours.token({}, theirs.secret)}`,
    "another tenant's issuer": `Bearer ${ours.token({ iss: theirs.issuer })}`,
    "an empty secret": `Bearer ${ours.token({}, "")}`,
    "no signature": `Bearer ${head}.${body}.`,
    "alg none": `Bearer ${unsigned.slice(0, unsigned.lastIndexOf(".") + 1)}`,
    "alg none with a signature": `Bearer ${unsigned}`,
    "another alg": `Bearer ${ours.token({}, ours.secret, { alg: "HS512" })}`,
    "changed claims": `Bearer ${head}.${admin.toString("base64url")}.${signature}`,
    "no subject": `Bearer ${ours.token({ sub: undefined })}`,
    "an empty subject": `Bearer ${ours.token({ sub: "" })}`,
    "a number as subject": `Bearer ${ours.token({ sub: 7 })}`,
  };
  for (const [what, authorization] of Object.entries(bad))
    await t.test(what, async () => {
      for (const route of userRoutes) {
        const answer = await client().call(route.method, route.path, {
          ...withBody(route),
          headers: { Authorization: authorization },
        });
        assert.equal(answer.status, 401, `${route.method} ${route.path}: ${answer.text}`);
        assert.equal(answer.headers["www-authenticate"], "Bearer");
        assert.equal(answer.error.type, "authentication_error");
        assert.ok(
          ["missing_credential", "invalid_credential", "invalid_token"].includes(answer.error.code),
          answer.error.code,
        );
        assert.equal(answer.headers["x-insula-generation"], undefined);
      }
    });
});

test("a suspended tenant's people are refused, and let in again when it is resumed", async () => {
  const tenant = await makeTenant(house, "suspended");
  const people = client(tenant.member);
  const status = async () => (await people.get("/api/v1/me")).status;
  assert.equal(await status(), 200);
  await house.insulactl("tenant", "suspend", tenant.slug);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for (const route of userRoutes) {
    const answer = await people.call(route.method, route.path, withBody(route));
    assert.equal(answer.status, 403, route.path);
    assert.equal(answer.error.code, "tenant_suspended");
  }
  await house.insulactl("tenant", "resume", tenant.slug);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.equal(await status(), 200);
});

test("the token says the tenant, the person and the role", async () => {
  const me = (claims) =>
    client(ours.token(claims))
      .get("/api/v1/me")
      .then((answer) => answer.json);
  const first = await me({ name: "Maria Weiss", email: "maria@ours.test" });
  assert.equal(first.tenant, ours.slug);
  assert.equal(first.name, "Maria Weiss");
  assert.equal(first.email, "maria@ours.test");
  assert.equal(first.role, "member");
  assert.equal((await me({ role: "admin" })).role, "admin");
  assert.equal((await me({ role: ["member", "admin"] })).role, "admin");
  for (const role of ["operator", "ADMIN", "admin ", { admin: true }, 1, null])
    assert.equal((await me({ role })).role, "member", JSON.stringify(role));
  assert.equal(
    (await me({ name: "Somebody else" })).id,
    first.id,
    "the same subject is the same person",
  );
  assert.notEqual((await me({ sub: "otto" })).id, first.id);
  assert.notEqual(
    (await stranger.get("/api/v1/me")).json.id,
    first.id,
    "the same subject at another issuer is another person",
  );
});

test("a tenant named in a body must be the credential's own", async () => {
  const taking = [
    ["POST", "/api/v1/chat", { messages: [user(script({ chunks: 1 }))] }],
    ["POST", "/v1/chat/completions", { messages: [user(script({ chunks: 1 }))] }],
    ["POST", "/api/v1/conversations", { title: "A title" }],
  ];
  for (const [method, path, body] of taking)
    for (const name of ["tenant_id", "tenantId"]) {
      const say = (value) => maria.call(method, path, { body: { ...body, [name]: value } });
      for (const other of [
        theirs.slug,
        "",
        "*",
        ours.slug.toUpperCase(),
        `${ours.slug} `,
        1,
        [ours.slug],
        {},
      ]) {
        const refused = await say(other);
        assert.equal(
          refused.status,
          403,
          `${path} ${name}=${JSON.stringify(other)}: ${refused.text}`,
        );
        assert.equal(refused.error.code, "tenant_mismatch");
        assert.equal(refused.error.param, name);
      }
      for (const own of [ours.slug, null])
        assert.ok((await say(own)).status < 300, `${path} ${name}=${own}`);
    }
});

test("two spellings of one header are refused", async () => {
  const answer = await maria.get("/api/v1/me", {
    "X-Tenant-Id": ours.slug,
    X_Tenant_Id: theirs.slug,
  });
  assert.equal(answer.status, 400);
  assert.equal(answer.error.code, "duplicate_header");
});

test("two tenants cannot share an issuer by secrets: each could sign for the other", async () => {
  const share = (tenant, org) =>
    ctl(
      house,
      [
        "idp",
        "set",
        tenant.slug,
        "shared",
        "--issuer",
        `https://login.shared.${ours.slug}.test`,
        "--audience",
        "insula",
        "--algorithms",
        "HS256",
        "--secret-stdin",
        "--tenant-claim",
        "org",
        "--tenant-value",
        org,
      ],
      `${tenant.secret}-shared`,
    );
  await share(ours, ours.slug);
  await assert.rejects(share(theirs, theirs.slug), /sign for the other/);
  const me = (claims) =>
    client(
      mint(`${ours.secret}-shared`, {
        iss: `https://login.shared.${ours.slug}.test`,
        sub: "maria",
        ...claims,
      }),
    ).get("/api/v1/me");
  const good = await me({ org: ours.slug });
  assert.equal(good.status, 200, good.text);
  assert.equal(good.json.tenant, ours.slug);
  for (const org of [theirs.slug, "", undefined, [ours.slug]])
    assert.equal((await me({ org })).status, 401);
});
