// Streams through lighttpd, worker and ledger, beside the same streams straight from the model server.
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";

const house = sharedHouse();
const rounds = 5;
const ways = {
  direct: { url: house.upstream.url, token: "bench" },
  house: { url: house.url, token: house.tenants.bank.member },
};

/** One stream: milliseconds to its first byte, to its first chunk, and each stamped chunk's delay. */
function stream(way, script) {
  const began = performance.now();
  const result = { first: 0, delays: [], text: "" };
  return new Promise((done, failed) => {
    const body = JSON.stringify({ model: "gpt-4o-mini", stream: true,
      messages: [{ role: "user", content: `script:${JSON.stringify(script)}` }] });
    request(`${way.url}/v1/chat/completions`, {
      method: "POST",
      headers: { Authorization: `Bearer ${way.token}`, "Content-Type": "application/json" },
    }, (response) => {
      response.on("data", (bytes) => {
        const now = Number(process.hrtime.bigint()) / 1e6;
        if (!result.first) result.first = performance.now() - began;
        const text = String(bytes);
        result.text += text;
        for (const [, stamp] of text.matchAll(/"content":"(\d+) "/g)) result.delays.push(now - Number(stamp) / 1e6);
      });
      response.on("end", () => {
        assert.match(result.text, /data: \[DONE\]\n\n$/);
        done(result);
      });
    }).on("error", failed).end(body);
  });
}

const quantile = (numbers, q) => numbers.sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * q))];

for (const [name, count, script] of [
  ["one stream", 1, { chunks: 50, delay_ms: 5, stamp: true }],
  ["a hundred streams at once", 100, { chunks: 20, delay_ms: 50, stamp: true }],
]) {
  test(name, async () => {
    const seen = {};
    for (let round = 0; round < rounds; round++)
      for (const way of Object.keys(ways)) {
        const results = await Promise.all(Array.from({ length: count }, () => stream(ways[way], script)));
        (seen[way] ??= []).push({
          first: quantile(results.map((r) => r.first), 0.5),
          p50: quantile(results.flatMap((r) => r.delays), 0.5),
          p99: quantile(results.flatMap((r) => r.delays), 0.99),
        });
      }
    const median = (way, what) => quantile(seen[way].map((round) => round[what]), 0.5);
    for (const [what, words] of [["first", "first byte, median"], ["p50", "chunk delay, median"], ["p99", "chunk delay, 99 %"]])
      console.log(`${words}: ${median("house", what).toFixed(2)} ms, directly ${median("direct", what).toFixed(2)} ms`);
  });
}
