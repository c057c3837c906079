// OpenAI's Responses with OpenAI's own client: asked, streamed, gone on from, come back to, cancelled, deleted.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import OpenAI from "openai";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script } from "./lib/client.mjs";
import { makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
let tenant, openai, plain;

before(async () => {
  tenant = await makeTenant(house, "responses", { models: { small: {} } });
  openai = clientOf(tenant.member);
  plain = new Client(house.url, tenant.member);
});

const clientOf = (apiKey) => new OpenAI({ baseURL: `${house.url}/v1`, apiKey, maxRetries: 0 });
const ask = (orders, fields) => ({ model: "small", input: script(orders), ...fields });
/** What the model server was asked last, by this tenant. */
const told = async () => JSON.parse((await house.upstream.requests({ key: tenant.key })).at(-1).body);
const collect = async (stream) => {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
};
const tools = [
  { type: "function", name: "look", description: "Looks", parameters: { type: "object", properties: {} }, strict: false },
];
const calls = { tool_calls: [{ name: "look", arguments: '{"at":"sea"}' }] };
const is404 = (error) => error instanceof OpenAI.NotFoundError && error.code === "response_not_found";

test("an answer is an object with its words, its cost and its settings", async () => {
  const response = await openai.responses.create(
    ask({ text: "One two three." }, { instructions: "Be brief.", metadata: { case: "7" }, temperature: 0.5 }),
  );
  assert.match(response.id, /^resp_[0-9a-z]{26}$/);
  assert.equal(response.output_text, "One two three.");
  assert.equal(response.status, "completed");
  assert.equal(response.instructions, "Be brief.");
  assert.deepEqual(response.metadata, { case: "7" });
  assert.equal(response.temperature, 0.5);
  assert.equal(response.usage.output_tokens, 3);
  assert.equal(response.usage.total_tokens, response.usage.input_tokens + 3);
  assert.deepEqual((await told()).messages.map(({ role }) => role), ["system", "user"]);
});

test("a stream has numbered events and ends with the same object", async () => {
  const events = await collect(await openai.responses.create(ask({ text: "One two." }, { stream: true })));
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, i) => i));
  assert.deepEqual(
    [...new Set(events.map((event) => event.type))],
    ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
      "response.output_text.delta", "response.output_text.done", "response.content_part.done",
      "response.output_item.done", "response.completed"],
  );
  const { response } = events.at(-1);
  assert.equal(response.output[0].content[0].text, "One two.");
  assert.equal(response.usage.output_tokens, 2);
  const kept = await openai.responses.retrieve(response.id);
  assert.deepEqual({ ...kept, output_text: undefined }, { ...response, output_text: undefined }, "as it is kept");
});

test("the .stream() helper, with thoughts before the words", async () => {
  const stream = openai.responses.stream(ask({ reasoning: "Let me see.", text: "One two." }));
  const pieces = [];
  stream.on("response.output_text.delta", (event) => pieces.push(event.delta));
  const final = await stream.finalResponse();
  assert.deepEqual(pieces, ["One ", "two."]);
  assert.deepEqual(final.output.map((item) => item.type), ["reasoning", "message"]);
  assert.equal(final.output[0].summary[0].text, "Let me see.");
});

test("an agent's loop: a call, its result, an answer, over responses that are kept", async () => {
  for (const stream of [false, true]) {
    let first = await openai.responses.create(ask(calls, { tools, stream, instructions: "Only now." }));
    if (stream) first = (await collect(first)).at(-1).response;
    const [call] = first.output;
    assert.equal(call.type, "function_call");
    assert.equal(call.name, "look");
    assert.deepEqual(JSON.parse(call.arguments), { at: "sea" });
    const second = await openai.responses.create({
      model: "small", previous_response_id: first.id, tools,
      input: [{ type: "function_call_output", call_id: call.call_id, output: "A ship." }],
    });
    assert.equal(second.status, "completed");
    assert.equal(second.previous_response_id, first.id);
    const { messages } = await told();
    assert.deepEqual(messages.map(({ role }) => role), ["user", "assistant", "tool"], "instructions hold once");
    assert.equal(messages[1].tool_calls[0].id, call.call_id);
    assert.equal(messages[2].tool_call_id, call.call_id);
    const third = await openai.responses.create(
      ask({ text: "Bye." }, { previous_response_id: second.id, store: false }),
    );
    assert.equal(third.output_text, "Bye.");
    assert.equal((await told()).messages.length, 5, "what is not kept goes on with what is");
    await assert.rejects(openai.responses.retrieve(third.id), is404);
    await assert.rejects(
      openai.responses.create(ask({}, { previous_response_id: third.id })),
      (error) => error.status === 404 && error.code === "previous_response_not_found" &&
        error.param === "previous_response_id",
    );
  }
});

