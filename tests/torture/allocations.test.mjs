// malloc fails, at any of a worker's allocations: the worker ends at once, in the one designed way; its client is
// told the truth; nothing is left half written; and the next worker does not feel it.
import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { after, before, test } from "node:test";

import { script, until } from "../fault/faults.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { torturedHouse } from "./house.mjs";
import { makeMix } from "./mix.mjs";
import { Complaints, inOrder, liveFiles, outcome, sample, seed, upTo } from "./trials.mjs";
import { isSanitized, SERVING, STARTING } from "./trip.mjs";

const OUT_OF_MEMORY = "exit 71";
const LONG = script({ chunks: 200, delay_ms: 10 });
const skip = isSanitized && "a sanitizer has a malloc of its own";
let house, mix;
before(async () => {
  if (skip) return;
  house = await torturedHouse();
  mix = await makeMix(house, "memory");
  console.log(`TORTURE_SEED=${seed}`);
});
after(() => house?.stop());

const arm = (nth, phase, persistent) => house.trip.arm({ call: "allocation", nth, effect: "ENOMEM", phase, persistent });

/** How many allocations a step takes in a worker that has answered nothing yet. */
async function measure(step) {
  await house.renew();
  house.trip.count();
  await house.ready();
  const readiness = house.trip.counted("allocation");
  await house.renew();
  house.trip.count();
  await outcome(step);
  return Math.max(house.trip.counted("allocation"), readiness);
}

/** How the worker that met the failure ended; undefined where none did. */
async function ending(seen) {
  if (!house.trip.tripped()) {
    await house.renew(); // so that the next trial, too, finds a worker that has answered nothing yet
    return undefined;
  }
  await until(() => house.endings().length > seen, 5000, "the end of the worker that has no memory");
  return house.endings()[seen];
}

test("every allocation of the mix", { skip }, async () => {
  const points = [];
  for (const [name, step] of Object.entries(mix.steps))
    points.push(...sample(upTo(await measure(step)), rounds(4, 400)).map((nth) => ({ name, step, nth })));
  const complaints = new Complaints();
  let [tried, ended, truthful] = [0, 0, 0];
  for (const { name, step, nth } of points) {
    const seen = house.endings().length;
    arm(nth, SERVING, nth % 2 === 0);
    const said = await outcome(step);
    const how = await ending(seen);
    truthful += complaints.unless(["right", "refused"].includes(said), name, nth, said);
    if (how === undefined) continue; // this time it took fewer
    tried++;
    ended += complaints.unless(how === OUT_OF_MEMORY, name, nth, how);
  }
  const turns = await inOrder(house);
  complaints.none();
  bar("B23", "an allocation of the mix fails: the worker ends as designed", ended, tried);
  bar("B23", "its client hears what is right, or that it failed", truthful, points.length);
  bar("B23", "an answer that was heard to its end is stored and settled", await mix.kept(), mix.promised(), `${turns} turns, none open`);
});

test("every allocation of recovery", { skip }, async () => {
  const most = 400; // some more than there are
  const complaints = new Complaints();
  const old = new Date(Date.now() - 3600000); // files that nobody can be writing any more
  let [tried, ended] = [0, 0];
  for (const nth of sample(upTo(most), rounds(8, most))) {
    house.trip.disarm();
    const asked = await mix.opened(LONG);
    const seen = house.endings().length + 1;
    await house.succeed(() => {
      for (const path of liveFiles(house)) utimesSync(path, old, old);
      arm(nth, SERVING, false);
    });
    asked.destroy();
    await until(() => house.trip.tripped() || liveFiles(house).length === 0, 10000, "recovery");
    const how = await ending(seen);
    if (how === undefined) continue;
    tried++;
    ended += complaints.unless(how === OUT_OF_MEMORY, nth, how);
  }
  await inOrder(house);
  complaints.none();
  bar("B23", "an allocation fails while a lost turn is settled: another worker settles it, once", ended, tried);
});

test("every allocation of a worker's start", { skip }, async () => {
  house.trip.count();
  await house.renew();
  await house.ready();
  const most = house.trip.counted("allocation", STARTING);
  const points = sample(upTo(most), rounds(20, 2000));
  const complaints = new Complaints();
  let met = 0, ended = 0;
  for (const nth of points) {
    const seen = house.endings().length;
    await house.succeed(() => arm(nth, STARTING, nth % 2 === 0)); // its predecessor may still be starting, too
    const end = () => house.trip.tripped() && house.endings().length > seen + 1;
    // No two starts have the same number of allocations: a late one may not be reached.
    if (!(await until(end, 5000, `the end of a worker at ${nth} of ${most}`).then(() => true, () => house.trip.tripped()))) continue;
    await until(end, 20000, `the end of a worker at ${nth} of ${most}`);
    met++;
    ended += complaints.unless(house.endings()[seen + 1] === OUT_OF_MEMORY, nth, house.endings()[seen + 1]);
  }
  await inOrder(house);
  complaints.none();
  assert.ok(met > points.length / 2, `only ${met} of ${points.length} points were reached`);
  bar("B23", "an allocation of a worker's start fails: it ends as designed, the next one serves", ended, met);
});
