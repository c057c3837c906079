// What a crowd of streams held goes back to the machine when they are over.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { sharedHouse } from "../tools/stack.mjs";
import { ask, script, workers } from "./faults.mjs";

const house = sharedHouse(), STREAMS = 400;

/** Memory of their own of all workers, in KB. */
const anonymous = () => workers(house).reduce((sum, pid) =>
  sum + Number(/^Anonymous:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]), 0);

async function stream(order) {
  const response = await ask(house, script(order));
  assert.equal(response.status, 200);
  return response;
}

test("a crowd's memory is given back within seconds of its end", async () => {
  await Promise.all(Array.from({ length: 8 }, async () => (await stream({ chunks: 1, delay_ms: 0 })).text()));
  const before = anonymous();
  const crowd = await Promise.all(Array.from({ length: STREAMS }, () => stream({ chunks: 2, delay_ms: 3000 })));
  const held = anonymous() - before;
  await Promise.all(crowd.map((response) => response.text()));
  assert.ok(held > STREAMS * 15, `the crowd held ${held} KB`);
  for (let tries = 0; anonymous() - before > held / 2; tries++) {
    assert.ok(tries < 40, `${anonymous() - before} KB of ${held} are still kept`);
    await sleep(250);
  }
});
