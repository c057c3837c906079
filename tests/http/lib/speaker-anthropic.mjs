// npm's @anthropic-ai/sdk in the form of lib/speakers.mjs.
import Anthropic from "@anthropic-ai/sdk";

import { tools } from "./tools.mjs";

/** OpenAI's conversation in Anthropic's form: results of one turn are one message. */
function messagesOf(messages) {
  const out = [];
  for (const { role, content, tool_calls: calls = [], tool_call_id: id } of messages) {
    if (role === "tool") {
      const result = { type: "tool_result", tool_use_id: id, content };
      if (Array.isArray(out.at(-1).content) && out.at(-1).role === "user") out.at(-1).content.push(result);
      else out.push({ role: "user", content: [result] });
    } else {
      const uses = calls.map(({ id, function: f }) => ({ type: "tool_use", id, name: f.name, input: JSON.parse(f.arguments) }));
      out.push({ role, content: uses.length ? [{ type: "text", text: content }, ...uses] : content });
    }
  }
  return out;
}

const offer = tools.map(({ function: { name, description, parameters } }) =>
  ({ name, description, input_schema: parameters }));
const finishes = { end_turn: "stop", max_tokens: "length", tool_use: "tool_calls", refusal: "content_filter" };

const ofMessage = ({ content, stop_reason, usage }) => ({
  text: content.map(({ text = "" }) => text).join(""),
  reasoning: content.map(({ thinking = "" }) => thinking).join(""),
  calls: content.filter(({ type }) => type === "tool_use").map(({ id, name, input }) => ({ id, name, arguments: input })),
  finish: finishes[stop_reason] ?? stop_reason,
  usage: [usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens, usage.output_tokens],
});

export function anthropicClient({ url, token }) {
  const { messages } = new Anthropic({ baseURL: url, apiKey: token, maxRetries: 0 });
  const body = ({ model, messages, offered }) =>
    ({ model, max_tokens: 1000, messages: messagesOf(messages), ...(offered && { tools: offer }) });
  const streamed = (asked) => {
    const stream = messages.stream(body(asked), { signal: asked.signal });
    if (asked.onText) stream.on("text", (_, all) => asked.onText(all));
    return stream.finalMessage().then(ofMessage);
  };
  return {
    ask: (asked) => asked.stream ? streamed(asked) : messages.create(body(asked)).then(ofMessage),
    failure: (error) => ({ is: error instanceof Anthropic.APIError, status: error.status, message: error.message,
      code: error.errorCode, aborted: error instanceof Anthropic.APIUserAbortError }),
  };
}
