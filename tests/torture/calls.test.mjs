// System calls fail as they may: interrupted, cut short, out of descriptors, out of disk, reset. The worker goes on;
// the request succeeds or fails cleanly; nothing is left half written.
import { utimesSync } from "node:fs";
import { after, before, test } from "node:test";

import { answer, listen, script, until } from "../fault/faults.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { torturedHouse } from "./house.mjs";
import { makeMix } from "./mix.mjs";
import { Complaints, inOrder, liveFiles, outcome, sample, seed, trialsOf, upTo } from "./trials.mjs";
import { ANY, isSanitized, STARTING } from "./trip.mjs";

const skip = isSanitized && "a sanitizer's library must come first";
let house, mix;
before(async () => {
  if (skip) return;
  house = await torturedHouse();
  mix = await makeMix(house, "calls");
  console.log(`TORTURE_SEED=${seed}`);
});
after(() => house?.stop());

/** In a worker that has answered nothing yet, and in one that has. */
async function trialsOfStep(name, step) {
  await house.renew();
  const list = [];
  for (const isNew of [true, false]) {
    house.trip.count();
    await outcome(step);
    list.push(...trialsOf((call) => house.trip.counted(call)).map((trial) => ({ name, step, isNew, ...trial })));
  }
  return list;
}

/** The outcome of a step while a call fails; what goes on failing does so no longer than that. */
async function during(trial, step) {
  house.trip.arm(trial);
  const end = setTimeout(() => house.trip.disarm(), rounds(700, 20000));
  const said = await outcome(step);
  clearTimeout(end);
  house.trip.disarm();
  return said;
}

// Where the house once hung, lost a tenant's connections for good, or kept half a file for the whole.
const once = [
  ...upTo(3).map((nth) => ["answer", { call: "epoll_ctl", effect: "ENOMEM", nth }]),
  ["resume", { call: "pread", effect: "EIO", nth: 1, persistent: true }],
  ...upTo(5).map((nth) => ["keySet", { call: "read", effect: "EIO", nth }]),
  ...upTo(4).map((nth) => ["stream", { call: "writev", effect: "short", nth }]),
  ["stream", { call: "accept4", effect: "EMFILE", nth: 1 }],
];

test("what was wrong once is right, and the next person does not feel it", { skip }, async () => {
  const complaints = new Complaints();
  let [truthful, well] = [0, 0];
  for (const [name, trial] of once) {
    await house.renew();
    const said = await during(trial, mix.steps[name]);
    truthful += complaints.unless(["right", "refused"].includes(said), name, JSON.stringify(trial), said);
    const last = Date.now() + 3000; // a key file is looked at once a second
    let then;
    while ((then = await outcome(mix.steps[name])) !== "right" && Date.now() < last);
    well += complaints.unless(then === "right", name, "after", JSON.stringify(trial), then);
  }
  await inOrder(house);
  complaints.none();
  bar("B24", "a call that once did harm fails: the answer is right, or says that it failed", truthful, once.length);
  bar("B24", "the same worker's next answer is right", well, once.length);
});

test("a disk that fails under recovery makes no half of an answer its whole", { skip }, async () => {
  const old = new Date(Date.now() - 3600000); // a file that nobody can be writing any more
  const all = [["pread", "EIO"], ["pread", "short"], ["dup", "EMFILE"], ["pread", "EINTR"], ["ftruncate", "EIO"], ["open", "EIO"], ["flock", "ENOLCK"]];
  const ways = all.slice(0, rounds(3, all.length));
  let whole = 0;
  for (const [call, effect] of ways) {
    house.trip.disarm();
    await house.ready();
    const stream = await listen(house, script({ chunks: 200, size: 7, delay_ms: 5 }));
    await stream.heard(20);
    await house.succeed(() => {
      for (const path of liveFiles(house)) utimesSync(path, old, old);
      house.trip.arm({ call, effect, nth: 1, persistent: effect !== "EINTR", phase: ANY });
    });
    await stream.over;
    await until(() => house.trip.tripped() || liveFiles(house).length === 0, 10000, "recovery");
    await inOrder(house);
    const { content, state } = await answer(house, stream.place);
    whole += state === "interrupted" && content.startsWith(stream.text);
  }
  bar("B25", "a disk that fails under recovery: all that a client saw is stored", whole, ways.length);
});

test("every call of the mix", { skip }, async () => {
  const all = [];
  for (const [name, step] of Object.entries(mix.steps)) all.push(...(await trialsOfStep(name, step)));
  const trials = sample(all, rounds(80, 8000));
  const complaints = new Complaints();
  const began = house.endings().length;
  let [tried, truthful, lost] = [0, 0, 0];
  for (const { name, step, isNew, ...trial } of trials) {
    if (isNew) await house.renew();
    const said = await during(trial, step);
    tried += house.trip.tripped() > 0;
    truthful += complaints.unless(["right", "refused"].includes(said), name, JSON.stringify(trial), said);
    const bad = house.endings().slice(began).filter((how) => how !== "signal 9"); // ours
    lost += !complaints.unless(bad.length === lost, name, JSON.stringify(trial), "ended the worker:", bad.at(-1));
  }
  complaints.none();
  const turns = await inOrder(house);
  bar("B24", "a call fails: the answer is right, or says that it failed", truthful, trials.length,
    `${tried} met, of ${all.length} points`);
  bar("B24", "an answer that was heard to its end is stored and settled", await mix.kept(), mix.promised(), `${turns} turns, none open`);
});

test("every call of a worker's start", { skip }, async () => {
  house.trip.count();
  await house.renew();
  await house.ready();
  const all = trialsOf((call) => house.trip.counted(call, STARTING));
  const trials = sample(all, rounds(6, 1500));
  const complaints = new Complaints();
  let fine = 0;
  for (const trial of trials) {
    const seen = house.endings().length;
    house.trip.arm({ ...trial, phase: STARTING });
    await house.renew();
    await house.ready();
    house.trip.disarm();
    const bad = house.endings().slice(seen + 1).filter((how) => how !== "exit 1");
    fine += complaints.unless(bad.length === 0, JSON.stringify(trial), bad.join());
  }
  await inOrder(house);
  complaints.none();
  bar("B24", "a call of a worker's start fails: it serves, or ends with a sentence and the next one serves", fine, trials.length,
    `of ${all.length} points`);
});
