// Whatever a provider does: one stored final state, one clear error or none, [DONE] only behind a whole
// answer, and not a word of the provider's own.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { binary, sql } from "../fault/faults.mjs";
import { bar } from "../tools/bar.mjs";
import { ownHouse } from "../tools/stack.mjs";
import { certificate } from "./lib/certificate.mjs";
import { Client, user } from "./lib/client.mjs";
import { brokenBy, chunks, isDone, said } from "./lib/events.mjs";
import { completes, fails, faults, heavy, KEY } from "./lib/faults.mjs";
import { beginnings, faultyServer } from "./lib/faulty.mjs";
import { changeSettings, restartWorkers, workers } from "./lib/settings.mjs";
import { ctl, ctlJson } from "./lib/tenant.mjs";

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
  "model_not_found",
]);
const MODEL = "gpt-4o-mini";
const TOTAL_MS = 5000;
/** A sanitizer keeps what was freed for a while. */
const FLOOD_MIB = /address|thread/.test(process.env.INSULA_BUILD) ? 1024 : 128;
let house, server, maria, trusted, another;
/** What was tried: {name, ms, turn}; silent: nothing was said; whole: it had the end that it must have. */
const tried = [];

/** An HTTPS model of the bank's, at the same server; it is trusted if its certificate is. */
async function offerTls() {
  trusted = await certificate("IP:127.0.0.1");
  another = await certificate("IP:127.0.0.2");
  const file = join(house.folder, "trusted.pem");
  writeFileSync(file, Buffer.concat([trusted.cert, another.cert]));
  await changeSettings(house, { upstream: { ca_file: file } });
  await restartWorkers(house);
  const url = server.url.replace("http:", "https:");
  await ctl(house, [..."provider set bank tls --kind openai --base-url".split(" "), `${url}/v1`, "--key-stdin"], KEY);
  await ctl(house, [..."model allow bank tls --provider tls --upstream m --price-in 1 --price-out 2".split(" "),
    ..."--context 128000 --max-output 4096".split(" ")]);
}

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
      breaker_failures: 0,
      attempts: 1, // each fault by itself; attempts.test.mjs has what follows one
      head_wait_ms: 1000,
      ping_ms: 300,
      first_event_ms: 2000,
      idle_ms: 1500,
      total_ms: TOTAL_MS,
      connect_ms: 1900,
    },
  });
  await offerTls();
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
  assert.equal(
    answer.text.includes("CANARY") || JSON.stringify(answer.headers).includes("CANARY"),
    Boolean(expected.told),
    "the provider's own words are told of a refused request alone",
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
async function checkStored(answer, expected, error) {
  const poll = (await maria.get(`/api/v1/streams/${answer.headers["x-insula-turn"]}`)).json;
  assert.equal(poll.done, true);
  assert.equal(poll.error?.code, error?.code);
  if (error) assert.equal(poll.error.message, error.message);
  assert.equal(JSON.stringify(poll).includes("CANARY"), Boolean(expected.told));
  const conversation = answer.headers["x-insula-conversation"];
  if (!conversation) return;
  const { data, tree } = await maria.messages(conversation);
  assert.equal(tree.length, 2, "one question, one answer");
  const stored = data.at(-1);
  assert.equal(stored.role, "assistant");
  assert.equal(stored.state, error ? "failed" : "complete");
  assert.equal(stored.code, error ? error.code : null);
  matches(stored.content, expected.said ?? "", "what was said is kept");
  assert.ok(!JSON.stringify(data).includes("CANARY"));
}

/** door: "/api/v1/chat", which stores conversations, or OpenAI's. */
async function check(name, { headers = {} }, expected, streamed, door = "/api/v1/chat", model = MODEL) {
  const began = performance.now();
  const attempt = { name, whole: false };
  tried.push(attempt);
  const answer = await maria.post(door, { model, messages: [user(`fault:${name}`)], stream: streamed });
  attempt.ms = performance.now() - began;
  attempt.turn = answer.headers["x-insula-turn"];
  attempt.silent = (expected.said ?? "") === "";
  const error = checkAnswer(answer, expected, streamed);
  if (expected.code) {
    matches(error.code, expected.code);
    assert.ok(codes.has(error.code), error.code);
    assert.match(error.request_id, /^req_/);
    assert.ok(error.message.length > 10);
  }
  for (const [header, value] of Object.entries(headers))
    assert.equal(answer.headers[header], value, header);
  assert.equal(Boolean(answer.headers["x-insula-conversation"]), door === "/api/v1/chat");
  await checkStored(answer, expected, error);
  attempt.whole = true;
}

/** Every way to ask for a fault: {words, run}. */
const ways = (name, fault, model) =>
  ["/api/v1/chat", "/v1/chat/completions"].flatMap((door) =>
    [
      [fault.s, true],
      [fault.w, false],
    ]
      .filter(([expected]) => expected)
      .map(([expected, streamed]) => ({
        words: `${name}, ${streamed ? "streamed" : "whole"}, ${door}`,
        run: () => check(name, fault, expected, streamed, door, model),
      })),
  );

test("each fault has one clear end", { concurrency: 16 }, async (t) => {
  const all = Object.entries(faults).flatMap(([name, fault]) => ways(name, fault));
  await Promise.all(all.map(({ words, run }) => t.test(words, run)));
});

/** The most that a process has had in memory, in MiB. */
const peak = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

test("floods take no more memory than one answer may have", async (t) => {
  const [worker] = workers(house);
  const before = peak(worker);
  const all = Object.entries(heavy).flatMap(([name, fault]) => ways(name, fault));
  const grown = [];
  for (const { words, run } of all)
    await t.test(words, async () => {
      await run();
      grown.push(peak(worker) - before);
    });
  const most = Math.max(...grown);
  bar("B31", "an upstream flood takes a bounded part of a worker's memory", grown.filter((mib) => mib < FLOOD_MIB).length,
    all.length, `${Math.round(most)} MiB on top of ${Math.round(before)}`);
});

test("a connection that begins badly: the provider is not there", async (t) => {
  const lost = fails(502, "upstream_unavailable");
  const late = [{ ...fails(200, "upstream_timeout"), said: "" }, fails(504, "upstream_timeout")];
  const broken = {
    "reset at the door": [beginnings.reset, MODEL, fails(502, /^upstream_/)],
    "TLS reset": [beginnings.reset, "tls", lost],
    "TLS garbage": [beginnings.garbage, "tls", lost],
    "TLS closed": [beginnings.closed, "tls", lost],
    "TLS silence": [beginnings.silence, "tls", ...late],
    "TLS by nobody we know": [beginnings.tls(await certificate("IP:127.0.0.1")), "tls", lost],
    "TLS of another": [beginnings.tls(another), "tls", lost],
  };
  for (const [name, [begin, model, s, w = s]] of Object.entries(broken)) {
    server.begin = begin;
    for (const { words, run } of ways(name, { s, w }, model)) await t.test(words, run);
  }
  for (const { ms } of tried.filter(({ name }) => name === "TLS silence"))
    assert.ok(ms < TOTAL_MS - 1000, `connect_ms holds, not total_ms: ${ms} ms`);
  server.begin = beginnings.tls(trusted);
  for (const { words, run } of ways("cut with finish", faults["cut with finish"], "tls"))
    await t.test(`TLS by whom we trust: ${words}`, run);
  for (const { words, run } of ways("reset", faults.reset, "tls")) await t.test(`TLS: ${words}`, run);
  server.begin = null;
});

test("a redirect is never followed", () => {
  assert.ok(server.asked.length > 50);
  for (const line of server.asked) assert.equal(line, "POST /v1/chat/completions HTTP/1.1");
});

test("nobody listens: refused at once", async (t) => {
  const refused = fails(502, "upstream_unavailable");
  await server.stop();
  try {
    for (const { words, run } of ways("refused", { s: refused, w: refused })) await t.test(words, run);
  } finally {
    await server.listenAgain();
  }
  await check("cut with finish", {}, completes("w0 w1 "), true);
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

test("of all that was tried: one end each, in time, and nothing charged where nothing was said", async () => {
  const names = new Set(tried.map(({ name }) => name)).size;
  const slowest = Math.max(...tried.map(({ ms }) => ms));
  bar("B31", "an upstream fault has one stored final state and one closed error code", tried.filter(({ whole }) => whole).length,
    tried.length, `${names} faults, streamed and whole, through both doors`);
  bar("B31", "it ends in bounded time", tried.filter(({ ms }) => ms < 2 * TOTAL_MS).length, tried.length,
    `slowest ${(slowest / 1000).toFixed(1)} s, with 5 s for an answer`);
  const rows = await sql(house, "SELECT HEX(turn_id), state, cost FROM turn");
  const costs = Object.fromEntries(rows.map(([id, state, cost]) => [`X'${id.toLowerCase()}'`, `${state} ${cost}`]));
  const silent = tried.filter((attempt) => attempt.silent);
  bar("B31", "a provider's error is billed 0 times", silent.filter(({ turn }) => costs[binary(turn)] === "settled 0").length,
    silent.length);
});
