// Holds what an analyser found (a file of lines FILE:LINE: CHECK: words) against tests/watch/reviewed: a finding
// that nobody has looked at fails, and so does a review of something that is not found any more.
// Usage: node review.mjs TOOL FINDINGS
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { bar } from "../tools/bar.mjs";

const [tool, findingsFile] = process.argv.slice(2);
const house = new URL("../../", import.meta.url);
const linesOf = (file) => readFileSync(file, "utf8").split("\n");

const reviews = linesOf(new URL("reviewed", import.meta.url))
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => line.split(" | "))
  .filter(([of]) => of === tool)
  .map(([, check, file, words, reason]) => ({ check, file, words, reason, met: 0 }));

const findings = linesOf(findingsFile).filter(Boolean).map((line) => {
  const [, file, at, check] = /^([^:]+):(\d+): ([^:]+): /.exec(line) ?? assert.fail(`not a finding: ${line}`);
  return { line, check, file, source: linesOf(new URL(file, house))[at - 1] ?? "" };
});

const fresh = findings.filter(({ check, file, source }) => {
  const review = reviews.find((one) => one.check === check && [file, "*"].includes(one.file) && source.includes(one.words));
  if (review) review.met++;
  return !review;
});
for (const { line, source } of fresh) console.log(`${line}\n    ${source.trim()}`);
for (const { check, file, words, met } of reviews) assert.ok(met, `nothing is found any more: ${check} | ${file} | ${words}`);
// A tool that finds nothing at all did not run: each has findings that were looked at.
bar("B46", `findings of ${tool} that were looked at`, findings.length - fresh.length, findings.length);
