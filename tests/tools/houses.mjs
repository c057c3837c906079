// `houses.mjs RING`, the end of a ring: the shared house's books agree, and so did those of every house that a
// test had of its own (INSULA_HOUSES: stack.mjs wrote it).
import { readFileSync } from "node:fs";

import { bar } from "./bar.mjs";
import { audit, sharedHouse } from "./stack.mjs";

await audit(sharedHouse());
const lines = readFileSync(process.env.INSULA_HOUSES, "utf8").split("\n");
const count = (word) => lines.filter((line) => line.startsWith(`${word} `)).length;
bar("B38", `insulactl fsck at the end of every house of ${process.argv[2]}`, count("audited"), count("opened") + 1,
  "budgets, turns, hourly sums, keys, spool");
