// Models of providers that do not speak OpenAI's protocol, played by the scripted model server.
import { randomBytes } from "node:crypto";

import { ctl } from "./tenant.mjs";

/** A model of that name and kind, at a provider of its own; tenant.keys[kind] is its key. */
export async function addModel(house, tenant, kind) {
  const key = `sk-${kind}-${randomBytes(8).toString("hex")}`;
  tenant.keys = { openai: tenant.key, ...tenant.keys, [kind]: key };
  await ctl(house, [..."provider set".split(" "), tenant.slug, kind, "--kind", kind, "--base-url", house.upstream.url, "--key-stdin"], key);
  await ctl(house, ["model", "allow", tenant.slug, kind, "--provider", kind, "--upstream", "m", "--price-in", "1",
    ..."--price-out 2 --context 128000 --max-output 4096".split(" ")]);
}

const framed = {
  openai: (chunks) => [...chunks.map((chunk) => `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", ...chunk })}\n\n`), "data: [DONE]\n\n"],
  anthropic: (events) => events.map(([type, event]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...event })}\n\n`),
  ollama: (lines) => lines.map((line) => `${JSON.stringify({ model: "m", created_at: "2026-11-24T00:00:00Z", ...line })}\n`),
};

/** The next answer of that kind's model: these events, in its protocol. */
export async function queueAnswer(house, tenant, kind, events) {
  const type = kind === "ollama" ? "application/x-ndjson" : "text/event-stream";
  await house.upstream.queue({
    key: tenant.keys?.[kind] ?? tenant.key,
    times: 1,
    fixture: { status: 200, headers: { "Content-Type": type }, body: framed[kind](events).join("") },
  });
}

/** Of each kind: an answer that thinks, speaks and calls a tool, as its provider sends it. */
export const rich = {
  openai: [
    { choices: [{ index: 0, delta: { role: "assistant", content: "", reasoning_content: "Hm." } }] },
    { choices: [{ index: 0, delta: { content: "Let me " } }] },
    { choices: [{ index: 0, delta: { content: "see." } }] },
    { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "get_weather", arguments: "" } }] } }] },
    { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] } }] },
    { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '"Łódź"}' } }] } }] },
    { choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
    { choices: [], usage: { prompt_tokens: 30, completion_tokens: 20, total_tokens: 50, prompt_tokens_details: { cached_tokens: 8 }, completion_tokens_details: { reasoning_tokens: 5 } } },
  ],
  anthropic: [
    ["message_start", { message: { id: "msg_1", type: "message", role: "assistant", content: [], model: "m", stop_reason: null, stop_sequence: null, usage: { input_tokens: 20, cache_creation_input_tokens: 2, cache_read_input_tokens: 8, output_tokens: 1 } } }],
    ["content_block_start", { index: 0, content_block: { type: "thinking", thinking: "", signature: "" } }],
    ["content_block_delta", { index: 0, delta: { type: "thinking_delta", thinking: "Hm." } }],
    ["content_block_delta", { index: 0, delta: { type: "signature_delta", signature: "c2ln" } }],
    ["content_block_stop", { index: 0 }],
    ["content_block_start", { index: 1, content_block: { type: "text", text: "" } }],
    ["content_block_delta", { index: 1, delta: { type: "text_delta", text: "Let me " } }],
    ["content_block_delta", { index: 1, delta: { type: "text_delta", text: "see." } }],
    ["content_block_stop", { index: 1 }],
    ["content_block_start", { index: 2, content_block: { type: "tool_use", id: "call_1", name: "get_weather", input: {} } }],
    ["content_block_delta", { index: 2, delta: { type: "input_json_delta", partial_json: '{"city":"Łódź"}' } }],
    ["content_block_stop", { index: 2 }],
    ["message_delta", { delta: { stop_reason: "tool_use", stop_sequence: null }, usage: { output_tokens: 20, output_tokens_details: { thinking_tokens: 5 } } }],
    ["message_stop", {}],
  ],
  ollama: [
    { message: { role: "assistant", content: "", thinking: "Hm." }, done: false },
    { message: { role: "assistant", content: "Let me " }, done: false },
    { message: { role: "assistant", content: "see." }, done: false },
    { message: { role: "assistant", content: "", tool_calls: [{ id: "call_1", function: { name: "get_weather", arguments: { city: "Łódź" } } }] }, done: false },
    { message: { role: "assistant", content: "" }, done: true, done_reason: "stop", prompt_eval_count: 30, eval_count: 20 },
  ],
};
