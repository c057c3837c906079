// Stopping lets streams end; what does not end in time is cut and says so. SIGHUP reads the file again.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  allSettled, answer, ask, brittleHouse, checkBooks, ledger, listen, logged, post, reload, runs, script, until, withGrace,
  workers,
} from "./faults.mjs";

let house, first, command;
const GRACE_SECONDS = 2;

before(async () => {
  house = await brittleHouse();
  first = withGrace(house, GRACE_SECONDS);
  const arg = (pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  command = ["spawn-fcgi", "-n", "-s", join(house.folder, "run/insula.sock"), "-M", "0660", "-b", "4096", "--",
    ...arg(house.pid("multiwatch"))];
  await reload(house, first);
});
after(() => house?.stop());
// One test's trouble is not the next one's.
afterEach(() => runs(house.pid("multiwatch")) || start());

/** Ends the workers as an operator does; how long that took. */
async function stop() {
  const all = [house.pid("multiwatch"), ...workers(house)];
  process.kill(all[0], "SIGTERM");
  return until(() => !all.some(runs), 40000, "the workers have ended");
}

async function start() {
  await house.replace("multiwatch", command);
  await until(async () => (await fetch(`${house.url}/readyz`)).status === 200, 10000, "ready");
}

test("a changed limit holds from the next request on; a bad file is refused and the old one stays", async () => {
  const stream = await listen(house, script({ chunks: 60, delay_ms: 20 }));
  const words = "x".repeat(60);
  await reload(house, first + "\n[limits]\nmessage_bytes = 50\n");
  for (let i = 0; i < 16; i++) {
    const response = await ask(house, words, { stream: false });
    assert.equal(response.status, 413, `request ${i + 1} after the reload`);
    await response.text();
  }
  await reload(house, first + "\n[limits]\nmessage_bytes = many\nunknown = 1\n", "config.kept");
  assert.match(JSON.stringify(logged(house, "config.refused")), /message_bytes.*unknown|unknown.*message_bytes/,
    "every problem is told");
  for (let i = 0; i < 8; i++) {
    const response = await ask(house, words, { stream: false });
    assert.equal(response.status, 413, "the old limit stays");
    await response.text();
  }
  await reload(house, first);
  for (let i = 0; i < 8; i++) {
    const response = await ask(house, words, { stream: false });
    assert.equal(response.status, 200, `request ${i + 1} after taking the limit back`);
    await response.text();
  }
  await stream.over;
  assert.ok(stream.done, "a live stream does not notice");
});

test("idle workers end at once", async () => {
  const took = await stop();
  assert.ok(took < 1000, `${took} ms`);
  await start();
});

test("streams that end within the grace period end well", async () => {
  const streams = await Promise.all([0, 1, 2, 3, 4, 5].map(() => listen(house, script({ chunks: 40, delay_ms: 25 }))));
  await Promise.all(streams.map((stream) => stream.heard(3)));
  const took = await stop();
  for (const stream of streams) {
    await stream.over;
    assert.ok(stream.done, JSON.stringify(stream));
    assert.equal((await ledger(house, stream.turn)).outcome, "complete");
  }
  assert.ok(took < GRACE_SECONDS * 1000, `not longer than the streams (${took} ms)`);
  await start();
  await checkBooks(house);
});

test("streams that do not are cut, say so, and are stored and charged as far as they came", async () => {
  const streams = await Promise.all([0, 1, 2, 3].map(() => listen(house, script({ chunks: 600, size: 7, delay_ms: 25 }))));
  await Promise.all(streams.map((stream) => stream.heard(3)));
  const took = await stop();
  assert.ok(took > GRACE_SECONDS * 1000 - 300 && took < GRACE_SECONDS * 1000 + 2000, `${took} ms`);
  await start();
  for (const stream of streams) {
    await stream.over;
    assert.equal(stream.done, false);
    assert.equal(stream.error?.code, "shutdown", JSON.stringify(stream));
    const row = await ledger(house, stream.turn);
    assert.deepEqual([row.state, row.outcome, row.code], ["settled", "interrupted", "shutdown"]);
    assert.ok(row.cost > 0);
    const { content, state } = await answer(house, stream.place);
    assert.deepEqual([content, state], [stream.text, "interrupted"]);
  }
  await checkBooks(house);
});

test("a client that does not read does not keep the house from stopping", async () => {
  const socket = await post(house, script({ flood_bytes: 7e6 }));
  await sleep(1000);
  const took = await stop();
  socket.destroy();
  assert.ok(took < GRACE_SECONDS * 1000 + 3000, `${took} ms`);
  await start();
  await allSettled(house);
  await checkBooks(house);
});
