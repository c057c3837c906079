// The one table: what was measured, the goals, and whether they are met.
//
// A row is [words, digits, {column: number}, goals]; a goal [words, measured, is it met].

export const most = (words, measured, bound) => [words, measured, measured <= bound];
export const least = (words, measured, bound) => [words, measured, measured >= bound];

const subjects = ["direct", "nginx", "peer", "stateless", "full"];
const columns = ["", "direct", "nginx", "Portkey", "stateless", "full turn", "goal", "is", ""];

const show = (number, digits) =>
  number === undefined ? "" : number === Infinity ? "never" : Number.isNaN(number) ? "MISSING" : number.toFixed(digits);

const verdict = ([words, measured, met]) => [words, show(measured, measured < 0.1 ? 3 : 2), met ? "met" : "MISSED"];

/** Returns the cells that should hold a number and do not. */
export function printTable(rows) {
  const lines = [columns];
  for (const [words, digits, cells, goals] of rows) {
    const [first = ["", "", ""], ...others] = goals.map(verdict);
    lines.push([words, ...subjects.map((subject) => show(cells[subject], digits)), ...first]);
    for (const other of others) lines.push(["", "", "", "", "", "", ...other]);
  }
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const left = (i) => i === 0 || i >= 6;
  for (const line of lines)
    console.log(line.map((cell, i) => left(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ").trimEnd());
  return lines.filter((line) => line.includes("MISSING")).map(([words, , , , , , goal]) => words || goal);
}

const spread = (list) => (Math.max(...list) - Math.min(...list)) / (Math.max(...list) + Math.min(...list));

export function printSpread(seen) {
  const noisy = Object.entries(seen).filter(([, list]) => list.length > 1 && spread(list) > 0.25).map(([name]) => name);
  if (noisy.length) console.log(`\nRounds that lie more than ±25 % apart: ${noisy.join(", ")}.`);
}
