// The database goes away, politely and not, while turns run: they go on, new ones wait, nothing is lost.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { run } from "../tools/stack.mjs";
import { allSettled, answer, ask, brittleHouse, checkBooks, ledger, listen, runs, script, sql, until } from "./faults.mjs";

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

test("going away again and again during admissions and settlements: the books stay right", async () => {
  const outcomes = { done: 0, failed: 0, refused: 0 };
  let stop = false;
  const client = async () => {
    while (!stop) {
      const response = await ask(house, script({ chunks: 5, size: 5, delay_ms: 2 })).catch(() => null);
      if (response?.status !== 200) {
        await response?.text();
        outcomes.refused++;
        await sleep(50);
      } else {
        outcomes[/\[DONE\]/.test(await response.text()) ? "done" : "failed"]++;
      }
    }
  };
  const clients = Array.from({ length: 8 }, client);
  for (let i = 0; i < 4; i++) {
    await sleep(400 + 37 * i);
    await end(i % 2 ? "SIGTERM" : "SIGKILL");
    await sleep(100);
    await start();
  }
  await sleep(300);
  stop = true;
  await Promise.all(clients);
  await allSettled(house, 15000);
  assert.ok(outcomes.done > 20, JSON.stringify(outcomes));
  const [[complete]] = await sql(house, "SELECT COUNT(*) FROM turn WHERE outcome = 'complete'");
  const [[kept]] = await sql(house, "SELECT COUNT(*) FROM message WHERE role = 'assistant' AND state = 'complete'");
  assert.equal(kept, complete, "each complete turn has its answer");
  await checkBooks(house);
});
