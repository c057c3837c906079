// Real clients, each made to ask and to answer in one form:
//   ask({ model, messages, offered, stream, signal, onText }) → { text, reasoning, calls, finish, usage }
// messages are OpenAI's, finish too; offered: whether the tools of lib/tools.mjs are; onText hears the text so far; usage
// is [in, out]. What a client throws goes through; failure(error) says it as { is, status, code, message, aborted }, is:
// of the client's own kind; codeless: its protocol has no code for a stream that breaks.
import { createParser } from "eventsource-parser";
import OpenAI from "openai";

import { Client } from "./client.mjs";
import { anthropicClient } from "./speaker-anthropic.mjs";
import { ollamaClient } from "./speaker-ollama.mjs";
import { responsesClient } from "./speaker-responses.mjs";
import { tools } from "./tools.mjs";

/** Gathers chat.completion.chunk objects; onText hears each text so far. */
class Gathering {
  constructor(onText = () => {}) {
    Object.assign(this, { text: "", reasoning: "", calls: [], finish: null, usage: null, onText });
  }
  take(chunk) {
    const choice = chunk.choices[0];
    if (chunk.usage) this.usage = [chunk.usage.prompt_tokens, chunk.usage.completion_tokens];
    if (!choice) return;
    const { content, reasoning_content: reasoning, tool_calls: calls } = choice.delta;
    this.reasoning += reasoning ?? "";
    for (const call of calls ?? []) this.#call(call);
    this.finish = choice.finish_reason ?? this.finish;
    if (!content) return;
    this.text += content;
    this.onText(this.text);
  }
  #call({ index, id, function: { name, arguments: more } }) {
    const call = (this.calls[index] ??= { id, name, arguments: "" });
    call.arguments += more ?? "";
  }
  answer() {
    const { text, reasoning, calls, finish, usage } = this;
    return { text, reasoning, calls: parsed(calls), finish, usage };
  }
}

const parsed = (calls) => calls.map(({ id, name, arguments: json }) => ({ id, name, arguments: JSON.parse(json) }));

const ofCompletion = ({ choices: [{ message, finish_reason }], usage }) => ({
  text: message.content ?? "",
  reasoning: message.reasoning_content ?? "",
  calls: parsed((message.tool_calls ?? []).map(({ id, function: f }) => ({ id, ...f }))),
  finish: finish_reason,
  usage: [usage.prompt_tokens, usage.completion_tokens],
});

const chatBody = ({ model, messages, offered, stream, more }) => ({
  model,
  messages,
  ...(offered && { tools }),
  ...(stream && { stream, stream_options: { include_usage: true } }),
  ...more,
});

function openaiClient({ url, token }) {
  const chat = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 }).chat.completions;
  return {
    async ask(asked) {
      const made = await chat.create(chatBody(asked), { signal: asked.signal });
      if (!asked.stream) return ofCompletion(made);
      const gathering = new Gathering(asked.onText);
      for await (const chunk of made) gathering.take(chunk);
      return gathering.answer();
    },
    async helper(asked) {
      const { stream, ...body } = chatBody({ ...asked, stream: true });
      return ofCompletion(await chat.stream(body).finalChatCompletion());
    },
    failure: (error) => ({ is: error instanceof OpenAI.APIError, ...error, message: error.message,
      aborted: error instanceof OpenAI.APIUserAbortError }),
  };
}

/** A raw stream: the events of a fetch, parsed as any frontend does. */
function rawClient({ url, token }) {
  const client = new Client(url, token);
  return {
    async ask(asked) {
      const response = await client.open("POST", "/v1/chat/completions", { body: chatBody({ ...asked, stream: true }) });
      const gathering = new Gathering(asked.onText), parser = createParser({
        onError: (problem) => { throw problem; },
        onEvent: ({ data }) => {
          if (data === "[DONE]") return (gathering.done = true);
          const json = JSON.parse(data);
          if (json.error) throw Object.assign(new Error("error event"), { event: json.error });
          gathering.take(json);
        },
      });
      response.setEncoding("utf8");
      let all = "";
      for await (const piece of response) response.statusCode === 200 ? parser.feed(piece) : (all += piece);
      if (response.statusCode !== 200)
        throw Object.assign(new Error(all), { status: response.statusCode, event: JSON.parse(all).error });
      if (!gathering.done) throw new Error("no [DONE]");
      return gathering.answer();
    },
    failure: ({ status, event }) => ({ is: Boolean(event), status, ...event }),
  };
}

/** By the client's name; each takes { url, token }. */
export const speakers = {
  openai: openaiClient,
  responses: responsesClient,
  "eventsource-parser": rawClient,
  "@anthropic-ai/sdk": anthropicClient,
  ollama: ollamaClient,
};
