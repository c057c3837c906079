// Workers are restarted one by one, as an operator does: SIGTERM to each, multiwatch starts another. Streams end well,
// requests are served, and a worker that is told to stop does so in time.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { bar, rounds } from "../tools/bar.mjs";
import { ownHouse } from "../tools/stack.mjs";
import {
  allSettled, binary, checkBooks, get, listen, logged, reload, runs, script, sql, until, withGrace, workers,
} from "./faults.mjs";

const WORKERS = 3, LIVE = 100;
/** Behind the grace period; a sanitizer looks for leaks at the end. */
const END_MS = /address|thread/.test(process.env.INSULA_BUILD) ? 5000 : 1000;
let house;
before(async () => (house = await ownHouse({ WORKERS: String(WORKERS) })));
after(() => house?.stop());

const grace = (seconds) => reload(house, withGrace(house, seconds));
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

/** Ends one worker and waits for another; how long it took to end. */
async function restart(pid) {
  const started = () => logged(house, "worker.started").length, before = started();
  process.kill(pid, "SIGTERM");
  const took = await until(() => !runs(pid), 40000, "the worker has ended");
  await until(() => started() > before, 5000, "another worker is there");
  return took;
}

/** Of each turn: outcome, text, code, whether it was charged, by what. */
async function answers() {
  const rows = await sql(house, `SELECT HEX(turn_id), outcome, content, turn.code, cost > 0, usage_source FROM turn
    JOIN message USING (tenant_id, turn_id)`);
  return Object.fromEntries(rows.map(([id, ...rest]) => [`X'${id.toLowerCase()}'`, rest]));
}

/** Calls ask() again and again until `over.now`; what each call came to. */
async function again(over, ask) {
  const all = [];
  while (!over.now) all.push(await ask());
  return all;
}

async function stream() {
  const heard = await listen(house, script({ chunks: 9, size: 7, delay_ms: 240 }));
  return heard.over;
}

async function request() {
  await sleep(5);
  return get(house, "/api/v1/me").then(() => true, (error) => console.error(error));
}

test("a hundred streams live, one worker after the other restarted: none is cut, nobody is refused", async () => {
  await grace(30);
  const over = { now: false };
  const streams = Array.from({ length: LIVE }, () => again(over, stream));
  const requests = Array.from({ length: 3 }, () => again(over, request));
  await until(async () => (await house.upstream.stats()).connections >= LIVE, 10000, "all are live");
  const took = [];
  for (let i = 0; i < rounds(1, 10); i++) for (const pid of workers(house)) took.push(await restart(pid));
  over.now = true;
  const heard = (await Promise.all(streams)).flat();
  const served = (await Promise.all(requests)).flat();
  bar("B21", `workers restarted one by one under ${LIVE} live streams: no stream is cut`,
    heard.filter(({ done }) => done).length, heard.length, `${took.length} restarts`);
  bar("B21", "a request during a rolling restart is served", served.filter(Boolean).length, served.length);
  const stored = await answers();
  for (const { turn, text } of heard) assert.deepEqual(stored[binary(turn)].slice(0, 2), ["complete", text]);
  await checkBooks(house);
});

test("an idle worker ends at once", async () => {
  const took = [];
  for (let i = 0; i < rounds(6, 60); i++) took.push(await restart(workers(house)[0]));
  bar("B21", "an idle worker ends within a second", took.filter((ms) => ms < 1000).length, took.length,
    `median ${Math.round(median(took))} ms`);
});

test("streams beyond the grace period are cut, say so, and are charged as far as they came", async () => {
  await grace(1);
  const took = [], cut = [];
  for (let i = 0; i < rounds(1, 5); i++) {
    const live = await Promise.all(Array.from({ length: 40 }, () => listen(house, script({ chunks: 900, size: 7, delay_ms: 100 }))));
    await Promise.all(live.map((one) => one.heard(2)));
    took.push(...(await Promise.all(workers(house).map(restart))));
    cut.push(...(await Promise.all(live.map(({ over }) => over))));
  }
  await allSettled(house);
  const stored = await answers();
  const good = cut.filter(({ turn, error, text }) => error?.code === "shutdown"
    && isDeepStrictEqual(stored[binary(turn)], ["interrupted", text, "shutdown", "1", "counted"]));
  bar("B21", "a stream beyond the grace period hears of it and is settled as it was heard", good.length, cut.length);
  bar("B21", "a worker ends at most a second after the grace period", took.filter((ms) => ms < 1000 + END_MS).length, took.length,
    `slowest ${Math.round(Math.max(...took) - 1000)} ms after it`);
  await checkBooks(house);
});
