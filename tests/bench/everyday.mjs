// Rates, latencies, processor time and memory, side by side with nginx and Portkey.
import * as measure from "./measure.mjs";
import { least, most } from "./table.mjs";

export const name = "everyday";
const everybody = ["direct", "nginx", "peer", "stateless", "full"];

const warmUp = (all, { inTurn, sizes }) => inTurn(everybody, async (subject) => {
  await measure.streams(all[subject], { chunks: 3, delay_ms: 1 }, Math.min(20, sizes.crowd), 2);
  await measure.turns(all[subject], 8, 1);
});

/** On fresh processes: memory that a load has left behind would hide what a stream takes. */
async function memory(all, { note, sizes }) {
  const workers = all.workers();
  note("idle", "resident", Math.max(...workers.map((pid) => measure.memoryMegabytes(pid, "Rss"))));
  note("idle", "own", Math.max(...workers.map((pid) => measure.memoryMegabytes(pid, "Pss"))));
  note("idle", "peer", measure.memoryMegabytes(all.peer.pids()[0], "Rss"));
  for (const subject of ["nginx", "peer", "full"]) {
    await measure.streams(all[subject], { chunks: 3, delay_ms: 1 }, 2, 2);
    note("memory", subject, await measure.memoryPerStream(all[subject], sizes.memory));
  }
}

const rates = (all, { inTurn, note, seconds }) => inTurn([
  ...["direct", "nginx", "peer", "stateless"].map((subject) => async () =>
    note("rate", subject, (await measure.turns(all[subject], 16, seconds)).rate)),
  async () => note("full", "mariadb", await measure.commitRate(`${all.house.folder}/run/mysql.sock`, 32, seconds)),
  async () => note("full", "full", (await measure.turns(all.full, 32, seconds)).rate),
  async () => note("get", "static", (await measure.gets(all.full, ["/healthz"], 16, seconds)).rate),
  async () => note("get", "info", (await measure.gets(all.full, ["/api/v1/tenant/info"], 16, seconds)).rate),
], (one) => one());

async function streams(all, { inTurn, note, seconds, sizes }) {
  await inTurn(everybody, async (subject) => {
    const one = await measure.streams(all[subject], { chunks: 25, delay_ms: 10 }, 1, 2 * seconds);
    note("first", subject, one.first_us[0]);
    note("chunk", subject, one.chunk_us[0]);
  });
  await inTurn(everybody, async (subject) => {
    const many = await measure.streams(all[subject], { chunks: sizes.chunks, delay_ms: 20 }, sizes.crowd,
      Math.ceil(seconds / 4));
    note("burst", subject, many.first_us[2] / 1000);
    note("crowd", subject, many.chunk_us[2]);
    note("cpu", subject, many.cpu_us);
  });
  for (const subject of everybody)
    note("gone", subject, await measure.leaving(all[subject], all.house.upstream, sizes.leaving, sizes.patience_ms));
}

export async function run(stage, conditions) {
  const all = await stage.all(), { rounds } = conditions;
  await memory(all, conditions);
  await warmUp(all, conditions);
  for (let round = 1; round <= rounds; round++) {
    const from = Date.now();
    await rates(all, conditions);
    await streams(all, conditions);
    console.log(`Round ${round} of ${rounds} took ${Math.round((Date.now() - from) / 1000)} s.`);
  }
}

export function rows(of, sizes) {
  const across = (metric, subjects = everybody) => Object.fromEntries(subjects.map((s) => [s, of(metric, s)]));
  const added = (subject) => of("chunk", subject) - of("chunk", "direct");
  return [
    ["turns/s, not streamed, c=16", 0, across("rate", everybody.slice(0, 4)), [
      least("stateless ≥ 12 × Portkey", of("rate", "stateless") / of("rate", "peer"), 12)]],
    ["full turns/s, c=32", 0, { full: of("full", "full") }, [
      least("≥ 0.4 × MariaDB's commits", of("full", "full") / of("full", "mariadb"), 0.4)]],
    ["  MariaDB's commits/s, c=32", 0, { full: of("full", "mariadb") }, []],
    ["first chunk p50, 1 stream, µs", 0, across("first"), [
      most("full ≤ 1/25 × Portkey", of("first", "full") / of("first", "peer"), 1 / 25),
      most("stateless ≤ 4 × nginx", of("first", "stateless") / of("first", "nginx"), 4)]],
    [`first chunk p99, ${sizes.crowd} at once, ms`, 1, across("burst"), [
      most("full ≤ 1/20 × Portkey", of("burst", "full") / of("burst", "peer"), 1 / 20)]],
    ["chunk p50, 1 stream, µs", 0, across("chunk"), []],
    ["  added to direct, µs", 0, Object.fromEntries(everybody.map((s) => [s, added(s)])), [
      most("full ≤ 3 × nginx", added("full") / added("nginx"), 3),
      most("full ≤ 1/3 × Portkey", added("full") / added("peer"), 1 / 3)]],
    [`chunk p99, ${sizes.crowd} streams, µs`, 0, across("crowd"), [
      most("full ≤ 0.6 × nginx", of("crowd", "full") / of("crowd", "nginx"), 0.6)]],
    ["CPU a chunk, front + worker, µs", 1, across("cpu"), [
      most("full ≤ 0.2 × Portkey", of("cpu", "full") / of("cpu", "peer"), 0.2)]],
    [`memory a live stream, ${sizes.memory}, KB`, 1, across("memory", ["nginx", "peer", "full"]), [
      most("full ≤ 32 KB", of("memory", "full"), 32)]],
    ["client gone → upstream closed, ms", 2, across("gone"), [
      most("full ≤ 5 ms", of("gone", "full"), 5)]],
    ["GET tenant info/s, c=16", 0, { full: of("get", "info") }, [
      least("≥ 0.7 × static route", of("get", "info") / of("get", "static"), 0.7)]],
    ["  GET /healthz/s, c=16", 0, { full: of("get", "static") }, []],
    ["idle worker, resident, MB", 1, { peer: of("idle", "peer"), full: of("idle", "resident") }, [
      most("≤ 8 MB", of("idle", "resident"), 8)]],
    ["  of it not shared, MB", 1, { full: of("idle", "own") }, []],
  ];
}
