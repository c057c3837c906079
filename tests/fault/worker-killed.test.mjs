// A worker dies without a word: what it had relayed is stored, charged once, and another takes its place.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { ownHouse } from "../tools/stack.mjs";
import { allSettled, answer, checkBooks, ledger, listen, script, sql, until, workerOf, workers } from "./faults.mjs";

let house;
before(async () => (house = await ownHouse()));
after(() => house?.stop());

const CHUNKS = 40;
const answers = (delay_ms) => script({ chunks: CHUNKS, size: 7, delay_ms });

/** Kills the worker of the first of some streams at a moment; all of them, as their clients saw them. */
async function round(moment) {
  const streams = await Promise.all([0, 1, 2, 3].map(() => listen(house, answers(moment.delay_ms ?? 20))));
  await streams[0].heard(moment.events);
  await sleep(moment.wait_ms ?? 0);
  const before = workers(house);
  const killed = workerOf(house, streams[0].turn);
  if (killed === undefined) return Promise.all(streams.map(({ over }) => over)); // it was over already
  process.kill(killed, "SIGKILL");
  const replaced = await until(() => {
    const now = workers(house);
    return now.length === before.length && !now.includes(killed);
  }, 5000, "another worker");
  assert.ok(replaced < 1000, `replaced after ${replaced} ms`);
  return Promise.all(streams.map(({ over }) => over));
}

const moments = [
  { events: 1 }, { events: 2 }, { events: 5 }, { events: 10, wait_ms: 7 }, { events: 20 },
  { events: 20, delay_ms: 1 }, { events: 38 }, { events: 40 }, { events: 41 }, { events: 42, delay_ms: 5 },
];

test("ten workers killed at ten moments: nothing is lost, nothing is charged twice", async () => {
  const streams = [];
  for (const moment of moments) streams.push(...(await round(moment)));
  await allSettled(house);
  let broken = 0;
  for (const stream of streams) {
    const row = await ledger(house, stream.turn);
    const { content, state } = await answer(house, stream.place);
    assert.equal(row.state, "settled");
    assert.equal(row.outcome, state);
    assert.ok(content.startsWith(stream.text), "what a client saw is the beginning of what is stored");
    assert.ok(row.cost <= row.hold, `${row.cost} of ${row.hold}`);
    assert.ok(row.cost > 0 || !content, "what was answered is charged");
    if (stream.done) {
      assert.equal(state, "complete");
      assert.equal(content, stream.text, "[DONE] means stored, all of it");
    } else {
      broken++;
      assert.ok(stream.cut || stream.error, "a stream without [DONE] breaks, or says why");
      assert.ok(["interrupted", "complete"].includes(state), state);
    }
  }
  assert.ok(broken >= 8, `only ${broken} streams were cut: the test came too late`);
  const [[turns]] = await sql(house, "SELECT COUNT(*) FROM turn");
  assert.equal(Number(turns), streams.length, "one row for each turn that was asked for");
  await checkBooks(house);
});

for (const stream of [true, false]) {
  test(`killed before the first event, ${stream ? "" : "not "}streamed: settled, and costs nothing`, async () => {
    const asked = listen(house, script({ silent_ms: 8000 }), { stream }).catch((error) => error);
    const open = "SELECT HEX(turn_id) FROM turn WHERE state = 'open'";
    await until(async () => (await sql(house, open)).length === 1, 3000, "the turn is admitted");
    const [[id]] = await sql(house, open);
    for (const pid of workers(house)) process.kill(pid, "SIGKILL");
    assert.ok((await asked) instanceof Error, "its client hears that it failed");
    await allSettled(house);
    const [row] = await sql(house, `SELECT outcome, cost FROM turn WHERE turn_id = X'${id}'`);
    assert.deepEqual(row, ["interrupted", "0"]);
    await checkBooks(house);
  });
}

test("who comes back after a crash hears the rest, and that it was cut", async () => {
  const stream = await listen(house, answers(20));
  await stream.heard(10);
  process.kill(workerOf(house, stream.turn), "SIGKILL");
  await stream.over;
  const response = await fetch(`${house.url}/api/v1/streams/${stream.turn}`, {
    headers: { Authorization: `Bearer ${house.tenants.bank.member}`, Accept: "text/event-stream" },
  });
  assert.equal(response.status, 200);
  const text = await response.text();
  assert.match(text, /"code":"worker_lost"|"code":"interrupted"/);
  assert.doesNotMatch(text, /\[DONE\]/);
  const { content } = await answer(house, stream.place);
  const heard = [...text.matchAll(/^data: (.*"delta".*)$/gm)]
    .map((line) => JSON.parse(line[1]).choices[0].delta.content ?? "").join("");
  assert.equal(heard, content);
  assert.ok(content.startsWith(stream.text));
});
