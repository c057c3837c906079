// What the tests ran, from gcov: lines and branches of each folder of app/, and the branches of the folders that
// money and isolation rest on that no test takes, held against tests/watch/untaken (FILE | words on the line |
// reason). A branch without test or reason fails, and so does a reason whose line is not there any more. (What only
// a race takes is taken in one run and not in the next, so a reason may find all branches of its line taken.)
// Usage: node coverage.mjs BUILD     after the tests of a COVERAGE=1 build
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { bar, rounds } from "../tools/bar.mjs";

const build = process.argv[2];
const strict = ["auth", "query", "usage", "chat", "crypto"];
const read = (file) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").split("\n");

/** {file: lines} of gcov, for the sources of app/. */
function counted() {
  const data = readdirSync(join(build, "app"), { recursive: true }).filter((name) => name.endsWith(".gcda"));
  const files = new Map();
  for (const name of data) {
    const object = join(build, "app", name);
    const json = execFileSync("gcov", ["--json-format", "--stdout", "--branch-probabilities", object],
      { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });
    for (const { file, lines } of JSON.parse(json).files)
      if (/^app\/.*\.c$/.test(file)) files.set(file, lines);
  }
  return files;
}

const share = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "-");

function printFolders(files) {
  const folders = {};
  for (const [file, lines] of files) {
    const sum = (folders[file.split("/").length > 2 ? file.split("/")[1] : "."] ??= { lines: 0, ran: 0, branches: 0, taken: 0 });
    for (const line of lines) {
      sum.lines++;
      sum.ran += line.count > 0;
      sum.branches += line.branches.length;
      sum.taken += line.branches.filter(({ count }) => count > 0).length;
    }
  }
  console.log("folder         lines     ran   branches   taken");
  for (const [folder, { lines, ran, branches, taken }] of Object.entries(folders).sort())
    console.log(`${folder.padEnd(12)} ${String(lines).padStart(7)} ${share(ran, lines).padStart(7)} `
      + `${String(branches).padStart(10)} ${share(taken, branches).padStart(7)}`);
}

const reasons = read("tests/watch/untaken").filter((line) => line && !line.startsWith("#"))
  .map((line) => line.split(" | ")).map(([file, words, reason]) => ({ file, words, reason }));

/** Lines with a branch that was never taken. */
function* untaken(files) {
  for (const [file, lines] of files) {
    if (!strict.includes(file.split("/")[1])) continue;
    const source = read(file);
    for (const { line_number: at, branches } of lines)
      if (branches.some(({ count }) => count === 0)) yield { file, at, source: source[at - 1].trim() };
  }
}

const files = counted();
printFolders(files);
const left = [...untaken(files)];
const open = left.filter(({ file, source }) => !reasons.some((one) => [file, "*"].includes(one.file) && source.includes(one.words)));
for (const { file, at, source } of open) console.log(`${file}:${at}: ${source}`);
const branches = [...files].filter(([file]) => strict.includes(file.split("/")[1]))
  .flatMap(([, lines]) => lines).filter((line) => line.branches.length).length;
const sources = [...files.keys()].filter((file) => strict.includes(file.split("/")[1])).map((file) => [file, read(file)]);
for (const { file, words, reason } of reasons) {
  assert.ok(reason, `no reason: ${file} | ${words}`);
  const stands = sources.some(([name, lines]) => [name, "*"].includes(file) && lines.some((line) => line.includes(words)));
  assert.ok(stands, `is not there any more: ${file} | ${words}`);
}
// One run of the tests may miss what only a race takes: the short form forgives one line in two hundred.
const forgiven = rounds(Math.floor(branches / 200), 0);
bar("B46", `lines with branches in ${strict.join(", ")}: all taken, or said why not`,
  branches - (open.length > forgiven ? open.length : 0), branches, `${branches - left.length} all taken, ${open.length} open`);
