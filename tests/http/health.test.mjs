// For machines: is it alive, is it ready, and what has it done.
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script } from "./lib/client.mjs";
import { makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
const machine = new Client(house.url);
let tenant, maria;

before(async () => {
  tenant = await makeTenant(house, "health", { disconnect: "cancel" });
  maria = new Client(house.url, tenant.member);
});

async function metrics() {
  const { text } = await machine.get("/metrics");
  return Object.fromEntries(
    text
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .map((line) => line.split(" "))
      .map(([name, value]) => [name.replace(/^insula_/, ""), Number(value)]),
  );
}

test("alive and ready, for everybody, and never cached", async () => {
  for (const [path, status] of [
    ["/healthz", "ok"],
    ["/readyz", "ready"],
  ])
    for (const who of [machine, maria, new Client(house.url, "garbage")]) {
      const answer = await who.get(path);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json, { status });
      assert.match(answer.headers["cache-control"], /no-store/);
    }
});

test("a house without its keys or its spool is alive and not ready, and does not say where they lie", async (t) => {
  for (const part of ["secrets/keys", "spool"])
    await t.test(part, async () => {
      const path = join(house.folder, part);
      renameSync(path, `${path}.away`);
      try {
        const answer = await machine.get("/readyz");
        assert.equal(answer.status, 503);
        assert.equal(answer.error.code, "not_ready");
        assert.ok(Number(answer.headers["retry-after"]) > 0);
        assert.ok(!answer.text.includes(house.folder));
        assert.equal((await machine.get("/healthz")).status, 200);
      } finally {
        renameSync(`${path}.away`, path);
      }
      assert.equal((await machine.get("/readyz")).status, 200);
    });
});

test("metrics are in Prometheus' form", async () => {
  const answer = await machine.get("/metrics");
  assert.equal(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  const blocks = answer.text.trimEnd().split(/\n(?=# HELP)/);
  assert.ok(blocks.length >= 10);
  // One number, or one for each provider that something is to be said of.
  for (const block of blocks)
    assert.match(block, /^# HELP (insula_\w+) [A-Z].*\n# TYPE \1 (counter|gauge)(\n\1 \d+|(\n\1\{provider="prov_\w+"\} \d+)*)$/, block);
});

test("metrics are head office's: a tenant's credential does not open them", async () => {
  const status = async (token) => (await new Client(house.url, token).get("/metrics")).status;
  assert.equal(await status(house.operator), 200);
  for (const token of [
    tenant.member,
    tenant.token({ role: "admin" }),
    "garbage",
    `${house.operator}x`,
  ])
    assert.equal(await status(token), 401);
});

test("the counters move as the house works", async () => {
  const first = await metrics();
  await maria.chat(script({ chunks: 5 }));
  await maria.stream(script({ chunks: 7 }));
  await maria.chat(script({ status: 500 }));
  await maria.get("/api/v1/nothing");
  const then = await metrics();
  const moved = (name) => then[name] - first[name];
  assert.equal(moved("requests_total"), 5, "these four, and the first look at the metrics");
  assert.equal(moved("requests_4xx_total"), 1);
  assert.equal(moved("requests_5xx_total"), 1);
  assert.equal(moved("turns_admitted_total"), 3);
  assert.equal(moved("turns_settled_total"), 3);
  assert.equal(moved("turns_failed_total"), 1);
  assert.equal(moved("completion_tokens_total"), 12);
  assert.ok(moved("prompt_tokens_total") > 0 && moved("ledger_commits_total") > 0);
});

test("live streams are counted while they live, and leavings when they happen", async () => {
  const first = await metrics();
  const running = await Promise.all(
    Array.from({ length: 4 }, () =>
      maria.begin(script({ chunks: 3, stall_after: 1 }), (text) => text.includes("w0 ")),
    ),
  );
  assert.equal((await metrics()).live_streams, first.live_streams + 4);
  for (const stream of running) stream.leave();
  await until(
    async () => (await metrics()).live_streams === first.live_streams,
    "the streams have ended",
  );
  assert.equal((await metrics()).clients_gone_total - first.clients_gone_total, 4);
});

test("every answer has a request id of its own, and says little else about us", async () => {
  const ids = new Set();
  for (const [method, path, who] of [
    ["GET", "/healthz", machine],
    ["GET", "/metrics", machine],
    ["GET", "/nothing", machine],
    ["GET", "/api/v1/me", machine],
    ["GET", "/api/v1/me", maria],
    ["PUT", "/api/v1/chat", maria],
    ["POST", "/api/v1/chat", maria],
  ]) {
    const answer = await who.call(method, path, { body: method === "GET" ? undefined : "{" });
    assert.match(answer.headers["x-request-id"], /^req_[0-9a-z]{26}$/, path);
    ids.add(answer.headers["x-request-id"]);
    if (answer.status >= 400) assert.equal(answer.error.request_id, answer.headers["x-request-id"]);
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    for (const name of ["server", "x-powered-by"])
      assert.equal(answer.headers[name], undefined, name);
  }
  assert.equal(ids.size, 7);
  assert.match(
    (await maria.get("/api/v1/me")).headers["server-timing"],
    /^auth;dur=[\d.]+, db;dur=[\d.]+$/,
  );
  assert.match(
    (await maria.chat(script({ chunks: 1 }))).headers["server-timing"],
    /upstream;dur=\d+/,
  );
});
