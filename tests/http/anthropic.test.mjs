// Anthropic's clients over any provider: npm's @anthropic-ai/sdk, through the web server.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { addModel, queueAnswer, rich } from "./lib/kinds.mjs";
import { asked, calls, makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
let tenant, strict;

before(async () => {
  tenant = await makeTenant(house, "anthropic");
  strict = await makeTenant(house, "anthropic-strict", { disconnect: "cancel" });
  for (const kind of ["anthropic", "ollama"]) await addModel(house, tenant, kind);
});

const anthropic = (who = tenant, options = {}) =>
  new Anthropic({ baseURL: house.url, apiKey: who.member, maxRetries: 0, ...options });
const ask = (orders, fields) => ({ model: "small", max_tokens: 100, messages: [user(script(orders))], ...fields });
const failure = (promise) => promise.then(() => assert.fail("it succeeded"), (error) => error);
const tools = [
  { name: "get_weather", description: "Weather of a city.", input_schema: { type: "object", properties: { city: { type: "string" } } } },
];
const lastBody = async (who, after = 0) => (await asked(house, who, after)).at(-1).body;

test("models: list and retrieve", async () => {
  const page = await anthropic().models.list({ limit: 20 });
  const ids = [];
  for await (const model of page) ids.push(model.id);
  assert.deepEqual(ids, page.data.map(({ id }) => id));
  assert.ok(ids.includes("small") && !page.hasNextPage());
  const small = await anthropic().models.retrieve("small");
  assert.deepEqual([small.id, small.type, small.display_name, small.max_input_tokens, small.max_tokens], ["small", "model", "small", 128000, 4096]);
  assert.ok(Date.parse(small.created_at) > 0);
  await assert.rejects(anthropic().models.retrieve("nobody"), Anthropic.NotFoundError);
});

test("a message, whole", async () => {
  const message = await anthropic().messages.create(ask({ text: "Hello to you." }));
  assert.match(message.id, /^msg_/);
  assert.deepEqual([message.type, message.role, message.model], ["message", "assistant", "small"]);
  assert.deepEqual(message.content, [{ type: "text", text: "Hello to you." }]);
  assert.deepEqual([message.stop_reason, message.stop_sequence], ["end_turn", null]);
  assert.equal(message.usage.output_tokens, 3);
  assert.match(message._request_id, /^req_/);
});

test("a message, streamed: the events in their order, each with its name", async () => {
  const maria = new Client(house.url, tenant.member);
  const { headers, events } = await maria.post("/v1/messages", ask({ text: "One two." }, { stream: true }));
  assert.match(headers["content-type"], /^text\/event-stream/);
  assert.equal(headers["request-id"], headers["x-request-id"]);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["message_start", "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
      "message_delta", "message_stop"],
  );
  assert.ok(events.every(({ event, json }) => json.type === event));
  assert.equal(events[0].json.message.id.slice(4), headers["x-insula-turn"].slice(5));
  assert.ok(events[0].json.message.usage.input_tokens > 0, "an estimate, at first");
});

test("the .stream() helper, over every kind of provider: thinking, text, a tool", async () => {
  for (const kind of ["openai", "anthropic", "ollama"]) {
    const model = kind === "openai" ? "small" : kind;
    await queueAnswer(house, tenant, kind, rich[kind]);
    const stream = anthropic().messages.stream({ ...ask({}), model, tools, messages: [user("Weather in Łódź?")] });
    let thought = "", said = "";
    stream.on("thinking", (piece) => (thought += piece)).on("text", (piece) => (said += piece));
    const final = await stream.finalMessage();
    assert.deepEqual([thought, said, final.stop_reason, final.model], ["Hm.", "Let me see.", "tool_use", model], kind);
    assert.deepEqual(final.content.map(({ type }) => type), ["thinking", "text", "tool_use"], kind);
    assert.deepEqual(final.content[2], { type: "tool_use", id: "call_1", name: "get_weather", input: { city: "Łódź" } });
    const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = final.usage;
    const cached = { openai: [22, 8, 0], anthropic: [20, 8, 2], ollama: [30, 0, 0] }[kind];
    assert.deepEqual([input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens], [...cached, 20], kind);
  }
});

