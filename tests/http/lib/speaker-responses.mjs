// npm's openai at OpenAI's Responses, in the form of lib/speakers.mjs.
import OpenAI from "openai";

import { tools } from "./tools.mjs";

/** OpenAI's conversation as items. */
const itemsOf = (messages) => messages.flatMap(({ role, content, tool_calls: calls = [], tool_call_id: call_id }) =>
  role === "tool"
    ? [{ type: "function_call_output", call_id, output: content }]
    : [{ role, content }, ...calls.map(({ id, function: f }) => ({ type: "function_call", call_id: id, ...f }))]);

const offer = tools.map(({ function: f }) => ({ type: "function", strict: false, ...f }));

function ofResponse({ output, output_text, status, usage }) {
  const calls = output.filter(({ type }) => type === "function_call");
  return {
    text: output_text ?? output.flatMap(({ content = [] }) => content).map(({ text = "" }) => text).join(""),
    reasoning: output.flatMap(({ summary = [] }) => summary).map(({ text }) => text).join(""),
    calls: calls.map(({ call_id: id, name, arguments: json }) => ({ id, name, arguments: JSON.parse(json) })),
    finish: calls.length ? "tool_calls" : status === "completed" ? "stop" : status,
    usage: [usage.input_tokens, usage.output_tokens],
  };
}

/** The stream's own end; one that failed throws what it says, one that is aborted just ends. */
async function streamed(events, signal, onText = () => {}) {
  let text = "";
  for await (const event of events) {
    if (event.type === "response.output_text.delta") onText((text += event.delta));
    if (event.type === "response.failed") throw Object.assign(new Error("failed"), { told: event.response.error });
    if (event.type === "response.completed") return ofResponse(event.response);
  }
  if (!signal?.aborted) throw new Error("no end");
}

export function responsesClient({ url, token }) {
  const { responses } = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });
  return {
    async ask({ model, messages, offered, stream = false, signal, onText }) {
      const body = { model, input: itemsOf(messages), store: false, stream, ...(offered && { tools: offer }) };
      const made = await responses.create(body, { signal });
      return stream ? streamed(made, signal, onText) : ofResponse(made);
    },
    failure: (error) => ({
      is: error instanceof OpenAI.APIError || Boolean(error.told),
      status: error.status, message: error.message, code: (error.told ?? error).code,
      aborted: error instanceof OpenAI.APIUserAbortError,
    }),
  };
}
