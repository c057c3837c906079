// A worker dies without a word, at each point of a turn: what was asked is stored, what was said is charged once,
// and another takes its place.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { changeSettings } from "../http/lib/settings.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import {
  allSettled, answer, ask, binary, checkBooks, get, listen, Listener, script, sql, until, workerOf,
} from "./faults.mjs";
import { EVENTS, mortalHouse, points, skip } from "./kill-at.mjs";

let house;
before(async () => {
  if (skip) return;
  house = await mortalHouse();
  await changeSettings(house, { spool: { keep_seconds: 3600 } }); // who comes back much later still hears it
});
after(() => house?.stop());

const ROUNDS = rounds(1, 25);
const PROMPT = 20;

/** An answer of so many events (a role, words, an end), whose usage nobody else's has. */
const order = ({ number, delay_ms }) => script({
  chunks: EVENTS - 3, size: 7, delay_ms, usage: { prompt_tokens: PROMPT, completion_tokens: 100 + number },
});

const post = (turn) => ask(house, order(turn), { stream: turn.stream, headers: { "Idempotency-Key": `${turn.number}` } });

/** An answer as its client has it in the end: {status, turn, text, done, cut, error}. */
async function heard({ stream }, response) {
  if (stream && response.status === 200) return new Listener(response).over;
  const body = await response.json().catch(() => null); // or lighttpd's own words
  const text = body?.choices?.[0].message.content ?? "";
  return {
    status: response.status, turn: response.headers.get("x-insula-turn"), text, done: text !== "", error: body?.error,
  };
}

/** A worker killed with a turn at a point; three more are live then, where they do not come to it as well. */
async function round(point, number) {
  const isPart = point.endsWith("%");
  const turn = { point, number, delay_ms: 4, stream: isPart || number % 3 !== 0 };
  const others = [1, 2, 3].slice(isPart ? 3 : 0)
    .map((i) => ({ point: `beside one ${point}`, number: number + i, delay_ms: 12, stream: true }));
  const streams = await Promise.all(others.map(async (other) => new Listener(await post(other))));
  await Promise.all(streams.map((stream) => stream.heard(1)));
  house.arm(point);
  turn.seen = post(turn).then((response) => heard(turn, response));
  turn.missing = await house.killed();
  turn.seen = await turn.seen;
  for (const [i, other] of others.entries()) other.seen = await streams[i].over;
  return [turn, ...others];
}

/** What is stored of each turn, by its number: {turn, state, …, messages: [[role, state, content]]}. */
async function books() {
  const all = {};
  const names = ["state", "outcome", "cost", "hold", "tokens_in", "tokens_out", "usage_source"];
  const turns = await sql(house, `SELECT name, HEX(turn_id), ${names.join(", ")} FROM idempotency
    JOIN turn USING (tenant_id, turn_id)`);
  for (const [number, turn, ...values] of turns)
    all[number] = { turn, messages: [], ...Object.fromEntries(names.map((name, i) => [name, values[i]])) };
  const messages = await sql(house, `SELECT name, role, message.state, content FROM idempotency
    JOIN turn USING (tenant_id, turn_id) JOIN message USING (tenant_id, conversation_id)`);
  for (const [number, ...message] of messages) all[number].messages.push(message);
  return all;
}

/** How often the model server was asked each question. */
async function calls(turns) {
  const asked = (await house.upstream.requests()).map(({ body }) => JSON.parse(body).messages.at(-1).content);
  for (const turn of turns) turn.calls = asked.filter((content) => content === order(turn)).length;
}

/** Of how many turns something is true; of which it is not, and why, is told. */
function count(turns, check) {
  return turns.filter((turn) => {
    try {
      check(turn);
      return true;
    } catch (error) {
      console.error(`${turn.point}, turn ${turn.number}: ${error.message}`);
      return false;
    }
  }).length;
}

/** The question is stored once, and so is the answer; before the hold's commit nobody was told so, and nothing is. */
function isStored({ point, seen, first, row, again, ...turn }) {
  if (point === "after auth") assert.deepEqual([seen.status, first], [500, undefined]);
  else assert.equal(first.turn, row.turn, "a retry begins no second turn");
  const [question, answer, ...more] = row.messages;
  assert.deepEqual([question, more], [["user", "complete", order(turn)], []]);
  assert.deepEqual(answer.slice(0, 2), ["assistant", row.outcome]);
  assert.equal(again.text, answer[2], "who comes back hears what is stored");
}

