// HTTP/2 to a provider, where the provider's option and the server both want it: many turns on one connection, of
// one tenant alone, and each for itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bar } from "../tools/bar.mjs";
import { ownHouse } from "../tools/stack.mjs";
import { certificate } from "./lib/certificate.mjs";
import { Client, user } from "./lib/client.mjs";
import { brokenBy, isDone, parseEvents, said } from "./lib/events.mjs";
import { secureProvider } from "./lib/secure.mjs";
import { befriend, rewriteSettings } from "./lib/settings.mjs";
import { makeTenant, offerAt } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

let house, both, older, maria, otto;

before(async () => {
  const made = await certificate("IP:127.0.0.1");
  both = await secureProvider(made, { protocols: ["h2", "http/1.1"] });
  older = await secureProvider(made);
  house = await ownHouse({ WORKERS: "1" });
  await befriend(house, [both, older], made.cert);
  const tenants = [await makeTenant(house, "first"), await makeTenant(house, "second")];
  [maria, otto] = tenants.map(({ member }) => new Client(house.url, member));
  for (const tenant of tenants) {
    await offerAt(house, tenant, "h2", both.url, "--option", "http2=true");
    await offerAt(house, tenant, "plain", `${house.upstream.url}/v1`, "--option", "http2=true");
    await offerAt(house, tenant, "older", older.url, "--option", "http2=true");
    await offerAt(house, tenant, "h1", both.url);
  }
  for (const who of [maria, otto])
    await until(async () => (await who.get("/v1/models")).json.data.length === 5, "all models are known");
});
after(async () => {
  for (const server of [both, older]) await server?.stop();
  await house?.stop();
});

const body = (model, content, stream) => ({ model, stream, messages: [user(content)] });
const ask = (content, { who = maria, model = "h2", stream = true } = {}) => who.post("/v1/chat/completions", body(model, content, stream));
const words = (count) => Array.from({ length: count }, (_, i) => `w${i} `).join("");
const isWhole = (answer, count) => answer.status === 200 && isDone(answer.events) && said(answer.events) === words(count);
const versions = (server, from = 0) => [...new Set(server.requests.slice(from).map(({ version }) => version))];

test("twenty turns at once are twenty streams of one connection, each with its own words", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(`words ${i + 1} 30`)));
  answers.forEach((answer, i) => assert.ok(isWhole(answer, i + 1), answer.text));
  assert.ok(both.most > 10, `${both.most} at once`);
  assert.deepEqual(versions(both), ["2.0"]);
  bar("C11", "20 turns at once over HTTP/2: connections to the provider", both.handshakes.length, 1, `${both.most} streams at once`);
});

test("also one that is not streamed, and the next after it", async () => {
  for (let i = 0; i < 5; i++) assert.equal((await ask("hello", { stream: false })).json.choices[0].message.content, "here");
  assert.equal(both.handshakes.length, 1);
});

test("a slow reader makes nobody else wait, and misses nothing", async () => {
  const slow = await maria.open("POST", "/v1/chat/completions", { body: body("h2", "words 1 0 flood", true) });
  assert.equal(slow.statusCode, 200);
  slow.pause();
  const answers = await Promise.all([10, 20, 30].map((count) => ask(`words ${count} 20`)));
  answers.forEach((answer, i) => assert.ok(isWhole(answer, [10, 20, 30][i]), answer.text));
  let text = "";
  for await (const piece of slow) text += piece;
  const events = parseEvents(text);
  assert.ok(isDone(events), text.slice(-300));
  assert.ok(said(events).length > 5 << 20, `${said(events).length} bytes`);
  assert.equal(both.handshakes.length, 1, "on the same connection");
});

test("a stream that is reset breaks its own turn alone", async () => {
  const [broken, ...whole] = await Promise.all([ask("words 2 20 reset"), ask("words 20 20"), ask("words 20 20")]);
  assert.equal(brokenBy(broken.events).code, "upstream_truncated", broken.text);
  assert.equal(said(broken.events), words(2));
  for (const answer of whole) assert.ok(isWhole(answer, 20), answer.text);
  assert.equal(both.handshakes.length, 1);
});

test("a connection that is lost breaks its turns, and the next turn makes another", async () => {
  const answers = await Promise.all([ask("words 3 60 cut"), ask("words 50 60")]);
  for (const answer of answers) assert.equal(brokenBy(answer.events).code, "upstream_truncated", answer.text);
  assert.ok(isWhole(await ask("words 2 0"), 2));
  assert.equal(both.handshakes.length, 2);
});

test("a server that says goodbye finishes what it began, and is asked on another connection", async () => {
  assert.ok(isWhole(await ask("words 5 10 goaway"), 5));
  assert.ok(isWhole(await ask("words 5 10"), 5));
  assert.equal(both.handshakes.length, 3);
});

test("two tenants never share a connection", async () => {
  const from = both.requests.length;
  await Promise.all([maria, otto].flatMap((who) => [1, 2, 3].map(() => ask("words 3 20", { who }))));
  const keys = {};
  for (const { connection, key } of both.requests.slice(from)) (keys[connection] ??= new Set()).add(key);
  const sets = Object.values(keys);
  assert.equal(sets.length, 2);
  bar("B17", "HTTP/2 connections that were asked for one tenant alone", sets.filter((set) => set.size === 1).length, sets.length);
});

test("who does not ask for it, or asks in clear, or asks a server without it, speaks HTTP/1.1", async () => {
  const from = both.requests.length;
  assert.ok(isWhole(await ask("words 3 0", { model: "h1" }), 3));
  assert.deepEqual(versions(both, from), ["1.1"], "with a connection of HTTP/2 there");
  assert.ok(isWhole(await ask("words 3 0", { model: "older" }), 3));
  assert.deepEqual(versions(older), ["1.1"]);
  assert.equal((await ask("hello", { model: "plain" })).status, 200);
  const { headers } = (await house.upstream.requests()).at(-1);
  assert.ok(!Object.keys(headers).some((name) => /^(upgrade|http2-settings)$/i.test(name)), JSON.stringify(headers));
});

test("a kept connection is of no use once its address is taken away", async () => {
  assert.ok(isWhole(await ask("words 1 0"), 1));
  const [asked, made] = [both.requests.length, both.handshakes.length];
  const restore = await rewriteSettings(house, (text) => text.replaceAll(`127.0.0.1:${both.port}`, "127.0.0.1:1"));
  for (let i = 0; i < 3; i++) assert.equal((await ask("words 1 0")).error.code, "upstream_unavailable");
  assert.deepEqual([both.requests.length, both.handshakes.length], [asked, made]);
  await restore();
  assert.ok(isWhole(await ask("words 1 0"), 1));
});
