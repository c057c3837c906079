// Several ways to one model: turns go by weight, and where one way is dead another answers.
import assert from "node:assert/strict";
import { test } from "node:test";

import { binary, sql } from "../fault/faults.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { Client, script } from "./lib/client.mjs";
import { isDone } from "./lib/events.mjs";
import { allowModel, ctl, makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();

/** One more provider of the tenant's, with a key of its own; its calls can be counted by that. */
async function provider(tenant, name) {
  const key = `sk-${tenant.slug}-${name}`;
  await ctl(house, ["provider", "set", tenant.slug, name, "--kind", "openai", "--base-url", `${house.upstream.url}/v1`,
    "--key-stdin"], key);
  return key;
}
const route = (tenant, ...words) => ctl(house, ["route", "set", tenant.slug, ...words]);
const callsOf = async (key) => (await house.upstream.stats()).keys[key]?.calls ?? 0;
const refuse = (key, orders, times = -1) => house.upstream.queue({ key, times, script: orders });
const attempts = async (answer) => {
  const [[list, model, cost]] = await sql(house, "SELECT attempts, model, cost FROM turn WHERE turn_id = "
    + binary(answer.headers["x-insula-turn"]));
  return { codes: JSON.parse(list).map(({ code }) => code), models: JSON.parse(list).map((one) => one.model), model, cost: Number(cost) };
};
/** Changes are seen within a second. */
const seen = async (maria, name) =>
  until(async () => (await maria.get(`/v1/models/${encodeURIComponent(name)}`)).status === 200, `${name} is offered`);

test("two providers by weight: each has its share", async () => {
  const tenant = await makeTenant(house, "shares");
  const other = await provider(tenant, "other");
  await route(tenant, "small", "other", "--upstream", "scripted", "--weight", "3");
  await allowModel(house, tenant.slug, "last");
  const maria = new Client(house.url, tenant.member);
  await seen(maria, "last");
  const answers = await Promise.all(Array.from({ length: 80 }, () => maria.stream(script({ chunks: 1 }), { model: "small" })));
  assert.ok(answers.every(({ events }) => isDone(events)));
  const [first, second] = [await callsOf(tenant.key), await callsOf(other)];
  assert.equal(first + second, 80);
  assert.ok(first > 4 && first < 40 && second > first, `${first} to ${second}, where a quarter is 20`);
});

test("one is dead: the other answers at once, and is paid once", async () => {
  const tenant = await makeTenant(house, "spare");
  const other = await provider(tenant, "other");
  await route(tenant, "small", "other", "--upstream", "scripted", "--weight", "0");
  await allowModel(house, tenant.slug, "last");
  const maria = new Client(house.url, tenant.member);
  await seen(maria, "last");
  for (const orders of [{ status: 503 }, { status: 500 }, { status: 401 }, { status: 404 }]) {
    await refuse(tenant.key, orders, 1);
    const answer = await maria.stream(script({ chunks: 3, usage: { prompt_tokens: 10, completion_tokens: 3 } }), { model: "small" });
    assert.ok(isDone(answer.events), answer.text);
    const { codes, cost } = await attempts(answer);
    assert.equal(codes.length, 2);
    assert.equal(codes[1], "");
    assert.equal(cost, 10 + 2 * 3);
  }
  assert.equal(await callsOf(other), 4);
});

test("a model that cannot be had: its fallback answers, at its own price and under its own name", async () => {
  const tenant = await makeTenant(house, "fallback", { models: { dear: { in: 100, out: 100 } } });
  const other = await provider(tenant, "other");
  await ctl(house, ["model", "allow", tenant.slug, "cheap", "--provider", "other", "--upstream", "scripted",
    "--price-in", "1", "--price-out", "2", "--alias", "deputy"]);
  await ctl(house, ["model", "allow", tenant.slug, "dear", "--fallback", "cheap"]);
  await allowModel(house, tenant.slug, "last");
  const maria = new Client(house.url, tenant.member);
  await seen(maria, "last");
  await refuse(tenant.key, { status: 500 });
  const orders = script({ chunks: 3, usage: { prompt_tokens: 10, completion_tokens: 3 } });
  const answer = await maria.stream(orders, { model: "dear" });
  assert.ok(isDone(answer.events), answer.text);
  const { codes, models, model, cost } = await attempts(answer);
  assert.deepEqual([codes, models], [["upstream_error", "upstream_error", ""], ["dear", "dear", "cheap"]]);
  assert.deepEqual([model, cost], ["cheap", 10 + 2 * 3]);
  const { data } = await maria.messages(answer.headers["x-insula-conversation"]);
  assert.equal(data.at(-1).model, "cheap");
  assert.equal(await callsOf(other), 1);
  const byAlias = await maria.stream(orders, { model: "deputy" });
  assert.equal((await attempts(byAlias)).model, "cheap", "an alias is another name of the model");
});
