// Conversations: made, listed, changed by version, named, deleted.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
const base = "/api/v1/conversations";
let tenant;

before(async () => {
  tenant = await makeTenant(house, "talk", { models: { small: {}, other: {} } });
});

let people = 0;
/** Each test has a person of its own, so no test sees another's conversations. */
const person = () => new Client(house.url, tenant.token({ sub: `person-${people++}` }));
const make = async (who, fields = {}) => (await who.post(base, fields)).json;
/** A turn; → its conversation event. */
const turn = async (who, content, fields) => {
  const answer = await who.chat(content, fields);
  assert.equal(answer.status, 200, answer.text);
  return answer.json.conversation;
};
const one = script({ text: "One." });

test("a conversation is made, read, and known by its version", async () => {
  const maria = person();
  const made = await maria.post(base, { title: "Bonds ✓", model: "other" });
  assert.equal(made.status, 201);
  assert.match(made.json.id, /^conv_[0-9a-hjkmnp-tv-z]{26}$/);
  assert.deepEqual(
    { ...made.json, id: 0, created_at: 0, updated_at: 0 },
    {
      id: 0,
      title: "Bonds ✓",
      model: "other",
      leaf_id: null,
      pinned: false,
      archived: false,
      version: 1,
      created_at: 0,
      updated_at: 0,
    },
  );
  assert.equal(made.headers.etag, '"1"');
  assert.match(made.json.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(made.json.created_at) - Date.now()) < 5000);
  const read = await maria.get(`${base}/${made.json.id}`);
  assert.equal(read.status, 200);
  assert.deepEqual(read.json, made.json);
  assert.equal(read.headers.etag, '"1"');
  assert.deepEqual(await maria.messages(made.json.id), {
    data: [],
    has_more: false,
    next: null,
    tree: [],
  });
});

test("what cannot be made is refused by its field", async () => {
  const maria = person();
  for (const [fields, status, param] of [
    [{ title: 7 }, 400, "title"],
    [{ title: "x".repeat(601) }, 400, "title"],
    [{ model: "nobody" }, 404, "model"],
    [{ model: 7 }, 400, "model"],
    [{ pinned: true }, 400, "pinned"],
    [{ user_id: "x" }, 400, "user_id"],
  ]) {
    const answer = await maria.post(base, fields);
    assert.equal(answer.status, status, JSON.stringify(fields));
    assert.equal(answer.error.param, param);
  }
  assert.equal((await maria.get(base)).json.data.length, 0);
});

test("the list pages from the newest to the oldest, each once", async () => {
  const maria = person();
  const made = [];
  for (let i = 0; i < 23; i++, await sleep(2))
    made.push((await make(maria, { title: `Number ${i}` })).id);
  const pages = [];
  for (let query = "?limit=10"; query;) {
    const { json } = await maria.get(base + query);
    pages.push(json.data.map(({ id }) => id));
    assert.equal(json.has_more, json.next !== null);
    query = json.next && `?limit=10&after=${json.next}`;
  }
  assert.deepEqual(
    pages.map((page) => page.length),
    [10, 10, 3],
  );
  assert.deepEqual(pages.flat(), [...made].reverse());
  assert.equal((await maria.get(base)).json.data.length, 20, "the usual page");
  assert.equal((await maria.get(`${base}?limit=23`)).json.has_more, false, "exactly all");
});

test("a page stays right while conversations are made and moved", async () => {
  const maria = person();
  const made = [];
  for (let i = 0; i < 6; i++, await sleep(2)) made.push((await make(maria)).id);
  const { next, data } = (await maria.get(`${base}?limit=3`)).json;
  await make(maria);
  await turn(maria, one, { conversation_id: made[5] });
  const rest = (await maria.get(`${base}?limit=3&after=${next}`)).json;
  assert.deepEqual(
    rest.data.map(({ id }) => id),
    [made[2], made[1], made[0]],
  );
  assert.deepEqual(
    data.map(({ id }) => id),
    [made[5], made[4], made[3]],
  );
});