test("a tool's result goes back, and the loop goes on", async () => {
  const before = await calls(house, tenant);
  const first = { role: "assistant", content: [
    { type: "thinking", thinking: "Hm.", signature: "" },
    { type: "text", text: "Let me see." },
    { type: "tool_use", id: "call_1", name: "get_weather", input: { city: "Łódź" } },
  ] };
  const result = { role: "user", content: [
    { type: "tool_result", tool_use_id: "call_1", content: [{ type: "text", text: "4 °C" }] },
    { type: "text", text: script({ text: "It is cold." }) },
  ] };
  const message = await anthropic().messages.create(
    ask({}, { system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }], tools, tool_choice: { type: "auto", disable_parallel_tool_use: true }, messages: [user("Weather?"), first, result] }),
  );
  assert.equal(message.content[0].text, "It is cold.");
  assert.equal(await calls(house, tenant), before + 1);
  const body = await lastBody(tenant);
  assert.deepEqual(body.messages, [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Weather?" },
    { role: "assistant", content: "Let me see.", tool_calls: [
      { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Łódź"}' } } ] },
    { role: "tool", tool_call_id: "call_1", content: "4 °C" },
    { role: "user", content: [{ type: "text", text: script({ text: "It is cold." }) }] },
  ]);
  assert.deepEqual([body.parallel_tool_calls, body.tool_choice, body.max_completion_tokens], [false, "auto", 100]);
  assert.equal(body.tools[0].function.parameters.type, "object");
});

test("pictures, thinking and a schema reach every kind of provider in its own words", async () => {
  const picture = { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } };
  const request = (model) => ({
    model, max_tokens: 9000, thinking: { type: "enabled", budget_tokens: 2048 },
    output_config: { format: { type: "json_schema", schema: { type: "object", additionalProperties: false } } },
    stop_sequences: ["END"], metadata: { user_id: "u1" },
    messages: [user([picture, { type: "text", text: "What is it?" }])],
  });
  const bodies = {};
  for (const kind of ["openai", "anthropic", "ollama"]) {
    await queueAnswer(house, tenant, kind, rich[kind]);
    await anthropic().messages.stream(request(kind === "openai" ? "small" : kind)).finalMessage();
    bodies[kind] = await lastBody(kind === "openai" ? tenant : { key: tenant.keys[kind] });
  }
  assert.deepEqual(bodies.openai.messages[0].content, [
    { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }, { type: "text", text: "What is it?" } ]);
  assert.deepEqual([bodies.openai.reasoning_effort, bodies.openai.stop, bodies.openai.user], ["low", ["END"], "u1"]);
  assert.equal(bodies.openai.response_format.json_schema.schema.type, "object");
  assert.deepEqual(bodies.anthropic.messages[0].content[0], picture);
  assert.deepEqual([bodies.anthropic.thinking.type, bodies.anthropic.stop_sequences], ["enabled", ["END"]]);
  assert.equal(bodies.anthropic.output_config.format.schema.type, "object");
  assert.deepEqual([bodies.ollama.messages[0].images, bodies.ollama.think], [["iVBORw0KGgo="], "low"]);
  assert.equal(bodies.ollama.options.num_predict, 9000);
});

test("tokens are counted without asking anybody, and without a charge", async () => {
  const before = await calls(house, tenant);
  const { input_tokens } = await anthropic().messages.countTokens({ model: "small", messages: [user("x".repeat(4000))] });
  assert.ok(input_tokens >= 1000 && input_tokens < 1100, `${input_tokens}`);
  assert.equal(await calls(house, tenant), before);
});

