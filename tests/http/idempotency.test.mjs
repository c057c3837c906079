// Idempotency-Key: a retry attaches to the turn that the first try began, and is not paid twice.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { brokenBy, isDone } from "./lib/events.mjs";
import { calls, ctlJson, makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
let tenant, foreign, maria, otto, stranger;

before(async () => {
  [tenant, foreign] = await Promise.all([
    makeTenant(house, "again"),
    makeTenant(house, "again-foreign"),
  ]);
  [maria, otto, stranger] = [tenant.member, tenant.other, foreign.member].map(
    (token) => new Client(house.url, token),
  );
});

const keyed = (key) => ({ "Idempotency-Key": key });
const body = (orders, fields) => ({ messages: [user(script(orders))], model: "small", ...fields });
const used = async (who = tenant) => (await ctlJson(house, ["budget", "show", who.slug])).used;
const doors = ["/api/v1/chat", "/v1/chat/completions"];

for (const path of doors)
  for (const stream of [false, true])
    test(`the same key twenty times at once is one turn: ${path}, ${stream ? "streamed" : "whole"}`, async () => {
      const [callsBefore, usedBefore] = [await calls(house, tenant), await used()];
      const request = body({ chunks: 10, delay_ms: 20 }, { stream, store: true });
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => maria.post(path, request, keyed(key))),
      );
      for (const { status, text, headers } of answers) {
        assert.equal(status, 200, text);
        assert.equal(text, answers[0].text);
        assert.equal(headers["x-insula-turn"], answers[0].headers["x-insula-turn"]);
        assert.equal(headers["content-type"], answers[0].headers["content-type"]);
      }
      if (stream) assert.ok(isDone(answers[0].events));
      assert.equal(await calls(house, tenant), callsBefore + 1, "one upstream call");
      const one = (await used()) - usedBefore;
      await maria.post(path, request);
      assert.equal((await used()) - usedBefore, one * 2, "charged once, as without a key");
      const conversation = answers.find(({ headers }) => headers["x-insula-conversation"]).headers[
        "x-insula-conversation"
      ];
      assert.equal((await maria.messages(conversation)).tree.length, 2, "one question, one answer");
    });

test("a retry after the end replays the answer", async () => {
  for (const path of doors)
    for (const stream of [false, true]) {
      const request = body({ chunks: 3 }, { stream });
      const key = randomUUID();
      const first = await maria.post(path, request, keyed(key));
      const before = await calls(house, tenant);
      const again = await maria.post(path, request, keyed(key));
      assert.equal(again.status, 200);
      assert.equal(again.text, first.text, `${path} ${stream}`);
      assert.equal(await calls(house, tenant), before);
    }
});

test("a retry after the client was cut off gets the whole answer", async () => {
  const key = randomUUID();
  const request = body({ chunks: 10, delay_ms: 20 }, { stream: true });
  const response = await maria.open("POST", doors[0], { body: request, headers: keyed(key) });
  for await (const _ of response) break;
  response.destroy();
  const again = await maria.post(doors[0], request, keyed(key));
  assert.ok(isDone(again.events));
  assert.equal(again.headers["x-insula-turn"], response.headers["x-insula-turn"]);
  assert.equal(again.events[0].event, "conversation");
});

test("another body, or another address, with the same key is refused", async () => {
  const key = randomUUID();
  assert.equal((await maria.post(doors[0], body({ chunks: 1 }), keyed(key))).status, 200);
  const before = await calls(house, tenant);
  for (const [path, other] of [
    [doors[0], body({ chunks: 2 })],
    [doors[0], body({ chunks: 1 }, { stream: true })],
    [doors[1], body({ chunks: 1 })],
  ]) {
    const answer = await maria.post(path, other, keyed(key));
    assert.equal(answer.status, 422);
    assert.equal(answer.error.code, "idempotency_mismatch");
    assert.equal(answer.error.param, "Idempotency-Key");
  }
  assert.equal(await calls(house, tenant), before);
});