test("a new turn brings a conversation to the top, a new title does not", async () => {
  const maria = person();
  const a = await make(maria);
  await sleep(2); // ids of two workers are in order by the millisecond
  const b = await make(maria);
  const order = async () => (await maria.get(base)).json.data.map(({ id }) => id);
  assert.deepEqual(await order(), [b.id, a.id]);
  await turn(maria, one, { conversation_id: a.id });
  assert.deepEqual(await order(), [a.id, b.id]);
  await maria.call("PATCH", `${base}/${b.id}`, { body: { title: "Renamed" } });
  assert.deepEqual(await order(), [a.id, b.id]);
});

test("wrong queries are refused by their name", async () => {
  const maria = person();
  const { id } = await make(maria);
  for (const query of [
    "limit=0",
    "limit=101",
    "limit=-1",
    "limit=x",
    "limit=",
    "limit=1&limit=2",
    "after=garbage",
    "after=",
    `after=${id}`,
    "limit=%zz",
  ]) {
    const answer = await maria.get(`${base}?${query}`);
    assert.equal(answer.status, 400, query);
    assert.equal(answer.error.param, query.split("=")[0], query);
  }
  assert.equal((await maria.get(`${base}?unknown=1`)).status, 200);
  for (const query of ["limit=0", "limit=1001", "after=garbage"])
    assert.equal((await maria.get(`${base}/${id}/messages?${query}`)).status, 400, query);
});

test("rename, pin and archive", async () => {
  const maria = person();
  const { id } = await make(maria, { title: "Old" });
  const other = await make(maria);
  const change = (fields) => maria.call("PATCH", `${base}/${id}`, { body: fields });
  const renamed = await change({ title: "New" });
  assert.equal(renamed.status, 200);
  assert.equal(renamed.json.title, "New");
  assert.equal(renamed.json.version, 2);
  assert.equal(renamed.headers.etag, '"2"');
  assert.equal((await change({ pinned: true })).json.pinned, true);
  assert.deepEqual(
    (await maria.get(`${base}?pinned=true`)).json.data.map((c) => c.id),
    [id],
  );
  const archived = (await change({ archived: true })).json;
  assert.deepEqual(
    [archived.archived, archived.pinned, archived.title, archived.version],
    [true, true, "New", 4],
  );
  assert.deepEqual(
    (await maria.get(base)).json.data.map((c) => c.id),
    [other.id],
  );
  assert.deepEqual(
    (await maria.get(`${base}?archived=true`)).json.data.map((c) => c.id),
    [id],
  );
  assert.equal((await maria.get(`${base}/${id}`)).status, 200, "it can still be read");
  assert.equal((await change({ archived: false, pinned: false })).json.archived, false);
  assert.equal((await change({ title: "" })).json.title, "", "a title can be taken away");
  for (const [fields, param] of [
    [{ title: 7 }, "title"],
    [{ pinned: "yes" }, "pinned"],
    [{ archived: 1 }, "archived"],
    [{ owner: "otto" }, "owner"],
    [{}, null],
    [{ title: null }, null],
  ]) {
    const answer = await change(fields);
    assert.equal(answer.status, 400, JSON.stringify(fields));
    assert.equal(answer.error.param, param);
  }
});

test("If-Match: only who has seen the newest version changes it", async () => {
  const maria = person();
  const { id } = await make(maria, { title: "First" });
  const change = (title, tag) =>
    maria.call("PATCH", `${base}/${id}`, { body: { title }, headers: tag && { "If-Match": tag } });
  assert.equal((await change("Second", '"1"')).status, 200);
  for (const tag of [
    '"1"',
    '"3"',
    '"99999"',
    '"x"',
    '"0"',
    '"-1"',
    "2",
    '"2',
    'W/"2"',
    '""',
    '"2x"',
    '"99999999999999999999"',
  ]) {
    const answer = await change("Stolen", tag);
    assert.equal(answer.status, 412, tag);
    assert.equal(answer.error.code, "version_mismatch");
  }
  assert.equal((await maria.get(`${base}/${id}`)).json.title, "Second");
  assert.equal((await change("Third", "*")).status, 200);
  assert.equal((await change("Fourth")).status, 200, "without one the last writer wins");
  assert.equal((await maria.get(`${base}/${id}`)).json.version, 4);

  const remove = (tag) => maria.call("DELETE", `${base}/${id}`, { headers: { "If-Match": tag } });
  assert.equal((await remove('"3"')).status, 412);
  assert.equal((await remove('"4"')).status, 204);
});

