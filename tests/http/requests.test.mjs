// What a turn's request may look like, and how each wrong one is refused: by its wrong place.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { asked, calls, makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
const doors = { ours: "/api/v1/chat", OpenAI: "/v1/chat/completions" };
let tenant, maria;

before(async () => {
  tenant = await makeTenant(house, "requests");
  maria = new Client(house.url, tenant.member);
});

const message = [user("hello")];
const wrong = {
  // field: [value, param where it is not the field, status where it is not 400]
  messages: [
    [undefined],
    [null],
    ["hello"],
    [[]],
    [{}],
    [["hello"], "messages[0]"],
    [[null], "messages[0]"],
    [[{ content: "x" }], "messages[0].role"],
    [[{ role: "wizard", content: "x" }], "messages[0].role"],
    [[{ role: 1, content: "x" }], "messages[0].role"],
    [[{ role: "user" }], "messages[0].content"],
    [[{ role: "user", content: null }], "messages[0].content"],
    [[{ role: "user", content: 7 }], "messages[0].content"],
    [[user("a"), { role: "user", content: ["x"] }], "messages[1].content"],
    [[{ role: "user", content: [{ text: "no type" }] }], "messages[0].content"],
    [[{ role: "user", content: [{ type: "text", text: 5 }] }], "messages[0].content"],
    [[user("x".repeat(1048577))], "messages[0].content", 413],
    [Array.from({ length: 2001 }, () => user("x")), "messages", 413],
  ],
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
  messages: [
    [[user("x"), { role: "assistant", content: "y" }]],
    [[{ role: "system", content: "y" }]],
  ],
  surprise: [[1]],
  n: [[2]],
  tools: [[[]]],
  assistant_id: [["asst_x"]],
};
const onlyOpenAI = {
  n: [[0], [33], ["1"]],
  stream_options: [["x"], [{ include_usage: true }], [[]]],
};

for (const [door, fields] of [
  ["ours", wrong],
  ["ours", onlyOurs],
  ["OpenAI", wrong],
  ["OpenAI", onlyOpenAI],
])
  test(`each wrong field is refused by its name at ${door === "ours" ? "our door" : "OpenAI's"}: ${Object.keys(
    fields,
  ).join(", ")}`, async () => {
    const before = await calls(house, tenant);
    for (const [field, cases] of Object.entries(fields))
      for (const [value, param = field, status = 400] of cases) {
        const said = JSON.stringify(value)?.slice(0, 60);
        const answer = await maria.post(doors[door], {
          messages: message,
          model: "small",
          [field]: value,
        });
        assert.equal(answer.status, status, `${field} = ${said}: ${answer.text}`);
        assert.equal(answer.error.param, param, `${field} = ${said}: ${answer.text}`);
        assert.equal(answer.error.type, "invalid_request_error");
      }
    assert.equal(await calls(house, tenant), before, "nobody was asked");
  });

test("null is absent", async () => {
  const fields = [
    "model",
    "stream",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "stop",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "store",
  ];
  const nothing = Object.fromEntries(fields.map((field) => [field, null]));
  for (const [path, more] of [
    [doors.ours, { conversation_id: null, parent_id: null, reasoning_effort: null }],
    [doors.OpenAI, { stream_options: null, n: null, tools: null }],
  ]) {
    const answer = await maria.post(path, {
      ...nothing,
      ...more,
      messages: [user(script({ chunks: 1 }))],
    });
    assert.equal(answer.status, 200, answer.text);
  }
});

test("a body that is sent in chunks arrives whole", async () => {
  const words = "island ".repeat(50000);
  const answer = await maria.post(
    doors.ours,
    { messages: [user(words + script({ chunks: 1 }))] },
    { "Content-Length": undefined, "Transfer-Encoding": "chunked" },
  );
  assert.equal(answer.status, 200, answer.text);
  assert.ok((await asked(house, tenant)).at(-1).body.messages[0].content.startsWith(words));
});

test("what the limits just allow is taken", async () => {
  const turns = [
    { messages: [user("x".repeat(1048576 - 40) + script({ chunks: 1 }))] },
    { messages: [...Array.from({ length: 1999 }, () => user("x")), user(script({ chunks: 1 }))] },
    {
      messages: [user(script({ chunks: 1 }))],
      temperature: 2,
      top_p: 0,
      frequency_penalty: -2,
      presence_penalty: 2,
      seed: -1,
      stop: ["a", "b"],
      max_tokens: 1,
    },
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
    "/api/v1/chat": "POST",
    "/v1/chat/completions": "POST",
    "/v1/models": "GET",
    "/api/v1/tenant/info": "GET",
    "/api/v1/conversations": "GET, POST",
    [`/api/v1/conversations/${conversation}`]: "GET, PATCH, DELETE",
    "/healthz": "GET",
    "/v1/models/small": "GET",
  };
  for (const [path, allow] of Object.entries(allowed))
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"].filter(
      (m) => !allow.includes(m),
    )) {
      const answer = await maria.call(method, path, method === "GET" ? {} : { body: "{}" });
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.equal(answer.headers.allow, allow);
      assert.equal(answer.error.code, "method_not_allowed");
    }
});

test("an address that is not there is a JSON 404, whatever it looks like", async () => {
  for (const path of [
    "/",
    "/v1",
    "/v1/",
    "/v2/models",
    "/api/v1/chat/x",
    "/api/v1/chat%00",
    "/api/v1/chats",
    "/index.html",
    "/api/v1/conversations/",
    "/favicon.ico",
    "/api//v1/me",
  ]) {
    const answer = await maria.get(path);
    assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.match(answer.headers["content-type"], /^application\/json/, path);
    assert.equal(typeof answer.error.message, "string", path);
  }
});

test("only JSON is taken, and it must say so", async () => {
  const body = JSON.stringify({ messages: [user(script({ chunks: 1 }))], model: "small" });
  for (const path of Object.values(doors)) {
    for (const type of [
      undefined,
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/jsonx",
      "application/json+x",
      "text/json",
    ]) {
      const answer = await maria.post(path, body, { "Content-Type": type });
      assert.equal(answer.status, 415, `${type}`);
      assert.equal(answer.error.code, "unsupported_media_type");
    }
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      "Application/JSON;charset=UTF-8",
    ])
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
    "": /empty/,
    " ": /byte/,
    "{": /byte 1\b/,
    '{"messages": [}': /byte 14\b/,
    '{"messages": [],}': /byte 16\b/,
    '{"a": 1 "b": 2}': /byte 8\b/,
    "{'a': 1}": /byte 1\b/,
    '{"a": 01}': /byte/,
    '{"a": NaN}': /byte 6\b/,
    '{"a": 1} x': /byte 9\b/,
    '{"a": 1, "a": 2}': /byte 9\b.*"a"/,
    '{"a": "\\u0000"}': /byte/,
    '{"a": "\\ud800"}': /byte/,
    '{"a": "\t"}': /byte 7\b/,
    "/* x */ {}": /byte 0\b/,
    '{"a": 1e400}': /byte 6\b/,
    "[1]": /object/,
    '"x"': /object/,
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
