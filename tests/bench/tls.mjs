// What TLS to the provider costs while connections are kept: the same nginx before the model server, with
// and without.
import * as measure from "./measure.mjs";
import { least } from "./table.mjs";

export const name = "tls";

export async function run(stage, { note, rounds, seconds }) {
  const all = await stage.all();
  for (const way of ["plain", "tls"]) await measure.turns(all[way], 16, 1);
  for (let round = 0; round < rounds; round++)
    for (const way of ["plain", "tls"]) note("upstream", way, (await measure.turns(all[way], 16, seconds)).rate);
}

export const rows = (of) => [
  ["turns/s, TLS to the provider, c=16", 0, { stateless: of("upstream", "tls") }, [
    least("≥ 0.8 × plain", of("upstream", "tls") / of("upstream", "plain"), 0.8)]],
  ["  the same without TLS", 0, { stateless: of("upstream", "plain") }, []],
];