test("the conversation shows the calls", async () => {
  const { data, response } = await openai.responses.create(ask(calls, { tools })).withResponse();
  const conversation = response.headers.get("x-insula-conversation");
  const [, answer] = (await plain.messages(conversation)).data;
  assert.equal(answer.tool_calls[0].id, data.output[0].call_id);
  assert.equal(answer.turn_id, data.id.replace("resp_", "turn_"));
});

test("a stream that was cut goes on behind any event, live and afterwards", async () => {
  const stream = await openai.responses.create(
    ask({ chunks: 9, delay_ms: 60 }, { stream: true }),
  );
  const heard = [];
  for await (const event of stream) {
    heard.push(event);
    if (event.type === "response.output_text.delta") break;
  }
  const { id } = heard[0].response;
  const live = await collect(
    await openai.responses.retrieve(id, { stream: true, starting_after: heard.at(-1).sequence_number }),
  );
  const whole = [...heard, ...live];
  assert.deepEqual(whole.map((event) => event.sequence_number), whole.map((_, i) => i));
  assert.equal(live.at(-1).type, "response.completed");
  const again = await collect(await openai.responses.retrieve(id, { stream: true }));
  assert.deepEqual(again, whole, "from the beginning, the same");
  assert.deepEqual(await collect(await openai.responses.retrieve(id, { stream: true, starting_after: 1000 })), []);
  const { error } = await plain.get(`/v1/responses/${id}?starting_after=1`).then((answer) => answer.json);
  assert.equal(error.param, "starting_after");
});

test("an answer that was not streamed can be heard as a stream", async () => {
  const { id } = await openai.responses.create(ask({ text: "One two." }));
  const events = await collect(await openai.responses.retrieve(id, { stream: true }));
  assert.equal(events.at(-1).response.output[0].content[0].text, "One two.");
});

test("a retry with its key hears the same bytes", async () => {
  const headers = { "Idempotency-Key": "responses-retry" };
  const body = ask({ text: "Once." }, { stream: true, metadata: { a: "b" } });
  const [first, second] = [
    await plain.post("/v1/responses", body, headers), await plain.post("/v1/responses", body, headers),
  ];
  assert.equal(second.text, first.text);
});

/** A live response after its first words: its id, and its events once it is over. */
async function live(orders) {
  const stream = await openai.responses.create(ask({ chunks: 9, delay_ms: 5, ...orders }, { stream: true }));
  const events = [];
  const iterator = stream[Symbol.asyncIterator]();
  while (events.at(-1)?.type !== "response.output_text.delta") events.push((await iterator.next()).value);
  const rest = (async () => {
    for (let next; !(next = await iterator.next()).done;) events.push(next.value);
    return events;
  })();
  return { id: events[0].response.id, rest };
}

test("a live response is in progress, cannot be gone on from or deleted, and can be cancelled", async () => {
  const { id, rest } = await live({ stall_after: 2, stall_ms: 60000 });
  const seen = await openai.responses.retrieve(id);
  assert.equal(seen.status, "in_progress");
  assert.equal(seen.output[0].status, "in_progress");
  assert.notEqual(seen.output_text, "");
  const inProgress = (error) => error.status === 409 && error.code === "response_in_progress";
  await assert.rejects(openai.responses.create(ask({}, { previous_response_id: id })), inProgress);
  await assert.rejects(openai.responses.delete(id), inProgress);
  const cancelled = await openai.responses.cancel(id);
  assert.equal(cancelled.status, "cancelled");
  const events = await rest;
  assert.equal(events.at(-1).type, "response.failed");
  assert.equal(events.at(-1).response.status, "cancelled");
  assert.equal((await openai.responses.cancel(id)).status, "cancelled", "once more changes nothing");
});

test("an answer that breaks off fails, before its first event with a status of its own", async () => {
  const { id, rest } = await live({ cut_after: 3 });
  const { type, response } = (await rest).at(-1);
  assert.equal(type, "response.failed");
  assert.equal(response.error.code, "upstream_truncated");
  await until(async () => (await openai.responses.retrieve(id)).status === "failed", "it is kept as failed");
  await assert.rejects(
    openai.responses.create(ask({ status: 429 }, { stream: true })), (error) => error.status === 429,
  );
});

