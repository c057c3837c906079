// The instruments: wrk for rates, our own load client for streams, /proc for processor time and memory.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { run } from "../tools/stack.mjs";

const build = process.env.INSULA_BUILD;
const postLua = fileURLToPath(new URL("post.lua", import.meta.url));

const body = (subject, stream, script) => JSON.stringify({
  model: subject.model ?? "gpt-4o-mini", stream,
  ...(subject.store === undefined ? {} : { store: subject.store }),
  messages: [{ role: "user", content: `script:${JSON.stringify(script)}` }],
});

async function must(program, words, options) {
  const { status, stdout, stderr } = await run(program, words, options);
  if (status !== 0) throw new Error(`${program} ${words[0]}: ${stderr}${stdout}`);
  return stdout;
}

/** {rate: requests a second, p99_ms} */
async function wrk(subject, path, connections, seconds, env) {
  const words = ["-t1", `-c${connections}`, `-d${seconds}`, "--latency", "-s", postLua];
  for (const header of subject.headers) words.push("-H", header);
  const said = await must("wrk", [...words, `http://127.0.0.1:${subject.port}${path}`], { env });
  const bad = said.match(/Non-2xx or 3xx responses: (\d+)/);
  if (bad) throw new Error(`${subject.name}: ${bad[0]}\n${said}`);
  const [, number, unit] = said.match(/ 99%\s+([\d.]+)(us|ms|s)\b/);
  return {
    rate: Number(said.match(/Requests\/sec:\s+([\d.]+)/)[1]),
    p99_ms: Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit],
  };
}

/** Answers that are not streamed. */
export const turns = (subject, connections, seconds) =>
  wrk(subject, subject.path, connections, seconds, { BODY: body(subject, false, { chunks: 8, delay_ms: 0 }) });

/** GETs of these paths in turn. */
export const gets = (subject, paths, connections, seconds) =>
  wrk(subject, paths[0], connections, seconds, { PATHS: paths.join(" ") });

const loadWords = (subject, script, streams, times, mode) =>
  [subject.port, subject.path, body(subject, true, script), streams, times, mode, ...subject.headers].map(String);

/** Streams with stamped chunks: {first_us, chunk_us: [p50, p90, p99], chunks, cpu_us: of a chunk}. */
export async function streams(subject, script, count, times) {
  const before = cpuMicroseconds(subject.pids());
  const result = JSON.parse(await must(join(build, "tests/bench/load"),
    loadWords(subject, { stamp: true, ...script }, count, times, "drain")));
  if (result.failed) throw new Error(`${subject.name}: ${result.failed} of ${count * times} streams failed`);
  return { ...result, cpu_us: (cpuMicroseconds(subject.pids()) - before) / result.chunks };
}

/** Holds so many streams of a chunk a second: {failed, chunk_us, while_held: what that says once all are live}. */
export async function held(subject, count, whileHeld) {
  const child = spawn(join(build, "tests/bench/load"),
    loadWords(subject, { stamp: true, chunks: 600, delay_ms: 1000 }, count, 1, "hold"),
    { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  let said = "";
  child.stdout.on("data", (bytes) => (said += bytes));
  while (!said.startsWith("live\n") && child.exitCode === null) await sleep(20);
  const while_held = await whileHeld();
  child.stdin.end();
  await ended;
  return { ...JSON.parse(said.slice("live\n".length)), while_held };
}

/** Proportional memory per live stream, in KB. */
export async function memoryPerStream(subject, count) {
  const before = pssKilobytes(subject.pids());
  const { while_held } = await held(subject, count, async () => {
    await sleep(1500);
    return pssKilobytes(subject.pids());
  });
  return (while_held - before) / count;
}

/** From a client's leaving to the model server's seeing its connection closed, in ms; the model is silent. */
export async function leaving(subject, upstream, times, patience_ms) {
  await upstream.clear();
  const said = await must(join(build, "tests/bench/load"),
    loadWords(subject, { chunks: 9, delay_ms: 0, stall_after: 1 }, 1, times, "leave"));
  const left = said.split("\n").slice(0, times).map(Number);
  for (const from = Date.now(); Date.now() - from < patience_ms;) {
    const { aborts } = await upstream.stats();
    if (aborts.length >= times)
      return median(aborts.slice(0, times).map((abort, i) => abort.unix_ms - left[i]));
    await sleep(50);
  }
  return Infinity;
}

/** Pages of 50 messages of random conversations, from the two tables: {by_conversation, random_keys}, p50 in ms. */
export const pages = async (socket, conversations, seconds) =>
  JSON.parse(await must(join(build, "tests/bench/pages"), [socket, conversations, seconds].map(String)));

/** Transactions of three statements a second, durable, by MariaDB alone. */
export const commitRate = async (socket, connections, seconds) =>
  Number(await must(join(build, "tests/bench/commits"), [socket, connections, seconds].map(String)));

const tasks = (pid) => readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);

function cpuMicroseconds(pids) {
  let ns = 0;
  for (const pid of pids)
    for (const task of tasks(pid)) ns += Number(readFileSync(`${task}/schedstat`, "utf8").split(" ")[0]);
  return ns / 1000;
}

const memory = (pid, kind) =>
  Number(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").match(new RegExp(`^${kind}:\\s+(\\d+)`, "m"))[1]);

/** kind: Rss, or Pss where what processes share is shared out among them. */
export const memoryMegabytes = (pid, kind) => memory(pid, kind) / 1024;

const pssKilobytes = (pids) => pids.reduce((sum, pid) => sum + memory(pid, "Pss"), 0);

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
