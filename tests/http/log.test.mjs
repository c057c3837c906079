// The log: one JSON line a request, from a closed list of fields, and nothing that anybody said.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script } from "./lib/client.mjs";
import { workers } from "./lib/settings.mjs";
import { ctl, makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
const machine = new Client(house.url);
let tenant, maria;

before(async () => {
  tenant = await makeTenant(house, "log");
  maria = new Client(house.url, tenant.member);
});

const fields = new Set([
  "time",
  "level",
  "event",
  "request_id",
  "tenant",
  "user",
  "route",
  "status",
  "ms",
  "provider",
  "model",
  "tokens_in",
  "tokens_out",
  "usage_source",
  "outcome",
  "code",
  "detail",
  "worker",
]);
const lines = () =>
  readFileSync(join(house.folder, "log/insula.log"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("one line a request, with the closed list of fields", async () => {
  const answers = await Promise.all([
    maria.get("/api/v1/me"),
    maria.chat(script({ chunks: 2 })),
    maria.stream(script({ chunks: 3 })),
    maria.chat(script({ status: 500 })),
    machine.get("/api/v1/me"),
    machine.get("/nothing"),
    machine.get("/healthz"),
    maria.stream(script({ chunks: 4, error_after: 2 })),
    maria.post("/api/v1/chat", "{"),
  ]);
  await sleep(200);
  const all = lines();
  for (const line of all) for (const name of Object.keys(line)) assert.ok(fields.has(name), name);
  const lineOf = (answer) => {
    const found = all.filter((line) => line.request_id === answer.headers["x-request-id"]);
    assert.equal(found.length, 1, answer.headers["x-request-id"]);
    return found[0];
  };
  const [me, chat, stream, failed, nobody, nothing, health, broken, bad] = answers.map(lineOf);
  assert.deepEqual([me.event, me.route, me.status, me.level], ["request", "me_get", 200, "info"]);
  assert.match(me.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(me.tenant > 0 && me.ms >= 0 && workers(house).includes(me.worker));
  assert.match(me.user, /^h:[0-9a-f]{12}$/);
  assert.deepEqual(
    [chat.provider, chat.model, chat.outcome, chat.tokens_out],
    ["openai", "small", "complete", 2],
  );
  assert.deepEqual([stream.outcome, stream.tokens_out, stream.status], ["complete", 3, 200]);
  assert.deepEqual(
    [failed.outcome, failed.code, failed.status, failed.level],
    ["failed", "upstream_error", 502, "error"],
  );
  assert.deepEqual(
    [nobody.status, nobody.code, nobody.tenant, nobody.user],
    [401, "missing_credential", undefined, undefined],
  );
  assert.deepEqual([nothing.status, nothing.code, nothing.route], [404, "not_found", undefined]);
  assert.deepEqual([health.route, health.status], ["health_get", 200]);
  assert.deepEqual([broken.status, broken.outcome, broken.code], [200, "failed", "upstream_error"]);
  assert.deepEqual([bad.status, bad.code], [400, "invalid_json"]);
  assert.equal(stream.user, me.user, "the same person has the same mark");
  const other = await new Client(house.url, tenant.other).get("/api/v1/me");
  await sleep(50);
  assert.notEqual(
    lines().find((line) => line.request_id === other.headers["x-request-id"]).user,
    me.user,
  );
});

test("how a turn's usage is known is in its line", async () => {
  const [said, counted] = [
    await maria.chat(script({ chunks: 2 })),
    await maria.chat(script({ chunks: 2, no_usage: true })),
  ];
  await sleep(100);
  const source = (answer) =>
    lines().find((line) => line.request_id === answer.headers["x-request-id"]).usage_source;
  assert.equal(source(said), "provider");
  assert.equal(source(counted), "counted");
});

test("no log holds a prompt, an answer, a name, an address, a token, a key or a query", async () => {
  const CANARY = "canary7f3a";
  await ctl(house, ["tenant", "set", tenant.slug, "--welcome", `${CANARY}-welcome`]);
  const token = tenant.token({
    sub: `${CANARY}-subject`,
    name: `${CANARY} Name`,
    email: `${CANARY}@mail.test`,
  });
  const spy = new Client(house.url, token);
  const headers = {
    "User-Agent": CANARY,
    Cookie: CANARY,
    Referer: `http://${CANARY}/`,
    "X-Canary": CANARY,
    "Idempotency-Key": CANARY,
  };
  const said = script({ text: `${CANARY} is the answer.` }, `${CANARY} is the question. `);
  const place = (await spy.chat(said)).json.conversation;
  const file = `/api/v1/conversations/${place.conversation_id}`;
  await spy.stream(said, {}, headers);
  await spy.chat(script({ status: 400 }, CANARY));
  await spy.chat(script({ chunks: 3, error_after: 1 }, CANARY), { stream: true });
  await spy.chat(
    script({
      body: `{"error": {"message": "${CANARY}", "code": "${CANARY}", "param": "${CANARY}"}}`,
      status: 500,
    }),
  );
  await spy.chat(script({ body: `<html>${CANARY}` }));
  await spy.chat("hello", { model: CANARY });
  await spy.chat("hello", { [CANARY]: 1 });
  await spy.chat("hello", { tenant_id: CANARY });
  await spy.post("/api/v1/chat", `{"${CANARY}": `);
  await spy.post("/api/v1/chat", `{"${CANARY}": 1, "${CANARY}": 2}`);
  await spy.post("/api/v1/chat", "{}", { "Content-Type": CANARY });
  await spy.post("/api/v1/chat", { messages: [{ role: CANARY, content: CANARY }] });
  await spy.get(`/api/v1/${CANARY}?q=${CANARY}`);
  await spy.get(`/api/v1/conversations?after=${CANARY}`);
  await spy.get(`/v1/models/${CANARY}`);
  await spy.get(`/api/v1/streams/${CANARY}`, { "Last-Event-ID": CANARY });
  await spy.call("PATCH", file, { body: { title: CANARY } });
  await spy.call("PATCH", file, { body: { title: "x" }, headers: { "If-Match": CANARY } });
  await spy.call("PATCH", `${file}/messages/${place.parent_id}`, { body: { content: said } });
  for (const bearer of [
    CANARY,
    `${CANARY}.${CANARY}.${CANARY}`,
    tenant.token({ iss: `https://${CANARY}` }),
    tenant.token({ aud: CANARY }),
    tenant.token({ sub: CANARY }, CANARY),
    tenant.token({}, tenant.secret, { alg: CANARY, kid: CANARY }),
  ])
    await new Client(house.url, bearer).get("/api/v1/me");
  await new Client(house.url).get("/api/v1/me", { Authorization: `Basic ${CANARY}` });
  await sleep(300);
  const secrets = [
    CANARY,
    tenant.key,
    tenant.secret,
    token,
    token.split(".")[1],
    token.split(".")[2],
    house.operator,
  ];
  for (const name of ["insula", "lighttpd", "multiwatch", "mariadb"].map(
    (program) => `${program}.log`,
  )) {
    const text = readFileSync(join(house.folder, "log", name), "utf8");
    for (const secret of secrets)
      assert.ok(!text.includes(secret), `${name} holds ${secret.slice(0, 20)}`);
  }
  assert.ok(lines().filter(({ user }) => user).length > 20, "the log was looked at");
});
