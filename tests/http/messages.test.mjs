// The message tree: going on, hearing again, asking differently; and what of it the model is told.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { asked, makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
const base = "/api/v1/conversations";
let tenant;

before(async () => {
  tenant = await makeTenant(house, "talk", {
    models: { small: {}, other: {}, narrow: { context: 300, output: 100 } },
  });
});

let people = 0;
/** Each test has a person of its own, so no test sees another's conversations. */
const person = () => new Client(house.url, tenant.token({ sub: `person-${people++}` }));
/** A turn; → its conversation event. */
const turn = async (who, content, fields) => {
  const answer = await who.chat(content, fields);
  assert.equal(answer.status, 200, answer.text);
  return answer.json.conversation;
};
const one = script({ text: "One." });
/** What the model was told last: [role, content] of each message. */
const told = async () =>
  (await asked(house, tenant)).at(-1).body.messages.map(({ role, content }) => [role, content]);

test("a conversation goes on, and the model hears all of it", async () => {
  const maria = person();
  const first = await turn(maria, script({ text: "Answer one." }, "Question one. "));
  const second = await turn(maria, script({ text: "Answer two." }, "Question two. "), {
    conversation_id: first.conversation_id,
  });
  assert.equal(second.conversation_id, first.conversation_id);
  assert.deepEqual(await told(), [
    ["user", script({ text: "Answer one." }, "Question one. ")],
    ["assistant", "Answer one."],
    ["user", script({ text: "Answer two." }, "Question two. ")],
  ]);
  const { data, tree } = await maria.messages(first.conversation_id);
  assert.deepEqual(
    data.map(({ role }) => role),
    ["user", "assistant", "user", "assistant"],
  );
  data.forEach(({ parent_id }, i) => assert.equal(parent_id, i ? data[i - 1].id : null));
  assert.deepEqual(
    tree,
    data.map(({ id, parent_id, role }) => ({ id, parent_id, role })),
  );
  assert.equal(
    (await maria.get(`${base}/${first.conversation_id}`)).json.leaf_id,
    second.message_id,
  );
  const sameDoor = await maria.post(`${base}/${first.conversation_id}/messages`, {
    messages: [user(one)],
  });
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
  const question = await maria.post(
    `${base}/${place.conversation_id}/messages/${place.parent_id}/regenerate`,
    {},
  );
  assert.equal(question.status, 422);
  assert.equal(question.error.code, "not_an_answer");
});

test("a question is put differently on a branch of its own", async () => {
  const maria = person();
  const first = await turn(maria, script({ text: "A1." }, "Q1 "));
  const second = await turn(maria, script({ text: "A2." }, "Q2 "), {
    conversation_id: first.conversation_id,
  });
  const edit = (message, fields) =>
    maria.call("PATCH", `${base}/${first.conversation_id}/messages/${message}`, { body: fields });
  const edited = await edit(second.parent_id, { content: script({ text: "A2b." }, "Q2b ") });
  assert.equal(edited.status, 200, edited.text);
  assert.deepEqual(await told(), [
    ["user", script({ text: "A1." }, "Q1 ")],
    ["assistant", "A1."],
    ["user", script({ text: "A2b." }, "Q2b ")],
  ]);
  const branch = async (leaf) =>
    (await maria.messages(first.conversation_id, leaf ? `?leaf=${leaf}` : "")).data.map(
      ({ content }) => content.replace(/ script.*/, ""),
    );
  assert.deepEqual(await branch(), ["Q1", "A1.", "Q2b", "A2b."]);
  assert.deepEqual(await branch(second.message_id), ["Q1", "A1.", "Q2", "A2."]);
  const root = await edit(first.parent_id, { content: script({ text: "A0." }, "Q0 ") });
  assert.equal(root.status, 200);
  assert.deepEqual(await branch(), ["Q0", "A0."]);
  assert.equal((await maria.messages(first.conversation_id)).tree.length, 8, "nothing is lost");
  assert.equal((await edit(first.message_id, { content: "x" })).error.code, "not_editable");
  for (const fields of [
    {},
    { content: "" },
    { content: null },
    { content: 7 },
    { content: ["x"] },
  ]) {
    const answer = await edit(first.parent_id, fields);
    assert.equal(answer.status, 400, JSON.stringify(fields));
    assert.equal(answer.error.param, "content");
  }
});

