// A bar is a promise with a number: so many of so many. bar() fails where they differ, prints them, and adds a
// line to the file that INSULA_BARS names, from which `make proof` writes tests/PROOF.md. In C: tests/bar.h.
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const house = fileURLToPath(new URL("../..", import.meta.url));

const form = process.env.PROOF === "full" ? "full" : "short";
/** How often to try: the full number under PROOF=full (`make proof`), else the short one. */
export const rounds = (short, full) => (form === "full" ? full : short);

/** id: of the bars ("B20"); note: what else was seen, such as "slowest 0.8 s". */
export function bar(id, promise, count, of, note = "") {
  const suite = relative(house, process.argv[1]);
  if (process.env.INSULA_BARS)
    appendFileSync(process.env.INSULA_BARS, `${JSON.stringify({ id, promise, count, of, note, suite, form })}\n`);
  console.log(`bar ${id} ${promise}: ${count} of ${of}${note && `; ${note}`}`);
  assert.ok(of > 0, `${id}: nothing was tried`);
  assert.equal(count, of, `${id} ${promise}: ${count} of ${of}`);
}
