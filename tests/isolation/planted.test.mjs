// A tenant's or a person's name planted in a request, anywhere but in the credential, changes nothing (B10): header,
// cookie and query are as if they were not there; body and path get the bytes that nobody's name gets.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import http from "node:http";
import { after, before, test } from "node:test";

import { Client, script } from "../http/lib/client.mjs";
import { routes } from "../http/lib/routes.mjs";
import { makeTenant } from "../http/lib/tenant.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { all, seen, send } from "./lib/attack.mjs";
import { matrix, request } from "./lib/matrix.mjs";
import { things } from "./lib/things.mjs";
import { stateOf } from "./lib/victim.mjs";

const house = sharedHouse();
const canary = `canary-${randomBytes(6).toString("hex")}`;
const agent = new http.Agent({ keepAlive: true });
const client = (token) => new Client(house.url, token, { agent });

let ours, theirs, victim, roles, stateBefore;
after(() => agent.destroy());

before(async () => {
  const free = { models: { small: { in: 0, out: 0 } } }; // so that what a month has cost stays the same
  [ours, theirs] = await Promise.all([makeTenant(house, "planted", free), makeTenant(house, "planted-foreign")]);
  const stranger = client(theirs.member);
  const { conversation } = await things(stranger, "small", canary);
  const { id: user } = (await stranger.get("/api/v1/me")).json;
  victim = { tenant: theirs.slug, user, token: theirs.member, conversation };
  roles = await Promise.all(["member", "admin"].slice(0, rounds(1, 2)).map(async (role) => ({
    reader: await person({ sub: `${role}-reads`, role }), writer: await person({ sub: `${role}-writes`, role }),
  })));
  stateBefore = await stateOf(house, theirs);
});

/** Those who read are not those who write, so that what they read stays the same. */
async function person(claims) {
  const who = client(ours.token(claims));
  return { client: who, own: await things(who, "small", "own") };
}
const asks = ({ method }, role) => (method === "GET" ? role.reader : role.writer);

/** The same names of nobody. */
const nobody = () => ({
  tenant: `${victim.tenant.slice(0, -4)}zzzz`, user: `${victim.user.slice(0, -4)}zzzz`, token: "nobody",
  conversation: `${victim.conversation.slice(0, -4)}zzzz`,
});

// Spellings in which somebody has believed a tenant or a person before. Each: name → whose value.
const headers = {
  "X-Tenant-Id": "tenant", X_Tenant_Id: "tenant", tenantId: "tenant", "Tenant-Id": "tenant", "X-Tenant": "tenant",
  "X-TENANT-ID": "tenant", "X-Insula-Tenant": "tenant", "X-Organization-Id": "tenant", "OpenAI-Organization": "tenant",
  "X-Scope-OrgID": "tenant", "X-User-Id": "user", X_User_Id: "user", "X-User": "user", "X-Forwarded-User": "user",
  "X-Auth-Request-User": "user", "X-Remote-User": "user", REMOTE_USER: "user", "Remote-User": "user",
  "X-Original-Authorization": "token", "X-Forwarded-Authorization": "token", "Proxy-Authorization": "token",
  "X-Api-Key": "token", "Api-Key": "token", "X-Access-Token": "token", "X-Role": "role", "X-Forwarded-Host": "tenant",
  Forwarded: "tenant", "X-Conversation-Id": "conversation", "X-Original-URL": "url", "X-HTTP-Method-Override": "verb",
};
const cookies = { tenant: "tenant", tenant_id: "tenant", user_id: "user", session: "token", role: "role" };
const words = {
  tenant: "tenant", tenantId: "tenant", tenant_id: "tenant", org: "tenant", user: "user", userId: "user",
  user_id: "user", sub: "user", access_token: "token", role: "role", conversation_id: "conversation",
};
const fields = {
  tenant_id: "tenant", tenantId: "tenant", tenant: "tenant", org_id: "tenant", user_id: "user", userId: "user",
  user: "user", owner: "user", sub: "user", scope: "tenant", metadata: "tenant", role: "role",
};

