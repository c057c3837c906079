// Ollama's clients over any provider: npm's ollama, through the web server.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { Ollama } from "ollama";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { addModel, queueAnswer, rich } from "./lib/kinds.mjs";
import { asked, calls, makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
let tenant, strict;

before(async () => {
  tenant = await makeTenant(house, "ollama", { models: { small: {}, "org/large": {} } });
  strict = await makeTenant(house, "ollama-strict", { disconnect: "cancel" });
  for (const kind of ["anthropic", "ollama"]) await addModel(house, tenant, kind);
});

const ollama = (who = tenant) =>
  new Ollama({ host: house.url, headers: { Authorization: `Bearer ${who.member}` } });
const ask = (orders, fields) => ({ model: "small", messages: [user(script(orders))], ...fields });
const failure = (promise) => promise.then(() => assert.fail("it succeeded"), (error) => error);
const lastBody = async (kind) => (await asked(house, { key: tenant.keys[kind] })).at(-1).body;
const weather = { type: "function", function: { name: "get_weather", description: "Weather.", parameters: { type: "object", properties: { city: { type: "string" } } } } };

async function read(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  const say = (name) => parts.map(({ message }) => message[name] ?? "").join("");
  return { parts, content: say("content"), thinking: say("thinking"), end: parts.at(-1) };
}

test("an answer, whole", async () => {
  const answer = await ollama().chat(ask({ text: "Hello to you." }));
  assert.deepEqual(answer.message, { role: "assistant", content: "Hello to you." });
  assert.deepEqual([answer.model, answer.done, answer.done_reason, answer.eval_count], ["small", true, "stop", 3]);
  assert.ok(Math.abs(new Date(answer.created_at) - Date.now()) < 60000);
});

test("an answer, streamed: a line each, and the last says what it came to", async () => {
  const { parts, content, end } = await read(await ollama().chat(ask({ text: "One two three.", delay_ms: 20 }, { stream: true })));
  assert.equal(content, "One two three.");
  assert.equal(parts.length, 4);
  assert.ok(parts.every(({ done }, i) => done === (i === 3)));
  assert.deepEqual([end.done_reason, end.eval_count], ["stop", 3]);
  assert.ok(end.prompt_eval_count > 0 && end.total_duration >= 6e7 && end.eval_duration > 0);
});

test("who does not say is streamed to", async () => {
  const answer = await new Client(house.url, tenant.member).post("/api/chat", ask({ text: "Yes." }));
  assert.match(answer.headers["content-type"], /^application\/x-ndjson/);
  assert.deepEqual(answer.text.trim().split("\n").map((line) => JSON.parse(line).done), [false, true]);
});

test("thoughts, text and a tool, over every kind of provider, streamed and not", async () => {
  for (const kind of ["openai", "anthropic", "ollama"]) {
    await queueAnswer(house, tenant, kind, rich[kind]);
    const model = kind === "openai" ? "small" : kind;
    const { content, thinking, parts, end } = await read(
      await ollama().chat({ model, messages: [user("Weather?")], tools: [weather], stream: true }),
    );
    assert.deepEqual([thinking, content], ["Hm.", "Let me see."], kind);
    const called = parts.flatMap(({ message }) => message.tool_calls ?? []);
    assert.deepEqual(called, [{ id: "call_1", function: { index: 0, name: "get_weather", arguments: { city: "Łódź" } } }]);
    assert.deepEqual([end.prompt_eval_count, end.eval_count, end.done_reason], [30, 20, "stop"], kind);
  }
});

test("a tool's result goes back by its name, and the loop goes on", async () => {
  const first = { role: "assistant", content: "", tool_calls: [{ function: { name: "get_weather", arguments: { city: "Łódź" } } }] };
  const answer = await ollama().chat({
    model: "small",
    tools: [weather],
    messages: [{ role: "system", content: "Be brief." }, user("Weather?"), first, { role: "tool", tool_name: "get_weather", content: "4 °C" }, user(script({ text: "Cold." }))],
  });
  assert.equal(answer.message.content, "Cold.");
  assert.deepEqual((await lastBody("openai")).messages.slice(2, 4), [
    { role: "assistant", content: null, tool_calls: [{ id: "call_2_0", type: "function", function: { name: "get_weather", arguments: '{"city":"Łódź"}' } }] },
    { role: "tool", tool_call_id: "call_2_0", content: "4 °C" },
  ]);
});

test("pictures, options, a schema and thinking reach every kind of provider in its own words", async () => {
  const png = Buffer.from("iVBORw0KGgo=", "base64");
  const request = (model) => ({
    model, think: "low", format: { type: "object" }, keep_alive: "5m", stream: true,
    options: { num_predict: 2000, num_ctx: 8192, stop: ["END"], seed: 7 },
    messages: [{ role: "user", content: "What is it?", images: [png] }],
  });
  const bodies = {};
  for (const kind of ["openai", "anthropic", "ollama"]) {
    await queueAnswer(house, tenant, kind, rich[kind]);
    await read(await ollama().chat(request(kind === "openai" ? "small" : kind)));
    bodies[kind] = await lastBody(kind);
  }
  const { openai, anthropic, ollama: native } = bodies;
  assert.deepEqual(openai.messages[0].content[1], { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } });
  assert.deepEqual([openai.reasoning_effort, openai.stop, openai.seed, openai.max_completion_tokens], ["low", ["END"], 7, 2000]);
  assert.equal(openai.num_ctx, undefined);
  assert.equal(anthropic.messages[0].content[1].source.media_type, "image/png");
  assert.deepEqual([anthropic.max_tokens, anthropic.stop_sequences], [2000, ["END"]]);
  assert.deepEqual([native.messages[0].images, native.think, native.format, native.options.num_predict], [["iVBORw0KGgo="], "low", { type: "object" }, 2000]);
});