/** The model server's own numbers, or what was counted of an answer that did not come to its end. */
function isCharged({ row, number, calls }) {
  assert.equal(row.state, "settled");
  assert.ok(calls <= 1, `asked ${calls} times`);
  assert.ok(Number(row.cost) <= Number(row.hold), `${row.cost} of ${row.hold}`);
  if (row.usage_source === "provider")
    return assert.deepEqual([row.tokens_in, row.tokens_out, calls], [`${PROMPT}`, `${100 + number}`, 1]);
  assert.deepEqual([row.usage_source, row.outcome], ["counted", "interrupted"]);
  assert.equal(row.cost !== "0", row.messages[1][2] !== "", "what was said is charged, and nothing else");
}

/** A client never knows more than the house. */
function isPrefix({ seen, row }) {
  const content = row.messages[1][2];
  assert.ok(content.startsWith(seen.text), `${seen.text} in ${content}`);
  if (!seen.done) return assert.ok(seen.cut || seen.error || seen.status >= 500, "without [DONE] it breaks, or says why");
  assert.deepEqual([row.outcome, content], ["complete", seen.text], "[DONE] means stored, all of it");
}

const timeout = rounds(120000, 900000);

test("a worker dies at twelve points of a turn: nothing is lost, nothing is charged twice", { skip, timeout }, async () => {
  const turns = [];
  for (let i = 0; i < ROUNDS; i++)
    for (const point of Object.keys(points)) {
      const now = await round(point, turns.length);
      await calls(now);
      turns.push(...now);
    }
  await allSettled(house);
  const before = await books();
  for (const turn of turns) turn.first = before[turn.number];
  for (const turn of turns) turn.again = await heard(turn, await post(turn));
  await calls(turns.filter(({ point }) => point === "after auth"));
  await allSettled(house);
  const rows = await books();
  for (const turn of turns) turn.row = rows[turn.number];
  await checkBooks(house);

  const killed = turns.filter(({ missing }) => missing !== undefined);
  const [[rowsInAll]] = await sql(house, "SELECT COUNT(*) FROM turn");
  const slowest = Math.round(Math.max(...killed.map(({ missing }) => missing)));
  const beside = `${killed.length} turns at a point, ${turns.length - killed.length} beside them`;
  bar("B20", "kill -9 at 12 points of a turn: a worker died at the point", killed.length, 12 * ROUNDS);
  bar("B20", "the question is stored once, and a retry finds it", count(turns, isStored), turns.length, beside);
  bar("B20", "one settled row each", Number(rowsInAll), turns.length, "no hold is left");
  bar("B20", "charged as the model server counts, or says counted", count(turns, isCharged), turns.length);
  bar("B20", "what the client saw begins what is stored", count(turns, isPrefix), turns.length);
  bar("B22", "a killed worker is replaced within a second", killed.filter(({ missing }) => missing < 1000).length,
    killed.length, `slowest ${slowest} ms`);
});

test("who comes back after a crash hears the rest, and that it was cut", { skip }, async () => {
  const stream = await listen(house, order({ number: 1, delay_ms: 20 }));
  await stream.heard(10);
  process.kill(workerOf(house, stream.turn), "SIGKILL");
  await stream.over;
  const response = await fetch(`${house.url}/api/v1/streams/${stream.turn}`, {
    headers: { Authorization: `Bearer ${house.tenants.bank.member}`, Accept: "text/event-stream" },
  });
  assert.equal(response.status, 200);
  const text = await response.text();
  assert.match(text, /"code":"worker_lost"|"code":"interrupted"/);
  assert.doesNotMatch(text, /\[DONE\]/);
  const { content } = await answer(house, stream.place);
  const heard = [...text.matchAll(/^data: (.*"delta".*)$/gm)]
    .map((line) => JSON.parse(line[1]).choices[0].delta.content ?? "").join("");
  assert.equal(heard, content);
  assert.ok(content.startsWith(stream.text));
});

test("who follows a turn that nobody can settle is told so in the end", { skip }, async () => {
  const stream = await listen(house, order({ number: 2, delay_ms: 20 }));
  await stream.heard(10);
  process.kill(workerOf(house, stream.turn), "SIGKILL");
  await stream.over;
  const spool = join(house.folder, "spool");
  const file = readdirSync(spool, { recursive: true }).find((name) => name.endsWith(stream.turn));
  const holder = spawn("flock", [join(spool, file), "cat"], { stdio: ["pipe", "ignore", "inherit"] });
  try {
    await until(() => workerOf(house, stream.turn) !== undefined, 1900, "the file is locked before recovery wants it");
    await sql(house, `UPDATE turn SET started_ms = started_ms - 120000, deadline_ms = started_ms + 60000
      WHERE turn_id = ${binary(stream.turn)}`);
    const { done, error } = await get(house, `/api/v1/streams/${stream.turn}`);
    assert.deepEqual([done, error.code], [true, "not_settled"]);
  } finally {
    holder.stdin.end();
  }
  await allSettled(house);
});
