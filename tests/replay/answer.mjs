// Is what the client got what a fixture expects? Streams are compared in one form, however their texts were cut.
import { isDeepStrictEqual } from "node:util";

import { parseEvents } from "../http/lib/events.mjs";

const shown = (value) => JSON.stringify(value)?.slice(0, 1500);

/** The events of a stream, as objects; "[DONE]" stays a string. The request's id in an error is ours. */
const eventsOf = (text) => parseEvents(text).map((event) => {
  if (event.data === "[DONE]") return event.data;
  const { error, ...chunk } = event.json;
  if (!error) return chunk;
  const { request_id: id, ...told } = error;
  return { error: told };
});

const fields = [["content", "text"], ["reasoning_content", "reasoning"], ["refusal", "refusal"]];

/** The steps of one choice of a chunk: {choice, what, …}. */
function* stepsOf({ index: choice, delta = {}, finish_reason: finish, logprobs }) {
  if (delta.role) yield { choice, what: "role", role: delta.role };
  for (const [name, what] of fields) if (delta[name]) yield { choice, what, text: delta[name] };
  for (const { index, id, type, function: { name, arguments: text = "" } = {} } of delta.tool_calls ?? [])
    yield { choice, what: `tool ${index}`, text, ...(id && { id }), ...(type && { type }), ...(name && { name }) };
  if (logprobs) yield { choice, what: "logprobs", logprobs };
  if (finish) yield { choice, what: "finish", finish };
}

/** All that a stream says, in order; neighbouring pieces of one text are one. */
function steps(events) {
  const list = [];
  for (const event of events) {
    const made = event === "[DONE]" || event.error ? [event] : (event.choices ?? []).flatMap((c) => [...stepsOf(c)]);
    for (const step of made) {
      const last = list.at(-1);
      if (step.text !== undefined && last?.choice === step.choice && last.what === step.what) last.text += step.text;
      else list.push({ ...(typeof step === "string" ? { done: step } : step) });
    }
    if (event.usage) list.push({ usage: event.usage });
  }
  return list;
}

const nothing = (index) => ({ index, text: "", reasoning: "", refusal: "", tool_calls: [], finish_reason: null });

/** {choices, usage, error, done}, as a manifest says it in short. */
export function summary(list) {
  const choices = new Map(), sum = { usage: null, error: null, done: false };
  const choice = (i) => choices.get(i) ?? choices.set(i, nothing(i)).get(i);
  for (const step of list) {
    if (step.done) sum.done = true;
    else if (step.error) sum.error = step.error;
    else if (step.usage) sum.usage = step.usage;
    else if (step.what === "finish") choice(step.choice).finish_reason = step.finish;
    else if (step.what.startsWith("tool ")) {
      const calls = choice(step.choice).tool_calls, call = (calls[step.what.slice(5)] ??= { id: "", name: "", arguments: "" });
      call.id ||= step.id ?? "";
      call.name ||= step.name ?? "";
      call.arguments += step.text;
    } else if (step.text !== undefined) choice(step.choice)[step.what] += step.text;
    else choice(step.choice);
  }
  return { ...sum, choices: [...choices.values()].sort((a, b) => a.index - b.index) };
}

/** The same of a body that is not streamed. */
export function summaryOfBody({ choices, usage = null }) {
  return {
    usage, error: null, done: true,
    choices: choices.map(({ index, message, finish_reason }) => ({
      index, text: message.content ?? "", reasoning: message.reasoning_content ?? message.reasoning ?? "",
      refusal: message.refusal ?? "", finish_reason,
      tool_calls: (message.tool_calls ?? []).map(({ id, function: f }) => ({ id, name: f.name, arguments: f.arguments })),
    })),
  };
}

export const streamSummary = (text) => summary(steps(eventsOf(text)));

/** Ids that we make cannot be foretold: there must be one, each another; then all look alike. */
function maskToolIds(calls) {
  const ids = calls.map((call) => call.id);
  if (ids.some((id) => !id) || new Set(ids).size !== ids.length) return calls;
  return calls.map((call) => ({ ...call, id: "made" }));
}

function comparable(choice, { generated_tool_ids: made }, wanted) {
  const calls = made ? maskToolIds(choice.tool_calls) : choice.tool_calls;
  const { text, ...rest } = { ...choice, tool_calls: calls };
  return wanted?.text_bytes === undefined ? { ...rest, text } : { ...rest, text_bytes: Buffer.byteLength(choice.text ?? "") };
}