test("of many who change the same version at once one wins", async () => {
  const maria = person();
  const { id } = await make(maria);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      maria.call("PATCH", `${base}/${id}`, {
        body: { title: `Winner ${i}` },
        headers: { "If-Match": '"1"' },
      }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(11).fill(412)]);
  const winner = answers.findIndex(({ status }) => status === 200);
  assert.equal((await maria.get(`${base}/${id}`)).json.title, `Winner ${winner}`);
});

test("what is deleted is gone, with its messages", async () => {
  const maria = person();
  const place = await turn(maria, one);
  const path = `${base}/${place.conversation_id}`;
  const removed = await maria.call("DELETE", path);
  assert.equal(removed.status, 204);
  assert.equal(removed.text, "");
  for (const [method, where, body] of [
    ["GET", path],
    ["GET", `${path}/messages`],
    ["DELETE", path],
    ["PATCH", path, { title: "Back" }],
    ["POST", `${path}/messages`, { messages: [user(one)] }],
    ["POST", `${path}/messages/${place.message_id}/regenerate`, {}],
  ])
    assert.equal((await maria.call(method, where, { body })).status, 404, `${method} ${where}`);
  assert.equal((await maria.get(base)).json.data.length, 0);
});

test("a conversation that is deleted while its answer comes ends cleanly, and is charged", async () => {
  const maria = person();
  const begun = await maria.begin(script({ chunks: 20, delay_ms: 30 }), (text) =>
    text.includes("w2 "),
  );
  assert.equal((await maria.call("DELETE", `${base}/${begun.place.conversation_id}`)).status, 204);
  const { text } = await begun.rest();
  assert.ok(text.endsWith("data: [DONE]\n\n") || text.includes('"error"'), text.slice(-300));
  assert.equal((await maria.get(`${base}/${begun.place.conversation_id}`)).status, 404);
});

test("a title is made from what was said first", async () => {
  const maria = person();
  const title = async (content, fields) =>
    (await maria.get(`${base}/${(await turn(maria, content, fields)).conversation_id}`)).json.title;
  assert.equal(await title("What is a bond?"), "What is a bond?");
  assert.equal(await title("\n\n# **Plan** for spring\nsecond line"), "Plan** for spring");
  const long = await title(`${"island ".repeat(30)}end`);
  assert.ok(long.length <= 60 && long.endsWith("…") && long.startsWith("island island"), long);
  const chinese = await title("请".repeat(200));
  assert.ok([...chinese].length <= 60 && chinese.endsWith("…"), chinese);
  const emoji = await title("😀".repeat(200));
  assert.equal(emoji, `${"😀".repeat(59)}…`, "no half characters");
  const own = await make(maria, { title: "Mine" });
  assert.equal(await title(one, { conversation_id: own.id }), "Mine");
  assert.equal(await title([{ type: "text", text: "Words in parts" }]), "Words in parts");
});

test("a conversation that begins without words is named after the answer", async () => {
  const maria = person();
  const { id } = await make(maria);
  await turn(maria, script({ text: "An answer about bonds." }), { conversation_id: id });
  const { title } = (await maria.get(`${base}/${id}`)).json;
  assert.ok(title.length > 0, "it has a title");
});

test("turns at once in one conversation are all taken, each where it says", async () => {
  const maria = person();
  const { conversation_id: id, message_id: parent_id } = await turn(maria, one);
  const path = `${base}/${id}/messages`;
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => maria.post(path, { messages: [user(one)], parent_id })),
  );
  for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  const { tree } = await maria.messages(id);
  assert.equal(tree.filter((message) => message.parent_id === parent_id).length, 12);
});
