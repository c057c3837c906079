// Another's ids, another tenant's or a colleague's, are as unknown as those that nobody has: the same bytes for
// every address, every place of an id and every role (B9); and the victims' rows, files and turns are as they were.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import http from "node:http";
import { after, before, test } from "node:test";

import { Client } from "../http/lib/client.mjs";
import { routes } from "../http/lib/routes.mjs";
import { changeSettings } from "../http/lib/settings.mjs";
import { makeTenant } from "../http/lib/tenant.mjs";
import { until } from "../http/lib/wait.mjs";
import { bar } from "../tools/bar.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { all, seen, send } from "./lib/attack.mjs";
import { matrix, request, withId } from "./lib/matrix.mjs";
import { things, unknown } from "./lib/things.mjs";
import { stateOf } from "./lib/victim.mjs";

const house = sharedHouse();
const canary = `canary-${randomBytes(6).toString("hex")}`;
const agent = new http.Agent({ keepAlive: true });
const client = (token) => new Client(house.url, token, { agent });

let ours, theirs, roles, victims, statesBefore, restore;
after(() => agent.destroy());
after(() => restore?.());

/** Somebody with a token of our tenant. Those who read are not those who write, so that what they read stays. */
const person = async (claims) => {
  const who = client(ours.token(claims));
  return { client: who, own: await things(who, "small", "own") };
};
const asks = ({ method }, role) => (method === "GET" ? role.reader : role.writer);

async function makeRoles() {
  const suspended = await makeTenant(house, "ids-suspended");
  await house.insulactl("tenant", "suspend", suspended.slug);
  await until(async () => (await client(suspended.member).get("/api/v1/me")).status === 403, "it is suspended");
  const letIn = await Promise.all(["member", "admin"].map(async (role) => ({
    name: role, isLetIn: true, reader: await person({ sub: `${role}-reads`, role }),
    writer: await person({ sub: `${role}-writes`, role }),
  })));
  const now = Math.floor(Date.now() / 1000);
  const keptOut = Object.entries({
    "member of a suspended tenant": suspended.member,
    nobody: undefined,
    "somebody whose token has expired": ours.token({ iat: now - 7200, exp: now - 3600 }),
    "somebody with the victim's issuer and another's secret": theirs.token({}, ours.secret),
    "head office": house.operator,
  }).map(([name, token]) => {
    const who = { client: client(token), own: letIn[0].reader.own };
    return { name, isLetIn: false, reader: who, writer: who };
  });
  return [...letIn, ...keptOut];
}

before(async () => {
  restore = await changeSettings(house, { upstream: { idle_ms: 900000 } }); // the victims' live turns wait for the end
  [ours, theirs] = await Promise.all([
    makeTenant(house, "ids", { models: { small: {} } }),
    makeTenant(house, "ids-foreign", { models: { [`private-${randomBytes(4).toString("hex")}`]: {} } }),
  ]);
  roles = await makeRoles();
  const { models } = (await client(theirs.member).get("/api/v1/tenant/info")).json;
  const [stranger, colleague] = [client(theirs.member), client(ours.other)];
  victims = {
    stranger: { ...(await things(stranger, models[0].id, canary, { isVictim: true })), who: [theirs] },
    colleague: {
      ...(await things(colleague, "small", canary, { isVictim: true })),
      who: [ours, (await colleague.get("/api/v1/me")).json.id],
    },
  };
  statesBefore = await states();
});

const states = async () => {
  const list = Object.values(victims).map(({ who: [tenant, user] }) => stateOf(house, tenant, user));
  return Promise.all(list);
};

