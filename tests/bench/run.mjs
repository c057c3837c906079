// `make bench`: Insula beside nginx as a plain proxy, Portkey and MariaDB alone, in front of the same
// model server, in one run. Medians of interleaved rounds; each goal is a ratio within this run.
import { cpus, loadavg } from "node:os";

import * as company from "./company.mjs";
import * as everyday from "./everyday.mjs";
import * as growth from "./growth.mjs";
import * as held from "./held.mjs";
import { median } from "./measure.mjs";
import * as pages from "./pages.mjs";
import { openStage } from "./subjects.mjs";
import { printSpread, printTable } from "./table.mjs";
import * as tls from "./tls.mjs";
import * as translated from "./translated.mjs";

const { ONLY = "", FORM = "full", MESSAGES, TENANTS } = process.env;

/** How much of everything; the smoke form only shows that each number comes out. */
const forms = {
  full: { crowd: 100, chunks: 100, memory: 500, leaving: 10, patience_ms: 10000, held: [100, 500, 2000, 4900], company: [1, 100, 1000],
    conversations: 12000, tenants: 100000, messages: 10000000 },
  smoke: { crowd: 4, chunks: 3, memory: 4, leaving: 1, patience_ms: 300, held: [2, 4, 6, 8], company: [1, 2, 3],
    conversations: 40, tenants: 20, messages: 2000 },
};
const sizes = { ...forms[FORM] };
if (TENANTS) sizes.tenants = Number(TENANTS);
if (MESSAGES) sizes.messages = Number(MESSAGES);

const seen = {}; // "metric subject" → one number a round
const of = (metric, subject) => median(seen[`${metric} ${subject}`] ?? [NaN]);
const conditions = {
  sizes,
  rounds: Number(process.env.ROUNDS),
  seconds: Number(process.env.SECONDS),
  note: (metric, subject, number) => (seen[`${metric} ${subject}`] ??= []).push(number),
  /** One after the other, so that nothing disturbs what is measured; in the smoke form at once. */
  async inTurn(list, f) {
    if (FORM === "smoke") await Promise.all(list.map(f));
    else for (const one of list) await f(one);
  },
};

const known = [everyday, translated, held, company, tls, pages, growth];
const parts = known.filter(({ name }) => !ONLY || ONLY.split(",").includes(name));
if (!parts.length) throw new Error(`ONLY names some of: ${known.map(({ name }) => name).join(", ")}`);

const stage = openStage();
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => stage.close().finally(() => process.exit(130)));
console.log(`${conditions.rounds} × ${conditions.seconds} s a rate, on ${cpus().length} × ${cpus()[0].model}; ` +
  `load average before: ${loadavg()[0].toFixed(1)}.`);
try {
  await conditions.inTurn(parts, async (part) => {
    const from = Date.now();
    await part.run(stage, conditions);
    console.log(`${part.name}: ${Math.round((Date.now() - from) / 1000)} s.`);
  });
} finally {
  await stage.close();
}
const missing = printTable(parts.flatMap((part) => part.rows(of, sizes)));
printSpread(seen);
if (missing.length) throw new Error(`not measured: ${missing.join("; ")}`);
