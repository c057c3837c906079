// What TLS to the provider costs, with connections that are kept, with one a request, and with HTTP/2: the same nginx
// before the model server, four times.
import * as measure from "./measure.mjs";
import { least } from "./table.mjs";

export const name = "tls";

const ways = ["plain", "tls", "fresh", "http2"];

export async function run(stage, { note, rounds, seconds, sizes }) {
  const all = await stage.all();
  for (const way of ways) await measure.turns(all[way], 16, 1);
  for (let round = 0; round < rounds; round++)
    for (const way of ways) {
      note("provider's turns/s", way, (await measure.turns(all[way], 16, seconds)).rate);
      note("provider's first chunk", way, (await measure.streams(all[way], { chunks: 1, delay_ms: 0 }, 1, sizes.chunks)).first_us[0]);
    }
}

const rate = (of, way) => of("provider's turns/s", way);
const row = (of, words, way, goals = []) => [
  [`turns/s, c=16, ${words}`, 0, { stateless: rate(of, way) }, goals],
  ["  first chunk p50, 1 stream, µs", 0, { stateless: of("provider's first chunk", way) }, []],
];

export const rows = (of) => [
  ...row(of, "provider in clear", "plain"),
  ...row(of, "provider with TLS, connections kept", "tls", [
    least("≥ 0.8 × in clear", rate(of, "tls") / rate(of, "plain"), 0.8)]),
  ...row(of, "provider with TLS, a connection a turn", "fresh"),
  ...row(of, "provider with HTTP/2", "http2"),
];
