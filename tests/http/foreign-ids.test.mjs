// Another's ids, another tenant's or a colleague's, are as unknown as those that nobody has.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { fill, userRoutes } from "./lib/routes.mjs";
import { makeTenant } from "./lib/tenant.mjs";

const house = sharedHouse();
let maria, otto, stranger;

/** An id of the same kind that nobody has. */
const unknown = (id) => id.slice(0, -8) + (id.endsWith("zzzzzzzz") ? "yyyyyyyy" : "zzzzzzzz");

before(async () => {
  const [ours, theirs] = await Promise.all([
    makeTenant(house, "ids"),
    makeTenant(house, "ids-foreign"),
  ]);
  [maria, otto, stranger] = [ours.member, ours.other, theirs.member].map(
    (token) => new Client(house.url, token),
  );
});

async function theirsConversation() {
  const answer = await stranger.chat(script({ chunks: 2 }));
  assert.equal(answer.status, 200, answer.text);
  const { conversation_id, parent_id, turn_id } = answer.json.conversation;
  return { conversation: conversation_id, message: parent_id, turn: turn_id };
}

const withoutRequestId = (answer) => answer.text.replace(/req_[0-9a-z]{26}/g, "req_");

/** All that a caller can see, but for what differs between any two requests. */
function seen(answer) {
  const { date, "x-request-id": id, "server-timing": timing, ...headers } = answer.headers;
  return { status: answer.status, headers, text: withoutRequestId(answer) };
}

const bodies = {
  conversation_patch: { title: "Taken" },
  message_post: { messages: [user(script({ chunks: 1 }))] },
  message_edit: { content: script({ chunks: 1 }) },
};

test("another's ids and unknown ids give the same bytes at every address", async (t) => {
  const foreign = await theirsConversation();
  const mine = (await maria.chat(script({ chunks: 1 }))).json.conversation;
  const colleague = (await otto.chat(script({ chunks: 1 }))).json.conversation;
  const values = (c) => ({
    id: c.conversation_id ?? c.conversation,
    message: c.parent_id ?? c.message,
    turn: c.turn_id ?? c.turn,
  });
  const ask = (route, path, headers) =>
    maria.call(route.method, path, {
      ...(route.method === "GET" || route.method === "DELETE"
        ? {}
        : { body: bodies[route.handler] ?? {} }),
      headers,
    });
  const nobody = Object.fromEntries(
    Object.entries(values(foreign)).map(([k, id]) => [k, unknown(id)]),
  );

  for (const route of userRoutes.filter((r) => /\{(id|turn|message)\}/.test(r.path)))
    await t.test(`${route.method} ${route.path}`, async () => {
      const expected = seen(await ask(route, fill(route.path, nobody)));
      assert.equal(expected.status, 404);
      const attempts = [
        values(foreign),
        values(colleague),
        { id: "garbage", message: "garbage", turn: "garbage" },
        { id: foreign.message, message: foreign.conversation, turn: foreign.conversation },
      ];
      for (const attempt of attempts)
        assert.deepEqual(
          seen(await ask(route, fill(route.path, attempt))),
          expected,
          JSON.stringify(attempt),
        );
      if (route.path.includes("{message}")) {
        const own = (message) => ask(route, fill(route.path, { ...values(mine), message }));
        const missing = seen(await own(nobody.message));
        for (const message of [foreign.message, colleague.parent_id, "garbage"])
          assert.deepEqual(seen(await own(message)), missing);
      }
    });

  await t.test("ids within a body", async () => {
    const say = (fields) => maria.chat(script({ chunks: 1 }), fields).then(seen);
    const missing = await say({ conversation_id: nobody.id });
    assert.equal(missing.status, 404);
    for (const id of [foreign.conversation, colleague.conversation_id, "garbage"])
      assert.deepEqual(await say({ conversation_id: id }), missing);
    const parent = (id) => say({ conversation_id: mine.conversation_id, parent_id: id });
    const noParent = await parent(nobody.message);
    assert.equal(noParent.status, 404);
    for (const id of [foreign.message, colleague.parent_id, "garbage"])
      assert.deepEqual(await parent(id), noParent);
  });

  await t.test("the leaf of a query", async () => {
    const leaf = (id) =>
      maria.get(`/api/v1/conversations/${mine.conversation_id}/messages?leaf=${id}`).then(seen);
    const missing = await leaf(nobody.message);
    assert.equal(missing.status, 404);
    for (const id of [foreign.message, colleague.parent_id, "garbage"])
      assert.deepEqual(await leaf(id), missing);
  });

  await t.test("and nothing of it has changed what is whose", async () => {
    const theirsNow = await stranger.messages(foreign.conversation);
    assert.equal(theirsNow.tree.length, 2);
    assert.equal(
      (await stranger.get(`/api/v1/conversations/${foreign.conversation}`)).json.version,
      2,
    );
    assert.equal((await otto.messages(colleague.conversation_id)).tree.length, 2);
    const list = (await maria.get("/api/v1/conversations?limit=100")).json.data.map((c) => c.id);
    assert.ok(list.includes(mine.conversation_id));
    assert.ok(!list.includes(colleague.conversation_id) && !list.includes(foreign.conversation));
  });
});
