// No crowd, no retry and no race spends more than the budget.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { bar, rounds } from "../tools/bar.mjs";
import { ownHouse } from "../tools/stack.mjs";
import { allSettled, ask, checkBooks, ledger, listen, logged, script, sql, workers } from "./faults.mjs";

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

/** The most that was ever used and held together while something went on, in units over the cap. */
async function mostOver(doing) {
  let over = 0, busy = true;
  const watching = (async () => {
    while (busy) {
      const { cap, used, held } = await budget();
      over = Math.max(over, used + held - cap);
    }
  })();
  await Promise.all([watching, doing().finally(() => (busy = false))]);
  return over;
}

const CROWD = rounds(200, 500);
const FEW = [10, 64, 1, 37, 3, 100, 0, 17, 5, 150];

test(`${CROWD} turns at once against a budget for a few: just those are taken, and not one coin more is spent`, async () => {
  let right = 0;
  const tries = rounds(2, 20), seen = [];
  for (let i = 0; i < tries; i++) {
    const few = FEW[i % FEW.length];
    await leave(few * 100);
    const before = await budget();
    let counts;
    const over = await mostOver(async () => {
      counts = await crowd(CROWD, () => ({ chunks: 500, delay_ms: 1 }), { max_tokens: 100 });
      await allSettled(house, 30000);
    });
    const now = await budget();
    const spent = now.used - before.used; // each was cut at its own hundred tokens
    const is = (counts[200] ?? 0) === few && spent === few * 100 && now.held === 0 && now.used <= now.cap && over <= 0;
    if (!is) console.log(JSON.stringify({ few, counts, spent, over, now }));
    right += is;
    seen.push(few);
    await checkBooks(house);
  }
  bar("B34", `${CROWD} turns at once against a budget for k: k are admitted, used never passes the cap, nothing stays held`,
    right, tries, `k = ${seen.join(", ")}`);
  const relaying = new Set(logged(house, "request").filter(({ outcome }) => outcome === "complete").map(({ worker }) => worker));
  assert.equal(relaying.size, workers(house).length, "every worker had its part of the crowd");
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