test("errors map to the SDK's classes, and only those worth it are retried", async () => {
  const cases = [
    // [what, class, status, code, upstream calls: three turns of three attempts, where both are worth it]
    [ask({ status: 400 }), Anthropic.BadRequestError, 400, null, 1],
    [ask({ status: 401 }), Anthropic.InternalServerError, 502, "upstream_auth_error", 1],
    [ask({ status: 429, retry_after: 0 }), Anthropic.RateLimitError, 429, "rate_limit_exceeded", 9],
    [ask({ status: 500 }), Anthropic.InternalServerError, 502, "upstream_error", 9],
    [ask({}, { model: "nobody" }), Anthropic.NotFoundError, 404, "model_not_found", 0],
    [ask({}, { max_tokens: undefined }), Anthropic.BadRequestError, 400, "missing_field", 0],
    [ask({}, { messages: [{ role: "system", content: "Rules." }] }), Anthropic.BadRequestError, 400, "invalid_value", 0],
    [ask({}, { tools: [{ type: "web_search_20250305", name: "web_search" }] }), Anthropic.BadRequestError, 400, "unsupported_tool", 0],
  ];
  await Promise.all(
    cases.map(async ([request, kind, status, code, expected], i) => {
      const who = await makeTenant(house, `anthropic-error${i}`);
      const error = await failure(anthropic(who, { maxRetries: 2 }).messages.create(request));
      assert.ok(error instanceof kind, `${code}: ${error.constructor.name} ${error.message}`);
      assert.deepEqual([error.status, error.errorCode], [status, code]);
      assert.match(error.requestID, /^req_/);
      assert.equal(error.error.request_id, error.requestID);
      assert.equal(await calls(house, who), expected, code);
    }),
  );
  const unknown = await failure(anthropic({ member: "garbage" }).messages.create(ask({})));
  assert.ok(unknown instanceof Anthropic.AuthenticationError);
  assert.equal(unknown.type, "authentication_error");
});

test("how long to wait is told, where it is too long to be waited here", async () => {
  const error = await failure(anthropic().messages.create(ask({ status: 429, retry_after: 59 })));
  assert.ok(error instanceof Anthropic.RateLimitError);
  assert.deepEqual([error.type, error.headers.get("retry-after")], ["rate_limit_error", "59"]);
});

test("refusals at these addresses are in Anthropic's words too", async () => {
  const maria = new Client(house.url, tenant.member);
  const other = new Client(house.url);
  for (const [answer, status, type] of [
    [await maria.get("/v1/messages"), 405, "invalid_request_error"],
    [await maria.post("/v1/messages/batches", {}), 404, "not_found_error"],
    [await other.post("/v1/messages", {}), 401, "authentication_error"],
    [await maria.post("/v1/messages", "{"), 400, "invalid_request_error"],
  ]) {
    assert.deepEqual([answer.status, answer.json.type, answer.error.type], [status, "error", type]);
    assert.equal(answer.json.request_id, answer.headers["request-id"]);
  }
});

test("a stream that breaks throws, with our code and without an end", async () => {
  for (const orders of [{ chunks: 5, error_after: 2 }, { chunks: 5, cut_after: 2 }, { chunks: 5, garbage_after: 2 }]) {
    const stream = await anthropic().messages.create(ask(orders, { stream: true }));
    const seen = [];
    const error = await failure((async () => {
      for await (const event of stream) seen.push(event);
    })());
    assert.ok(error instanceof Anthropic.APIError, error.stack);
    assert.match(error.errorCode, /^upstream_/);
    const said = seen.map((event) => event.delta?.text ?? "").join("");
    assert.equal(said, "w0 w1 ");
    assert.ok(!seen.some(({ type }) => type === "message_delta" || type === "message_stop"));
    assert.ok((await failure(anthropic().messages.stream(ask(orders)).finalMessage())) instanceof Anthropic.APIError);
  }
});

test("abort stops the model", async () => {
  const keyOf = async () => (await house.upstream.stats()).keys[strict.key];
  const stream = anthropic(strict).messages.stream(ask({ chunks: 9, delay_ms: 5, stall_after: 3 }));
  stream.on("text", (_, all) => all === "w0 w1 w2 " && stream.abort());
  assert.ok((await failure(stream.finalMessage())) instanceof Anthropic.APIUserAbortError);
  await until(async () => (await keyOf())?.aborted === 1, "the model server is left");
});

test("a retry under one idempotency key hears the same bytes, and is charged once", async () => {
  const maria = new Client(house.url, tenant.member);
  const before = await calls(house, tenant);
  const again = () => maria.post("/v1/messages", ask({ text: "Once only." }, { stream: true }), { "Idempotency-Key": "anthropic-1" });
  const [first, second] = [await again(), await again()];
  assert.equal(second.text, first.text);
  assert.equal(await calls(house, tenant), before + 1);
});
