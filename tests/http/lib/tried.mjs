// What is tried with real clients: each client, through its door, over every kind of provider. The table in
// deploy/clients.md is made of this: `node tests/http/lib/tried.mjs` prints it, `make docs` compares.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Providers, by the name that their model has here. base: behind the scripted server's address. calls: how many of
 *  two tool calls arrive; 0: tools are refused. mute: no reasoning is heard. refused: what of lib/parameters.mjs it
 *  cannot do, so that the client gets a 400. */
export const kinds = {
  openai: { base: "/v1" },
  compatible: { base: "/v1" },
  azure: { base: "" },
  "azure-v1": { kind: "azure", base: "/openai/v1" },
  vllm: { base: "/vllm/v1" },
  llamacpp: { base: "/llamacpp/v1" },
  "ollama-v1": { base: "/ollama/v1", refused: ["n", "image_url"] },
  "tgi-v1": { base: "/tgi/v1", calls: 1, refused: ["n", "reasoning_effort", "prediction"] },
  "openai-responses": { base: "/v1", refused: ["n", "logprobs", "prediction"] },
  anthropic: { base: "", refused: ["n", "prediction"] },
  ollama: { base: "", refused: ["n", "logprobs", "prediction", "image_url"] },
  gemini: { base: "", refused: ["logprobs", "logit_bias", "prediction", "image_url"] },
  tgi: {
    base: "",
    calls: 0,
    mute: true,
    refused: ["n", "logprobs", "logit_bias", "presence_penalty", "reasoning_effort", "prediction", "image", "image_url"],
  },
};

const answer = ["whole", "streamed", "usage", "tools", "reasoning", "errors", "broken"];

/** The clients, each with its door and what is tried with it over every kind; speaker: of lib/speakers.mjs, where it is
 *  not the name. */
export const clients = [
  { name: "openai", door: "/v1/chat/completions", tried: [...answer, "helper", "abort"] },
  { name: "openai", door: "/v1/responses", speaker: "responses", tried: [...answer, "abort"] },
  { name: "eventsource-parser", door: "/v1/chat/completions", tried: ["streamed", "usage", "tools", "reasoning", "broken"] },
  { name: "@anthropic-ai/sdk", door: "/v1/messages", tried: [...answer, "abort"] },
  { name: "ollama", door: "/api/chat", tried: [...answer, "abort"] },
];

const words = {
  whole: "answers",
  streamed: "streams",
  usage: "usage",
  tools: "tool calls and results",
  reasoning: "reasoning",
  errors: "errors before the answer",
  broken: "streams that break",
  helper: "the stream helper",
  abort: "abort",
};

const here = fileURLToPath(new URL("..", import.meta.url));
const versions = JSON.parse(readFileSync(`${here}/package.json`, "utf8")).dependencies;

const clientRow = ({ name, door, tried }) =>
  `| \`${name}\` ${versions[name]} | \`${door}\` | ${tried.map((what) => words[what]).join(", ")} |`;

export const table = () => ["| client | door | tried over every kind of provider |", "|---|---|---|", ...clients.map(clientRow)];

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(table().join("\n"));