/** What is wrong with what was said, against the manifest's choices and usage. */
export function* wrongSummary(got, wanted) {
  const choices = wanted.choices.map((one) => {
    const { text_bytes: bytes, ...rest } = one;
    const plain = { ...nothing(one.index), ...rest, ...(bytes !== undefined && { text_bytes: bytes }) };
    if (bytes !== undefined) delete plain.text;
    return wanted.generated_tool_ids ? { ...plain, tool_calls: maskToolIds(plain.tool_calls) } : plain;
  });
  const is = got.choices.map((one, i) => comparable(one, wanted, wanted.choices[i]));
  if (!isDeepStrictEqual(is, choices)) yield `it says ${shown(is)}, not ${shown(choices)}`;
  if (!isDeepStrictEqual(got.usage, wanted.usage ?? null)) yield `its usage is ${shown(got.usage)}, not ${shown(wanted.usage)}`;
}

/** PROTOCOLS 0.5: one id, time and model in all chunks, and the client's name of the model. */
function* wrongChunks(events, model) {
  const chunks = events.filter((event) => event !== "[DONE]" && !event.error);
  const heads = new Set(chunks.map((chunk) => JSON.stringify([chunk.id, chunk.object, chunk.created, chunk.model])));
  if (chunks.length && heads.size !== 1) yield `chunks differ in id, object, created or model: ${[...heads]}`;
  const { id, object, created, model: name } = chunks[0] ?? { id: "none", object: "chat.completion.chunk", created: 1, model };
  if (typeof id !== "string" || !id || object !== "chat.completion.chunk" || !Number.isInteger(created) || name !== model)
    yield `a chunk begins ${shown({ id, object, created, model: name })}`;
}

const masked = (list, { generated_tool_ids: made }) => (made ? list.map((step) => (step.id ? { ...step, id: "made" } : step)) : list);

function* wrongStream(text, { client, config, verbatim }) {
  const events = eventsOf(text), list = steps(events), got = summary(list);
  yield* wrongSummary(got, client);
  if (client.kind === "ok" && (!got.done || got.error)) yield `it does not end with [DONE]: ${shown(events.slice(-2))}`;
  if (client.kind === "stream-error") {
    if (got.done || list.at(-1)?.error === undefined) yield `it does not end with an error alone: ${shown(events.slice(-2))}`;
    if (!isDeepStrictEqual(got.error, client.error)) yield `its error is ${shown(got.error)}, not ${shown(client.error)}`;
  }
  if (verbatim) return;
  yield* wrongChunks(events, config.client_model);
  const wanted = masked(steps(eventsOf(client.chunks)), client);
  if (!isDeepStrictEqual(masked(list, client), wanted)) yield `its steps are ${shown(list)}, not ${shown(wanted)}`;
}

/** What goes back to the provider in the next turn is an extension: compared only where a fixture has it. */
const withoutExtra = ({ extra_content: extra, ...call }) => call;
const comparableCalls = (calls, wanted, made) => {
  const plain = wanted?.some((call) => call.extra_content) ? calls : calls.map(withoutExtra);
  return made ? maskToolIds(plain) : plain;
};

function* wrongBody(body, { client, config, verbatim }) {
  yield* wrongSummary(summaryOfBody(body), client);
  if (verbatim) return;
  const mask = ({ id, created, ...rest }) => ({
    ...rest, id: typeof id === "string" && id !== "", created: Number.isInteger(created),
    choices: rest.choices.map(({ message, ...choice }, i) => ({
      ...choice, message: {
        ...message, ...(message.tool_calls && {
          tool_calls: comparableCalls(message.tool_calls, client.body.choices[i]?.message.tool_calls, client.generated_tool_ids),
        }),
      },
    })),
  });
  const [is, wanted] = [body, client.body].map(mask);
  if (is.model !== config.client_model) yield `its model is ${is.model}`;
  if (!isDeepStrictEqual(is, wanted)) yield `the body is ${shown(is)}, not ${shown(wanted)}`;
}

function* wrongError({ headers, text }, { client }) {
  const { error } = JSON.parse(text);
  for (const name of ["type", "code", "param"])
    if (error[name] !== client.error[name]) yield `error.${name} is ${shown(error[name])}, not ${shown(client.error[name])}`;
  if (typeof error.message !== "string" || !error.message) yield "the error has no message";
  for (const words of client.message_contains ?? [])
    if (!error.message.includes(words)) yield `its message lacks ${shown(words)}: ${error.message}`;
  for (const words of client.message_excludes ?? []) if (text.includes(words)) yield `it says ${shown(words)}: ${text}`;
  for (const [name, value] of Object.entries(client.headers ?? {}))
    if (headers[name] !== value) yield `header ${name} is ${headers[name]}, not ${value}`;
}

/** What is wrong with an answer {status, headers, text}, as sentences. */
export function* wrongAnswer(answer, one) {
  const { client } = one, status = client.kind === "error" ? client.status : 200;
  if (answer.status !== status) yield `the status is ${answer.status}, not ${status}: ${answer.text.slice(0, 600)}`;
  else if (client.kind === "error") yield* wrongError(answer, one);
  else if (client.body) yield* wrongBody(JSON.parse(answer.text), one);
  else yield* wrongStream(answer.text, one);
}
