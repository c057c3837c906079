// How many streams two workers hold at once: each gets a chunk a second.
import { setTimeout as sleep } from "node:timers/promises";

import * as measure from "./measure.mjs";
import { most } from "./table.mjs";

export const name = "held";

export async function run(stage, { note, seconds, sizes }) {
  const all = await stage.all();
  for (const count of sizes.held) {
    const { failed, chunk_us } = await measure.held(all.full, count, () => sleep(1000 * Math.max(2, 2 * seconds)));
    note("held", `${count}`, chunk_us[0]);
    note("held errors", `${count}`, failed);
    await sleep(1000); // the turns are being settled
  }
}

export function rows(of, { held }) {
  const base = held.at(-3), last = held.at(-1);
  return held.map((count) => [`chunk p50, ${count} streams held, µs`, 0, { full: of("held", count) },
    count !== last ? [] : [
      most(`≤ 2 × that of ${base}`, of("held", count) / of("held", base), 2),
      most("no error", of("held errors", count), 0)]]);
}
