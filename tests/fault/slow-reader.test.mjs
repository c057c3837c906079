// Clients that hardly read: their own answers wait at the provider, nobody else's.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { ownHouse } from "../tools/stack.mjs";
import { allSettled, checkBooks, listen, post, script, sql, workers } from "./faults.mjs";

let house;
before(async () => {
  house = await ownHouse();
  // Answers far larger than what the kernel keeps for a connection (some MiB), ended when their readers leave.
  const file = join(house.folder, "insula.conf");
  writeFileSync(file, readFileSync(file, "utf8").replace("[upstream]", "[upstream]\nreply_bytes = 15728640"));
  for (const pid of workers(house)) process.kill(pid, "SIGHUP");
  const { status, stderr } = await house.insulactl("tenant", "set", "bank", "--disconnect", "cancel");
  assert.equal(status, 0, stderr);
  await sleep(1100);
});
after(() => house?.stop());

const READERS = 6;
const FLOOD_BYTES = 15e6;
const MIB = 1 << 20;

/** Memory of all workers and lighttpd together. */
function memory() {
  const pids = [...workers(house), house.pid("lighttpd")];
  return pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024, 0);
}

/** What all turns have relayed so far. */
function spooled() {
  const spool = join(house.folder, "spool");
  return readdirSync(spool, { recursive: true }).reduce((sum, name) => sum + statSync(join(spool, name)).size, 0);
}

test("six readers of a byte a second: memory stays bounded, the model waits, others do not", async () => {
  await (await listen(house, script({ chunks: 3 }))).over; // everything is warm
  const before = memory();
  const sockets = await Promise.all(Array.from({ length: READERS }, () => post(house, script({ flood_bytes: FLOOD_BYTES }))));
  const reading = setInterval(() => sockets.forEach((socket) => socket.read(1)), 1000);
  try {
    await sleep(2500);
    const relayed = spooled();
    await sleep(1500);
    assert.ok(spooled() - relayed < MIB, `the model goes on talking: ${spooled() - relayed} bytes in 1.5 s`);
    assert.ok(relayed < (READERS * FLOOD_BYTES) / 2, `the model was not stopped: ${relayed} bytes came`);
    const grown = memory() - before;
    assert.ok(grown < READERS * 12 * MIB, `memory grew by ${(grown / MIB).toFixed(1)} MiB`);
    const began = performance.now();
    const stream = await listen(house, script({ chunks: 20, delay_ms: 20 }));
    await stream.heard(1);
    assert.ok(performance.now() - began < 500, `others wait ${performance.now() - began} ms for their first event`);
    await stream.over;
    assert.ok(stream.done);
    assert.ok(performance.now() - began < 1500, `and ${performance.now() - began} ms for their last`);
  } finally {
    clearInterval(reading);
    sockets.forEach((socket) => socket.destroy());
  }
  await allSettled(house, 20000);
  const rows = await sql(house, "SELECT outcome, code, cost > 0 FROM turn WHERE tokens_out > 1000");
  assert.deepEqual(rows, Array(READERS).fill(["interrupted", "client_gone", "1"]));
  await checkBooks(house);
});
