// Conversations: list, change, delete; the message tree; and what of it the model is told.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { asked, makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
const base = "/api/v1/conversations";
let tenant;

before(async () => {
  tenant = await makeTenant(house, "talk", { models: { small: {}, other: {}, narrow: { context: 300, output: 100 } } });
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
/** What the model was told last: [role, content] of each message. */
const told = async () => (await asked(house, tenant)).at(-1).body.messages.map(({ role, content }) => [role, content]);

test("a conversation is made, read, and known by its version", async () => {
  const maria = person();
  const made = await maria.post(base, { title: "Bonds ✓", model: "other" });
  assert.equal(made.status, 201);
  assert.match(made.json.id, /^conv_[0-9a-hjkmnp-tv-z]{26}$/);
  assert.deepEqual({ ...made.json, id: 0, created_at: 0, updated_at: 0 }, {
    id: 0, title: "Bonds ✓", model: "other", leaf_id: null, pinned: false, archived: false, version: 1,
    created_at: 0, updated_at: 0,
  });
  assert.equal(made.headers.etag, '"1"');
  assert.match(made.json.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(made.json.created_at) - Date.now()) < 5000);
  const read = await maria.get(`${base}/${made.json.id}`);
  assert.equal(read.status, 200);
  assert.deepEqual(read.json, made.json);
  assert.equal(read.headers.etag, '"1"');
  assert.deepEqual(await maria.messages(made.json.id), { data: [], has_more: false, next: null, tree: [] });
});

test("what cannot be made is refused by its field", async () => {
  const maria = person();
  for (const [fields, status, param] of [[{ title: 7 }, 400, "title"], [{ title: "x".repeat(601) }, 400, "title"],
    [{ model: "nobody" }, 404, "model"], [{ model: 7 }, 400, "model"], [{ pinned: true }, 400, "pinned"],
    [{ user_id: "x" }, 400, "user_id"]]) {
    const answer = await maria.post(base, fields);
    assert.equal(answer.status, status, JSON.stringify(fields));
    assert.equal(answer.error.param, param);
  }
  assert.equal((await maria.get(base)).json.data.length, 0);
});

test("the list pages from the newest to the oldest, each once", async () => {
  const maria = person();
  const made = [];
  for (let i = 0; i < 23; i++, await sleep(2)) made.push((await make(maria, { title: `Number ${i}` })).id);
  const pages = [];
  for (let query = "?limit=10"; query;) {
    const { json } = await maria.get(base + query);
    pages.push(json.data.map(({ id }) => id));
    assert.equal(json.has_more, json.next !== null);
    query = json.next && `?limit=10&after=${json.next}`;
  }
  assert.deepEqual(pages.map((page) => page.length), [10, 10, 3]);
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
  assert.deepEqual(rest.data.map(({ id }) => id), [made[2], made[1], made[0]]);
  assert.deepEqual(data.map(({ id }) => id), [made[5], made[4], made[3]]);
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
  for (const query of ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=1&limit=2", "after=garbage", "after=",
    `after=${id}`, "limit=%zz"]) {
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
  assert.deepEqual((await maria.get(`${base}?pinned=true`)).json.data.map((c) => c.id), [id]);
  const archived = (await change({ archived: true })).json;
  assert.deepEqual([archived.archived, archived.pinned, archived.title, archived.version], [true, true, "New", 4]);
  assert.deepEqual((await maria.get(base)).json.data.map((c) => c.id), [other.id]);
  assert.deepEqual((await maria.get(`${base}?archived=true`)).json.data.map((c) => c.id), [id]);
  assert.equal((await maria.get(`${base}/${id}`)).status, 200, "it can still be read");
  assert.equal((await change({ archived: false, pinned: false })).json.archived, false);
  assert.equal((await change({ title: "" })).json.title, "", "a title can be taken away");
  for (const [fields, param] of [[{ title: 7 }, "title"], [{ pinned: "yes" }, "pinned"], [{ archived: 1 }, "archived"],
    [{ owner: "otto" }, "owner"], [{}, null], [{ title: null }, null]]) {
    const answer = await change(fields);
    assert.equal(answer.status, 400, JSON.stringify(fields));
    assert.equal(answer.error.param, param);
  }
});

test("If-Match: only who has seen the newest version changes it", async () => {
  const maria = person();
  const { id } = await make(maria, { title: "First" });
  const change = (title, tag) => maria.call("PATCH", `${base}/${id}`, { body: { title }, headers: tag && { "If-Match": tag } });
  assert.equal((await change("Second", '"1"')).status, 200);
  for (const tag of ['"1"', '"3"', '"99999"', '"x"', '"0"', '"-1"', "2", '"2', 'W/"2"', '""', '"2x"', '"99999999999999999999"']) {
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
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) =>
    maria.call("PATCH", `${base}/${id}`, { body: { title: `Winner ${i}` }, headers: { "If-Match": '"1"' } })));
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
  for (const [method, where, body] of [["GET", path], ["GET", `${path}/messages`], ["DELETE", path],
    ["PATCH", path, { title: "Back" }], ["POST", `${path}/messages`, { messages: [user(one)] }],
    ["POST", `${path}/messages/${place.message_id}/regenerate`, {}]])
    assert.equal((await maria.call(method, where, { body })).status, 404, `${method} ${where}`);
  assert.equal((await maria.get(base)).json.data.length, 0);
});

