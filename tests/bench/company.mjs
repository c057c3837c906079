// How long a new stream waits for its first chunk while others are live.
import * as measure from "./measure.mjs";

export const name = "company";

export async function run(stage, { note, rounds, sizes }) {
  const all = await stage.all();
  for (let round = 0; round < rounds; round++)
    for (const count of sizes.company) {
      const { failed, while_held } = await measure.held(all.full, count, async () => {
        const first = {};
        for (const subject of ["direct", "stateless", "full"])
          first[subject] = (await measure.streams(all[subject], { chunks: 1, delay_ms: 0 }, 1, sizes.chunks)).first_us[0];
        return first;
      });
      if (failed) throw new Error(`${failed} of ${count} held streams failed`);
      for (const [subject, first_us] of Object.entries(while_held)) note(`first beside ${count}`, subject, first_us);
    }
}

export const rows = (of, { company }) => company.map((count) => [`first chunk p50 beside ${count} live streams, µs`, 0,
  Object.fromEntries(["direct", "stateless", "full"].map((subject) => [subject, of(`first beside ${count}`, subject)])), []]);
