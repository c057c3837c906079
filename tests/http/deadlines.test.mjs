// How long a provider may take, and how much it may say, by its own options; one that hangs before its first event
// is followed by another.
import assert from "node:assert/strict";
import { test } from "node:test";

import { binary, sql } from "../fault/faults.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { Client, script } from "./lib/client.mjs";
import { brokenBy, isDone } from "./lib/events.mjs";
import { allowModel, ctl, makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();

/** A tenant whose provider has these options. */
async function impatient(name, options) {
  const tenant = await makeTenant(house, name);
  await ctl(house, ["provider", "set", tenant.slug, "scripted",
    ...Object.entries(options).flatMap(([option, value]) => ["--option", `${option}=${value}`])]);
  await allowModel(house, tenant.slug, "last");
  const maria = new Client(house.url, tenant.member);
  await until(async () => (await maria.get("/v1/models/last")).status === 200, "the options are seen");
  return { tenant, maria };
}
const codes = async (answer) => {
  const turn = binary(answer.headers["x-insula-turn"]);
  const [[list]] = await sql(house, `SELECT attempts FROM turn WHERE turn_id = ${turn}`);
  return JSON.parse(list).map(({ code }) => code);
};

test("each deadline of a provider's own", { concurrency: true }, async (t) => {
  const all = [
    t.test("the first event: another attempt follows", async () => {
      const { tenant, maria } = await impatient("first", { first_event_ms: 1000 });
      await house.upstream.queue({ key: tenant.key, times: 1, script: { silent_ms: 20000 } });
      const answer = await maria.stream("hello", { model: "small" });
      assert.ok(isDone(answer.events), answer.text);
      assert.deepEqual(await codes(answer), ["upstream_timeout", ""]);
    }),
    t.test("the silence between events", async () => {
      const { maria } = await impatient("idle", { idle_ms: 1000 });
      for (const orders of [{ chunks: 5, stall_after: 2, stall_ms: 20000 }, { chunks: 5, delay_ms: 2500 }]) {
        const answer = await maria.stream(script(orders), { model: "small" });
        assert.equal(brokenBy(answer.events).code, "upstream_timeout");
      }
    }),
    t.test("the whole answer, streamed or not", async () => {
      const { maria } = await impatient("total", { total_ms: 1500 });
      const streamed = await maria.stream(script({ chunks: 50, delay_ms: 100 }), { model: "small" });
      assert.equal(brokenBy(streamed.events).code, "upstream_timeout");
      const whole = await maria.chat(script({ silent_ms: 20000 }), { model: "small" });
      assert.deepEqual([whole.status, whole.error.code], [504, "upstream_timeout"]);
    }),
    t.test("its bytes", async () => {
      const { maria } = await impatient("bytes", { reply_bytes: 4096 });
      const answer = await maria.stream(script({ chunks: 100, size: 200 }), { model: "small" });
      assert.equal(brokenBy(answer.events).code, "upstream_bad_response");
      assert.ok(answer.text.length < 16384);
    }),
  ];
  await Promise.all(all);
});
