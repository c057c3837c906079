// One chat turn, streamed and not: what comes back, what is kept, and what the model is asked.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { chunks, isDone, parseEvents, said } from "./lib/events.mjs";
import { asked, calls, ctl, makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
const doors = { ours: "/api/v1/chat", OpenAI: "/v1/chat/completions" };
let tenant, maria;

before(async () => {
  tenant = await makeTenant(house, "chat", {
    models: { small: {}, large: { upstream: "gpt-large" } },
  });
  maria = new Client(house.url, tenant.member);
});

test("a streamed turn: the conversation, then numbered chunks, then [DONE]", async () => {
  const answer = await maria.stream(script({ text: "One two three four.", delay_ms: 1 }));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "text/event-stream; charset=utf-8");
  assert.match(answer.headers["cache-control"], /no-cache/);
  assert.equal(answer.headers["x-accel-buffering"], "no");
  const [first, ...rest] = answer.events;
  assert.equal(first.event, "conversation");
  assert.deepEqual(Object.keys(first.json), [
    "turn_id",
    "conversation_id",
    "parent_id",
    "message_id",
    "model",
  ]);
  assert.equal(first.json.model, "small");
  assert.equal(answer.headers["x-insula-turn"], first.json.turn_id);
  assert.equal(answer.headers["x-insula-conversation"], first.json.conversation_id);
  assert.ok(isDone(rest));
  assert.deepEqual(
    rest.slice(0, -1).map((event) => event.id),
    rest.slice(0, -1).map((_, i) => `${i + 1}`),
  );
  assert.equal(said(rest), "One two three four.");
  const all = chunks(rest);
  assert.equal(all[0].choices[0].delta.role, "assistant");
  assert.ok(
    all.every((chunk) => chunk.object === "chat.completion.chunk" && chunk.id === all[0].id),
  );
  assert.equal(all.at(-2).choices[0].finish_reason, "stop");
  assert.equal(all.at(-1).usage.completion_tokens, 4);
});

test("at OpenAI's door a stream has no numbers, and usage for those who ask", async () => {
  const say = (options) =>
    maria.post(doors.OpenAI, {
      model: "small",
      stream: true,
      messages: [user(script({ chunks: 3 }))],
      ...options,
    });
  const plain = await say({});
  assert.ok(!/^(id|event):/m.test(plain.text), "no ids and no names");
  assert.ok(isDone(plain.events));
  assert.equal(said(plain.events), "w0 w1 w2 ");
  assert.ok(!plain.text.includes('"completion_tokens"'), "nobody asked for usage");
  const counted = chunks((await say({ stream_options: { include_usage: true } })).events);
  assert.equal(counted.at(-1).usage.completion_tokens, 3);
  assert.deepEqual(counted.at(-1).choices, []);
  assert.ok(plain.headers["x-insula-turn"], "an OpenAI client can resume it too");
});

test("a reader that pauses gets every byte, and holds up nobody else", async () => {
  const size = 6 << 20;
  const response = await maria.open("POST", doors.ours, {
    body: { stream: true, messages: [user(script({ flood_bytes: size, size: 65536 }))] },
  });
  const began = performance.now();
  for (let i = 0; i < 5; i++)
    assert.equal((await maria.stream(script({ chunks: 3, delay_ms: 1 }))).status, 200);
  assert.ok(performance.now() - began < 2000, "the others waited");
  await sleep(500);
  let text = "";
  for await (const piece of response) text += piece;
  const events = parseEvents(text);
  assert.ok(isDone(events));
  const pattern = "abcdefghijklmnopqrstuvwxyz ";
  assert.ok(
    said(events) === pattern.repeat(Math.ceil(size / 27)).slice(0, size),
    "every byte, in order",
  );
  assert.equal(
    (await maria.messages(response.headers["x-insula-conversation"])).data[1].content.length,
    size,
  );
});

test("each chunk comes when the model says it", async () => {
  const times = [];
  const response = await maria.open("POST", doors.ours, {
    body: { stream: true, messages: [user(script({ chunks: 8, delay_ms: 50 }))] },
  });
  for await (const piece of response) times.push([performance.now(), piece]);
  assert.ok(times.length >= 8, `${times.length} pieces`);
  assert.ok(times.at(-1)[0] - times[0][0] > 300, "all at once");
});

test("[DONE] means stored: who reads right after it finds the answer", async () => {
  await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const turn = await maria.begin(script({ text: `Answer number ${i}.`, delay_ms: 2 }), (text) =>
        text.includes("data: [DONE]\n\n"),
      );
      const { data } = await maria.messages(turn.place.conversation_id);
      assert.deepEqual(
        data.map(({ role, state }) => [role, state]),
        [
          ["user", "complete"],
          ["assistant", "complete"],
        ],
      );
      assert.equal(data[1].content, `Answer number ${i}.`);
      assert.equal(data[1].id, turn.place.message_id);
      assert.equal(data[1].parent_id, turn.place.parent_id);
      assert.equal(data[1].turn_id, turn.place.turn_id);
      assert.equal(data[1].model, "small");
      assert.equal(data[1].code, null);
      await turn.rest();
    }),
  );
});

