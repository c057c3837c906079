// One Idempotency-Key is one turn: at once, after its worker's crash, after a day, from others, with other words.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bar, rounds } from "../tools/bar.mjs";
import { ownHouse } from "../tools/stack.mjs";
import { allSettled, ask, checkBooks, ledger, Listener, listen, script, sql, until, workerOf } from "./faults.mjs";

const ROUNDS = rounds(5, 100);
const DOORS = ["/api/v1/chat", "/v1/chat/completions"];

let house;
before(async () => (house = await ownHouse()));
after(() => house?.stop());

const keys = { bank: "sk-demo-bank", insurance: "sk-demo-insurance" };
const keyed = (name, how) => ({ ...how, headers: { "Idempotency-Key": name } });

/** So many upstream calls, and so many tokens charged, by all that went before. */
async function counted(tenant = "bank") {
  const calls = (await house.upstream.stats()).keys[keys[tenant]]?.calls ?? 0;
  const [[turns, tokens]] = await sql(house,
    `SELECT COUNT(*), COALESCE(SUM(tokens_out), 0) FROM turn JOIN tenant USING (tenant_id) WHERE slug = '${tenant}'`);
  return { calls, turns: Number(turns), tokens: Number(tokens) };
}

/** How often it was true, that what it did was this many calls and turns, and so many tokens. */
async function costs({ calls, tokens }, doing, tenant) {
  const before = await counted(tenant);
  const good = await doing();
  await allSettled(house);
  const now = await counted(tenant);
  const seen = [now.calls - before.calls, now.turns - before.turns, now.tokens - before.tokens];
  const is = good && seen[0] === calls && seen[1] === calls && (tokens === undefined || seen[2] === tokens);
  if (!is) console.log(`calls, turns, tokens: ${seen}; wanted ${calls}, ${calls}, ${tokens}; ${good}`);
  return is;
}

/** Asks and hears all of it: {status, turn, text}. */
async function hear(content, how) {
  const response = await ask(house, content, how);
  const text = await response.text();
  return { status: response.status, turn: response.headers.get("x-insula-turn"), text };
}

/** As often as the bar says; how often it was as it should be. */
async function often(id, promise, once, times = ROUNDS) {
  let good = 0;
  for (let i = 0; i < times; i++) good += Boolean(await once(i));
  bar(id, promise, good, times);
  await checkBooks(house);
}

test("twenty at once", () =>
  often("B36", "the same key twenty times at once: one upstream call, one charge, the same bytes for all", (i) =>
    costs({ calls: 1, tokens: 10 }, async () => {
      const how = keyed(`crowd-${i}`, { path: DOORS[i % 2], stream: i % 4 < 2 });
      const order = script({ chunks: 10, delay_ms: i % 3 });
      const answers = await Promise.all(Array.from({ length: 20 }, () => hear(order, how)));
      return answers.every(({ status }) => status === 200)
        && new Set(answers.map(({ turn, text }) => `${turn} ${text}`)).size === 1;
    })));

test("after a crash", () =>
  often("B36", "the same key after its worker was killed in mid-answer: the first call stays the only one", (i) =>
    costs({ calls: 1 }, async () => {
      const how = keyed(`crash-${i}`);
      const order = script({ chunks: 40, delay_ms: 10 });
      const first = await listen(house, order, how);
      await first.heard(1 + (i * 7) % 30);
      process.kill(workerOf(house, first.turn), "SIGKILL");
      await first.over;
      const retry = new Listener(await ask(house, order, how));
      await retry.over;
      await allSettled(house);
      const late = await hear(order, how);
      const { tokens_out, outcome } = await ledger(house, first.turn);
      return retry.turn === first.turn && late.turn === first.turn && retry.text.startsWith(first.text)
        && late.text.includes("interrupted") && outcome === "interrupted" && tokens_out > 0;
    }), rounds(2, 100)));

test("with other words, or at another address", () =>
  often("B36", "the same key with another body, or at another address: 422, no call", async (i) => {
    const how = keyed(`other-${i}`, { path: DOORS[i % 2], stream: false });
    await hear(script({ chunks: 2 }), how);
    return costs({ calls: 0 }, async () => {
      const tries = await Promise.all([
        hear(script({ chunks: 3 }), how), hear(script({ chunks: 2 }), { ...how, stream: true }),
        hear(script({ chunks: 2 }), { ...how, path: DOORS[1 - (i % 2)] }),
        hear(script({ chunks: 2 }), { ...how, max_tokens: 7 }),
      ]);
      return tries.every(({ status, text }) => status === 422 && text.includes("idempotency_mismatch"));
    });
  }));

test("from others", () =>
  often("B36", "the same key of another person, and of another tenant: turns of their own", async (i) => {
    const path = DOORS[i % 2];
    const order = script({ chunks: 2 });
    const turns = new Set();
    const by = (who) => async () => {
      const { status, turn } = await hear(order, keyed(`shared-${i}`, { path, ...who }));
      turns.add(turn);
      return status === 200;
    };
    const good = [
      await costs({ calls: 1, tokens: 2 }, by({ role: "member" })),
      await costs({ calls: 1, tokens: 2 }, by({ role: "admin" })),
      await costs({ calls: 1, tokens: 2 }, by({ tenant: "insurance" }), "insurance"),
      await costs({ calls: 0 }, by({ role: "member" })),
    ];
    return good.every(Boolean) && turns.size === 3;
  }));

const DAY_MS = 24 * 3600 * 1000;
const age = (name, ms) => sql(house, `UPDATE idempotency SET expires_ms = expires_ms - ${ms} WHERE name = '${name}'`);

test("a day later", () =>
  often("B36", "the same key just before its day is over: the same turn; after it: one new call, one new charge", async (i) => {
    const name = `day-${i}`;
    const how = keyed(name, { stream: false });
    const order = script({ chunks: 3 });
    const first = await hear(order, how);
    await age(name, DAY_MS - 60000);
    let again, new_;
    const same = await costs({ calls: 0 }, async () => (again = await hear(order, how)).status === 200);
    await age(name, 61000);
    const once = await costs({ calls: 1, tokens: 3 }, async () => {
      const answers = await Promise.all(Array.from({ length: 5 }, () => hear(order, how)));
      new_ = answers[0];
      return answers.every(({ status, turn }) => status === 200 && turn === new_.turn);
    });
    return same && once && again.turn === first.turn && new_.turn !== first.turn;
  }));

test("a key that has had its day is swept away", async () => {
  await hear(script({ chunks: 1 }), keyed("swept"));
  await age("swept", 2 * DAY_MS);
  await until(async () => (await sql(house, "SELECT 1 FROM idempotency WHERE name = 'swept'")).length === 0, 15000, "swept");
});