test("parent_id goes on from any message", async () => {
  const maria = person();
  const first = await turn(maria, script({ text: "A1." }, "Q1 "));
  await turn(maria, script({ text: "A2." }, "Q2 "), { conversation_id: first.conversation_id });
  const aside = await turn(maria, one, {
    conversation_id: first.conversation_id,
    parent_id: first.message_id,
  });
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
  const history = Array.from({ length: 9 }, (_, i) => ({
    role: i % 2 ? "assistant" : "user",
    content: `m${i}`,
  }));
  const place = (
    await maria.post("/api/v1/chat", { messages: [...history.slice(0, 8), user(one)] })
  ).json.conversation;
  const pages = [];
  for (let query = "?limit=4"; query;) {
    const page = await maria.messages(place.conversation_id, query);
    pages.push(page.data.map(({ id }) => id));
    query = page.next && `?limit=4&after=${page.next}`;
  }
  assert.deepEqual(
    pages.map((page) => page.length),
    [4, 4, 2],
  );
  assert.deepEqual(
    pages.flat(),
    (await maria.messages(place.conversation_id)).data.map(({ id }) => id),
  );
});

test("history is cut to the model's context from the oldest, and the system message stays", async () => {
  const maria = person();
  const system = { role: "system", content: "You are terse." };
  const said = (i) => `Message ${i}: ${"x".repeat(90)}`;
  const old = Array.from({ length: 10 }, (_, i) => ({
    role: i % 2 ? "assistant" : "user",
    content: said(i),
  }));
  const start = await maria.post("/api/v1/chat", {
    model: "narrow",
    messages: [system, ...old, user(one)],
  });
  assert.equal(start.status, 200, start.text);
  const { conversation_id } = start.json.conversation;
  await turn(maria, script({ text: "Two." }, "The newest. "), { conversation_id, model: "narrow" });
  const heard = await told();
  assert.deepEqual(heard[0], ["system", "You are terse."]);
  assert.match(heard.at(-1)[1], /^The newest/);
  assert.ok(heard.length > 3 && heard.length < 12, `${heard.length} messages`);
  const whole = [
    ...old.map(({ role, content }) => [role, content]),
    ["user", one],
    ["assistant", "One."],
  ];
  assert.deepEqual(
    heard.slice(1, -1),
    whole.slice(whole.length - (heard.length - 2)),
    "the newest ones, without a gap",
  );
  const bytes = heard.reduce((sum, [, content]) => sum + content.length, 0);
  assert.ok(bytes / 4 <= 200, `${bytes} bytes for 200 tokens`);
  assert.equal((await maria.messages(conversation_id)).data.length, 15, "all of it is kept");
});

test("parts and tool calls come back to the model as they were said", async () => {
  const maria = person();
  const parts = [
    { type: "text", text: "Look:" },
    { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
  ];
  const call = {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
  };
  const result = { role: "tool", tool_call_id: "c1", content: "42" };
  const start = await maria.post("/api/v1/chat", {
    messages: [{ role: "user", content: parts }, call, result, user(one)],
  });
  const { conversation_id } = start.json.conversation;
  await turn(maria, one, { conversation_id });
  const { messages } = (await asked(house, tenant)).at(-1).body;
  assert.deepEqual(messages.slice(0, 3), [{ role: "user", content: parts }, call, result]);
  const { data } = await maria.messages(conversation_id);
  assert.deepEqual(data[0].parts, parts);
  assert.equal(data[0].content, "Look:");
});

test("a result in OpenAI's older role is kept as a tool's", async () => {
  const maria = person();
  const result = { role: "function", name: "f", content: "42" };
  const start = await maria.post("/api/v1/chat", { messages: [user(one), result, user(one)] });
  assert.equal(start.status, 200);
  const { data } = await maria.messages(start.json.conversation.conversation_id);
  assert.deepEqual([data[1].role, data[1].content], ["tool", "42"]);
});

test("a failed answer is shown, and is not told to the model", async () => {
  const maria = person();
  const failed = await maria.chat(script({ status: 500 }));
  assert.equal(failed.status, 502);
  const conversation = failed.headers["x-insula-conversation"];
  const { data } = await maria.messages(conversation);
  assert.deepEqual(data.map(({ role, state, content }) => [role, state, content]).at(-1), [
    "assistant",
    "failed",
    "",
  ]);
  assert.equal(data.at(-1).code, "upstream_error");
  await turn(maria, one, { conversation_id: conversation });
  assert.deepEqual(
    (await told()).map(([role]) => role),
    ["user", "user"],
  );
});