test("a conversation that is deleted while its answer comes ends cleanly, and is charged", async () => {
  const maria = person();
  const begun = await maria.begin(script({ chunks: 20, delay_ms: 30 }), (text) => text.includes("w2 "));
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

test("a conversation goes on, and the model hears all of it", async () => {
  const maria = person();
  const first = await turn(maria, script({ text: "Answer one." }, "Question one. "));
  const second = await turn(maria, script({ text: "Answer two." }, "Question two. "), { conversation_id: first.conversation_id });
  assert.equal(second.conversation_id, first.conversation_id);
  assert.deepEqual(await told(), [["user", script({ text: "Answer one." }, "Question one. ")], ["assistant", "Answer one."],
    ["user", script({ text: "Answer two." }, "Question two. ")]]);
  const { data, tree } = await maria.messages(first.conversation_id);
  assert.deepEqual(data.map(({ role }) => role), ["user", "assistant", "user", "assistant"]);
  data.forEach(({ parent_id }, i) => assert.equal(parent_id, i ? data[i - 1].id : null));
  assert.deepEqual(tree, data.map(({ id, parent_id, role }) => ({ id, parent_id, role })));
  assert.equal((await maria.get(`${base}/${first.conversation_id}`)).json.leaf_id, second.message_id);
  const sameDoor = await maria.post(`${base}/${first.conversation_id}/messages`, { messages: [user(one)] });
  assert.equal(sameDoor.json.conversation.conversation_id, first.conversation_id);
  assert.equal((await told()).length, 5);
});

test("an answer is heard again on a branch of its own", async () => {
  const maria = person();
  const place = await turn(maria, script({ text: "First try." }));
  const path = `${base}/${place.conversation_id}/messages/${place.message_id}/regenerate`;
  for (const body of [undefined, {}, { stream: false, model: "other" }]) {
    const again = await maria.call("POST", path, { body });
    assert.equal(again.status, 200, again.text);
    assert.equal(again.json.conversation.parent_id, place.parent_id);
    assert.notEqual(again.json.conversation.message_id, place.message_id);
    assert.equal(again.json.conversation.model, body?.model ?? "small");
    assert.equal((await told()).length, 1, "the old answer is not told");
  }
  const { tree, data } = await maria.messages(place.conversation_id);
  assert.equal(tree.length, 5);
  assert.equal(tree.filter(({ parent_id }) => parent_id === place.parent_id).length, 4);
  assert.equal(data.length, 2, "the newest branch");
  const old = await maria.messages(place.conversation_id, `?leaf=${place.message_id}`);
  assert.equal(old.data.at(-1).id, place.message_id);
  const question = await maria.post(`${base}/${place.conversation_id}/messages/${place.parent_id}/regenerate`, {});
  assert.equal(question.status, 422);
  assert.equal(question.error.code, "not_an_answer");
});

test("a question is put differently on a branch of its own", async () => {
  const maria = person();
  const first = await turn(maria, script({ text: "A1." }, "Q1 "));
  const second = await turn(maria, script({ text: "A2." }, "Q2 "), { conversation_id: first.conversation_id });
  const edit = (message, fields) =>
    maria.call("PATCH", `${base}/${first.conversation_id}/messages/${message}`, { body: fields });
  const edited = await edit(second.parent_id, { content: script({ text: "A2b." }, "Q2b ") });
  assert.equal(edited.status, 200, edited.text);
  assert.deepEqual(await told(), [["user", script({ text: "A1." }, "Q1 ")], ["assistant", "A1."],
    ["user", script({ text: "A2b." }, "Q2b ")]]);
  const branch = async (leaf) => (await maria.messages(first.conversation_id, leaf ? `?leaf=${leaf}` : ""))
    .data.map(({ content }) => content.replace(/ script.*/, ""));
  assert.deepEqual(await branch(), ["Q1", "A1.", "Q2b", "A2b."]);
  assert.deepEqual(await branch(second.message_id), ["Q1", "A1.", "Q2", "A2."]);
  const root = await edit(first.parent_id, { content: script({ text: "A0." }, "Q0 ") });
  assert.equal(root.status, 200);
  assert.deepEqual(await branch(), ["Q0", "A0."]);
  assert.equal((await maria.messages(first.conversation_id)).tree.length, 8, "nothing is lost");
  assert.equal((await edit(first.message_id, { content: "x" })).error.code, "not_editable");
  for (const fields of [{}, { content: "" }, { content: null }, { content: 7 }, { content: ["x"] }]) {
    const answer = await edit(first.parent_id, fields);
    assert.equal(answer.status, 400, JSON.stringify(fields));
    assert.equal(answer.error.param, "content");
  }
});

test("parent_id goes on from any message", async () => {
  const maria = person();
  const first = await turn(maria, script({ text: "A1." }, "Q1 "));
  await turn(maria, script({ text: "A2." }, "Q2 "), { conversation_id: first.conversation_id });
  const aside = await turn(maria, one, { conversation_id: first.conversation_id, parent_id: first.message_id });
  assert.equal((await told()).length, 3);
  const { data, tree } = await maria.messages(first.conversation_id, `?leaf=${aside.message_id}`);
  assert.equal(data.length, 4);
  assert.equal(data[2].parent_id, first.message_id);
  assert.equal(tree.length, 6);
  const middle = await maria.messages(first.conversation_id, `?leaf=${first.parent_id}`);
  assert.equal(middle.data.length, 1, "a branch may end anywhere");
});

test("a long branch is read in pages, oldest first", async () => {
  const maria = person();
  const history = Array.from({ length: 9 }, (_, i) => ({ role: i % 2 ? "assistant" : "user", content: `m${i}` }));
  const place = (await maria.post("/api/v1/chat", { messages: [...history.slice(0, 8), user(one)] })).json.conversation;
  const pages = [];
  for (let query = "?limit=4"; query;) {
    const page = await maria.messages(place.conversation_id, query);
    pages.push(page.data.map(({ id }) => id));
    query = page.next && `?limit=4&after=${page.next}`;
  }
  assert.deepEqual(pages.map((page) => page.length), [4, 4, 2]);
  assert.deepEqual(pages.flat(), (await maria.messages(place.conversation_id)).data.map(({ id }) => id));
});

test("history is cut to the model's context from the oldest, and the system message stays", async () => {
  const maria = person();
  const system = { role: "system", content: "You are terse." };
  const said = (i) => `Message ${i}: ${"x".repeat(90)}`;
  const old = Array.from({ length: 10 }, (_, i) => ({ role: i % 2 ? "assistant" : "user", content: said(i) }));
  const start = await maria.post("/api/v1/chat", { model: "narrow", messages: [system, ...old, user(one)] });
  assert.equal(start.status, 200, start.text);
  const { conversation_id } = start.json.conversation;
  await turn(maria, script({ text: "Two." }, "The newest. "), { conversation_id, model: "narrow" });
  const heard = await told();
  assert.deepEqual(heard[0], ["system", "You are terse."]);
  assert.match(heard.at(-1)[1], /^The newest/);
  assert.ok(heard.length > 3 && heard.length < 12, `${heard.length} messages`);
  const whole = [...old.map(({ role, content }) => [role, content]), ["user", one], ["assistant", "One."]];
  assert.deepEqual(heard.slice(1, -1), whole.slice(whole.length - (heard.length - 2)), "the newest ones, without a gap");
  const bytes = heard.reduce((sum, [, content]) => sum + content.length, 0);
  assert.ok(bytes / 4 <= 200, `${bytes} bytes for 200 tokens`);
  assert.equal((await maria.messages(conversation_id)).data.length, 15, "all of it is kept");
});

test("parts and tool calls come back to the model as they were said", async () => {
  const maria = person();
  const parts = [{ type: "text", text: "Look:" }, { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }];
  const call = { role: "assistant", content: null, tool_calls: [{ id: "c1", type: "function",
    function: { name: "f", arguments: "{}" } }] };
  const result = { role: "tool", tool_call_id: "c1", content: "42" };
  const start = await maria.post("/api/v1/chat", { messages: [{ role: "user", content: parts }, call, result, user(one)] });
  const { conversation_id } = start.json.conversation;
  await turn(maria, one, { conversation_id });
  const { messages } = (await asked(house, tenant)).at(-1).body;
  assert.deepEqual(messages.slice(0, 3), [{ role: "user", content: parts }, call, result]);
  const { data } = await maria.messages(conversation_id);
  assert.deepEqual(data[0].parts, parts);
  assert.equal(data[0].content, "Look:");
});

test("a failed answer is shown, and is not told to the model", async () => {
  const maria = person();
  const failed = await maria.chat(script({ status: 500 }));
  assert.equal(failed.status, 502);
  const conversation = failed.headers["x-insula-conversation"];
  const { data } = await maria.messages(conversation);
  assert.deepEqual(data.map(({ role, state, content }) => [role, state, content]).at(-1), ["assistant", "failed", ""]);
  assert.equal(data.at(-1).code, "upstream_error");
  await turn(maria, one, { conversation_id: conversation });
  assert.deepEqual((await told()).map(([role]) => role), ["user", "user"]);
});
