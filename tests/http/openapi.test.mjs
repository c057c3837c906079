// deploy/openapi.json against the house: every address, what it takes, what it answers, what it refuses.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { answerFaults, bodyFaults, faults, openapi } from "./lib/schema.mjs";
import { makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
const seen = new Set();
let maria, unlucky, nobody;

/** Calls path with its {parameters} filled in; the answer must be as described, and so must be a body that was taken. */
async function call(method, path, { values = {}, query = "", body, headers, as = maria } = {}) {
  const address = path.replace(/\{(\w+)\}/g, (_, name) => values[name]) + query;
  const answer = await as.call(method, address, { body, headers });
  assert.deepEqual(answerFaults(path, method, answer), []);
  if (body && answer.status < 300) assert.deepEqual(bodyFaults(path, method, body), []);
  seen.add(`${method.toLowerCase()} ${path} ${answer.status}`);
  return answer;
}
const says = (content, fields = {}) => ({ body: { messages: [user(content)], ...fields } });
const orders = (object, fields) => says(script(object), fields);

const chat = "/api/v1/chat", completions = "/v1/chat/completions", list = "/api/v1/conversations";
const azure = "/openai/deployments/{model}/chat/completions";
const one = `${list}/{id}`, messages = `${one}/messages`, message = `${messages}/{message}`;
const stream = "/api/v1/streams/{turn}";

before(async () => {
  const tenant = await makeTenant(house, "described", { models: { small: {}, "house/large": {} } });
  maria = new Client(house.url, tenant.member);
  nobody = new Client(house.url);
  unlucky = new Client(house.url, (await makeTenant(house, "unlucky")).member); // its provider fails, and is left alone for it
});

test("the checker finds what is wrong", () => {
  const schema = { type: "object", required: ["a"], additionalProperties: false,
    properties: { a: { type: ["integer", "null"], minimum: 1 }, b: { type: "array", items: { enum: ["x"] } } } };
  assert.deepEqual(faults(schema, { a: 1, b: ["x"] }), []);
  assert.deepEqual(faults(schema, { a: null }), []);
  for (const wrong of [{}, { a: 0 }, { a: "1" }, { a: 1.5 }, { a: 1, b: ["y"] }, { a: 1, c: 1 }, [], null])
    assert.notDeepEqual(faults(schema, wrong), [], JSON.stringify(wrong));
  assert.notDeepEqual(faults({ surprise: 1 }, 1), [], "a word that it does not know is not passed over");
});

test("for machines", async () => {
  for (const path of ["/healthz", "/readyz", "/metrics"]) await call("GET", path, { as: nobody });
});

test("for people", async () => {
  const info = await call("GET", "/api/v1/tenant/info");
  await call("GET", "/api/v1/tenant/info", { headers: { "If-None-Match": info.headers.etag } });
  await call("GET", "/api/v1/tenant/info", { as: nobody });
  await call("GET", "/api/v1/me");
});

test("turns", async () => {
  await call("POST", chat, says("hello", { store: false, temperature: 0.5, stop: ["x"], seed: 1, max_tokens: null }));
  await call("POST", chat, says("hello", { stream: true }));
  await call("POST", completions, says("hello", { user: "not known to us", n: 1 }));
  await call("POST", completions, says("hello", { stream: true, stream_options: { include_usage: true }, store: true }));
  await call("POST", "/v1/completions", { body: { prompt: "hello" } });
  await call("POST", "/v1/completions", { body: { prompt: ["hello"], stream: true } });
  await call("POST", "/v1/completions", { body: { prompt: "hello", echo: true } });
  await call("POST", azure, { ...says("hello"), values: { model: "house/large" } });
  const turn = (await call("POST", chat, says("hello"))).json.conversation.turn_id;
  await call("GET", stream, { values: { turn } });
  await call("GET", stream, { values: { turn }, headers: { Accept: "text/event-stream", "Last-Event-ID": "1" } });
  await call("GET", stream, { values: { turn: "turn_00000000000000000000000000" } });
  await call("GET", stream, { values: { turn }, query: "?after=x" });
  await call("POST", `${stream}/cancel`, { values: { turn }, body: "" });
});

test("embeddings", async () => {
  await call("POST", "/v1/embeddings", { body: { input: "an island" } });
  await call("POST", "/v1/embeddings", { body: { input: ["an island", "a reef"], encoding_format: "base64", dimensions: null } });
  await call("POST", "/v1/embeddings", { body: { input: [] } });
  const azureEmbeddings = "/openai/deployments/{model}/embeddings";
  await call("POST", azureEmbeddings, { body: { input: [1, 2, 3] }, values: { model: "house/large" } });
});

test("responses", async () => {
  const responses = "/v1/responses", one = `${responses}/{response}`;
  const asked = { input: "hello", user: "not known to us", tools: [], metadata: { a: "b" } };
  const { id: response } = (await call("POST", responses, { body: asked })).json;
  const values = { response };
  await call("POST", responses, { body: { ...asked, stream: true, previous_response_id: response } });
  await call("POST", responses, { body: { ...asked, previous_response_id: "resp_00000000000000000000000000" } });
  await call("POST", responses, { body: { input: [] } });
  await call("GET", one, { values });
  await call("GET", one, { values, query: "?stream=true&starting_after=2" });
  await call("GET", one, { values, query: "?starting_after=2" });
  await call("GET", `${one}/input_items`, { values, query: "?order=asc&limit=1" });
  await call("GET", `${one}/input_items`, { values, query: "?order=up" });
  await call("POST", `${one}/cancel`, { values, body: "" });
  await call("DELETE", one, { values });
  for (const [method, path] of [["GET", one], ["DELETE", one], ["POST", `${one}/cancel`], ["GET", `${one}/input_items`]])
    await call(method, path, { values });
});

test("turns that are refused or fail", async () => {
  await call("POST", chat, says("hello", { bogus: 1 }));
  await call("POST", chat, says("hello", { model: "unknown" }));
  await call("POST", chat, says("hello", { tenant_id: "another" }));
  await call("POST", chat, { ...says("hello"), headers: { "Content-Type": "text/plain" } });
  await call("POST", chat, says("x".repeat(1100000)));
  await call("POST", completions, { body: { messages: [] } });
  await call("POST", chat, orders({ status: 429, retry_after: 0 }));
  await call("POST", chat, orders({ status: 500 }));
  await call("POST", chat, orders({ status: 503 }));
  await call("POST", completions, orders({ status: 504 }));
  const broken = await call("POST", chat, orders({ chunks: 5, cut_after: 2 }, { stream: true }));
  await call("GET", stream, { values: { turn: broken.headers["x-insula-turn"] } });
  const headers = { "Idempotency-Key": "described" };
  await call("POST", chat, { ...says("one"), headers });
  await call("POST", chat, { ...says("another"), headers });
});

test("Anthropic's messages", async () => {
  const at = "/v1/messages", count = `${at}/count_tokens`;
  const asks = (content, fields = {}) => says(content, { max_tokens: 50, ...fields });
  await call("POST", at, asks("hello", { system: "Be brief.", top_k: 5, thinking: { type: "disabled" } }));
  await call("POST", at, asks("hello", { stream: true }));
  await call("POST", count, says("hello"));
  await call("POST", at, says("hello"));
  await call("POST", count, asks("hello", { model: "unknown" }));
  await call("POST", at, { ...asks("hello"), as: nobody });
  for (const status of [429, 500, 503, 504]) await call("POST", at, { ...asks(script({ status, retry_after: 0 })), as: unlucky });
});

test("Ollama's addresses", async () => {
  await call("POST", "/api/chat", says("hello", { stream: false, think: null, options: { num_predict: 50, num_ctx: 4096 } }));
  await call("POST", "/api/chat", says("hello"));
  await call("POST", "/api/chat", says("hello", { format: "xml" }));
  await call("POST", "/api/generate", { body: { prompt: "hello", stream: false } });
  await call("POST", "/api/generate", { body: { prompt: "hello", raw: true } });
  for (const status of [429, 500, 503, 504]) await call("POST", "/api/chat", { ...says(script({ status, retry_after: 0 })), as: unlucky });
  await call("POST", "/api/embed", { body: { input: ["one", "two"], truncate: true } });
  await call("POST", "/api/embed", { body: { input: 5 } });
  await call("GET", "/api/tags");
  await call("GET", "/api/tags", { as: nobody });
  await call("GET", "/api/version");
  await call("POST", "/api/show", { body: { model: "house/large" } });
  await call("POST", "/api/show", { body: { model: "unknown" } });
});

test("conversations", async () => {
  const { id } = (await call("POST", list, { body: { title: "A title", model: null } })).json;
  const values = { id };
  await call("GET", one, { values });
  await call("PATCH", one, { values, body: { pinned: true }, headers: { "If-Match": '"1"' } });
  await call("PATCH", one, { values, body: { title: "Another" }, headers: { "If-Match": '"1"' } });
  await call("PATCH", one, { values, body: {} });
  await call("POST", list, { body: { bogus: 1 } });
  await call("POST", messages, { values, ...says("hello") });
  await call("POST", messages, { values, body: { messages: [{ role: "user", content: [{ type: "text", text: "parts" }] }] } });
  await call("POST", messages, { values, ...orders({ chunks: 5, cut_after: 2 }) });
  const [question, answer] = (await call("GET", messages, { values })).json.data.map((each) => each.id);
  await call("PATCH", message, { values: { id, message: question }, body: { content: "otherwise" } });
  await call("PATCH", message, { values: { id, message: answer }, body: { content: "otherwise" } });
  await call("POST", `${message}/regenerate`, { values: { id, message: answer }, body: "" });
  await call("GET", messages, { values, query: `?leaf=${answer}&limit=1` });
  await call("GET", messages, { values, query: "?limit=0" });
  await call("GET", list, { query: "?limit=1&pinned=true" });
  await call("GET", list, { query: "?limit=0" });
  await call("DELETE", one, { values, headers: { "If-Match": '"1"' } });
  await call("DELETE", one, { values });
  await call("GET", one, { values });
});

test("models", async () => {
  await call("GET", "/v1/models");
  await call("GET", "/v1/models/{model}", { values: { model: "house/large" } });
  await call("GET", "/v1/models/{model}", { values: { model: "unknown" } });
});

test("every address was heard to succeed", () => {
  for (const [path, methods] of Object.entries(openapi.paths))
    for (const [method, { responses }] of Object.entries(methods)) {
      const good = Object.keys(responses).filter((status) => status < 300);
      assert.ok(good.some((status) => seen.has(`${method} ${path} ${status}`)), `${method} ${path}`);
    }
});
