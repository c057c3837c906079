// The one table: what was measured, the goals, and whether they are met.

const added = (of, name) => of("chunk", name) - of("chunk", "direct");

/** name, unit, cells by column, then goals: [words, measured ratio, is it met]. */
function rows(of) {
  const cells = (metric, f = (name) => of(metric, name)) => ["direct", "nginx", "peer", "stateless", "full"].map(f);
  const most = (words, ratio, bound) => [words, ratio, ratio <= bound];
  const least = (words, ratio, bound) => [words, ratio, ratio >= bound];
  const house = (number) => [NaN, NaN, NaN, NaN, number];
  return [
    ["turns/s, not streamed, c=16", 0, cells("rate"), [
      least("stateless ≥ 12 × Portkey", of("rate", "stateless") / of("rate", "peer"), 12)]],
    ["full turns/s, c=32", 0, house(of("full", "full")), [
      least("≥ 0.4 × MariaDB's commits", of("full", "full") / of("full", "mariadb"), 0.4)]],
    ["  MariaDB's commits/s, c=32", 0, house(of("full", "mariadb")), []],
    ["first chunk p50, 1 stream, µs", 0, cells("first"), [
      most("full ≤ 1/25 × Portkey", of("first", "full") / of("first", "peer"), 1 / 25),
      most("stateless ≤ 4 × nginx", of("first", "stateless") / of("first", "nginx"), 4)]],
    ["first chunk p99, 100 at once, ms", 1, cells("burst"), [
      most("full ≤ 1/20 × Portkey", of("burst", "full") / of("burst", "peer"), 1 / 20)]],
    ["chunk p50, 1 stream, µs", 0, cells("chunk"), []],
    ["  added to direct, µs", 0, cells("chunk", (name) => added(of, name)), [
      most("full ≤ 3 × nginx", added(of, "full") / added(of, "nginx"), 3),
      most("full ≤ 1/3 × Portkey", added(of, "full") / added(of, "peer"), 1 / 3)]],
    ["chunk p99, 100 streams, µs", 0, cells("crowd"), [
      most("full ≤ 0.6 × nginx", of("crowd", "full") / of("crowd", "nginx"), 0.6)]],
    ["CPU a chunk, front + worker, µs", 1, cells("cpu"), [
      most("full ≤ 0.2 × Portkey", of("cpu", "full") / of("cpu", "peer"), 0.2)]],
    ["memory a live stream, 500, KB", 1, cells("memory"), [
      most("full ≤ 32 KB", of("memory", "full"), 32)]],
    ["client gone → upstream closed, ms", 2, cells("gone"), [
      most("full ≤ 5 ms", of("gone", "full"), 5)]],
    ["GET tenant info/s, c=16", 0, house(of("get", "info")), [
      least("≥ 0.7 × static route", of("get", "info") / of("get", "static"), 0.7)]],
    ["  GET /healthz/s, c=16", 0, house(of("get", "static")), []],
    ["idle worker, resident, MB", 1, [NaN, NaN, of("idle", "peer"), NaN, of("idle", "resident")], [
      most("≤ 8 MB", of("idle", "resident"), 8)]],
    ["  of it not shared, MB", 1, house(of("idle", "own")), []],
  ];
}

const show = (number, digits) =>
  Number.isNaN(number) ? "" : number === Infinity ? "never" : number.toFixed(digits);

export function printTable(of, seen) {
  const columns = ["", "direct", "nginx", "Portkey", "stateless", "full turn", "goal", "is", ""];
  const lines = [columns];
  for (const [name, digits, cells, goals] of rows(of)) {
    const verdicts = goals.map(([words, ratio, met]) => [words, show(ratio, ratio < 0.1 ? 3 : 2), met ? "met" : "MISSED"]);
    lines.push([name, ...cells.map((cell) => show(cell, digits)), ...(verdicts[0] ?? ["", "", ""])]);
    for (const verdict of verdicts.slice(1)) lines.push(["", "", "", "", "", "", ...verdict]);
  }
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const left = (i) => i === 0 || i >= 6;
  for (const line of lines)
    console.log(line.map((cell, i) => left(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ").trimEnd());
  const spread = (list) => (Math.max(...list) - Math.min(...list)) / (Math.max(...list) + Math.min(...list));
  const noisy = Object.entries(seen).filter(([, list]) => list.length > 1 && spread(list) > 0.25).map(([name]) => name);
  if (noisy.length) console.log(`\nRounds that lie more than ±25 % apart: ${noisy.join(", ")}.`);
}
