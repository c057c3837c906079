// Money: what a turn may cost, what it does cost, and that the books agree.
import assert from "node:assert/strict";
import { test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { asked, calls, ctlJson, makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
const doors = { ours: "/api/v1/chat", OpenAI: "/v1/chat/completions" };

/** A token of the model "dear" costs 1 micro-unit in the prompt and 100 in the answer. */
const dear = { in: 1, out: 100, output: 4096 };
const dearTenant = (name, budget) => makeTenant(house, name, { budget, models: { dear } });

test("max_tokens is lowered to what the budget still pays for", async () => {
  const poor = await dearTenant("poor", "0.05");
  const people = new Client(house.url, poor.member);
  const lowered = async (fields) => {
    assert.equal(
      (await people.post(doors.OpenAI, { messages: [user(script({ chunks: 1 }))], ...fields }))
        .status,
      200,
    );
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
  for (const [path, stream] of [
    [doors.ours, false],
    [doors.ours, true],
    [doors.OpenAI, true],
  ]) {
    const answer = await people.post(path, { messages: [user("x".repeat(100))], stream });
    assert.equal(answer.status, 429);
    assert.equal(answer.error.code, "insufficient_quota");
    assert.equal(answer.error.type, "insufficient_quota");
    assert.equal(answer.headers["x-should-retry"], "false");
  }
  assert.equal(await calls(house, broke), 1, "nobody was asked");
  assert.deepEqual(await ctlJson(house, ["budget", "show", broke.slug]), before);
  assert.equal(
    (await people.get("/api/v1/conversations")).json.data.length,
    1,
    "no conversation was begun",
  );
});

test("many at once never spend more than the budget", async () => {
  const crowd = await dearTenant("crowd", "0.05");
  const people = new Client(house.url, crowd.member);
  const answers = await Promise.all(
    Array.from({ length: 30 }, () =>
      people.chat(script({ chunks: 20, delay_ms: 1 }), { max_tokens: 100 }),
    ),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  assert.ok(
    [...statuses].every((status) => status === 200 || status === 429),
    [...statuses].join(),
  );
  assert.ok(answers.some(({ status }) => status === 200));
  const budget = await ctlJson(house, ["budget", "show", crowd.slug]);
  assert.ok(budget.used <= budget.cap, JSON.stringify(budget));
  assert.equal(budget.held, 0, "every hold was given back");
});

test("what is charged is what the model server counted", async () => {
  const exact = await makeTenant(house, "exact", { models: { small: { in: 3, out: 7 } } });
  const people = new Client(house.url, exact.member);
  const answers = await Promise.all(
    [...Array(12).keys()].map((i) =>
      people.post(i % 2 ? doors.ours : doors.OpenAI, {
        messages: [user(script({ chunks: i + 1 }, `Question ${i} `))],
        stream: i % 3 > 0,
      }),
    ),
  );
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
  assert.deepEqual(
    checks.filter((check) => check.wrong !== 0),
    [],
  );
});
