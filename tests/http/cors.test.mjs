// Web pages of other origins: preflights, and whose pages may read an answer. Requests are a browser's, byte for byte
// as Chromium sends them for npm's openai; here is no browser, so what it would do with the answer is looked at.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { userRoutes, fill } from "./lib/routes.mjs";
import { ctl, makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
const origin = "https://chat.example.com", local = "http://localhost:5173", theirOrigin = "https://other.example.com";
const stainless = ["arch", "lang", "os", "package-version", "retry-count", "runtime", "runtime-version"].map((n) => `x-stainless-${n}`);
const asked = ["authorization", "content-type", ...stainless].join(",");
const nobody = new Client(house.url);
let tenant, maria, theirs;

const preflight = (path, { from = origin, method = "POST", headers = asked } = {}) =>
  nobody.call("OPTIONS", path, {
    headers: { Origin: from, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers },
  });
const granted = ({ headers }) => headers["access-control-allow-origin"];
const from = (page) => ({ Origin: page });

before(async () => {
  [tenant, theirs] = await Promise.all([makeTenant(house, "cors", { models: { small: {} } }), makeTenant(house, "cors-other")]);
  await ctl(house, ["tenant", "set", tenant.slug, "--cors-origin", `${origin} ${local}`]);
  await ctl(house, ["tenant", "set", theirs.slug, "--cors-origin", theirOrigin]);
  maria = new Client(house.url, tenant.member);
  await until(async () => granted(await maria.get("/api/v1/me", from(origin))), "the workers know it");
  await until(async () => granted(await preflight("/v1/models", { method: "GET" })), "and grant preflights");
});

test("a preflight is granted for every address to the origins that any tenant lists", async () => {
  for (const page of [origin, local, theirOrigin])
    for (const { method, path } of userRoutes) {
      const answer = await preflight(fill(path, { model: "a%2Fb" }), { from: page, method });
      assert.equal(answer.status, 204, path);
      assert.equal(granted(answer), page);
      assert.ok(answer.headers["access-control-allow-methods"].split(", ").includes(method));
      assert.equal(answer.headers["access-control-allow-headers"], asked.replaceAll(",", ", "));
      assert.match(answer.headers.vary, /Origin/);
      assert.ok(+answer.headers["access-control-max-age"] > 0);
      assert.equal(answer.headers["access-control-allow-credentials"], undefined);
      assert.equal(answer.text, "");
    }
});

test("and to nobody else, for nothing else", async () => {
  for (const page of ["https://evil.example", `${origin}.evil`, origin.replace("https", "http"), `${origin}:8443`, "null", "*", "", "%"]) {
    const answer = await preflight("/v1/chat/completions", { from: page });
    assert.equal(granted(answer), undefined, page);
    assert.equal(answer.headers["access-control-allow-headers"], undefined);
  }
  assert.equal(granted(await preflight("/v1/chat/completions", { method: "DELETE" })), undefined);
  const unknown = await preflight("/nowhere");
  assert.deepEqual([unknown.status, unknown.error.code, granted(unknown)], [404, "not_found", undefined]);
  const headers = await preflight("/v1/models", { method: "GET", headers: "authorization,cookie,x-tenant" });
  assert.equal(headers.headers["access-control-allow-headers"], "authorization");
  const plain = await nobody.call("OPTIONS", "/v1/models");
  assert.deepEqual([plain.status, plain.headers.allow, granted(plain)], [204, "GET", undefined]);
});

test("whole answers, streams and errors may be read by the tenant's own pages", async () => {
  const body = (orders, more) => ({ model: "small", messages: [user(script(orders))], ...more });
  const answers = [
    await maria.get("/v1/models", from(origin)),
    await maria.post("/v1/chat/completions", body({ chunks: 2 }), from(origin)),
    await maria.post("/v1/chat/completions", body({ chunks: 2 }, { stream: true }), from(origin)),
    await maria.post("/v1/chat/completions", body({ status: 429 }), from(origin)),
    await maria.post("/v1/chat/completions", body({}, { model: "nobody" }), from(origin)),
  ];
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 429, 404]);
  for (const answer of answers) {
    assert.equal(granted(answer), origin);
    assert.equal(answer.headers.vary, "Origin");
    assert.match(answer.headers["access-control-expose-headers"], /X-Request-Id.*Retry-After.*x-should-retry/);
    assert.equal(answer.headers["access-control-allow-credentials"], undefined);
  }
});

test("but by no other tenant's, and by nobody's without a credential", async () => {
  for (const page of [theirOrigin, "https://evil.example", "null", undefined]) {
    const answer = await maria.get("/v1/models", page && from(page));
    assert.deepEqual([answer.status, granted(answer), answer.headers.vary], [200, undefined, "Origin"], page);
  }
  const stranger = await nobody.get("/v1/models", from(origin));
  assert.deepEqual([stranger.status, granted(stranger)], [401, undefined]);
});

test("an origin that is taken away is gone within a second", async () => {
  await ctl(house, ["tenant", "set", tenant.slug, "--cors-origin", origin]);
  const began = Date.now();
  await until(async () => !granted(await maria.get("/v1/models", from(local))), "it is gone");
  await until(async () => !granted(await preflight("/v1/models", { from: local, method: "GET" })), "for preflights too");
  assert.ok(Date.now() - began < 5000);
  assert.equal(granted(await maria.get("/v1/models", from(origin))), origin);
});
