// What the official clients make of an answer of ours: npm openai, raw and by its helper, and eventsource-parser.
import { isDeepStrictEqual } from "node:util";

import { createParser } from "../http/node_modules/eventsource-parser/dist/index.js";
import OpenAI from "../http/node_modules/openai/index.mjs";

import { streamSummary, summaryOfBody, wrongSummary } from "./answer.mjs";

/** A client whose every request is answered with these bytes; calls counts them. */
function clientOf({ status, headers, text }, maxRetries = 0) {
  const counted = { calls: 0 };
  const quick = Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(retry-after|content-length|transfer-encoding)/.test(name)));
  const fetch = async () => {
    counted.calls++;
    return new Response(text, { status, headers: { ...quick, "retry-after-ms": "1" } });
  };
  const client = new OpenAI({ apiKey: "any", baseURL: "http://house.test/v1", maxRetries, fetch, logLevel: "off" });
  return { counted, completions: client.chat.completions };
}

const question = { model: "any", messages: [{ role: "user", content: "any" }], stream_options: { include_usage: true } };

async function caught(doing) {
  try {
    return { value: await doing() };
  } catch (error) {
    return { error };
  }
}

/** Chunks as openai hands them out, summed up. */
async function heardRaw(answer) {
  const heard = [];
  const { error } = await caught(async () => {
    for await (const chunk of await clientOf(answer).completions.create({ ...question, stream: true })) heard.push(chunk);
  });
  return { error, text: heard.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("") };
}

function* wrongRaise(error, wanted) {
  if (!(error instanceof OpenAI.APIError)) yield `openai raised ${error?.constructor.name ?? "nothing"}`;
  else if (error.code !== wanted.code || error.type !== wanted.type) yield `openai raised ${error.type}/${error.code}`;
}

async function wrongStream(answer, { client }) {
  const wrong = [], raw = await heardRaw(answer);
  for (const words of wrongSummary(streamSummary(raw.text), client)) wrong.push(`openai: ${words}`);
  if (client.kind !== "ok") wrong.push(...wrongRaise(raw.error, client.error));
  else if (raw.error) wrong.push(`openai raised ${raw.error}`);
  const helper = await caught(() => clientOf(answer).completions.stream({ ...question, n: client.choices.length }).finalChatCompletion());
  if (client.kind !== "ok" && !helper.error) wrong.push("openai's .stream() did not reject");
  if (client.kind === "ok" && helper.error) wrong.push(`openai's .stream() rejected: ${helper.error}`);
  else if (client.kind === "ok")
    for (const words of wrongHelper(summaryOfBody(helper.value), client)) wrong.push(`openai's .stream(): ${words}`);
  const events = [];
  createParser({ onEvent: ({ data }) => events.push(data) }).feed(answer.text);
  const ours = answer.text.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
  if (!isDeepStrictEqual(events, ours)) wrong.push("eventsource-parser reads other events");
  return wrong;
}

/** The helper knows no reasoning. */
function wrongHelper(got, client) {
  const quiet = (choices) => choices.map((one) => ({ ...one, reasoning: "" }));
  return wrongSummary({ ...got, choices: quiet(got.choices) }, { ...client, choices: quiet(client.choices) });
}

async function wrongError(answer, { client }) {
  const { error } = await caught(() => clientOf(answer).completions.create(question));
  const wrong = [...wrongRaise(error, client.error)];
  if (error?.status !== client.status) wrong.push(`openai says status ${error?.status}`);
  const again = clientOf(answer, 1);
  await caught(() => again.completions.create(question));
  if (client.retryable !== undefined && (again.counted.calls === 2) !== client.retryable)
    wrong.push(`openai ${again.counted.calls === 2 ? "asked again" : "did not ask again"}`);
  return wrong;
}

/** What the official clients say against an answer that was right in itself, as sentences. */
export async function wrongForClients(answer, one) {
  if (one.client.kind === "error") return wrongError(answer, one);
  if (one.client.chunks) return wrongStream(answer, one);
  const { value, error } = await caught(() => clientOf(answer).completions.create(question));
  return error ? [`openai raised ${error}`] : [...wrongSummary(summaryOfBody(value), one.client)].map((words) => `openai: ${words}`);
}
