// Many tenants at once, each with words of its own in all that it has, while workers are killed, clients leave and the
// database restarts: no word of one is found in an answer, file, row, log or request of another (B14).
// SOAK_SECONDS and SOAK_TENANTS make it longer and larger: `make soak`.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { allSettled, brittleHouse, checkBooks, runs, sql, until, workers } from "../fault/faults.mjs";
import { ctl, makeTenant } from "../http/lib/tenant.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { run } from "../tools/stack.mjs";
import { all } from "./lib/attack.mjs";
import { Cage, newCanary } from "./lib/canaries.mjs";
import { Person } from "./lib/life.mjs";

const seconds = Number(process.env.SOAK_SECONDS ?? rounds(10, 120));
const count = Number(process.env.SOAK_TENANTS ?? rounds(8, 50));
const size = `${count} tenants, ${seconds} s`;

let house, command, statements;
const tenants = [];

before(async () => {
  house = await brittleHouse({ WORKERS: "3" });
  command = readFileSync(`/proc/${house.pid("mariadb")}/cmdline`, "utf8").split("\0").slice(0, -1);
  statements = join(house.folder, "statements.log"); // from the first restart on
  command.push("--general-log=1", `--general-log-file=${statements}`);
  await all(Array.from({ length: count }, () => async () => tenants.push(await tenant())), 4);
});
after(() => house?.stop());

async function tenant() {
  const canary = newCanary();
  const model = `${canary}-model`;
  const made = await makeTenant(house, canary, { models: { [model]: {} } });
  await ctl(house, ["tenant", "set", made.slug, "--name", canary, "--welcome", `Welcome to ${canary}`]);
  const [[number]] = await sql(house, `SELECT tenant_id FROM tenant WHERE slug = '${made.slug}'`);
  return { ...made, canary, model, number };
}

async function restartDatabase(signal) {
  const pid = house.pid("mariadb");
  process.kill(pid, signal);
  await until(() => !runs(pid), 15000, "the database has ended");
  await house.replace("mariadb", command);
  const words = ["--no-defaults", `--socket=${join(house.folder, "run/mysql.sock")}`, "--user=root", "-e", "DO 1"];
  await until(async () => (await run("mariadb", words)).status === 0, 20000, "the database is back");
}

/** Kills a worker now and then, and restarts the database; what it did. */
async function trouble(over) {
  const done = { kills: 0, restarts: 0 };
  const every_s = Math.max(6, seconds / 8);
  const began = performance.now();
  while (!over()) {
    await sleep(700 + Math.random() * 600);
    if (performance.now() - began > every_s * 1000 * (done.restarts + 0.7))
      await restartDatabase(done.restarts++ % 2 ? "SIGTERM" : "SIGKILL");
    const pids = workers(house);
    if (pids.length) process.kill(pids[done.kills++ % pids.length], "SIGKILL");
  }
  return done;
}

/** What the model server is asked: a tenant's words come with that tenant's key. */
async function listenUpstream(over, cage) {
  for (let after = 0, last = false; !last;) {
    last = over();
    for (const { number, key, body } of await house.upstream.requests({ after })) {
      after = number;
      cage.look(body, tenants.find((tenant) => tenant.key === key)?.canary, `a request with the key ${key}`);
    }
    await sleep(200);
  }
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => join(entry.path, entry.name));
}

function lookAtFiles(cage) {
  for (const { number, canary } of tenants)
    for (const place of [String(number), join("finished", String(number))])
      for (const file of filesBelow(join(house.folder, "spool", place)))
        cage.look(readFileSync(file, "latin1"), canary, file);
}

/** A line without the name of the model that its tenant used: that is the tenant's, and may be there. */
function withoutModel(line) {
  const whose = tenants.find(({ number }) => line.includes(`"tenant":${number},`));
  return whose ? line.replace(`"model":"${whose.model}"`, "") : line;
}

/** Nothing of anybody's is in the log, in the counters that workers share, or left in a folder for passing things. */
function lookAtHouse(cage) {
  for (const folder of ["log", "run", "uploads", "spool/cancel"])
    for (const file of filesBelow(join(house.folder, folder)))
      for (const line of readFileSync(file, "latin1").split("\n"))
        cage.look(withoutModel(line), undefined, `${file}: ${line.slice(0, 300)}`);
}

async function lookAtRows(cage) {
  const columns = await sql(house, `SELECT TABLE_NAME, GROUP_CONCAT(CONCAT('\`', COLUMN_NAME, '\`')),
    SUM(COLUMN_NAME = 'tenant_id') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() GROUP BY 1`);
  const canaryOf = new Map(tenants.map(({ number, canary }) => [number, canary]));
  for (const [table, list, isTenants] of columns) {
    const owner = Number(isTenants) ? "tenant_id" : "0";
    const rows = await sql(house, `SELECT ${owner}, REPLACE(CONCAT_WS(' ', ${list}), '\\n', ' ') FROM \`${table}\``);
    // A tab within a binary column only makes more words.
    for (const [number, ...words] of rows) cage.look(words.join(" "), canaryOf.get(number), `a row of ${table}`);
  }
}

function judge(what, cage, needsOwn) {
  cage.astray.slice(0, 5).forEach((words) => console.log(words));
  if (needsOwn) assert.ok(cage.own > 0, `${what}: not even one's own canary is there`);
  bar("B14", `${what} without another tenant's words (${size})`, cage.clean, cage.looked);
}

test("no tenant's words are found among another's", async () => {
  const [answers, asked, files, rows, rest] = Array.from({ length: 5 }, () => new Cage());
  const end = performance.now() + seconds * 1000;
  const over = () => performance.now() > end;
  const known = [];
  const people = tenants.flatMap((tenant) => [0, 1].map((n) => new Person(house, tenant, n, { cage: answers, known })));
  const [done] = await Promise.all([
    trouble(over),
    listenUpstream(over, asked),
    ...people.map((person) => person.live(over, count * 10)),
  ]);
  console.log(`${done.kills} workers killed, the database restarted ${done.restarts} times, ${known.length} turns`);
  assert.ok(done.restarts > 0 && done.kills > 0 && known.length > count, "too little happened");
  await allSettled(house, 30000);
  lookAtFiles(files);
  lookAtHouse(rest);
  await lookAtRows(rows);
  judge("answers", answers, true);
  judge("requests to the model server", asked, true);
  judge("files of the spool", files, true);
  judge("rows of the database", rows, true);
  judge("logs, counters and other files", rest, false);
  await checkBooks(house);
});

test("every statement that the workers ran is one whose walls strangers miss when they are taken out", async () => {
  const { status, stdout, stderr } = await run("tests/tools/mariadb.sh",
    ["run", join(process.env.INSULA_BUILD, "tests/db/test_mutants"), "--list"]);
  assert.equal(status, 0, stdout + stderr);
  const tried = new Set(stdout.split("\n"));
  const programs = ["insula.fcgi", "insulactl"]
    .map((name) => readFileSync(join(process.env.INSULA_BUILD, name), "latin1"));
  const prepared = readFileSync(statements, "latin1").matchAll(/^[^\n]*\d+ Prepare\t([^\n]*)/gm);
  // What stands in a program as it is was not rendered: platform's and the session's own.
  const rendered = [...new Set([...prepared].map(([, words]) => words))]
    .filter((words) => !programs.some((program) => program.includes(words)));
  const missing = rendered.filter((words) => !tried.has(words));
  missing.forEach((words) => console.log(`no stranger ran: ${words}`));
  bar("B11", "rendered statements of a house at work that test_mutants.c tries", rendered.length - missing.length,
    rendered.length);
});
