// The clients that people use, over every kind of provider: lib/tried.mjs says which, and what is tried.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { script, user } from "./lib/client.mjs";
import { parameters } from "./lib/parameters.mjs";
import { changeSettings } from "./lib/settings.mjs";
import { speakers } from "./lib/speakers.mjs";
import { ctl, makeTenant } from "./lib/tenant.mjs";
import { clients, kinds } from "./lib/tried.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
const keys = {}; // of each kind's provider
let tenant, restore;

/** A model named as the kind, at a provider of that kind. */
async function addModel(slug, name, { kind = name, base }) {
  keys[name] = `sk-${name}-${randomBytes(8).toString("hex")}`;
  const provider = ["--kind", kind, "--base-url", house.upstream.url + base, "--key-stdin"];
  await ctl(house, ["provider", "set", slug, name, ...provider], keys[name]);
  const facts = ["--upstream", "m", "--price-in", "1", "--price-out", "2", "--context", "128000", "--max-output", "4096"];
  await ctl(house, ["model", "allow", slug, name, "--provider", name, ...facts]);
}

before(async () => {
  // They fail often: a provider that is left alone for it would say nothing of the client.
  restore = await changeSettings(house, { upstream: { breaker_failures: 0 } });
  tenant = await makeTenant(house, "clients", { disconnect: "cancel" });
  for (const [name, facts] of Object.entries(kinds)) await addModel(tenant.slug, name, facts);
});
after(() => restore?.());

const calls = [
  { name: "get_weather", arguments: '{"city":"Łódź"}' },
  { name: "get_tide", arguments: '{"city":"Gdynia","words":["a \\"b\\"",1]}' },
];
const told = (given) => given.map(({ name, arguments: json }) => ({ name, arguments: JSON.parse(json) }));
const fails = (promise) => promise.then(() => assert.fail("it succeeded"), (error) => error);

