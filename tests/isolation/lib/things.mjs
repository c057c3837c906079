// What a person has that an id can name, and what such an id looks like when nobody has it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { script } from "../../http/lib/client.mjs";

const KEYS = 70;

/** A conversation with a question and an answer in it, and the turn that made it; canary: in all their words. */
async function talk(client, canary, headers) {
  const answer = await client.chat(script({ text: `${canary} answers.` }, `${canary} asks. `), {}, headers);
  assert.equal(answer.status, 200, answer.text);
  const { conversation_id: conversation, parent_id: question, message_id, turn_id: turn } = answer.json.conversation;
  return { conversation, question, answer: message_id, turn };
}

/** A response that is kept, with the canary in all its words. */
async function reply(client, canary) {
  const answer = await client.post("/v1/responses", {
    input: script({ text: `${canary} replies.` }, `${canary} asks. `), instructions: canary,
  });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.id;
}

/** A turn that goes on and on: {turn, end()}, where end() cancels it and hears that it was live until then. */
async function live(client, canary) {
  const words = script({ text: `${canary} goes on.`, stall_after: 2, stall_ms: 300000 }, `${canary} waits. `);
  const begun = await client.begin(words, (text) => text.includes("chunk"));
  assert.equal(begun.status, 200, begun.text);
  const { turn_id: turn } = begun.place;
  const end = async () => {
    const seen = (await client.get(`/api/v1/streams/${turn}`)).json;
    assert.ok(!seen.done && !seen.error, "the live turn lives, whatever others tried");
    assert.equal((await client.post(`/api/v1/streams/${turn}/cancel`)).json.state, "cancelling");
    await begun.rest();
  };
  return { turn, end };
}

/** kind → id, and the rest of what tests need: keys of idempotent requests, a live turn. */
export async function things(client, model, canary, { isVictim = false } = {}) {
  const first = await talk(client, canary);
  const response = await reply(client, canary);
  const title = await client.call("PATCH", `/api/v1/conversations/${first.conversation}`, { body: { title: canary } });
  assert.equal(title.status, 200, title.text);
  await talk(client, canary); // another one, so that lists have a second page
  const { next: touched } = (await client.get("/api/v1/conversations?limit=1")).json;
  const etag = (await client.get("/api/v1/tenant/info")).headers.etag;
  const keys = Array.from({ length: isVictim ? KEYS : 1 }, () => `key-${randomBytes(8).toString("hex")}`);
  for (const key of keys) await talk(client, canary, { "Idempotency-Key": key });
  const going = isVictim ? await live(client, canary) : undefined;
  return { ...first, response, touched, etag, model, key: keys[0], keys, live: going?.turn, end: going?.end };
}

/** One of the same kind that nobody has. */
export function unknown(kind, like) {
  if (kind === "key") return `key-${randomBytes(8).toString("hex")}`;
  if (kind === "model") return `${like.slice(0, -4)}zzzz`;
  if (kind === "etag") return `"4294967295${like.slice(like.indexOf("-"))}`;
  return like.slice(0, -8) + (like.endsWith("zzzzzzzz") ? "yyyyyyyy" : "zzzzzzzz");
}
