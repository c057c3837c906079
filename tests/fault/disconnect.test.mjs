// A client leaves: noticed at once, though the model is silent; then what its tenant wants.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { ownHouse } from "../tools/stack.mjs";
import { allSettled, answer, ask, checkBooks, ledger, Listener, post, script, sql, until } from "./faults.mjs";

let house;
const policies = { bank: "drain", securities: "cancel", insurance: "drain:2" };
const keys = { bank: "sk-demo-bank", securities: "ollama-demo", insurance: "sk-demo-insurance" };

before(async () => {
  house = await ownHouse();
  for (const [tenant, policy] of Object.entries(policies)) {
    const { status, stderr } = await house.insulactl("tenant", "set", tenant, "--disconnect", policy);
    assert.equal(status, 0, stderr);
  }
  await sleep(1100); // within a second on every worker
});
after(() => house?.stop());

/** Listens to some events and leaves; {stream, left: when, in unix ms}. */
async function leave(tenant, order, events) {
  const control = new AbortController();
  const stream = new Listener(await ask(house, script(order), { tenant, signal: control.signal }));
  await stream.heard(events);
  await sleep(100);
  const left = Date.now();
  control.abort();
  await stream.over;
  return { stream, left };
}

/** How long after leaving the model server's connection was closed; undefined: not within most_ms. */
async function closed(tenant, left, most_ms) {
  for (;;) {
    const abort = (await house.upstream.stats()).aborts.find(({ key, unix_ms }) => key === keys[tenant] && unix_ms >= left);
    if (abort) return abort.unix_ms - left;
    if (Date.now() - left > most_ms) return undefined;
    await sleep(20);
  }
}

const chunks = (n) => n * 7; // bytes of content

test("cancel: a silent upstream's connection is closed at once, what came is stored and charged", async () => {
  const { stream, left } = await leave("securities", { chunks: 9, size: 7, stall_after: 3 }, 4);
  const took = await closed("securities", left, 3000);
  assert.ok(took < 600, `${took} ms`);
  await allSettled(house);
  const row = await ledger(house, stream.turn);
  assert.deepEqual([row.outcome, row.code, row.usage_source], ["interrupted", "client_gone", "counted"]);
  const { content, state } = await answer(house, stream.place, { tenant: "securities" });
  assert.deepEqual([content.length, state], [chunks(3), "interrupted"]);
  assert.equal(row.tokens_out, Math.ceil(chunks(3) / 4));
});

for (const stream of [true, false]) {
  test(`cancel: also before the first word, ${stream ? "" : "not "}streamed`, async () => {
    const socket = await post(house, script({ silent_ms: 8000 }), { tenant: "securities", stream });
    await until(async () => (await sql(house, "SELECT 1 FROM turn WHERE state = 'open'")).length === 1, 3000, "admitted");
    await sleep(200);
    const left = Date.now();
    socket.destroy();
    const took = await closed("securities", left, 3000);
    assert.ok(took < 600, `${took} ms`);
    await allSettled(house);
    const [row] = await sql(house, "SELECT outcome, code, cost FROM turn ORDER BY started_ms DESC LIMIT 1");
    assert.deepEqual(row, ["interrupted", "client_gone", "0"]);
  });
}

test("drain: the answer is finished, stored and charged in full; who comes back hears it all", async () => {
  const { stream, left } = await leave("bank", { chunks: 30, size: 7, delay_ms: 30 }, 3);
  assert.equal(await closed("bank", left, 1500), undefined, "the model is not interrupted");
  await allSettled(house);
  const row = await ledger(house, stream.turn);
  assert.deepEqual([row.outcome, row.tokens_out, row.usage_source], ["complete", 30, "provider"]);
  const { content, state } = await answer(house, stream.place);
  assert.deepEqual([content.length, state], [chunks(30), "complete"]);
  const back = await fetch(`${house.url}/api/v1/streams/${stream.turn}`, {
    headers: {
      Authorization: `Bearer ${house.tenants.bank.member}`, Accept: "text/event-stream",
      "Last-Event-ID": String(stream.events),
    },
  });
  const rest = await new Listener(back).over;
  assert.equal(stream.text + rest.text, content, "what it missed");
  assert.ok(rest.done);
});

test("drain:2: silence is waited for two seconds, an answer that comes in time is whole", async () => {
  const [silent, quick] = await Promise.all([
    leave("insurance", { chunks: 9, size: 7, stall_after: 3 }, 4),
    leave("insurance", { chunks: 30, size: 7, delay_ms: 30 }, 3),
  ]);
  const took = await closed("insurance", silent.left, 6000);
  assert.ok(took > 1800 && took < 3000, `${took} ms`);
  await allSettled(house);
  const rows = [await ledger(house, silent.stream.turn), await ledger(house, quick.stream.turn)];
  assert.deepEqual(rows.map(({ outcome }) => outcome), ["interrupted", "complete"]);
  assert.ok(rows[0].cost > 0 && rows[0].cost < rows[0].hold);
  const stats = await house.upstream.stats();
  assert.equal(stats.keys[keys.insurance].aborted, 1, "only the silent one was cut");
});

test("a cancelled turn ends in every worker's name, with an event that says so", async () => {
  const stream = new Listener(await ask(house, script({ chunks: 9, size: 7, stall_after: 3 })));
  await stream.heard(4);
  const left = Date.now();
  const response = await fetch(`${house.url}/api/v1/streams/${stream.turn}/cancel`, {
    method: "POST", headers: { Authorization: `Bearer ${house.tenants.bank.member}` },
  });
  assert.equal(response.status, 202);
  await stream.over;
  assert.equal(stream.error?.code, "cancelled");
  assert.ok(await closed("bank", left, 3000) < 600, "its upstream connection is closed at once");
  assert.equal((await ledger(house, stream.turn)).outcome, "interrupted");
  await checkBooks(house);
});
