// Runs a mix of the HTTP tests against workers under valgrind, and fails on any report: memory that was not
// written, freed twice, or lost. valgrind runs one thread at a time, so tests that measure time are not in the mix.
// Usage: node valgrind.mjs BUILD     the programs are BUILD's, as they are
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { bar, rounds } from "../tools/bar.mjs";

const build = resolve(process.argv[2]);
const tests = fileURLToPath(new URL("../", import.meta.url));
const mix = rounds(["openai", "messages"],
  ["openai", "messages", "conversations", "idempotency", "identity", "requests", "tenant-info"]);

const stage = mkdtempSync(join(tmpdir(), "insula-valgrind-"));
const [programs, logs, chosen] = ["programs", "logs", "tests"].map((name) => join(stage, name));
for (const folder of [programs, logs, chosen]) mkdirSync(folder);
for (const name of ["insulactl", "upstream"]) symlinkSync(join(build, name), join(programs, name));
for (const name of mix) symlinkSync(join(tests, `http/${name}.test.mjs`), join(chosen, `${name}.test.mjs`));
const worker = join(programs, "insula.fcgi");
writeFileSync(worker, `#!/bin/sh
exec valgrind --quiet --soname-synonyms=somalloc=NONE --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \\
    --log-file='${logs}/%p' '${build}/insula.fcgi' "$@"
`);
chmodSync(worker, 0o755);

try {
  const { status } = spawnSync(join(tests, "tools/run-node.sh"), [chosen],
    { cwd: join(tests, ".."), stdio: "inherit", env: { ...process.env, BUILD: programs } });
  assert.equal(status, 0, "the mix itself passes");
  const reports = readdirSync(logs).map((name) => readFileSync(join(logs, name), "utf8"));
  for (const report of reports.filter(Boolean)) console.log(report.split("\n").slice(0, 60).join("\n"));
  bar("B46", "workers under valgrind that it reported nothing about", reports.filter((report) => !report).length,
    reports.length, `${mix.length} files of tests`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}