const value = (whose, kind) => {
  const others = { role: "admin", verb: "DELETE", url: `/api/v1/conversations/${whose.conversation}` };
  return whose[kind] ?? others[kind];
};

/** [{what, plant(request, whose)}]; isPlain: as if it were not there. */
const plants = [
  ...Object.entries(headers).map(([name, kind]) => ({
    what: `header ${name}`, isPlain: true,
    plant: (good, whose) => ({ ...good, headers: { ...good.headers, [name]: value(whose, kind) } }),
  })),
  ...Object.entries(cookies).map(([name, kind]) => ({
    what: `cookie ${name}`, isPlain: true,
    plant: (good, whose) => ({ ...good, headers: { ...good.headers, Cookie: `${name}=${value(whose, kind)}` } }),
  })),
  ...Object.entries(words).map(([name, kind]) => ({
    what: `query ${name}`, isPlain: true,
    plant: (good, whose) => ({ ...good, query: { ...good.query, [name]: value(whose, kind) } }),
  })),
  ...["/{}", "/tenants/{}", "/t/{}", "/api/v1/tenants/{}", "/{}/.."].map((before) => ({
    what: `path behind ${before}`,
    plant: (good, whose) => ({ ...good, path: before.replace("{}", whose.tenant) + good.path }),
  })),
  ...["/{}", ";tenant={}", "@{}", "%00{}", "%2f{}"].map((behind) => ({
    what: `path before ${behind}`,
    plant: (good, whose) => ({ ...good, path: good.path + behind.replace("{}", whose.tenant) }),
  })),
  ...Object.entries(fields).map(([name, kind]) => ({
    what: `field ${name}`, isField: true,
    plant: (good, whose) => ({ ...good, body: { ...good.body, [name]: value(whose, kind) } }),
  })),
  ...["tenant_id", "user_id", "name"].map((name) => ({
    what: `field messages[0].${name}`, isField: true, needs: "messages",
    plant: (good, whose) => {
      const [first, ...others] = good.body.messages;
      return { ...good, body: { ...good.body, messages: [{ ...first, [name]: value(whose, "tenant") }, ...others] } };
    },
  })),
];

const anew = {
  conversation: (client) => client.post("/api/v1/conversations", { title: "Mine" }),
  response: (client) => client.post("/v1/responses", { input: script({ chunks: 1 }) }),
};

/** A good request; of something made for it, where it is used up. */
async function good(route, { client, own }) {
  const { spends } = matrix[route.handler];
  if (!spends) return request(route, own);
  const { id } = (await anew[spends](client)).json;
  return request(route, { ...own, [spends]: id });
}

const fits = (route, { isField, needs }) => {
  const body = matrix[route.handler].body?.(roles[0].writer.own);
  return !isField || (body !== undefined && (!needs || body[needs] !== undefined));
};

test("a tenant or a person planted in header, cookie, query, path or body changes nothing", async () => {
  const wrong = [];
  let tried = 0;
  const attack = (route, who, { what, isPlain, plant }) => async () => {
    const ask = async (whose) => {
      const plain = await good(route, who);
      const answer = await send(who.client, whose ? plant(plain, whose) : plain);
      return seen(answer, whose?.tenant, whose?.user).replaceAll(plain.params.id, "conv_");
    };
    const expected = await ask(isPlain ? undefined : nobody());
    const got = await ask(victim);
    tried++;
    if (got !== expected || got.includes(canary))
      wrong.push(`${route.method} ${route.path} with ${what}:\n${expected}\n${got}`);
  };
  // What this process and this machine say of themselves changes by itself.
  const asked = routes.filter(({ handler }) => handler !== "metrics_get");
  await all(asked.flatMap((route) => roles.flatMap((role) =>
    plants.filter((plant) => fits(route, plant)).map((plant) => attack(route, asks(route, role), plant)))));
  wrong.slice(0, 5).forEach((words) => console.log(words));
  bar("B10", `requests with a planted tenant or person (${plants.length} spellings, every address) without effect`,
    tried - wrong.length, tried);
});

test("and the victim's rows, files and calls are as before", async () => {
  assert.deepEqual(await stateOf(house, theirs), stateBefore);
});
