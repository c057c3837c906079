// A client leaves at any moment of its answer, under every policy of its tenant: there is a row for it, and what is
// charged is what the model server itself counted, to within what is under way when a connection is closed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { changeSettings } from "../http/lib/settings.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { ownHouse } from "../tools/stack.mjs";
import { allSettled, ask, checkBooks, Listener, script, sql, until } from "./faults.mjs";

const CHUNKS = 100;
const SIZE = 4; // bytes: what is counted without a tokenizer is then a token a chunk, as the model server counts
const IN_FLIGHT = 25; // chunks that may have left the model, and not yet have come, when a turn is cut
const POINTS = [0, 1, 10, 50, 99, 100]; // per cent of the answer
const EACH = rounds(5, 100);

/** delay_ms: a drain of two seconds is too short for the whole answer, but not for its end. */
const policies = [
  { tenant: "bank", policy: "drain", key: "sk-demo-bank", delay_ms: 10 },
  { tenant: "securities", policy: "cancel", key: "ollama-demo", model: "paid", delay_ms: 10 },
  { tenant: "insurance", policy: "drain:2", key: "sk-demo-insurance", delay_ms: 40 },
];

let house;
before(async () => {
  house = await ownHouse();
  await changeSettings(house, { upstream: { breaker_failures: 0 } }); // its provider fails often, and is asked each time
  for (const { tenant, policy } of policies) {
    const { status, stderr } = await house.insulactl("tenant", "set", tenant, "--disconnect", policy);
    assert.equal(status, 0, stderr);
  }
  const paid = ["--upstream", "demo", "--price-in", "0", "--price-out", "1", "--context", "128000", "--max-output", "4096"];
  const { status, stderr } = await house.insulactl("model", "allow", "securities", "paid", "--provider", "llama", ...paid);
  assert.equal(status, 0, stderr);
  await sleep(1100); // within a second on every worker
});
after(() => house?.stop());

/** Asks, and leaves at a point of the answer; name: says which turn it was, to the model and to us; admitted: a promise. */
async function leave({ tenant, model, delay_ms }, point, name, admitted) {
  const control = new AbortController();
  const order = { chunks: CHUNKS, size: SIZE, delay_ms, silent_ms: point ? 0 : 1500 };
  const asked = ask(house, "", {
    tenant, model, signal: control.signal, headers: { "Idempotency-Key": name },
    messages: [{ role: "system", content: name }, { role: "user", content: script(order) }],
  });
  if (point === 0) {
    asked.catch(() => {});
    await admitted;
  } else {
    const stream = new Listener(await asked);
    await (point === 100 ? stream.over : stream.heard(point));
  }
  control.abort();
}

/** Until the five turns of a batch whose clients hear nothing have begun. */
const begun = (batch) => until(async () =>
  (await sql(house, `SELECT 1 FROM idempotency WHERE name LIKE '${batch}0-%'`)).length === 5, 10000, "five turns are admitted");

/** What the model server sent for each name. */
async function counts(key) {
  const left = new Map((await house.upstream.stats()).aborts.map(({ request, chunks }) => [request, chunks]));
  const names = new Map();
  for (const { number, body } of await house.upstream.requests({ key })) {
    const { system, messages } = JSON.parse(body); // Anthropic has it beside the messages
    const name = system ?? messages[0].content;
    assert.ok(!names.has(name), `${name} was asked twice`);
    names.set(name, left.get(number) ?? CHUNKS);
  }
  return names;
}

/** What is charged for each name. */
async function charges(prefix) {
  const rows = await sql(house, `SELECT name, state, outcome, usage_source, tokens_out, cost > 0 FROM idempotency
    JOIN turn USING (tenant_id, turn_id) WHERE name LIKE '${prefix}%'`);
  return rows.map(([name, state, outcome, source, tokens, cost]) =>
    ({ name, state, outcome, source, tokens: Number(tokens), cost: cost === "1" }));
}

for (const place of policies)
  test(`${place.policy}: each turn has its row, and costs what the model server counted`, async () => {
    const seen = { rows: 0, close: 0, furthest: 0, cut: 0 };
    for (let i = 0; i < EACH; i += 5) {
      await house.upstream.clear();
      const batch = `${place.tenant}-${i}-`;
      const admitted = begun(batch);
      await Promise.all(POINTS.flatMap((point) =>
        Array.from({ length: 5 }, (_, n) => leave(place, point, `${batch}${point}-${n}`, admitted))));
      await allSettled(house, 20000);
      const [sent, charged] = [await counts(place.key), await charges(batch)];
      seen.rows += charged.filter(({ state }) => state === "settled").length;
      for (const { name, outcome, source, tokens, cost } of charged) {
        const complete = outcome === "complete";
        const apart = sent.get(name) - tokens;
        const exact = complete && source === "provider" && apart === 0;
        const counted = !complete && (source === "counted" || source === "provider") && apart >= 0 && apart <= IN_FLIGHT;
        if ((exact || counted) && cost === tokens > 0) seen.close++;
        else console.log(`${name}: ${outcome}, ${tokens} tokens (${source}) of ${sent.get(name)}`);
        seen.cut += !complete;
        seen.furthest = Math.max(seen.furthest, apart);
      }
    }
    const all = EACH * POINTS.length;
    assert.equal(seen.cut > 0, place.policy !== "drain", `${seen.cut} turns were cut`);
    bar("B35", `${place.policy}: a client that leaves at 0 to 100 % of its answer has one settled row`, seen.rows, all);
    bar("B35", `${place.policy}: drained, it costs exactly what the model server counted, cut at most ${IN_FLIGHT} tokens less`,
      seen.close, all, `${seen.cut} cut, furthest ${seen.furthest} tokens`);
    await checkBooks(house);
  });

test("what a provider says of its errors is not an answer, and costs nothing", async () => {
  const words = "You exceeded your current quota. ".repeat(50);
  const failures = [
    ...[400, 401, 403, 404, 429, 500, 503].map((status) =>
      ({ order: { status, body: JSON.stringify({ error: { message: words, code: "x" } }) }, tokens: 0 })),
    { order: { status: 500, body: `<html>${words}</html>`, content_type: "text/html" }, tokens: 0 },
    { order: { status: -1 }, tokens: 0 },
    { order: { chunks: 9, size: SIZE, error_after: 0 }, tokens: 0 },
    { order: { chunks: 9, size: SIZE, error_after: 3 }, tokens: 3 },
    { order: { chunks: 9, size: SIZE, garbage_after: 3 }, tokens: 3 },
    { order: { events: [JSON.stringify({ error: { message: words } })] }, tokens: 0 },
  ];
  let right = 0, tried = 0;
  for (let i = 0; i < rounds(1, 20); i++)
    for (const { order, tokens } of failures) {
      for (const stream of [true, false]) {
        if (!stream && !("status" in order)) continue;
        const response = await ask(house, script(order), { stream });
        await response.text();
        await allSettled(house);
        const [[billed, cost, outcome]] = await sql(house, "SELECT tokens_out, cost > 0, outcome FROM turn ORDER BY turn_id DESC LIMIT 1");
        const good = Number(billed) === tokens && (cost === "1") === tokens > 0 && outcome !== "complete";
        if (!good) console.log(`${JSON.stringify(order)}: ${billed} tokens, ${outcome}`);
        right += good;
        tried++;
      }
    }
  bar("B35", "an upstream's error text is never charged", right, tried);
  await checkBooks(house);
});