test("a key is its person's own: the same key of others begins turns of their own", async () => {
  const key = randomUUID();
  const request = body({ chunks: 2 });
  const turns = new Set();
  for (const who of [maria, otto, stranger]) {
    const answer = await who.post(doors[0], request, keyed(key));
    assert.equal(answer.status, 200);
    turns.add(answer.headers["x-insula-turn"]);
  }
  assert.equal(turns.size, 3);
  assert.equal(
    (await stranger.post(doors[0], body({ chunks: 5 }), keyed(key))).status,
    422,
    "its own first body counts",
  );
});

test("different keys, and no key, are different turns", async () => {
  const request = body({ chunks: 1 });
  const turns = new Set();
  for (const headers of [keyed(randomUUID()), keyed(randomUUID()), {}, {}])
    turns.add((await maria.post(doors[0], request, headers)).headers["x-insula-turn"]);
  assert.equal(turns.size, 4);
});

test("a key of more than 255 bytes is refused", async () => {
  const request = body({ chunks: 1 });
  const answer = await maria.post(doors[0], request, keyed("x".repeat(256)));
  assert.equal(answer.status, 400);
  assert.equal(answer.error.param, "Idempotency-Key");
  assert.equal((await maria.post(doors[0], request, keyed("x".repeat(255)))).status, 200);
});

test("a request that was refused before its turn began leaves its key free", async () => {
  const key = randomUUID();
  assert.equal(
    (await maria.post(doors[0], { ...body({ chunks: 1 }), temperature: 9 }, keyed(key))).status,
    400,
  );
  assert.equal(
    (await maria.post(doors[0], { ...body({ chunks: 1 }), conversation_id: "conv_x" }, keyed(key)))
      .status,
    404,
  );
  assert.equal((await maria.post(doors[0], body({ chunks: 1 }), keyed(key))).status, 200);
});

test("a turn that failed is told to the retry as it was told first", async () => {
  for (const [orders, status, code] of [
    [{ status: 500 }, 502, "upstream_error"],
    [
      { body: '{"error":{"message":"too long","code":"context_length_exceeded"}}', status: 400 },
      400,
      "context_length_exceeded",
    ],
  ]) {
    const key = randomUUID();
    const request = body(orders);
    const first = await maria.post(doors[0], request, keyed(key));
    assert.deepEqual([first.status, first.error.code], [status, code]);
    const again = await maria.post(doors[0], request, keyed(key));
    assert.deepEqual([again.status, again.error.code], [status, code]);
    assert.deepEqual({ ...again.error, request_id: 0 }, { ...first.error, request_id: 0 });
  }
});

test("a stream that broke is told to the retry with the same events", async () => {
  const key = randomUUID();
  const request = body({ chunks: 5, error_after: 2 }, { stream: true });
  const [first, again] = [
    await maria.post(doors[0], request, keyed(key)),
    await maria.post(doors[0], request, keyed(key)),
  ];
  const withoutId = (text) => text.replace(/req_\w+/, "");
  assert.equal(withoutId(again.text), withoutId(first.text));
  brokenBy(again.events);
});

test("keys work for going on in a conversation too", async () => {
  const place = (await maria.post(doors[0], body({ chunks: 1 }))).json.conversation;
  const path = `/api/v1/conversations/${place.conversation_id}/messages`;
  for (const [method, where, request] of [
    ["POST", path, body({ chunks: 1 })],
    ["POST", `${path}/${place.message_id}/regenerate`, {}],
    ["PATCH", `${path}/${place.parent_id}`, { content: script({ chunks: 1 }) }],
  ]) {
    const key = randomUUID();
    const before = (await maria.messages(place.conversation_id)).tree.length;
    const say = () => maria.call(method, where, { body: request, headers: keyed(key) });
    const [first, again] = [await say(), await say()];
    assert.equal(first.status, 200, first.text);
    assert.equal(again.text, first.text);
    const added = method === "POST" && where.endsWith("regenerate") ? 1 : 2;
    assert.equal((await maria.messages(place.conversation_id)).tree.length, before + added, where);
  }
});
