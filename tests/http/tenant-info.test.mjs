// GET /api/v1/tenant/info: all that a frontend needs to dress itself, fresh everywhere, and never a key.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { userRoutes } from "./lib/routes.mjs";
import { allowModel, ctl, makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
const info = (token, headers) => new Client(house.url, token).get("/api/v1/tenant/info", headers);
let tenant;

before(async () => {
  tenant = await makeTenant(house, "info", {
    models: { small: {}, "org/large": { context: 9000, output: 900 } },
  });
});

test("all members are there, and no others", async () => {
  await ctl(house, [
    "tenant",
    "set",
    tenant.slug,
    "--name",
    "Info & Söhne",
    "--brand-color",
    "#12ab9f",
    "--welcome",
    'Grüezi, "Gast" 你好',
    "--locale",
    "de-CH",
    "--currency",
    "CHF",
  ]);
  await sleep(1000);
  const answer = await info(tenant.member);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
  assert.match(answer.headers["cache-control"], /private/);
  assert.match(answer.headers.vary, /Authorization/i);
  assert.deepEqual(answer.json, {
    id: tenant.slug,
    name: "Info & Söhne",
    brand_color: "#12ab9f",
    logo: null,
    welcome: 'Grüezi, "Gast" 你好',
    locale: "de-CH",
    currency: "CHF",
    default_model: "small",
    models: [
      {
        id: "org/large",
        label: answer.json.models[0].label,
        context_tokens: 9000,
        output_tokens: 900,
      },
      {
        id: "small",
        label: answer.json.models[1].label,
        context_tokens: 128000,
        output_tokens: 4096,
      },
    ],
    features: { conversations: true, resume: true, files: false, knowledge: false },
    limits: { body_bytes: 4194304, messages: 2000, message_bytes: 1048576 },
  });
});

test("the three demo tenants look different", async () => {
  const tenants = await Promise.all(Object.values(house.tenants).map(({ member }) => info(member)));
  assert.equal(tenants.length, 3);
  for (const member of [
    "id",
    "name",
    "brand_color",
    "logo",
    "welcome",
    "default_model",
    "models",
  ]) {
    const values = new Set(tenants.map(({ json }) => JSON.stringify(json[member])));
    assert.equal(values.size, 3, member);
  }
  assert.equal(new Set(tenants.map(({ headers }) => headers.etag)).size, 3);
  for (const { json } of tenants)
    assert.match(json.logo, /^data:image\/png;base64,[A-Za-z0-9+/]+=*$/);
});

test("who has the newest need not be sent it again", async () => {
  const { headers } = await info(tenant.member);
  assert.match(headers.etag, /^"[^"]+"$/);
  const same = await info(tenant.member, { "If-None-Match": headers.etag });
  assert.equal(same.status, 304);
  assert.equal(same.text, "");
  assert.equal(same.headers.etag, headers.etag);
  assert.equal((await info(tenant.member, { "If-None-Match": '"another"' })).status, 200);
  const others = await info(house.tenants.bank.member, { "If-None-Match": headers.etag });
  assert.equal(others.status, 200, "one tenant's tag means nothing to another");
});

test("a proxy that weakens the tag, or a client that knows several, is answered 304 too", async () => {
  const { headers } = await info(tenant.member);
  for (const tag of [`W/${headers.etag}`, `"old", ${headers.etag}`, `"old",W/${headers.etag}`, "*"])
    assert.equal((await info(tenant.member, { "If-None-Match": tag })).status, 304, tag);
});

test("HEAD has the head of GET and no body", async () => {
  const head = await new Client(house.url, tenant.member).call("HEAD", "/api/v1/tenant/info");
  assert.equal(head.status, 200);
  assert.equal(head.text, "");
  assert.equal(head.headers.etag, (await info(tenant.member)).headers.etag);
});

test("no key is shown at any address, to anybody", async () => {
  const canary = tenant.key.slice(0, 24);
  for (const token of [tenant.member, tenant.token({ role: "admin" }), undefined, house.operator])
    for (const { method, path } of [
      ...userRoutes,
      { method: "GET", path: "/metrics" },
      { method: "GET", path: "/readyz" },
    ]) {
      const body =
        method === "GET" ? undefined : { messages: [user(script({ chunks: 1 }))], content: "x" };
      const answer = await new Client(house.url, token).call(method, path, { body });
      const all = answer.text + JSON.stringify(answer.headers);
      assert.ok(!all.includes(canary) && !all.includes(tenant.secret), `${method} ${path}`);
    }
});

/** Which workers answered these requests; the log has a line for each. */
function workersOf(ids) {
  const lines = readFileSync(join(house.folder, "log/insula.log"), "utf8")
    .trimEnd()
    .split("\n")
    .map((l) => JSON.parse(l));
  return new Set(lines.filter((line) => ids.has(line.request_id)).map((line) => line.worker));
}

async function ask50(check) {
  const answers = await Promise.all(Array.from({ length: 50 }, () => info(tenant.member)));
  answers.forEach(check);
  await sleep(100);
  return workersOf(new Set(answers.map(({ headers }) => headers["x-request-id"])));
}

test("a change shows within a second on every worker", async () => {
  for (const color of ["#000001", "#000002", "#000003"]) {
    await ctl(house, ["tenant", "set", tenant.slug, "--brand-color", color]);
    await sleep(1000);
    const workers = new Set(); // who is asked is the kernel's choice
    for (let round = 0; round < 20 && workers.size < 2; round++)
      for (const worker of await ask50(({ json }) => assert.equal(json.brand_color, color)))
        workers.add(worker);
    assert.ok(workers.size >= 2, `only ${workers.size} worker was asked`);
  }
});

test("a change of the allow-list shows within a second, and its generation with it", async () => {
  const before = (await info(tenant.member)).headers;
  await allowModel(house, tenant.slug, "fresh");
  await sleep(1000);
  const chat = (model) =>
    new Client(house.url, tenant.member).chat(script({ chunks: 1 }), { model });
  await ask50(({ json, headers }) => {
    assert.ok(json.models.some(({ id }) => id === "fresh"));
    assert.ok(Number(headers["x-insula-generation"]) > Number(before["x-insula-generation"]));
    assert.notEqual(headers.etag, before.etag);
  });
  assert.equal((await chat("fresh")).status, 200);
  await ctl(house, ["model", "deny", tenant.slug, "fresh"]);
  await sleep(1000);
  await ask50(({ json }) => assert.ok(!json.models.some(({ id }) => id === "fresh")));
  assert.equal((await chat("fresh")).status, 404);
});
