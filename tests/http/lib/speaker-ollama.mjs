// npm's ollama in the form of lib/speakers.mjs.
import { Ollama } from "ollama";

import { tools } from "./tools.mjs";

/** OpenAI's conversation in Ollama's form: arguments are objects, results are told by name. */
const messagesOf = (messages) => {
  const names = new Map(messages.flatMap(({ tool_calls: calls = [] }) => calls).map(({ id, function: f }) => [id, f.name]));
  return messages.map(({ role, content, tool_calls: calls, tool_call_id: id }) => ({
    role, content,
    ...(id && { tool_name: names.get(id), tool_call_id: id }),
    ...(calls && { tool_calls: calls.map(({ id, function: f }) => ({ id, function: { ...f, arguments: JSON.parse(f.arguments) } })) }),
  }));
};

export function ollamaClient({ url, token }) {
  const ollama = new Ollama({ host: url, headers: { Authorization: `Bearer ${token}` } });
  const ofLines = (lines) => {
    const last = lines.at(-1), calls = lines.flatMap(({ message }) => message.tool_calls ?? []);
    return {
      text: lines.map(({ message }) => message.content).join(""),
      reasoning: lines.map(({ message }) => message.thinking ?? "").join(""),
      calls: calls.map(({ id, function: { name, arguments: object } }) => ({ id, name, arguments: object })),
      finish: calls.length ? "tool_calls" : last.done_reason, // of which Ollama makes no difference
      usage: [last.prompt_eval_count, last.eval_count],
    };
  };
  return {
    async ask({ model, messages, offered, stream = false, signal, onText = () => {} }) {
      const made = await ollama.chat({ model, messages: messagesOf(messages), stream, ...(offered && { tools }) });
      if (!stream) return ofLines([made]);
      signal?.addEventListener("abort", () => made.abort());
      const lines = [];
      for await (const line of made) {
        lines.push(line);
        if (line.message.content) onText(lines.map(({ message }) => message.content).join(""));
      }
      return ofLines(lines);
    },
    codeless: true,
    /** Of a stream it throws a plain error, with our words; with its own where a stream just ends. */
    failure: ({ name, status_code: status, message }) => ({
      is: name === "ResponseError" || (name === "Error" && !message.startsWith("Did not receive done")),
      status, message, aborted: name === "AbortError",
    }),
  };
}
