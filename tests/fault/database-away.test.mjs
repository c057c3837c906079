// The database goes away, politely and not, while turns run: they go on, new ones wait, nothing is lost.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { bar, rounds } from "../tools/bar.mjs";
import { run } from "../tools/stack.mjs";
import {
  allSettled, answer, ask, brittleHouse, checkBooks, get, ledger, listen, runs, script, sql, until,
} from "./faults.mjs";
import { Journal } from "./journal.mjs";

const WELL_MS = 5000;

let house, command;
const server = () => house.pid("mariadb");

before(async () => {
  house = await brittleHouse();
  command = readFileSync(`/proc/${server()}/cmdline`, "utf8").split("\0").slice(0, -1);
});
after(() => house?.stop());
// One test's trouble is not the next one's.
afterEach(() => runs(server()) || start());

async function end(signal) {
  process.kill(server(), signal);
  await until(() => !runs(server()), 15000, "the database has ended");
}

async function start() {
  await house.replace("mariadb", command);
  const socket = `--socket=${join(house.folder, "run/mysql.sock")}`;
  await until(async () => (await run("mariadb", ["--no-defaults", socket, "--user=root", "-e", "DO 1"])).status === 0,
    20000, "the database is back");
}

const slow = script({ chunks: 100, size: 7, delay_ms: 30 }); // three seconds

for (const signal of ["SIGTERM", "SIGKILL"]) {
  test(`${signal} while streams run, and back before they end: nobody notices`, async () => {
    const streams = await Promise.all([0, 1, 2, 3].map(() => listen(house, slow)));
    await Promise.all(streams.map((stream) => stream.heard(5)));
    await end(signal);
    const heard = streams.map(({ events }) => events);
    await sleep(300);
    streams.forEach((stream, i) => assert.ok(stream.events > heard[i], "a live stream goes on"));
    await start();
    for (const stream of streams) {
      await stream.over;
      assert.ok(stream.done, JSON.stringify(stream.error ?? "cut"));
      assert.equal((await ledger(house, stream.turn)).state, "settled");
      const { content, state } = await answer(house, stream.place);
      assert.deepEqual([content, state], [stream.text, "complete"]);
    }
    await checkBooks(house);
  });
}

test("gone for long: a turn that cannot be stored says so, and is stored later", async () => {
  const streams = await Promise.all([0, 1, 2, 3].map(() => listen(house, script({ chunks: 20, size: 7, delay_ms: 20 }))));
  await Promise.all(streams.map((stream) => stream.heard(3)));
  await end("SIGKILL");
  const began = performance.now();
  for (const stream of streams) {
    await stream.over;
    assert.equal(stream.done, false, "no [DONE] without a commit");
    assert.equal(stream.error?.code, "not_settled");
    assert.equal(stream.text.length, 20 * 7, "the whole answer was heard all the same");
  }
  const waited = performance.now() - began;
  assert.ok(waited > 2000 && waited < 15000, `a few seconds of patience, not ${waited} ms`);
  await start();
  await allSettled(house);
  for (const stream of streams) {
    assert.equal((await ledger(house, stream.turn)).outcome, "complete");
    const { content, state } = await answer(house, stream.place);
    assert.deepEqual([content, state], [stream.text, "complete"]);
  }
  await checkBooks(house);
});

test("while it is away, new turns get 503 and are told when to come back; then all is well", async () => {
  const [[turns]] = await sql(house, "SELECT COUNT(*) FROM turn");
  await end("SIGKILL");
  for (let i = 0; i < 10; i++) {
    const began = performance.now();
    const response = await ask(house, "Hello?");
    assert.equal(response.status, 503);
    assert.ok(Number(response.headers.get("retry-after")) >= 1, "Retry-After");
    const { error } = await response.json();
    assert.equal(error.code, "database_unavailable");
    assert.doesNotMatch(JSON.stringify(error), /mysql|maria|socket|sql/i);
    assert.ok(performance.now() - began < 2000, "at once");
  }
  assert.equal((await fetch(`${house.url}/healthz`)).status, 200, "the process is healthy");
  assert.equal((await fetch(`${house.url}/readyz`)).status, 503, "but not ready");
  await start();
  const back = await until(async () => (await fetch(`${house.url}/readyz`)).status === 200, 5000, "ready again");
  assert.ok(back < 3000, `ready after ${back} ms`);
  await sleep(300); // each desk tries anew 200 ms after its last failure
  for (let i = 0; i < 10; i++) {
    const stream = await listen(house, script({ chunks: 3 }));
    await stream.over;
    assert.ok(stream.done, "each desk has found its way back");
  }
  assert.deepEqual(await sql(house, "SELECT COUNT(*) FROM turn"), [[String(Number(turns) + 10)]],
    "what was refused left nothing");
  await checkBooks(house);
});

test("it takes no writes for a while: 503, reads go on, and nothing is half written", async () => {
  const rows = () => sql(house, "CHECKSUM TABLE turn, message, conversation, budget, idempotency EXTENDED");
  const before = await rows();
  await sql(house, "SET GLOBAL read_only = 1");
  for (let i = 0; i < 4; i++) {
    const response = await ask(house, "Hello?", { headers: { "Idempotency-Key": "again" } });
    assert.deepEqual([response.status, (await response.json()).error.code], [503, "database_busy"]);
    assert.ok(Number(response.headers.get("retry-after")) >= 1, "Retry-After");
  }
  await get(house, "/api/v1/conversations");
  assert.deepEqual(await rows(), before);
  await sql(house, "SET GLOBAL read_only = 0");
  const stream = await listen(house, "Hello?", { headers: { "Idempotency-Key": "again" } });
  assert.ok((await stream.over).done, "the same request is answered at last");
});

/** The database falls and comes back while clients write: the journal, and how long each took to be well again. */
async function fallUnderLoad(signals) {
  const journal = new Journal(house), times = [];
  try {
    for (const [i, signal] of signals.entries()) {
      await journal.wellAfter(performance.now(), 10000);
      await sleep(37 * (i % 10));
      await end(signal);
      await sleep(200);
      await start();
      times.push(Math.round(await journal.wellAfter(performance.now(), 30000)));
    }
  } finally {
    await journal.stop();
  }
  return { journal, times };
}

test("TERM and KILL under load, again and again: what was acknowledged is there, once", async () => {
  const { journal, times } = await fallUnderLoad(Array(rounds(1, 10)).fill(["SIGTERM", "SIGKILL"]).flat());
  await allSettled(house, 15000);
  const { kept, acknowledged, once, offered } = await journal.compare();
  const well = times.filter((ms) => ms <= WELL_MS).length;
  bar("B26", `MariaDB stopped with TERM and KILL under load, ${times.length} times: acknowledged writes kept`, kept, acknowledged);
  bar("B26", "and whatever was asked is there at most once", once, offered);
  bar("B26", "meanwhile every refusal is 503 with Retry-After", journal.refused, journal.refused + journal.wrong.length,
    `${journal.broken} streams or connections broke`);
  bar("B26", `well again within ${WELL_MS / 1000} s of its return`, well, times.length, `${Math.max(...times)} ms at worst`);
  await checkBooks(house);
});