test("not streamed: the provider's object, with the conversation", async () => {
  const answer = await maria.chat(script({ text: "Short and whole." }));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
  const { conversation, choices, usage, object } = answer.json;
  assert.equal(object, "chat.completion");
  assert.equal(choices[0].message.content, "Short and whole.");
  assert.equal(usage.completion_tokens, 3);
  assert.deepEqual(Object.keys(conversation), [
    "turn_id",
    "conversation_id",
    "parent_id",
    "message_id",
    "model",
  ]);
  const { data } = await maria.messages(conversation.conversation_id);
  assert.equal(data[1].content, "Short and whole.");
  const openai = await maria.post(doors.OpenAI, {
    model: "small",
    messages: [user(script({ chunks: 1 }))],
  });
  assert.equal(openai.json.conversation, undefined);
});

test("only what is asked to be kept is kept at OpenAI's door, and all but store: false at ours", async () => {
  const count = async () => (await maria.get("/api/v1/conversations?limit=100")).json.data.length;
  const before = await count();
  const body = { model: "small", messages: [user(script({ chunks: 1 }))] };
  await maria.post(doors.OpenAI, body);
  const unkept = await maria.post(doors.ours, { ...body, store: false });
  assert.equal(unkept.json.conversation?.conversation_id, undefined);
  assert.equal(await count(), before);
  const kept = await maria.post(doors.OpenAI, { ...body, store: true });
  assert.equal(await count(), before + 1);
  assert.equal((await maria.messages(kept.headers["x-insula-conversation"])).data.length, 2);
});

test("the model is called by the provider's name, and the answer passes verbatim", async () => {
  const events = [
    '{"id":"x","object":"chat.completion.chunk","created":1,"model":"gpt-large","choices":[{"index":0,"delta":' +
      '{"role":"assistant","content":"Zürich 你好 \\ud83d\\ude00"},"finish_reason":null}],"vendor":{"a": [1,  2]}}',
    '{"id":"x","object":"chat.completion.chunk","created":1,"model":"gpt-large","choices":[{"index":0,"delta":{},' +
      '"finish_reason":"stop"}]}',
  ];
  const answer = await maria.stream(script({ events }), { model: "large" });
  assert.equal((await asked(house, tenant)).at(-1).body.model, "gpt-large");
  for (const event of events) assert.ok(answer.text.includes(`data: ${event}\n\n`), answer.text);
  const { conversation_id } = answer.events[0].json;
  assert.equal((await maria.messages(conversation_id)).data[1].content, "Zürich 你好 😀");
});

test("what only we understand stays here, what we do not know goes to the provider", async () => {
  await maria.post(doors.OpenAI, {
    model: "small",
    messages: [user(script({ chunks: 1 }))],
    store: false,
    user: "u-7",
    metadata: { a: "b" },
    tools: [{ type: "function", function: { name: "f", parameters: {} } }],
    tenant_id: tenant.slug,
    verbosity: "low",
    seed: 7,
    temperature: 0.25,
    logit_bias: null,
    conversation_id: "x",
  });
  const { body } = (await asked(house, tenant)).at(-1);
  assert.deepEqual(
    [body.user, body.verbosity, body.seed, body.temperature],
    ["u-7", "low", 7, 0.25],
  );
  assert.equal(body.tools[0].function.name, "f");
  for (const name of ["store", "tenant_id", "conversation_id", "logit_bias"])
    assert.ok(!(name in body), name);
});

test("a model that is not on the allow-list is not found, in OpenAI's words", async () => {
  for (const path of Object.values(doors))
    for (const model of ["gpt-large", "gpt-5", "Small", "small ", "../small", "x".repeat(256)]) {
      const { status, error } = await maria.post(path, { model, messages: [user("hello")] });
      assert.equal(status, 404, `${path} ${model}`);
      assert.deepEqual(
        { ...error, request_id: 0 },
        {
          message: "The model does not exist or you do not have access to it.",
          type: "invalid_request_error",
          param: "model",
          code: "model_not_found",
          request_id: 0,
        },
      );
    }
  const before = await calls(house, tenant);
  await maria.chat("hello", { model: "gpt-5" });
  assert.equal(await calls(house, tenant), before, "nobody was asked");
});

test("without a model the tenant's default answers", async () => {
  for (const model of [undefined, null]) {
    const { json } = await maria.post(doors.ours, {
      messages: [user(script({ chunks: 1 }))],
      model,
    });
    assert.equal(json.conversation.model, "small");
  }
});

test("a tenant's live streams are bounded, and who comes too late is told when to come again", async () => {
  const many = await makeTenant(house, "many", { disconnect: "cancel" });
  await ctl(house, ["tenant", "set", many.slug, "--stream-limit", "2"]); // in each worker
  await sleep(1000);
  const people = new Client(house.url, many.member);
  const running = await Promise.all(
    Array.from({ length: 12 }, () =>
      people.begin(
        script({ chunks: 2, stall_after: 1 }),
        (text) => text.includes("w0 ") || text.includes('"error"'),
      ),
    ),
  );
  const refused = running.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 8 && refused.length <= 10, `${refused.length} refused`);
  for (const { headers, text } of refused) {
    assert.equal(JSON.parse(text).error.code, "too_many_streams");
    assert.ok(Number(headers["retry-after"]) >= 1);
  }
  for (const stream of running) stream.leave();
  await until(
    async () => (await people.chat(script({ chunks: 1 }))).status === 200,
    "a place is free again",
  );
});