/** [{name, value}]: what may stand in the place of an id; a key can be tried once. */
function foreign(id) {
  const of = (victim) => (id.kind === "key" ? victims[victim].keys.pop() : victims[victim][id.kind]);
  const list = Object.keys(victims)
    // A tenant's people share its models and its looks.
    .filter((victim) => victim === "stranger" || !["model", "etag"].includes(id.kind))
    .map((victim) => ({ name: victim, value: of(victim) }));
  if (id.kind === "turn") list.push(...Object.keys(victims).map((v) => ({ name: `${v}, live`, value: victims[v].live })));
  if (!id.formed && ["conversation", "question", "answer", "turn", "response"].includes(id.kind))
    list.push({ name: "garbage", value: "garbage" }, {
      name: "another kind", value: victims.stranger[id.kind === "conversation" ? "turn" : "conversation"],
    });
  assert.ok(list.every(({ value }) => value), `${id.kind}: no more of them`);
  return list;
}

const cells = routes.flatMap((route) => {
  const row = matrix[route.handler];
  return row.takes.flatMap((id) => (row.forms ?? [{}]).map((form) => ({ route, row, id, form })));
});

test("a foreign id and one that nobody has give the same bytes, wherever and to whomever", async () => {
  const wrong = [];
  let tried = 0;
  const tryCell = ({ route, id, form }, role) => async () => {
    const { client: who, own } = asks(route, role);
    const ask = async (value) => seen(await send(who, withId(request(route, own, form), id, value, own)), value);
    const expected = await ask(unknown(id.kind, victims.stranger[id.kind]));
    for (const { name, value } of foreign(id)) {
      const got = await ask(value);
      tried++;
      if (got !== expected || got.includes(canary))
        wrong.push(`${role.name}, ${route.method} ${route.path}, ${id.name} (${id.in}) of ${name}:\n${expected}\n${got}`);
    }
  };
  // Without a good credential a key is never looked at, so there it need not be one that was used.
  const attacks = roles.flatMap((role) => cells
    .filter(({ id }) => role.isLetIn || id.kind !== "key").map((cell) => tryCell(cell, role)));
  await all(attacks);
  wrong.slice(0, 5).forEach((words) => console.log(words));
  bar("B9", `attacks with foreign ids (${cells.length} places, ${roles.length} roles) that saw what unknown ids see`,
    tried - wrong.length, tried);
});

test("with both a conversation and a message of another's it is the same", async () => {
  const pairs = routes.filter(({ path }) => path.includes("{message}"));
  let same = 0, tried = 0;
  for (const route of pairs)
    for (const role of roles) {
      const { client: who, own } = asks(route, role);
      const ask = async (of) => seen(await send(who, request(route, { ...own, ...of })));
      const nobodys = Object.fromEntries(["conversation", "question", "answer"]
        .map((kind) => [kind, unknown(kind, victims.stranger[kind])]));
      const expected = await ask(nobodys);
      for (const { conversation, question, answer } of Object.values(victims)) {
        tried++;
        same += (await ask({ conversation, question, answer })) === expected;
      }
    }
  bar("B9", "attacks with a foreign conversation and its message", same, tried);
});

test("one's own id is another matter: each place is looked at", async () => {
  const ignored = [];
  const looked = cells.filter(({ id }) => !id.cursor && !id.never && id.kind !== "key");
  await all(looked.map(({ route, id, form }, i) => async () => {
    const me = client(ours.token({ sub: `karl-${i}` }));
    const mine = await things(me, "small", "own");
    const ask = async (value) => send(me, withId(request(route, mine, form), id, value, mine));
    const [nobodys, good] = [await ask(unknown(id.kind, mine[id.kind])), await ask(mine[id.kind])];
    // Whether it is a page or 304, it is not what a stranger gets.
    if (good.status >= 400 || seen(good, mine[id.kind]) === seen(nobodys, unknown(id.kind, mine[id.kind])))
      ignored.push(`${route.method} ${route.path}, ${id.name} (${id.in}): ${good.status} ${good.text}`);
  }));
  assert.deepEqual(ignored, []);
});

test("after all of it the victims' rows, files and turns are as they were", async () => {
  assert.deepEqual(await states(), statesBefore);
  bar("B9", "victims whose rows, files and calls are as before all attacks", 2, 2);
  for (const { end } of Object.values(victims)) await end();
});
