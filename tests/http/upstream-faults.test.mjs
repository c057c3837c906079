// Whatever a provider does: one stored final state, one clear error or none, [DONE] only behind a whole
// answer, and not a word of the provider's own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { ownHouse } from "../tools/stack.mjs";
import { Client, user } from "./lib/client.mjs";
import { brokenBy, chunks, isDone, said } from "./lib/events.mjs";
import { completes, fails, faults, heavy, KEY } from "./lib/faults.mjs";
import { faultyServer } from "./lib/faulty.mjs";
import { changeSettings } from "./lib/settings.mjs";
import { ctlJson } from "./lib/tenant.mjs";

/** All that a client can ever be told. */
const codes = new Set([
  "upstream_error",
  "upstream_auth_error",
  "upstream_truncated",
  "upstream_bad_response",
  "upstream_unavailable",
  "upstream_timeout",
  "rate_limit_exceeded",
  "insufficient_quota",
  "context_length_exceeded",
]);
let house, server, maria;

before(async () => {
  const plays = Object.entries({ ...faults, ...heavy }).map(([name, { play }]) => [name, play]);
  server = await faultyServer(Object.fromEntries(plays));
  house = await ownHouse({
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: `${server.url}/v1`,
    WORKERS: "1",
  });
  await changeSettings(house, {
    upstream: {
      head_wait_ms: 1000,
      ping_ms: 300,
      first_event_ms: 2000,
      idle_ms: 1500,
      total_ms: 5000,
    },
  });
  maria = new Client(house.url, house.tenants.bank.member);
});
after(async () => {
  await house?.stop();
  await server.stop();
});

/** expected: a text, a pattern, or a function that must say yes. */
function matches(actual, expected, what) {
  if (expected instanceof RegExp) assert.match(actual, expected, what);
  else if (typeof expected === "function") assert.ok(expected(actual), what);
  else assert.equal(actual, expected, what);
}

function checkAnswer(answer, expected, streamed) {
  assert.equal(answer.status, expected.status, answer.text.slice(0, 500));
  assert.ok(
    !answer.text.includes("CANARY") && !JSON.stringify(answer.headers).includes("CANARY"),
    "the provider's own words",
  );
  assert.ok(Buffer.from(answer.text).equals(answer.bytes), "valid UTF-8");
  if (expected.status !== 200) return answer.error;
  if (!streamed) {
    matches(answer.json.choices[0].message.content, expected.said);
    return null;
  }
  matches(said(answer.events), expected.said);
  chunks(answer.events);
  if (expected.code) return brokenBy(answer.events);
  assert.ok(isDone(answer.events), answer.text.slice(-300));
  return null;
}

/** The one final state, as it was stored, and as a client that polls is told it. */
async function checkStored(answer, expected, streamed, error) {
  const { data, tree } = await maria.messages(answer.headers["x-insula-conversation"]);
  assert.equal(tree.length, 2, "one question, one answer");
  const stored = data.at(-1);
  assert.equal(stored.role, "assistant");
  assert.equal(stored.state, error ? "failed" : "complete");
  assert.equal(stored.code, error ? error.code : null);
  matches(stored.content, expected.said ?? "", "what was said is kept");
  const poll = (await maria.get(`/api/v1/streams/${answer.headers["x-insula-turn"]}`)).json;
  assert.equal(poll.done, true);
  assert.equal(poll.error?.code, error?.code);
  if (error) assert.equal(poll.error.message, error.message);
  assert.ok(!JSON.stringify([data, poll]).includes("CANARY"));
}

async function check(name, { headers = {} }, expected, streamed) {
  const answer = await maria.post("/api/v1/chat", {
    messages: [user(`fault:${name}`)],
    stream: streamed,
  });
  const error = checkAnswer(answer, expected, streamed);
  if (expected.code) {
    matches(error.code, expected.code);
    assert.ok(codes.has(error.code), error.code);
    assert.match(error.request_id, /^req_/);
    assert.ok(error.message.length > 10);
  }
  for (const [header, value] of Object.entries(headers))
    assert.equal(answer.headers[header], value, header);
  await checkStored(answer, expected, streamed, error);
}

const doors = ({ s, w }) =>
  [
    [s, true],
    [w, false],
  ].filter(([expected]) => expected);

test("each fault has one clear end", { concurrency: 12 }, async (t) => {
  const waiting = Object.entries(faults).flatMap(([name, fault]) =>
    doors(fault).map(([expected, streamed]) =>
      t.test(`${name}, ${streamed ? "streamed" : "whole"}`, () =>
        check(name, fault, expected, streamed),
      ),
    ),
  );
  await Promise.all(waiting);
});

for (const [name, fault] of Object.entries(heavy))
  for (const [expected, streamed] of doors(fault))
    test(`${name}, ${streamed ? "streamed" : "whole"}`, () =>
      check(name, fault, expected, streamed));

test("a redirect is never followed", () => {
  assert.ok(server.asked.length > 50);
  for (const line of server.asked) assert.equal(line, "POST /v1/chat/completions HTTP/1.1");
});

test("nobody listens: refused at once", async () => {
  await server.stop();
  try {
    for (const streamed of [true, false])
      await check("refused", {}, fails(502, "upstream_unavailable"), streamed);
  } finally {
    await server.listenAgain();
  }
  await check("cut with finish", {}, completes("w0 w1 "), true);
});

test("the same errors reach OpenAI's door", async () => {
  for (const [name, status, code] of [
    ["429 with retry-after", 429, "rate_limit_exceeded"],
    ["500 HTML", 502, "upstream_error"],
  ]) {
    const answer = await maria.post("/v1/chat/completions", {
      model: "gpt-4o-mini",
      messages: [user(`fault:${name}`)],
      stream: true,
    });
    assert.deepEqual([answer.status, answer.error.code], [status, code]);
  }
  const answer = await maria.post("/v1/chat/completions", {
    model: "gpt-4o-mini",
    messages: [user("fault:cut without finish")],
    stream: true,
  });
  assert.equal(brokenBy(answer.events).code, "upstream_truncated");
});

test("a silent stream is kept alive by pings", async () => {
  const response = await maria.open("POST", "/api/v1/chat", {
    body: { messages: [user("fault:silence")], stream: true },
  });
  let text = "";
  for await (const piece of response) text += piece;
  assert.ok(text.split(": ping\n\n").length > 2, text);
});

test("what passed through is charged when the provider does not say", async () => {
  const used = async () => (await maria.get("/api/v1/me")).json.budget.used_micro;
  for (const [name] of Object.entries(faults).filter(([, { charged }]) => charged)) {
    const before = await used();
    await maria.stream(`fault:${name}`);
    const cost = (await used()) - before;
    assert.ok(cost > 0 && cost < 100, `${name}: ${cost}`);
  }
  const before = await used();
  for (const name of [
    "500 HTML",
    "200 empty",
    "first event is an error",
    "silence behind the head",
  ])
    await maria.stream(`fault:${name}`);
  assert.equal(await used(), before, "nothing came, nothing is charged");
});

test("afterwards the books agree, no hold is left, and the logs hold nothing of the provider's", async () => {
  const checks = await ctlJson(house, ["fsck"]);
  assert.deepEqual(
    checks.filter(({ wrong }) => wrong !== 0),
    [],
  );
  assert.equal((await maria.get("/api/v1/me")).json.budget.held_micro, 0);
  for (const log of ["insula", "multiwatch", "lighttpd"])
    assert.ok(!readFileSync(join(house.folder, `log/${log}.log`), "utf8").includes("CANARY"), log);
});
