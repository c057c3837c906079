// `make bench`: Insula beside nginx as a plain proxy, Portkey and MariaDB alone, in front of the same
// model server, in one run. Medians of interleaved rounds; each goal is a ratio within this run.
import { cpus, loadavg } from "node:os";

import * as measure from "./measure.mjs";
import { startAll } from "./subjects.mjs";
import { printTable } from "./table.mjs";

const rounds = Number(process.env.ROUNDS), seconds = Number(process.env.SECONDS);
const { median } = measure;
const seen = {}; // "metric subject" → one number a round

const note = (metric, subject, number) => (seen[`${metric} ${subject}`] ??= []).push(number);
const of = (metric, subject) => median(seen[`${metric} ${subject}`] ?? [NaN]);

const single = { chunks: 25, delay_ms: 10 }, crowd = { chunks: 100, delay_ms: 20 };

async function warmUp(all) {
  for (const name of ["direct", "nginx", "peer", "stateless", "full"]) {
    await measure.streams(all[name], { chunks: 3, delay_ms: 1 }, 20, 2);
    await measure.turnRate(all[name], 8, 1);
  }
}

/** On fresh processes: memory that a load has left behind would hide what a stream takes. */
async function measureMemory(all) {
  const workers = all.workers();
  note("idle", "resident", Math.max(...workers.map((pid) => measure.memoryMegabytes(pid, "Rss"))));
  note("idle", "own", Math.max(...workers.map((pid) => measure.memoryMegabytes(pid, "Pss"))));
  note("idle", "peer", measure.memoryMegabytes(all.peer.pids()[0], "Rss"));
  for (const name of ["nginx", "peer", "full"]) {
    await measure.streams(all[name], { chunks: 3, delay_ms: 1 }, 2, 2);
    note("memory", name, await measure.memoryPerStream(all[name], 500));
  }
}

async function measureRates(all) {
  for (const name of ["direct", "nginx", "peer", "stateless"])
    note("rate", name, await measure.turnRate(all[name], 16, seconds));
  note("full", "mariadb", await measure.commitRate(`${all.house.folder}/run/mysql.sock`, 32, seconds));
  note("full", "full", await measure.turnRate(all.full, 32, seconds));
  note("get", "static", await measure.getRate(all.full, "/healthz", 16, seconds));
  note("get", "info", await measure.getRate(all.full, "/api/v1/tenant/info", 16, seconds));
}

async function measureStreams(all) {
  for (const name of ["direct", "nginx", "peer", "stateless", "full"]) {
    const one = await measure.streams(all[name], single, 1, 2 * seconds);
    note("first", name, one.first_us[0]);
    note("chunk", name, one.chunk_us[0]);
  }
  for (const name of ["direct", "nginx", "peer", "stateless", "full"]) {
    const many = await measure.streams(all[name], crowd, 100, Math.ceil(seconds / 4));
    note("burst", name, many.first_us[2] / 1000);
    note("crowd", name, many.chunk_us[2]);
    note("cpu", name, many.cpu_us);
  }
  for (const name of ["direct", "nginx", "peer", "stateless", "full"])
    note("gone", name, await measure.leaving(all[name], all.house.upstream, 10));
}

const before = loadavg()[0];
const all = await startAll();
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => all.stop().finally(() => process.exit(130)));
try {
  console.log(`Memory, then ${rounds} round${rounds > 1 ? "s" : ""} of ${seconds} s a rate, on ${cpus().length} × ` +
    `${cpus()[0].model}; load average before: ${before.toFixed(1)}.`);
  await measureMemory(all);
  await warmUp(all);
  for (let round = 1; round <= rounds; round++) {
    const from = Date.now();
    await measureRates(all);
    await measureStreams(all);
    console.log(`Round ${round} of ${rounds} took ${Math.round((Date.now() - from) / 1000)} s.`);
  }
} finally {
  await all.stop();
}
printTable(of, seen);
