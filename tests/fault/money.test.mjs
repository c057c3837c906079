// No crowd, no retry and no race spends more than the budget.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { ownHouse } from "../tools/stack.mjs";
import { allSettled, ask, checkBooks, ledger, listen, script, sql } from "./faults.mjs";

let house;
const UNIT = 1000000; // micro-units of a currency

before(async () => {
  house = await ownHouse();
  // A model whose answers cost one unit a token, and its prompts nothing.
  await operate("model", "allow", "bank", "coins", "--provider", "openai", "--upstream", "coins", "--price-in", "0",
    "--price-out", "1000000", "--context", "128000", "--max-output", "4096");
});
after(() => house?.stop());

async function operate(...words) {
  const { status, stderr } = await house.insulactl(...words);
  assert.equal(status, 0, stderr);
}

/** What the bank's budget says, in units. */
async function budget() {
  const [[cap, used, held]] = await sql(house, "SELECT cap, used, held FROM budget JOIN tenant USING (tenant_id) WHERE slug = 'bank'");
  return { cap: cap / UNIT, used: used / UNIT, held: held / UNIT };
}

/** Makes so many units left from here on. */
async function leave(units) {
  await operate("budget", "set", "bank", String((await budget()).used + units));
  await sleep(1100); // within a second on every worker
}

/** Many turns at once; their statuses counted. */
async function crowd(many, order, fields) {
  const counts = {};
  await Promise.all(Array.from({ length: many }, async (_, i) => {
    const response = await ask(house, script(order(i)), { model: "coins", ...fields });
    const text = await response.text();
    counts[response.status] = (counts[response.status] ?? 0) + 1;
    if (response.status === 429) {
      assert.equal(JSON.parse(text).error.code, "insufficient_quota");
      assert.equal(response.headers.get("x-should-retry"), "false");
    } else {
      assert.equal(response.status, 200, text);
      if (fields.stream !== false) assert.match(text, /\[DONE\]/);
    }
  }));
  return counts;
}

test("a hundred turns at once against a budget for ten: ten are taken, and not one coin more is spent", async () => {
  await leave(1000);
  const before = await budget();
  const counts = await crowd(100, () => ({ chunks: 500, delay_ms: 1 }), { max_tokens: 100 });
  assert.deepEqual(counts, { 200: 10, 429: 90 });
  await allSettled(house);
  const now = await budget();
  assert.equal(now.used - before.used, 1000, "each was cut at its own hundred tokens");
  assert.deepEqual([now.held, now.used <= now.cap], [0, true]);
  await checkBooks(house);
});

test("what a short answer leaves others may spend; the sum never passes the cap", async () => {
  await leave(500);
  const before = await budget();
  const counts = await crowd(60, (i) => ({ chunks: 1 + (i % 7), delay_ms: i % 3 }), { max_tokens: 100 });
  assert.ok(counts[200] >= 5, JSON.stringify(counts));
  await allSettled(house);
  const now = await budget();
  assert.ok(now.used <= now.cap && now.held === 0, JSON.stringify(now));
  const [[spent]] = await sql(house, "SELECT SUM(cost) FROM turn JOIN tenant USING (tenant_id) WHERE slug = 'bank'");
  assert.equal(spent / UNIT, now.used, "used is the sum of all turns");
  assert.ok(now.used > before.used);
  const over = await sql(house, "SELECT turn_id FROM turn WHERE cost > hold");
  assert.deepEqual(over, [], "no turn cost more than was held for it");
  await checkBooks(house);
});

test("max_tokens is lowered to what is left, and refused when next to nothing is", async () => {
  await leave(40);
  const stream = await listen(house, script({ chunks: 500 }), { model: "coins", max_tokens: 4000 });
  await stream.over;
  assert.ok(stream.done);
  assert.equal(JSON.parse((await house.upstream.requests()).at(-1).body).max_tokens, 40, "the provider is told");
  assert.deepEqual([(await ledger(house, stream.turn)).cost, (await budget()).held], [40 * UNIT, 0]);
  await leave(3);
  const response = await ask(house, script({ chunks: 500 }), { model: "coins", max_tokens: 4000 });
  assert.equal(response.status, 429);
  await response.text();
  await checkBooks(house);
});

test("a model that costs nothing is answered when nothing is left", async () => {
  await operate("model", "allow", "bank", "free", "--provider", "openai", "--upstream", "free", "--price-in", "0",
    "--price-out", "0", "--context", "128000", "--max-output", "4096");
  await leave(0);
  const stream = await listen(house, script({ chunks: 3 }), { model: "free" });
  await stream.over;
  assert.ok(stream.done);
  await checkBooks(house);
});

test("twenty retries of one request at once are one turn, charged once, and all hear the same", async () => {
  await leave(1000);
  const before = await budget();
  const answers = await Promise.all(Array.from({ length: 20 }, async () => {
    const stream = await listen(house, script({ chunks: 10, size: 7, delay_ms: 20 }),
      { model: "coins", max_tokens: 50, headers: { "Idempotency-Key": "once" } });
    await stream.over;
    assert.ok(stream.done, JSON.stringify(stream));
    return `${stream.turn} ${stream.text}`;
  }));
  assert.equal(new Set(answers).size, 1);
  await allSettled(house);
  assert.equal((await budget()).used - before.used, 10, "ten tokens, once");
  await checkBooks(house);
});

test("failed turns give their hold back, cut ones pay for what came", async () => {
  await leave(1000);
  const before = await budget();
  const failed = await ask(house, script({ status: 500 }), { model: "coins", max_tokens: 50 });
  assert.equal(failed.status, 502);
  await failed.text();
  const cut = await listen(house, script({ chunks: 10, size: 8, cut_after: 4 }), { model: "coins", max_tokens: 50 });
  await cut.over;
  assert.ok(cut.error && !cut.done);
  await allSettled(house);
  const now = await budget();
  assert.deepEqual([now.used - before.used, now.held], [8, 0], "32 bytes are eight tokens");
  await checkBooks(house);
});
