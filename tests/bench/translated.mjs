// What it costs to write OpenAI's chunks of another protocol's events, beside passing them on as they are.
import * as measure from "./measure.mjs";
import { most } from "./table.mjs";

export const name = "translated";

const ways = { stateless: "OpenAI's, passed on", anthropic: "of Anthropic's events", ollama: "of Ollama's lines" };

export async function run(stage, { note, rounds, seconds, sizes }) {
  const all = await stage.all(), everybody = ["direct", "peer", ...Object.keys(ways)];
  for (const subject of everybody) await measure.streams(all[subject], { chunks: 3, delay_ms: 1 }, 2, 2);
  for (let round = 0; round < rounds; round++) {
    for (const subject of everybody) {
      const one = await measure.streams(all[subject], { chunks: 25, delay_ms: 10 }, 1, 2 * seconds);
      note("translated chunk", subject, one.chunk_us[0]);
    }
    for (const subject of everybody.slice(1)) {
      const many = await measure.streams(all[subject], { chunks: sizes.chunks, delay_ms: 20 }, sizes.crowd, Math.ceil(seconds / 4));
      note("translated cpu", subject, many.cpu_us);
    }
  }
}

export function rows(of) {
  const added = (way) => of("translated chunk", way) - of("translated chunk", "direct");
  const cpu = (way) => of("translated cpu", way);
  const row = ([way, words]) => [
    [`added a chunk p50, ${words}, µs`, 0, { stateless: added(way), ...(way === "stateless" && { peer: added("peer") }) }, []],
    ["  CPU a chunk, front + worker, µs", 1, { stateless: cpu(way), ...(way === "stateless" && { peer: cpu("peer") }) },
      way === "stateless" ? [] : [most("≤ 0.3 × Portkey's passing on", cpu(way) / cpu("peer"), 0.3)]],
  ];
  return Object.entries(ways).flatMap(row);
}
