// A provider that fails before anything was shown is asked again, and the client never knows.
import assert from "node:assert/strict";
import { test } from "node:test";

import { binary, sql } from "../fault/faults.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { Client, script } from "./lib/client.mjs";
import { brokenBy, isDone, said } from "./lib/events.mjs";
import { asked, calls, makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
const refuse = (tenant, orders, times = 1) => house.upstream.queue({ key: tenant.key, times, script: orders });

/** A turn's row, and the codes of its attempts in order. */
async function row(answer) {
  const turn = answer.headers["x-insula-turn"];
  const [[attempts, model, cost, tokens]] = await sql(
    house,
    `SELECT attempts, model, cost, tokens_out FROM turn WHERE turn_id = ${binary(turn)}`,
  );
  const list = JSON.parse(attempts);
  return { list, codes: list.map(({ code }) => code), model, cost: Number(cost), tokens: Number(tokens) };
}

for (const streamed of [true, false])
  test(`an overloaded provider is asked again, ${streamed ? "streamed" : "whole"}`, async () => {
    const tenant = await makeTenant(house, "again");
    const maria = new Client(house.url, tenant.member);
    await refuse(tenant, { status: 503 });
    await refuse(tenant, { status: 500 });
    const answer = await maria.chat(script({ chunks: 3, usage: { prompt_tokens: 10, completion_tokens: 3 } }), { stream: streamed });
    assert.equal(answer.status, 200, answer.text);
    if (streamed) assert.ok(isDone(answer.events) && said(answer.events).length);
    const { list, codes, cost } = await row(answer);
    assert.deepEqual(codes, ["upstream_unavailable", "upstream_error", ""]);
    for (const { ms, model } of list) assert.ok(ms >= 0 && model === "small");
    assert.equal(cost, 10 + 2 * 3, "charged once");
    const bodies = (await asked(house, tenant)).map(({ body }) => JSON.stringify(body));
    assert.equal(bodies.length, 3);
    assert.equal(new Set(bodies).size, 1, "and asked the same each time");
    const { tree } = await maria.messages(answer.headers["x-insula-conversation"]);
    assert.equal(tree.length, 2, "one question, one answer");
  });

test("three attempts are all, and the last one's error is told", async () => {
  const tenant = await makeTenant(house, "thrice");
  await refuse(tenant, { status: 500 }, 2);
  await refuse(tenant, { status: 503 }, -1);
  const answer = await new Client(house.url, tenant.member).stream("hello");
  assert.deepEqual([answer.status, answer.error.code], [503, "upstream_unavailable"]);
  assert.equal(await calls(house, tenant), 3);
  const { codes, cost } = await row(answer);
  assert.deepEqual(codes, ["upstream_error", "upstream_error", "upstream_unavailable"]);
  assert.equal(cost, 0);
});

test("what asking again cannot mend is asked once", async () => {
  const tenant = await makeTenant(house, "once");
  const maria = new Client(house.url, tenant.member);
  for (const [status, code] of [[400, null], [401, "upstream_auth_error"], [403, "upstream_auth_error"], [404, "model_not_found"]]) {
    const before = await calls(house, tenant);
    await refuse(tenant, { status });
    const answer = await maria.stream("hello");
    assert.equal(answer.error.code, code);
    assert.equal((await calls(house, tenant)) - before, 1, `${status}`);
  }
});

test("Retry-After is waited for, where it is short", async () => {
  const tenant = await makeTenant(house, "later");
  const maria = new Client(house.url, tenant.member);
  await refuse(tenant, { status: 429, retry_after: 1 });
  assert.ok(isDone((await maria.stream("hello")).events));
  const times = (await house.upstream.requests({ key: tenant.key })).map(({ unix_ms }) => unix_ms);
  assert.ok(times[1] - times[0] >= 1000, `${times}`);
  await refuse(tenant, { status: 429, retry_after: 60 });
  const answer = await maria.stream("hello");
  assert.deepEqual([answer.status, answer.headers["retry-after"]], [429, "60"]);
  assert.equal(await calls(house, tenant), 3);
});

test("once something was shown, nobody is asked again", async () => {
  const tenant = await makeTenant(house, "shown");
  const answer = await new Client(house.url, tenant.member).stream(script({ chunks: 5, cut_after: 2 }));
  assert.equal(brokenBy(answer.events).code, "upstream_truncated");
  assert.equal(await calls(house, tenant), 1);
  assert.deepEqual((await row(answer)).codes, ["upstream_truncated"]);
});

test("a retry with the same key finds the turn, however often its provider was asked", async () => {
  const tenant = await makeTenant(house, "keyed");
  const maria = new Client(house.url, tenant.member);
  await refuse(tenant, { status: 503 });
  const [one, two] = await Promise.all(
    [1, 2].map(() => maria.stream("hello", {}, { "Idempotency-Key": "the same" })),
  );
  assert.equal(one.headers["x-insula-turn"], two.headers["x-insula-turn"]);
  assert.equal(said(one.events), said(two.events));
  assert.equal(await calls(house, tenant), 2);
});
