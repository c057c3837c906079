// One chat turn, streamed and not: what comes back, what is refused, what is stored and charged.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { chunks, isDone, said } from "./lib/events.mjs";
import { asked, calls, ctl, ctlJson, makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
const doors = { ours: "/api/v1/chat", OpenAI: "/v1/chat/completions" };
let tenant, maria;

before(async () => {
  tenant = await makeTenant(house, "chat", { models: { small: {}, large: { upstream: "gpt-large" } } });
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
  assert.deepEqual(Object.keys(first.json),
    ["turn_id", "conversation_id", "parent_id", "message_id", "model"]);
  assert.equal(first.json.model, "small");
  assert.equal(answer.headers["x-insula-turn"], first.json.turn_id);
  assert.equal(answer.headers["x-insula-conversation"], first.json.conversation_id);
  assert.ok(isDone(rest));
  assert.deepEqual(rest.slice(0, -1).map((event) => event.id), rest.slice(0, -1).map((_, i) => `${i + 1}`));
  assert.equal(said(rest), "One two three four.");
  const all = chunks(rest);
  assert.equal(all[0].choices[0].delta.role, "assistant");
  assert.ok(all.every((chunk) => chunk.object === "chat.completion.chunk" && chunk.id === all[0].id));
  assert.equal(all.at(-2).choices[0].finish_reason, "stop");
  assert.equal(all.at(-1).usage.completion_tokens, 4);
});

test("at OpenAI's door a stream has no numbers, and usage for those who ask", async () => {
  const say = (options) => maria.post(doors.OpenAI,
    { model: "small", stream: true, messages: [user(script({ chunks: 3 }))], ...options });
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

test("each chunk comes when the model says it", async () => {
  const times = [];
  const response = await maria.open("POST", doors.ours,
    { body: { stream: true, messages: [user(script({ chunks: 8, delay_ms: 50 }))] } });
  for await (const piece of response) times.push([performance.now(), piece]);
  assert.ok(times.length >= 8, `${times.length} pieces`);
  assert.ok(times.at(-1)[0] - times[0][0] > 300, "all at once");
});

test("[DONE] means stored: who reads right after it finds the answer", async () => {
  await Promise.all(Array.from({ length: 10 }, async (_, i) => {
    const turn = await maria.begin(script({ text: `Answer number ${i}.`, delay_ms: 2 }),
      (text) => text.includes("data: [DONE]\n\n"));
    const { data } = await maria.messages(turn.place.conversation_id);
    assert.deepEqual(data.map(({ role, state }) => [role, state]), [["user", "complete"], ["assistant", "complete"]]);
    assert.equal(data[1].content, `Answer number ${i}.`);
    assert.equal(data[1].id, turn.place.message_id);
    assert.equal(data[1].parent_id, turn.place.parent_id);
    assert.equal(data[1].turn_id, turn.place.turn_id);
    assert.equal(data[1].model, "small");
    assert.equal(data[1].code, null);
    await turn.rest();
  }));
});

test("not streamed: the provider's object, with the conversation", async () => {
  const answer = await maria.chat(script({ text: "Short and whole." }));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
  const { conversation, choices, usage, object } = answer.json;
  assert.equal(object, "chat.completion");
  assert.equal(choices[0].message.content, "Short and whole.");
  assert.equal(usage.completion_tokens, 3);
  assert.deepEqual(Object.keys(conversation), ["turn_id", "conversation_id", "parent_id", "message_id", "model"]);
  const { data } = await maria.messages(conversation.conversation_id);
  assert.equal(data[1].content, "Short and whole.");
  const openai = await maria.post(doors.OpenAI, { model: "small", messages: [user(script({ chunks: 1 }))] });
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
  await maria.post(doors.OpenAI, { model: "small", messages: [user(script({ chunks: 1 }))], store: false, user: "u-7",
    metadata: { a: "b" }, tools: [{ type: "function", function: { name: "f", parameters: {} } }], tenant_id: tenant.slug,
    verbosity: "low", seed: 7, temperature: 0.25, logit_bias: null, conversation_id: "x" });
  const { body } = (await asked(house, tenant)).at(-1);
  assert.deepEqual([body.user, body.verbosity, body.seed, body.temperature], ["u-7", "low", 7, 0.25]);
  assert.equal(body.tools[0].function.name, "f");
  for (const name of ["store", "tenant_id", "conversation_id", "logit_bias"]) assert.ok(!(name in body), name);
});

test("a model that is not on the allow-list is not found, in OpenAI's words", async () => {
  for (const path of Object.values(doors))
    for (const model of ["gpt-large", "gpt-5", "Small", "small ", "../small", "x".repeat(256)]) {
      const { status, error } = await maria.post(path, { model, messages: [user("hello")] });
      assert.equal(status, 404, `${path} ${model}`);
      assert.deepEqual({ ...error, request_id: 0 }, {
        message: "The model does not exist or you do not have access to it.",
        type: "invalid_request_error", param: "model", code: "model_not_found", request_id: 0,
      });
    }
  const before = await calls(house, tenant);
  await maria.chat("hello", { model: "gpt-5" });
  assert.equal(await calls(house, tenant), before, "nobody was asked");
});

test("without a model the tenant's default answers", async () => {
  for (const model of [undefined, null]) {
    const { json } = await maria.post(doors.ours, { messages: [user(script({ chunks: 1 }))], model });
    assert.equal(json.conversation.model, "small");
  }
});

const message = [user("hello")];
const wrong = {
  // field: [value, param where it is not the field, status where it is not 400]
  messages: [[undefined], [null], ["hello"], [[]], [{}], [["hello"], "messages[0]"], [[null], "messages[0]"],
    [[{ content: "x" }], "messages[0].role"], [[{ role: "wizard", content: "x" }], "messages[0].role"],
    [[{ role: 1, content: "x" }], "messages[0].role"], [[{ role: "user" }], "messages[0].content"],
    [[{ role: "user", content: null }], "messages[0].content"], [[{ role: "user", content: 7 }], "messages[0].content"],
    [[user("a"), { role: "user", content: ["x"] }], "messages[1].content"],
    [[{ role: "user", content: [{ text: "no type" }] }], "messages[0].content"],
    [[{ role: "user", content: [{ type: "text", text: 5 }] }], "messages[0].content"],
    [[user("x".repeat(1048577))], "messages[0].content", 413],
    [Array.from({ length: 2001 }, () => user("x")), "messages", 413]],
  model: [[7], [{}], [["small"]], ["x".repeat(257)]],
  stream: [["yes"], [1], [{}]],
  max_tokens: [["9"], [0], [-1], [1.5], [1e30], [true]],
  max_completion_tokens: [["9"], [0], [-1], [1.5]],
  temperature: [["hot"], [-0.1], [2.1], [[]]],
  top_p: [["x"], [-0.1], [1.1]],
  frequency_penalty: [["x"], [-2.1], [2.1]],
  presence_penalty: [["x"], [-2.1], [2.1]],
  seed: [["x"], [1.5], [{}]],
  stop: [[7], [[7]], [{}], [["a", null]]],
  store: [["x"], [1]],
};
const onlyOurs = {
  reasoning_effort: [[5], ["x".repeat(17)]],
  conversation_id: [[7], [{}]],
  parent_id: [["msg_x", "conversation_id"], [7]],
  messages: [[[user("x"), { role: "assistant", content: "y" }]], [[{ role: "system", content: "y" }]]],
  surprise: [[1]], n: [[2]], tools: [[[]]], assistant_id: [["asst_x"]],
};
const onlyOpenAI = { n: [[0], [33], ["1"]], stream_options: [["x"], [{ include_usage: true }], [[]]] };

for (const [door, fields] of [["ours", wrong], ["ours", onlyOurs], ["OpenAI", wrong], ["OpenAI", onlyOpenAI]])
  test(`each wrong field is refused by its name at ${door === "ours" ? "our door" : "OpenAI's"}: ${
    Object.keys(fields).join(", ")}`, async () => {
    const before = await calls(house, tenant);
    for (const [field, cases] of Object.entries(fields))
      for (const [value, param = field, status = 400] of cases) {
        const said = JSON.stringify(value)?.slice(0, 60);
        const answer = await maria.post(doors[door], { messages: message, model: "small", [field]: value });
        assert.equal(answer.status, status, `${field} = ${said}: ${answer.text}`);
        assert.equal(answer.error.param, param, `${field} = ${said}: ${answer.text}`);
        assert.equal(answer.error.type, "invalid_request_error");
      }
    assert.equal(await calls(house, tenant), before, "nobody was asked");
  });

test("null is absent", async () => {
  const fields = ["model", "stream", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "seed",
    "frequency_penalty", "presence_penalty", "store"];
  const nothing = Object.fromEntries(fields.map((field) => [field, null]));
  for (const [path, more] of [[doors.ours, { conversation_id: null, parent_id: null, reasoning_effort: null }],
    [doors.OpenAI, { stream_options: null, n: null, tools: null }]]) {
    const answer = await maria.post(path, { ...nothing, ...more, messages: [user(script({ chunks: 1 }))] });
    assert.equal(answer.status, 200, answer.text);
  }
});

test("what the limits just allow is taken", async () => {
  const turns = [
    { messages: [user("x".repeat(1048576 - 40) + script({ chunks: 1 }))] },
    { messages: [...Array.from({ length: 1999 }, () => user("x")), user(script({ chunks: 1 }))] },
    { messages: [user(script({ chunks: 1 }))], temperature: 2, top_p: 0, frequency_penalty: -2, presence_penalty: 2,
      seed: -1, stop: ["a", "b"], max_tokens: 1 },
  ];
  for (const body of turns)
    for (const path of Object.values(doors)) {
      const answer = await maria.post(path, { model: "small", ...body });
      assert.equal(answer.status, 200, answer.text.slice(0, 300));
    }
});

test("a wrong method is told the right ones", async () => {
  const conversation = (await maria.post("/api/v1/conversations", {})).json.id;
  const allowed = {
    "/api/v1/chat": "POST", "/v1/chat/completions": "POST", "/v1/models": "GET", "/api/v1/tenant/info": "GET",
    "/api/v1/conversations": "GET, POST", [`/api/v1/conversations/${conversation}`]: "GET, PATCH, DELETE",
    "/healthz": "GET", "/v1/models/small": "GET",
  };
  for (const [path, allow] of Object.entries(allowed))
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"].filter((m) => !allow.includes(m))) {
      const answer = await maria.call(method, path, method === "GET" ? {} : { body: "{}" });
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.equal(answer.headers.allow, allow);
      assert.equal(answer.error.code, "method_not_allowed");
    }
});

test("an address that is not there is a JSON 404, whatever it looks like", async () => {
  for (const path of ["/", "/v1", "/v1/", "/v2/models", "/api/v1/chat/x", "/api/v1/chat%00", "/api/v1/chats", "/index.html",
    "/api/v1/conversations/", "/v1/embeddings", "/favicon.ico", "/api//v1/me"]) {
    const answer = await maria.get(path);
    assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.match(answer.headers["content-type"], /^application\/json/, path);
    assert.equal(typeof answer.error.message, "string", path);
  }
});

test("only JSON is taken, and it must say so", async () => {
  const body = JSON.stringify({ messages: [user(script({ chunks: 1 }))], model: "small" });
  for (const path of Object.values(doors)) {
    for (const type of [undefined, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
      "application/jsonx", "application/json+x", "text/json"]) {
      const answer = await maria.post(path, body, { "Content-Type": type });
      assert.equal(answer.status, 415, `${type}`);
      assert.equal(answer.error.code, "unsupported_media_type");
    }
    for (const type of ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"])
      assert.equal((await maria.post(path, body, { "Content-Type": type })).status, 200, type);
  }
});

test("a body over the limit is refused with 413, by us and by the web server before us", async () => {
  for (const mib of [4.1, 9]) {
    const answer = await maria.post(doors.ours, Buffer.alloc(mib * 1048576, 0x20));
    assert.equal(answer.status, 413, `${mib} MiB`);
    assert.match(answer.headers["content-type"], /^application\/json/);
    assert.equal(answer.error.type, "invalid_request_error");
  }
});

test("broken JSON is refused, and its place is named", async () => {
  const broken = {
    "": /empty/, " ": /byte/, "{": /byte 1\b/, '{"messages": [}': /byte 14\b/, '{"messages": [],}': /byte 16\b/,
    '{"a": 1 "b": 2}': /byte 8\b/, "{'a': 1}": /byte 1\b/, '{"a": 01}': /byte/, '{"a": NaN}': /byte 6\b/,
    '{"a": 1} x': /byte 9\b/, '{"a": 1, "a": 2}': /byte 9\b.*"a"/, '{"a": "\\u0000"}': /byte/,
    '{"a": "\\ud800"}': /byte/, '{"a": "\t"}': /byte 7\b/, "/* x */ {}": /byte 0\b/, '{"a": 1e400}': /byte 6\b/, "[1]": /object/, '"x"': /object/,
    [`${'{"a":'.repeat(40)}1${"}".repeat(40)}`]: /./,
  };
  for (const path of Object.values(doors))
    for (const [body, words] of Object.entries(broken)) {
      const answer = await maria.post(path, body);
      assert.ok([400, 413].includes(answer.status), `${body}: ${answer.status}`);
      assert.match(answer.error.message, words, body);
    }
  const invalid = await maria.post(doors.ours, Buffer.from('{"a": "\xff\xfe"}', "latin1"));
  assert.equal(invalid.status, 400);
  assert.match(invalid.error.message, /byte 7\b/);
});

test("a tenant's live streams are bounded, and who comes too late is told when to come again", async () => {
  const many = await makeTenant(house, "many", { disconnect: "cancel" });
  await ctl(house, ["tenant", "set", many.slug, "--stream-limit", "2"]); // in each worker
  await sleep(1000);
  const people = new Client(house.url, many.member);
  const running = await Promise.all(Array.from({ length: 12 }, () =>
    people.begin(script({ chunks: 2, stall_after: 1 }), (text) => text.includes("w0 ") || text.includes('"error"'))));
  const refused = running.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 8 && refused.length <= 10, `${refused.length} refused`);
  for (const { headers, text } of refused) {
    assert.equal(JSON.parse(text).error.code, "too_many_streams");
    assert.ok(Number(headers["retry-after"]) >= 1);
  }
  for (const stream of running) stream.leave();
  await until(async () => (await people.chat(script({ chunks: 1 }))).status === 200, "a place is free again");
});

/** A token of the model "dear" costs 1 micro-unit in the prompt and 100 in the answer. */
const dear = { in: 1, out: 100, output: 4096 };
const dearTenant = (name, budget) => makeTenant(house, name, { budget, models: { dear } });

test("max_tokens is lowered to what the budget still pays for", async () => {
  const poor = await dearTenant("poor", "0.05");
  const people = new Client(house.url, poor.member);
  const lowered = async (fields) => {
    assert.equal((await people.post(doors.OpenAI, { messages: [user(script({ chunks: 1 }))], ...fields })).status, 200);
    const { body } = (await asked(house, poor)).at(-1);
    return body.max_completion_tokens ?? body.max_tokens;
  };
  const most = await lowered({});
  assert.ok(most > 480 && most <= 500, `${most}`);
  assert.equal(await lowered({ max_tokens: 100 }), 100, "what fits is left alone");
  const asWished = await lowered({ max_tokens: 4000 });
  assert.ok(asWished > 480 && asWished <= 500, `${asWished}`);
  assert.ok((await lowered({ max_completion_tokens: 4000 })) <= 500);
});

test("a budget that is used up refuses in words that stop retries, and nothing is kept", async () => {
  const broke = await dearTenant("broke", "0.05");
  const people = new Client(house.url, broke.member);
  const spent = script({ chunks: 1, usage: { prompt_tokens: 100, completion_tokens: 490 } });
  assert.equal((await people.chat(spent)).status, 200);
  const before = await ctlJson(house, ["budget", "show", broke.slug]);
  assert.equal(before.used, 49100);
  for (const [path, stream] of [[doors.ours, false], [doors.ours, true], [doors.OpenAI, true]]) {
    const answer = await people.post(path, { messages: [user("x".repeat(100))], stream });
    assert.equal(answer.status, 429);
    assert.equal(answer.error.code, "insufficient_quota");
    assert.equal(answer.error.type, "insufficient_quota");
    assert.equal(answer.headers["x-should-retry"], "false");
  }
  assert.equal(await calls(house, broke), 1, "nobody was asked");
  assert.deepEqual(await ctlJson(house, ["budget", "show", broke.slug]), before);
  assert.equal((await people.get("/api/v1/conversations")).json.data.length, 1, "no conversation was begun");
});

test("many at once never spend more than the budget", async () => {
  const crowd = await dearTenant("crowd", "0.05");
  const people = new Client(house.url, crowd.member);
  const answers = await Promise.all(Array.from({ length: 30 }, () =>
    people.chat(script({ chunks: 20, delay_ms: 1 }), { max_tokens: 100 })));
  const statuses = new Set(answers.map(({ status }) => status));
  assert.ok([...statuses].every((status) => status === 200 || status === 429), [...statuses].join());
  assert.ok(answers.some(({ status }) => status === 200));
  const budget = await ctlJson(house, ["budget", "show", crowd.slug]);
  assert.ok(budget.used <= budget.cap, JSON.stringify(budget));
  assert.equal(budget.held, 0, "every hold was given back");
});

test("what is charged is what the model server counted", async () => {
  const exact = await makeTenant(house, "exact", { models: { small: { in: 3, out: 7 } } });
  const people = new Client(house.url, exact.member);
  const answers = await Promise.all([...Array(12).keys()].map((i) =>
    people.post(i % 2 ? doors.ours : doors.OpenAI,
      { messages: [user(script({ chunks: i + 1 }, `Question ${i} `))], stream: i % 3 > 0 })));
  assert.ok(answers.every(({ status }) => status === 200));
  const counted = (await house.upstream.stats()).keys[exact.key];
  const [charged] = await ctlJson(house, ["usage", "--tenant", exact.slug]);
  assert.equal(charged.calls, 12);
  assert.equal(charged.tokens_in, counted.prompt_tokens);
  assert.equal(charged.tokens_out, counted.completion_tokens);
  const budget = await ctlJson(house, ["budget", "show", exact.slug]);
  assert.equal(budget.used, counted.prompt_tokens * 3 + counted.completion_tokens * 7);
  assert.equal(budget.held, 0);
  const { json } = await people.get("/api/v1/me");
  assert.equal(json.budget.used_micro, budget.used);
});

test("the books agree", async () => {
  const checks = await ctlJson(house, ["fsck"]);
  assert.deepEqual(checks.filter((check) => check.wrong !== 0), []);
});
