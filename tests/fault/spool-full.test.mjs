// The spool's disk is full: new turns are told to come back, live ones go on.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { ownHouse, run } from "../tools/stack.mjs";
import { allSettled, answer, ask, checkBooks, ledger, listen, Listener, script, sql, until, workers } from "./faults.mjs";

let house;
before(async () => (house = await ownHouse()));
after(() => house?.stop());
afterEach(() => room("unlimited"));

/** How large a file of the workers may grow: for the spool the same as a disk that is full. */
async function room(bytes) {
  for (const pid of workers(house)) {
    const { status, stderr } = await run("prlimit", [`--pid=${pid}`, `--fsize=${bytes}:`]);
    assert.equal(status, 0, stderr);
  }
}

const follow = async (turn) => new Listener(await fetch(`${house.url}/api/v1/streams/${turn}`, {
  headers: { Authorization: `Bearer ${house.tenants.bank.member}`, Accept: "text/event-stream" },
}));

for (const bytes of [0, 100]) {
  test(`no room for a new turn (${bytes} bytes): 503, when to come back, and nothing left behind`, async () => {
    await room(bytes);
    for (let i = 0; i < 5; i++) {
      const response = await ask(house, "Hello?");
      assert.equal(response.status, 503);
      assert.ok(Number(response.headers.get("retry-after")) >= 1);
      const { error } = await response.json();
      assert.equal(error.code, "spool_unavailable");
    }
    await room("unlimited");
    assert.deepEqual(await sql(house, "SELECT COUNT(*) FROM turn"), [["0"]]);
    assert.deepEqual(await sql(house, "SELECT COUNT(*) FROM message"), [["0"]], "not even its question");
    await checkBooks(house);
  });
}

test("live streams go on without it, are stored and charged; who comes back is not told a half for a whole", async () => {
  const streams = await Promise.all([0, 1, 2, 3].map(() => listen(house, script({ chunks: 40, size: 7, delay_ms: 20 }))));
  await Promise.all(streams.map((stream) => stream.heard(5)));
  await room(2000);
  const refused = await ask(house, "x".repeat(3000));
  assert.ok([200, 503].includes(refused.status)); // its header may fit
  await refused.text();
  for (const stream of streams) {
    await stream.over;
    assert.ok(stream.done, JSON.stringify(stream));
    assert.equal((await ledger(house, stream.turn)).outcome, "complete");
    const { content, state } = await answer(house, stream.place);
    assert.deepEqual([content, state], [stream.text, "complete"]);
  }
  await room("unlimited");
  const back = await follow(streams[0].turn);
  let waiting = true;
  await Promise.race([back.over, until(() => !waiting, 10000, "the end of what can be resumed")]);
  waiting = false;
  assert.ok(back.done ? back.text === streams[0].text : back.error, `[DONE] behind ${back.text.length} of ${streams[0].text.length} bytes`);
  await allSettled(house);
  await checkBooks(house);
});

test("with room again all is as before", async () => {
  const stream = await listen(house, script({ chunks: 3 }));
  await stream.over;
  assert.ok(stream.done);
});