test("generate", async () => {
  const whole = await ollama().generate({ model: "small", system: "Be brief.", prompt: script({ text: "One two." }) });
  assert.deepEqual([whole.response, whole.done, whole.message], ["One two.", true, undefined]);
  let said = "";
  for await (const { response } of await ollama().generate({ model: "small", prompt: script({ text: "One two." }), stream: true })) said += response;
  assert.equal(said, "One two.");
});

test("embeddings, over both kinds of provider that the tenant has them of", async () => {
  for (const model of ["small", "ollama"]) {
    const { embeddings, prompt_eval_count, model: told } = await ollama().embed({ model, input: ["an island", "Zürich"], keep_alive: "5m" });
    assert.deepEqual([told, embeddings.length, embeddings[0].length > 1], [model, 2, true]);
    assert.ok(embeddings.flat().every(Number.isFinite) && prompt_eval_count > 0);
    assert.notDeepEqual(embeddings[0], embeddings[1]);
  }
  assert.equal((await ollama().embed({ model: "small", input: "one" })).embeddings.length, 1);
  assert.equal((await failure(ollama().embed({ model: "anthropic", input: "one" }))).status_code, 400);
});

test("list, show and version", async () => {
  const { models } = await ollama().list();
  assert.deepEqual(models.map(({ name }) => name).sort(), ["anthropic", "ollama", "org/large", "small"]);
  assert.ok(models.every(({ digest }) => digest.length === 64));
  const shown = await ollama().show({ model: "org/large" });
  assert.equal(shown.model_info["insula.context_length"], 128000);
  assert.ok(shown.capabilities.includes("tools"));
  assert.match((await ollama().version()).version, /^\d+\.\d+\.\d+$/);
});

test("errors are a string, with their status", async () => {
  const cases = [
    [() => ollama().chat(ask({}, { model: "nobody" })), 404, /model does not exist/],
    [() => ollama().show({ model: "nobody" }), 404, /model does not exist/],
    [() => ollama().chat(ask({}, { format: "xml" })), 400, /^format must be/],
    [() => ollama().chat(ask({ status: 429 })), 429, /./],
    [() => ollama().chat(ask({ status: 500 })), 502, /./],
    [() => ollama({ member: "garbage" }).list(), 401, /./],
    [() => ollama().pull({ model: "small" }), 404, /nothing at this address/],
  ];
  for (const [asking, status, words] of cases) {
    const error = await failure(asking());
    assert.deepEqual([error.name, error.status_code], ["ResponseError", status], error.stack);
    assert.match(error.error, words);
  }
  const wrong = await new Client(house.url, tenant.member).get("/api/chat");
  assert.deepEqual([wrong.status, typeof wrong.json.error], [405, "string"]);
});

test("a stream that breaks throws", async () => {
  for (const orders of [{ chunks: 5, error_after: 2 }, { chunks: 5, cut_after: 2 }]) {
    const seen = [];
    const error = await failure((async () => {
      for await (const part of await ollama().chat(ask(orders, { stream: true }))) seen.push(part);
    })());
    assert.doesNotMatch(error.message, /Did not receive done/);
    assert.equal(seen.map(({ message }) => message.content).join(""), "w0 w1 ");
    assert.ok(!seen.some(({ done }) => done));
  }
});

test("abort stops the model", async () => {
  const keyOf = async () => (await house.upstream.stats()).keys[strict.key];
  const stream = await ollama(strict).chat(ask({ chunks: 9, delay_ms: 5, stall_after: 3 }, { stream: true }));
  const error = await failure((async () => {
    let said = "";
    for await (const { message } of stream) if ((said += message.content) === "w0 w1 w2 ") stream.abort();
  })());
  assert.equal(error.name, "AbortError");
  await until(async () => (await keyOf())?.aborted === 1, "the model server is left");
});

test("a retry under one idempotency key hears the same bytes, and is charged once", async () => {
  const maria = new Client(house.url, tenant.member);
  const before = await calls(house, tenant);
  const again = () => maria.post("/api/chat", ask({ text: "Once only." }), { "Idempotency-Key": "ollama-1" });
  const [first, second] = [await again(), await again()];
  assert.equal(second.text, first.text);
  assert.equal(await calls(house, tenant), before + 1);
});