/** What can be tried: each takes a speaker, a model, what is known of its kind, and the ways (streamed or not). */
const tries = {
  async whole(speaker, model) {
    const answer = await speaker.ask({ model, messages: [user(script({ text: "Grüße, 你好 🗼." }))] });
    assert.deepEqual([answer.text, answer.finish], ["Grüße, 你好 🗼.", "stop"]);
  },
  async streamed(speaker, model) {
    const heard = [];
    const order = { text: "Grüße, 你好 🗼 “x”.", size: 3, delay_ms: 1 };
    const answer = await speaker.ask({ model, stream: true, messages: [user(script(order))], onText: (text) => heard.push(text) });
    assert.deepEqual([answer.text, answer.finish], [order.text, "stop"]);
    assert.ok(heard.length > 4, `${heard.length} pieces`);
  },
  async usage(speaker, model, _, ways) {
    const order = { text: "Seven and nine.", usage: { prompt_tokens: 7, completion_tokens: 9 } };
    for (const stream of ways)
      assert.deepEqual((await speaker.ask({ model, stream, messages: [user(script(order))] })).usage, [7, 9]);
  },
  async tools(speaker, model, { calls: most = 2 }, ways) {
    const messages = [user(script({ text: "Let me see.", tool_calls: calls }))];
    for (const stream of ways) {
      const asked = { model, stream, messages, offered: true };
      if (most === 0) {
        const { is, status, message } = speaker.failure(await fails(speaker.ask(asked)));
        assert.deepEqual([is, status], [true, 400]);
        assert.match(message, /\btools\b/);
        continue;
      }
      const answer = await speaker.ask(asked);
      assert.deepEqual(answer.calls.map(({ id, ...call }) => call), told(calls.slice(0, most)));
      assert.deepEqual([answer.text, answer.finish], ["Let me see.", "tool_calls"]);
      assert.equal(new Set(answer.calls.map(({ id }) => id)).size, most);
      const said = answer.calls.map(({ id, name, arguments: object }) =>
        ({ id, type: "function", function: { name, arguments: JSON.stringify(object) } }));
      const results = answer.calls.map(({ id }, i) => ({ role: "tool", tool_call_id: id, content: `result ${i}` }));
      const next = { role: "assistant", content: answer.text, tool_calls: said };
      assert.equal((await speaker.ask({ ...asked, messages: [...messages, next, ...results] })).text, "Let me see.");
    }
  },
  async reasoning(speaker, model, { mute }, ways) {
    const order = { reasoning: "It is a tower, I think.", text: "A tower." };
    for (const stream of ways) {
      const { text, reasoning } = await speaker.ask({ model, stream, messages: [user(script(order))] });
      assert.deepEqual([text, reasoning], [order.text, mute ? "" : order.reasoning]);
    }
  },
  async errors(speaker, model, _, ways) {
    const expected = { 400: 400, 401: 502, 404: 404, 429: 429, 500: 502, 503: 503 };
    const asking = ways.flatMap((stream) => Object.entries(expected).map((one) => [stream, ...one]));
    await Promise.all(asking.map(async ([stream, status, want]) => { // at once: some are tried again before
      const order = script({ status: Number(status), retry_after: 0 });
      const told = speaker.failure(await fails(speaker.ask({ model, stream, messages: [user(order)] })));
      assert.deepEqual([told.is, told.status], [true, want], `${status}, ${stream ? "streamed" : "whole"}`);
    }));
  },
  async broken(speaker, model) {
    for (const defect of ["error_after", "cut_after", "garbage_after", "reset_after"]) {
      let heard = "";
      const order = script({ chunks: 5, [defect]: 2, delay_ms: 1 });
      const asked = { model, stream: true, messages: [user(order)], onText: (text) => (heard = text) };
      const { is, code } = speaker.failure(await fails(speaker.ask(asked)));
      assert.ok(is && (speaker.codeless || /^upstream_/.test(code)), `${defect}: ${code}`);
      assert.equal(heard, "w0 w1 ", defect);
    }
  },
  async helper(speaker, model, { calls: most = 2 }) {
    const offered = most > 0;
    const order = { text: "One two three.", ...(offered && { tool_calls: calls }), usage: { prompt_tokens: 7, completion_tokens: 9 } };
    const answer = await speaker.helper({ model, offered, messages: [user(script(order))] });
    assert.deepEqual([answer.text, answer.usage], [order.text, [7, 9]]);
    assert.deepEqual(answer.calls.map(({ id, ...call }) => call), told(calls.slice(0, most)));
  },
  async abort(speaker, model) {
    const aborted = async () => (await house.upstream.stats()).keys[keys[model]].aborted;
    await speaker.ask({ model, messages: [user(script({ chunks: 1 }))] });
    const before = await aborted(), control = new AbortController();
    const order = script({ chunks: 9, delay_ms: 1, stall_after: 3 });
    const onText = (text) => text === "w0 w1 w2 " && control.abort();
    await speaker
      .ask({ model, stream: true, messages: [user(order)], signal: control.signal, onText })
      .catch((error) => assert.ok(speaker.failure(error).aborted, error.stack));
    await until(async () => (await aborted()) === before + 1, "the model server is left");
  },
};

test("what a kind cannot do is a 400 that names the parameter, and asks nobody", async () => {
  const { ask, failure } = speakers.openai({ url: house.url, token: tenant.member });
  const count = async (model) => (await house.upstream.stats()).keys[keys[model]]?.calls ?? 0;
  await Promise.all(Object.entries(kinds).map(async ([model, { refused = [] }]) => {
    const before = await count(model), failed = {};
    await Promise.all(Object.entries(parameters).map(async ([name, { body }]) => {
      const error = await ask({ model, messages: [user(script({ chunks: 1 }))], more: body }).then(() => null, failure);
      if (error) failed[name] = [error.status, error.param];
    }));
    assert.deepEqual(failed, Object.fromEntries(refused.map((name) => [name, [400, parameters[name].names]])), model);
    assert.equal((await count(model)) - before, Object.keys(parameters).length - refused.length, model);
  }));
});

for (const { name, door, speaker: called = name, tried } of clients)
  describe(`${name} at ${door}`, () => {
    for (const what of tried)
      test(what, async () => {
        const speaker = speakers[called]({ url: house.url, token: tenant.member });
        const ways = tried.includes("whole") ? [false, true] : [true];
        const done = await Promise.allSettled(
          Object.entries(kinds).map(([model, facts]) => tries[what](speaker, model, facts, ways)),
        );
        const bad = done.flatMap(({ reason }, i) => (reason ? [`${Object.keys(kinds)[i]}: ${reason.stack}`] : []));
        assert.deepEqual(bad, []);
      });
  });
