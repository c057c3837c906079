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
