// The bars that suites said (INSULA_BARS), as a table: `proof.mjs print FILE` for a person, `proof.mjs write FILE
// OUT COMMAND TABLE` as tests/PROOF.md, with the table that `make bench` printed. Fails when a bar was missed.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

const [verb, file, out, command, table] = process.argv.slice(2);

const number = ({ id }) => Number(/\d+/.exec(id)?.[0] ?? 999);

/** The last word of each bar, a full form's before a short one's: a suite that ran twice counts once. */
function read() {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const said = new Map();
  for (const line of [...lines.filter(({ form }) => form !== "full"), ...lines.filter(({ form }) => form === "full")])
    said.set(`${line.id} ${line.promise} ${line.suite}`, line);
  return [...said.values()].sort((a, b) => number(a) - number(b) || a.id.localeCompare(b.id));
}

const reached = ({ count, of }) => count === of && of > 0;

function markdown(bars) {
  const commit = execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
  const machine = `${cpus().length} cores of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const rows = bars.map((bar) => {
    const count = `${bar.count.toLocaleString("en")} of ${bar.of.toLocaleString("en")}`;
    return `| ${bar.id} | ${bar.promise} | ${reached(bar) ? count : `**${count}**`} | ${bar.form} | ${bar.note} | \`${bar.suite}\` |`;
  });
  return `# What was tried, and how often

Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, at ${commit}, on ${machine}.
Each line is said by the suite that it names. A short form tries less often: it is what \`make check\` runs.

| bar | promise | kept | form | seen | suite |
|---|---|---|---|---|---|
${rows.join("\n")}

## Speed

tests/bench/README.md says how it is measured, where the time goes and what was tried.

${readFileSync(table, "utf8").trimEnd().replace(/^/gm, "    ")}
`;
}

const bars = read();
const missed = bars.filter((bar) => !reached(bar));
if (verb === "write") writeFileSync(out, markdown(bars));
for (const bar of verb === "print" ? bars : missed)
  console.log(`${reached(bar) ? "kept  " : "MISSED"} ${bar.id.padEnd(4)} ${bar.count}/${bar.of} ${bar.promise}${bar.note && ` (${bar.note})`}`);
console.log(`${bars.length - missed.length} bars kept, ${missed.length} missed`);
process.exit(missed.length || !bars.length ? 1 : 0);
