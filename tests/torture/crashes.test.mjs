// Workers are killed as fast as one a second: each has a successor within a second, the house goes on answering, and
// the log and /metrics say how many were lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { allSettled, checkBooks, listen, logged, script, until, workers } from "../fault/faults.mjs";
import { bar } from "../tools/bar.mjs";
import { sharedHouse } from "../tools/stack.mjs";

const house = sharedHouse();
const CRASHES = 10;
const lost = async () =>
  Number(/^insula_workers_lost_total (\d+)$/m.exec(await (await fetch(`${house.url}/metrics`, {
    headers: { Authorization: `Bearer ${house.operator}` } })).text())[1]);

test("ten crashes in ten seconds", async () => {
  const [began, lostBefore, victims] = [performance.now(), await lost(), []];
  let [prompt, asked, answered, going] = [0, 0, 0, true];
  const client = (async () => {
    for (; going; await sleep(50)) {
      asked++;
      answered += (await fetch(`${house.url}/readyz`)).status === 200;
    }
  })();
  for (let i = 0; i < CRASHES; i++) {
    const stream = await listen(house, script({ chunks: 10, delay_ms: 20 })).catch(() => undefined);
    const all = workers(house);
    const victim = all[i % all.length];
    victims.push(victim);
    process.kill(victim, "SIGKILL");
    const replaced = await until(() => workers(house).length === all.length && !workers(house).includes(victim), 5000, "another worker");
    prompt += replaced < 1000;
    await stream?.over;
  }
  going = false;
  await client;
  const seconds = (performance.now() - began) / 1000;
  await allSettled(house);
  await checkBooks(house);
  const said = () => logged(house, "worker.lost").map(({ detail }) => detail).join("\n");
  const named = () => victims.filter((pid) => said().includes(`worker ${pid} `)).length;
  await until(() => named() === CRASHES, 5000, "an alarm for each").catch(() => {});
  assert.ok(answered >= asked - CRASHES, `${answered} of ${asked}`);
  bar("B22", "a killed worker has a successor within a second", prompt, CRASHES, `within ${seconds.toFixed(1)} s; ${answered} of ${asked} requests meanwhile were answered`);
  bar("B22", "each lost worker is an alarm in the log, and counted", Math.min(named(), (await lost()) - lostBefore), CRASHES);
});
