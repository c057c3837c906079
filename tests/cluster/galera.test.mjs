// The house on a Galera cluster of three, with one writer behind haproxy: the writer is killed, stopped, paused and cut
// off while turns run. What was acknowledged is there, once, whoever writes now.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { allSettled, checkBooks, sql, until, workers } from "../fault/faults.mjs";
import { Journal } from "../fault/journal.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { ownHouse, run } from "../tools/stack.mjs";
import { Cluster } from "./cluster.mjs";

const FAIL_OVER_MS = 15000;

const isolate = (node, is) => node.sql(`SET GLOBAL wsrep_provider_options = 'gmcast.isolate=${is}'`);
const faults = {
  killed: { fall: (node) => node.end("SIGKILL"), rise: (node) => node.startAgain() },
  stopped: { fall: (node) => node.signal("SIGTERM"), rise: (node) => node.end("SIGTERM").catch(() => {}).then(() => node.start()) },
  paused: { fall: (node) => node.signal("SIGSTOP"), rise: (node) => node.signal("SIGCONT") },
  "cut off": { fall: (node) => isolate(node, 1), rise: (node) => isolate(node, 0) },
};
const lost = { "killed, with its disk": { fall: (node) => node.end("SIGKILL"), rise: (node) => node.startEmpty() } };

let own, house, cluster;

/** The house's own database, with its accounts, goes to the cluster; then its workers do. */
async function moveIn({ folder }, node) {
  const own = `--socket=${join(folder, "run/mysql.sock")}`;
  const dump = await run("mariadb-dump", ["--no-defaults", own, "--user=root", "--hex-blob", "--databases", "insula"]);
  assert.equal(dump.status, 0, dump.stderr);
  const accounts = [];
  for (const name of ["worker", "operator", "migrate"])
    for (const show of ["CREATE USER", "GRANTS FOR"])
      accounts.push(...(await sql({ folder }, `SHOW ${show} insula_${name}`)).map(([line]) => `${line};`));
  const input = `${dump.stdout}\n${accounts.join("\n")}`;
  const { status, stderr } = await run("mariadb", ["--no-defaults", `--socket=${node.socket}`, "--user=root"], { input });
  assert.equal(status, 0, stderr);
}

async function turnTo(folder, { port, certificates }) {
  const file = join(folder, "insula.conf");
  const there = `host = localhost\nport = ${port}\ntls_ca = ${certificates}`;
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(/^socket = .*mysql\.sock$/gm, there));
  const old = workers(house);
  old.forEach((pid) => process.kill(pid, "SIGKILL"));
  await until(() => workers(house).length === old.length && !workers(house).some((pid) => old.includes(pid)), 10000, "new workers");
  await until(async () => (await fetch(`${house.url}/readyz`)).status === 200, 10000, "the house is ready");
}

before(async () => {
  own = await ownHouse();
  cluster = await Cluster.begin((node) => moveIn(own, node));
  house = { ...own, get socket() { return cluster.nodes[0].socket; } };
  await turnTo(own.folder, cluster);
});
after(async () => {
  await own?.stop(); // its books are looked at while there is a database
  await cluster?.stop();
});

/** How long clients heard of no write while another node took over, in ms. */
async function failOver(how, journal) {
  const { fall, rise } = { ...faults, ...lost }[how];
  const writer = await cluster.writer();
  const moment = performance.now();
  await fall(writer);
  let other;
  await until(async () => (other = await cluster.writer()) && other !== writer, 30000, "another node writes");
  await journal.wellAfter(performance.now(), 60000);
  const silence = Math.round(journal.longestSilence(moment));
  await rise(writer);
  await cluster.synced();
  console.log(`${writer.name} ${how}: ${other.name} writes, after ${silence} ms of silence`);
  assert.equal(await cluster.writer(), other, "who comes back takes nothing away from the one that stood in");
  return silence;
}

async function sameEverywhere() {
  const sums = await Promise.all(cluster.nodes.map((node) => node.sql(
    "CHECKSUM TABLE insula.turn, insula.message, insula.conversation, insula.budget, insula.usage_hour, insula.idempotency EXTENDED")));
  for (const sum of sums) assert.deepEqual(sum, sums[0], "three nodes hold the same");
}

/** The faults, one after the other, while clients write: the journal, and how long each fail-over took. */
async function fallUnderLoad(plan) {
  const journal = new Journal(house), times = [];
  try {
    await journal.wellAfter(performance.now(), 10000);
    for (const how of plan) times.push(await failOver(how, journal));
  } finally {
    await journal.stop();
  }
  return { journal, times };
}

test("the writer falls, in every way, under load: another writes, and the books hold what was acknowledged", async () => {
  const often = Array.from({ length: 5 }, () => Object.keys(faults)).flat();
  const plan = rounds(["killed"], [...often, ...Object.keys(lost)]);
  const { journal, times } = await fallUnderLoad(plan);
  await allSettled(house, 30000);
  const { kept, acknowledged, once, offered } = await journal.compare();
  const sorted = [...times].sort((a, b) => a - b);
  const note = `fail-over in ${sorted[times.length >> 1]} ms at the median, ${sorted.at(-1)} ms at worst`;
  bar("B29", "a Galera writer killed, stopped, paused or cut off: acknowledged writes kept", kept, acknowledged, note);
  bar("B29", "and whatever was asked is there at most once", once, offered);
  const soon = times.filter((ms) => ms < FAIL_OVER_MS).length;
  const meanwhile = `${journal.refused} refused meanwhile, ${journal.broken} broken`;
  bar("B29", `another node writes within ${FAIL_OVER_MS / 1000} s`, soon, times.length, meanwhile);
  assert.deepEqual(journal.wrong, [], "whoever is refused gets 503 and is told when to come back");
  await checkBooks(house);
  await sameEverywhere();
});
