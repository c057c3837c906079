// Which ids each address takes, and where: the table from which the attacks are made. What app/web/routes.c or
// deploy/openapi.json have and this table has not fails `make matrix` (complete.mjs).
import { script, user } from "../../http/lib/client.mjs";

const messages = [user(script({ chunks: 2 }))];

/** kind: what of a person's things the id names (things.mjs). */
const path = (name, kind, more) => ({ in: "path", name, kind, ...more });
const query = (name, kind, more) => ({ in: "query", name, kind, ...more });
const header = (name, kind, more) => ({ in: "header", name, kind, ...more });
const field = (name, kind, more) => ({ in: "body", name, kind, ...more });

// cursor: a place in a list, where every id means something; never: not even one's own means anything; formed: what
// is no id at all is refused as that.
const cursor = { cursor: true, formed: true };
const conversation = path("id", "conversation");
const turn = path("turn", "turn");
const model = field("model", "model");
const key = header("Idempotency-Key", "key");
const beside = { beside: { conversation_id: "conversation" } };

const streamed = { body: { stream: true } };
const turns = [{}, streamed]; // answered whole, and as events

/**
 * handler → takes: its ids; body(own): a good request's; forms: ways to ask, each merged into it; spends: what a
 * good request uses up.
 */
export const matrix = {
  health_get: { takes: [] },
  ready_get: { takes: [] },
  metrics_get: { takes: [] },
  tenant_info_get: { takes: [header("If-None-Match", "etag")] },
  me_get: { takes: [] },
  chat_post: {
    takes: [field("conversation_id", "conversation"), field("parent_id", "answer", beside), model, key],
    body: () => ({ messages }),
    forms: turns,
  },
  stream_get: {
    takes: [turn, query("after", "turn", { never: true }), header("Last-Event-ID", "turn", { never: true })],
    forms: [{}, { headers: { Accept: "text/event-stream" } }],
  },
  stream_cancel: { takes: [turn], body: () => ({}) },
  conversations_list: { takes: [query("after", "touched", cursor)] },
  conversation_post: { takes: [model], body: () => ({ title: "A title" }) },
  conversation_get: { takes: [conversation] },
  conversation_patch: { takes: [conversation], body: () => ({ title: "Taken" }), spends: "conversation" },
  conversation_delete_one: { takes: [conversation], spends: "conversation" },
  messages_list: { takes: [conversation, query("leaf", "answer"), query("after", "question", cursor)] },
  message_post: {
    takes: [
      conversation, field("conversation_id", "conversation", { formed: true }), field("parent_id", "answer"), model, key,
    ],
    body: (own) => ({ messages, parent_id: own.answer }),
    forms: turns,
  },
  message_edit: {
    takes: [conversation, path("message", "question"), model, key],
    body: () => ({ content: messages[0].content }),
    forms: turns,
  },
  message_regenerate: { takes: [conversation, path("message", "answer"), model, key], body: () => ({}), forms: turns },
  responses_post: {
    takes: [field("previous_response_id", "response"), model, key],
    body: () => ({ input: messages[0].content }),
    forms: turns,
  },
  responses_get: {
    takes: [path("response", "response")],
    forms: [{}, { query: { stream: "true" } }],
  },
  responses_delete: { takes: [path("response", "response")], spends: "response" },
  responses_cancel: { takes: [path("response", "response")], body: () => ({}) },
  responses_input_items: { takes: [path("response", "response"), query("after", "question", cursor)] },
  models_list: { takes: [] },
  model_get: { takes: [path("model", "model")] },
  completions_post: { takes: [model, key], body: () => ({ messages }), forms: turns },
  text_completions_post: { takes: [model, key], body: () => ({ prompt: messages[0].content }), forms: turns },
  embeddings_post: { takes: [model, key], body: () => ({ input: "an island" }) },
  azure_embeddings_post: {
    takes: [path("model", "model"), field("model", "model", { never: true }), key], body: () => ({ input: "an island" }),
  },
  azure_completions_post: {
    takes: [path("model", "model"), field("model", "model", { never: true }), key], body: () => ({ messages }), forms: turns,
  },
  messages_post: { takes: [model, key], body: () => ({ messages, max_tokens: 50 }), forms: turns },
  count_tokens_post: { takes: [model], body: () => ({ messages }) },
  ollama_chat_post: { takes: [model, key], body: () => ({ messages }), forms: [{}, { body: { stream: false } }] },
  ollama_generate_post: { takes: [model, key], body: () => ({ prompt: messages[0].content }), forms: [{}, { body: { stream: false } }] },
  ollama_embed_post: { takes: [model, key], body: () => ({ input: "words" }) },
  ollama_tags: { takes: [] },
  ollama_show: { takes: [model], body: (own) => ({ model: own.model }) },
  ollama_version: { takes: [] },
};

/** What an address takes that is no id. */
export const inert = {
  query: ["limit", "archived", "pinned", "stream", "starting_after", "order"],
  header: ["If-Match"],
  body: [
    "stream", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "seed", "frequency_penalty",
    "presence_penalty", "reasoning_effort", "messages", "content", "store", "n", "stream_options", "title", "pinned",
    "archived", "system", "tools", "tool_choice", "thinking", "output_config", "stop_sequences", "top_k", "metadata",
    "format", "think", "options", "images",
    "prompt", "input", "encoding_format", "dimensions", "user", "instructions", "max_output_tokens", "top_logprobs",
    "parallel_tool_calls", "text", "reasoning", "include", "truncation", "service_tier", "safety_identifier",
    "prompt_cache_key",
    "tenant_id", "tenantId", // who asks, which planted.test.mjs is about
  ],
};

/** A good request of a person with these things, in one of the row's forms. */
export function request(route, own, form = {}) {
  const row = matrix[route.handler];
  const params = Object.fromEntries(row.takes.filter((id) => id.in === "path").map((id) => [id.name, own[id.kind]]));
  const body = row.body && { ...row.body(own), ...form.body };
  return { method: route.method, path: route.path, params, query: { ...form.query }, headers: { ...form.headers }, body };
}

/** The same with an id in its place. */
export function withId(good, id, value, own) {
  const put = (name) => ({ ...good[name], [id.name]: value });
  if (id.in === "path") return { ...good, params: put("params") };
  if (id.in === "query") return { ...good, query: put("query") };
  if (id.in === "header") return { ...good, headers: put("headers") };
  const others = Object.entries(id.beside ?? {}).map(([name, kind]) => [name, own[kind]]);
  return { ...good, body: { ...good.body, ...Object.fromEntries(others), [id.name]: value } };
}
