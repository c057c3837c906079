// The spool's disk is full, read-only or broken, while people talk: afterwards no row points to a file
// that is missing, and no file is without its row. (Full by its size: tests/fault/spool-full.test.mjs.)
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { binary, sql } from "../fault/faults.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { torturedHouse } from "./house.mjs";
import { makeMix } from "./mix.mjs";
import { Complaints, inOrder, outcome } from "./trials.mjs";
import { isSanitized } from "./trip.mjs";

const skip = isSanitized && "a sanitizer's library must come first";
const states = {
  "full, of bytes or of inodes": [["writev", "ENOSPC"], ["open", "ENOSPC"], ["mkdir", "ENOSPC"], ["rename", "ENOSPC"], ["openat", "ENOSPC"]],
  "read-only": [["open", "EROFS"], ["mkdir", "EROFS"], ["rename", "EROFS"], ["unlink", "EROFS"], ["writev", "EROFS"]],
  broken: [["writev", "EIO"], ["pread", "EIO"], ["open", "EIO"], ["rename", "EIO"], ["ftruncate", "EIO"], ["unlink", "EIO"]],
};
const TALK = ["stream", "answer", "openaiStream", "goOn", "again", "resume", "cancel", "leave", "brokenStream"];

let house, mix;
before(async () => {
  if (skip) return;
  house = await torturedHouse();
  mix = await makeMix(house, "disk");
});
after(() => house?.stop());

/** The turns that have a file, live or finished. */
function filed() {
  return readdirSync(join(house.folder, "spool"), { recursive: true }).map((name) => name.split("/"))
    .filter((parts) => parts.at(-1).startsWith("turn_") && parts[0] !== "cancel").map((parts) => binary(parts.at(-1)));
}

for (const [state, kinds] of Object.entries(states))
  test(`a disk that is ${state}`, { skip }, async () => {
    const complaints = new Complaints();
    let tried = 0;
    for (let round = 0; round < rounds(1, 40); round++)
      for (const [call, effect] of kinds) {
        // From a call of the first turn on, of one in the middle, or of one at the end.
        house.trip.arm({ call, effect, nth: 1 + round * 3, persistent: true });
        const said = await Promise.all(TALK.map((name) => outcome(mix.steps[name])));
        house.trip.disarm();
        tried += said.length;
        said.forEach((what, i) => complaints.unless(["right", "refused"].includes(what), TALK[i], call, effect, what));
      }
    await inOrder(house);
    complaints.none();
    const rows = (await sql(house, "SELECT LOWER(HEX(turn_id)) FROM turn")).map(([id]) => `X'${id}'`);
    const open = await sql(house, "SELECT turn_id FROM turn WHERE state = 'open'");
    const files = filed();
    const homeless = files.filter((id) => !rows.includes(id));
    bar("B25", `a disk that is ${state}: no row is open, no file is without its row`, files.length - homeless.length, files.length + open.length,
      `${tried} turns tried`);
  });

test("what was heard to its end is stored and settled", { skip }, async () =>
  bar("B25", "an answer that was heard to its end while the disk failed is stored and settled", await mix.kept(), mix.promised()));
