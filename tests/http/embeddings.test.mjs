// Embeddings: OpenAI's list for npm's openai, over every kind of provider that has them, and a turn of the ledger.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import OpenAI, { AzureOpenAI } from "openai";

import { sharedHouse } from "../tools/stack.mjs";
import { Client } from "./lib/client.mjs";
import { asked, calls, ctl, ctlJson, makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
// kind: where its protocol is served
const kinds = {
  openai: "/v1", compatible: "/v1", azure: "/azure", "openai-responses": "/v1", vllm: "/v1", llamacpp: "/v1", "ollama-v1": "/v1",
  ollama: "", gemini: "/gemini", anthropic: "", tgi: "", "tgi-v1": "/v1",
};
const without = ["anthropic", "tgi", "tgi-v1"], ownProtocol = ["ollama", "gemini"];
const tokens = ({ usage }) => [usage.prompt_tokens, usage.total_tokens];
let tenant, maria;

/** A model by-<kind> of a provider of that kind; a token of a text costs one micro-unit. */
async function addModel(who, kind, key = who.key) {
  await ctl(house, ["provider", "set", who.slug, kind, "--kind", kind, "--base-url", house.upstream.url + kinds[kind],
    "--key-stdin"], key);
  await ctl(house, ["model", "allow", who.slug, `by-${kind}`, "--provider", kind, "--upstream", "scripted", "--price-in", "1"]);
}

before(async () => {
  tenant = await makeTenant(house, "embed");
  maria = new Client(house.url, tenant.member);
  for (const kind of Object.keys(kinds)) await addModel(tenant, kind);
});

const openai = (who = tenant) => new OpenAI({ baseURL: `${house.url}/v1`, apiKey: who.member, maxRetries: 0 });
const near = (a, b) => a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) < 1e-6);

test("npm's openai gets the same vectors from every kind, as numbers and as base64", async () => {
  const input = ["an island", "Zürich 你好"];
  const { data: wanted } = await openai().embeddings.create({ model: "by-openai", input, encoding_format: "float" });
  assert.equal(wanted[0].embedding.length, 8);
  assert.notDeepEqual(wanted[0].embedding, wanted[1].embedding);
  for (const kind of Object.keys(kinds).filter((kind) => !without.includes(kind)))
    for (const encoding_format of [undefined, "float", "base64"]) { // undefined: the client asks for base64, and decodes it
      const answer = await openai().embeddings.create({ model: `by-${kind}`, input, encoding_format });
      assert.deepEqual([answer.object, answer.model, answer.data.length], ["list", `by-${kind}`, 2], kind);
      for (const [i, { object, index, embedding }] of answer.data.entries()) {
        const floats = encoding_format === "base64" ? [...new Float32Array(Uint8Array.from(Buffer.from(embedding, "base64")).buffer)] : embedding;
        assert.deepEqual([object, index], ["embedding", i]);
        assert.ok(near(floats, wanted[i].embedding), `${kind}: ${floats}`);
      }
      assert.ok(answer.usage.prompt_tokens > 0 && answer.usage.total_tokens === answer.usage.prompt_tokens);
      assert.match(answer._request_id, /^req_/);
    }
});

test("a text, tokens and lists of them; tokens only where they pass", async () => {
  assert.equal((await openai().embeddings.create({ model: "small", input: "one" })).data.length, 1);
  assert.equal((await openai().embeddings.create({ model: "small", input: [1, 2, 3] })).data.length, 1);
  assert.equal((await openai().embeddings.create({ model: "small", input: [[1, 2], [3]], user: "me", dimensions: 8 })).data.length, 2);
  const { body } = (await asked(house, tenant)).at(-1);
  assert.deepEqual(body, { model: "scripted", input: [[1, 2], [3]], encoding_format: "base64", user: "me", dimensions: 8 });
  for (const kind of ownProtocol)
    await assert.rejects(openai().embeddings.create({ model: `by-${kind}`, input: [1, 2] }),
      (e) => e instanceof OpenAI.BadRequestError && e.param === "input");
});

test("Azure's client finds them too", async () => {
  const azure = new AzureOpenAI({ endpoint: house.url, apiKey: tenant.member, apiVersion: "2024-10-21", maxRetries: 0 });
  assert.equal((await azure.embeddings.create({ model: "small", input: "one" })).data[0].embedding.length, 8);
});

test("who has none, and what is wrong, is refused by its place", async () => {
  for (const kind of without)
    await assert.rejects(openai().embeddings.create({ model: `by-${kind}`, input: "a" }),
      (e) => e instanceof OpenAI.BadRequestError && e.code === "unsupported_model" && e.param === "model");
  const cases = [
    [{ model: "nobody", input: "a" }, 404, "model"], [{}, 400, "input"], [{ input: "" }, 400, "input[0]"],
    [{ input: ["a", 1] }, 400, "input[1]"], [{ input: Array(2049).fill("a") }, 400, "input"],
    [{ input: "a", encoding_format: "int8" }, 400, "encoding_format"], [{ input: "a", dimensions: 0 }, 400, "dimensions"],
    [{ input: "x".repeat(1100000) }, 413, "input"], [{ input: "a", tenant_id: "another" }, 403, "tenant_id"],
  ];
  for (const [body, status, param] of cases) {
    const answer = await maria.post("/v1/embeddings", body);
    assert.deepEqual([answer.status, answer.error.param], [status, param], answer.text);
  }
});

test("they are charged as told or counted, and recorded", async () => {
  const who = await makeTenant(house, "embed-charged", { budget: "1000.00" });
  await addModel(who, "gemini");
  const used = async () => (await ctlJson(house, ["budget", "show", who.slug])).used;
  assert.deepEqual(tokens(await openai(who).embeddings.create({ model: "small", input: ["four", "fifth one"] })), [6, 6]);
  assert.equal(await used(), 6);
  assert.deepEqual(tokens(await openai(who).embeddings.create({ model: "by-gemini", input: ["four", "fifth one"] })), [4, 4]);
  assert.equal(await used(), 10);
  const [{ calls, tokens_in, tokens_out, cost }] = await ctlJson(house, ["usage", "--tenant", who.slug]);
  assert.deepEqual([calls, tokens_in, tokens_out, cost], [2, 10, 0, 10]);
});

test("a budget that does not cover them is a 429 without a call", async () => {
  const broke = await makeTenant(house, "embed-broke", { budget: "0.000005" });
  await assert.rejects(openai(broke).embeddings.create({ model: "small", input: "more than five bytes" }),
    (e) => e instanceof OpenAI.RateLimitError && e.code === "insufficient_quota");
  assert.equal(await calls(house, broke), 0);
});

test("an Idempotency-Key is one turn", async () => {
  const [headers, before] = [{ "Idempotency-Key": "embed" }, await calls(house, tenant)];
  const [first, again] = [await maria.post("/v1/embeddings", { input: "a" }, headers), await maria.post("/v1/embeddings", { input: "a" }, headers)];
  assert.deepEqual([first.status, again.status, again.text], [200, 200, first.text]);
  assert.equal(await calls(house, tenant), before + 1);
});

test("a provider's refusal is heard in our words", async () => {
  const who = await makeTenant(house, "embed-refused");
  await addModel(who, "openai", "bad-key");
  const error = await openai(who).embeddings.create({ model: "by-openai", input: "a" }).catch((e) => e);
  assert.deepEqual([error.status, error.code], [502, "upstream_auth_error"]);
});