test("an answer that is cut at its length is incomplete", async () => {
  const response = await openai.responses.create(ask({ chunks: 9 }, { max_output_tokens: 3 }));
  assert.equal(response.status, "incomplete");
  assert.equal(response.incomplete_details.reason, "max_output_tokens");
});

test("the input can be read item by item", async () => {
  const input = [
    { role: "user", content: [{ type: "input_text", text: "See" }, { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "low" }] },
    { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
    { type: "function_call_output", call_id: "c1", output: "A ship." },
    { role: "user", content: script({ text: "Well." }) },
  ];
  const first = await openai.responses.create({ model: "small", input });
  const { id } = await openai.responses.create(ask({}, { previous_response_id: first.id }));
  const items = [];
  for await (const item of openai.responses.inputItems.list(first.id, { order: "asc", limit: 2 })) items.push(item);
  assert.deepEqual(items.map((item) => item.type), ["message", "function_call", "function_call_output", "message"]);
  assert.deepEqual(items[0].content.map((part) => part.type), ["input_text", "input_image"]);
  assert.equal(items[2].output, "A ship.");
  const newest = await openai.responses.inputItems.list(first.id, { limit: 1 });
  assert.equal(newest.data[0].content[0].text, script({ text: "Well." }));
  assert.equal((await openai.responses.inputItems.list(id)).data.length, 1, "its own input, not what came before");
});

test("what is deleted is not there, and its words are not where nobody goes on from them", async () => {
  const { data: first, response } = await openai.responses.create(ask({ text: "First." })).withResponse();
  const second = await openai.responses.create(ask({ text: "Second." }, { previous_response_id: first.id }));
  const conversation = response.headers.get("x-insula-conversation");
  const words = async () => (await plain.messages(conversation)).data.map((message) => message.content);
  await openai.responses.delete(second.id);
  assert.deepEqual(await words(), [script({ text: "First." }), "First.", "", ""]);
  for (const gone of [
    () => openai.responses.retrieve(second.id), () => openai.responses.cancel(second.id),
    () => openai.responses.delete(second.id), () => openai.responses.inputItems.list(second.id),
    () => openai.responses.retrieve(second.id, { stream: true }),
  ])
    await assert.rejects(gone, is404);
  await openai.responses.delete(first.id);
  assert.equal((await plain.get(`/api/v1/conversations/${conversation}`)).status, 404, "with its last words it goes");
});

test("words that another response goes on from stay", async () => {
  const first = await openai.responses.create(ask({ text: "First." }));
  const second = await openai.responses.create(ask({ text: "Second." }, { previous_response_id: first.id }));
  await openai.responses.delete(first.id);
  await openai.responses.create(ask({}, { previous_response_id: second.id }));
  assert.equal((await told()).messages.length, 5);
});

test("a colleague's response is as unknown as none", async () => {
  const { id } = await openai.responses.create(ask({}));
  const other = new Client(house.url, tenant.other);
  const [theirs, nobodys] = await Promise.all(
    [id, `${id.slice(0, -4)}zzzz`].map((one) => other.get(`/v1/responses/${one}`)),
  );
  assert.equal(theirs.status, 404);
  const bytes = (answer) => answer.text.replace(/req_[0-9a-z]+/, "");
  assert.equal(bytes(theirs), bytes(nobodys));
});

test("what is wrong is named by its place", async () => {
  const places = [
    [{ input: [] }, "input"],
    [{ input: [{ type: "item_reference", id: "msg_1" }] }, "input[0].type"],
    [{ input: [{ type: "function_call_output", call_id: "c", output: "x" }] }, "input[0].call_id"],
    [{ input: "a", tools: [{ type: "file_search" }] }, "tools[0].type"],
    [{ input: "a", background: true }, "background"],
    [{ input: "a", max_output_tokens: -1 }, "max_output_tokens"],
    [{ input: "a", text: { format: { type: "json_schema", name: "n" } } }, "text.format.schema"],
    [{ input: "a", metadata: { a: 1 } }, "metadata"],
    [{ input: "a", temperature: 3 }, "temperature"],
    [{ input: "x".repeat(1100000) }, "input", 413],
    [{ input: "a", model: "nobody's" }, "model", 404],
  ];
  for (const [body, param, status = 400] of places) {
    const answer = await plain.post("/v1/responses", { model: "small", ...body });
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.error.param, param);
    assert.equal(typeof answer.error.message, "string");
  }
});
