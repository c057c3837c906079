// Coming back to a turn from any connection: resume, poll, cancel, and what is left when it is over.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { brokenBy, chunks, isDone, parseEvents, said } from "./lib/events.mjs";
import { changeSettings } from "./lib/settings.mjs";
import { makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
let tenant, maria, otto, stranger;
const EVENTS = 12; // role, nine words, finish, usage
const twelve = script({ chunks: 9, delay_ms: 25 });

before(async () => {
  tenant = await makeTenant(house, "resume");
  const foreign = await makeTenant(house, "resume-foreign");
  maria = new Client(house.url, tenant.member);
  otto = new Client(house.url, tenant.other);
  stranger = new Client(house.url, foreign.member);
});

const sse = { Accept: "text/event-stream" };
const resume = (who, turn, after) =>
  who.get(
    `/api/v1/streams/${turn}`,
    after === undefined ? sse : { ...sse, "Last-Event-ID": `${after}` },
  );
const poll = async (who, turn, after = 0) =>
  (await who.get(`/api/v1/streams/${turn}?after=${after}`)).json;
/** The stream's bytes until the end of event number `id`; of all before the first when 0. */
const untilEvent = (text, id) => {
  const at = text.indexOf(id ? `id: ${id}\n` : "\n\n");
  return text.slice(0, text.indexOf("\n\n", at) + 2);
};
const has = (id) => (text) =>
  (id ? text.includes(`id: ${id}\n`) : text.includes("\n\n")) &&
  untilEvent(text, id).endsWith("\n\n");

test("resumed bytes equal those that were missed, wherever the stream was cut", async (t) => {
  await Promise.all(
    Array.from({ length: EVENTS + 1 }, (_, cut) =>
      t.test(`cut behind event ${cut}`, async () => {
        const begun = await maria.begin(twelve, has(cut));
        begun.leave();
        const turn = begun.headers["x-insula-turn"];
        const missed = await resume(maria, turn, cut);
        assert.equal(missed.status, 200);
        assert.equal(missed.headers["content-type"], "text/event-stream; charset=utf-8");
        const whole = await resume(maria, turn);
        assert.equal(chunks(whole.events).length, EVENTS);
        const seen = cut ? untilEvent(begun.text, cut) : "";
        assert.equal(seen + missed.text, whole.text);
        assert.ok(begun.text.startsWith(untilEvent(whole.text, cut)));
      }),
    ),
  );
});

test("an uninterrupted stream and its replay are the same bytes", async () => {
  const whole = await maria.stream(twelve);
  const turn = whole.headers["x-insula-turn"];
  for (const after of [undefined, 0])
    assert.equal((await resume(maria, turn, after)).text, whole.text);
  assert.equal((await resume(maria, turn, EVENTS)).text, "data: [DONE]\n\n");
  assert.equal((await resume(maria, turn, 9999)).text, "data: [DONE]\n\n");
  const query = await maria.get(`/api/v1/streams/${turn}?after=5`, sse);
  assert.equal(query.text, (await resume(maria, turn, 5)).text);
});

test("a stream that is followed while it lives passes every chunk as it comes", async () => {
  const begun = await maria.begin(script({ chunks: 10, delay_ms: 60 }), has(1));
  const response = await maria.open("GET", `/api/v1/streams/${begun.place.turn_id}`, {
    headers: sse,
  });
  const times = [];
  for await (const _ of response) times.push(performance.now());
  assert.ok(times.length >= 5, `${times.length} pieces`);
  assert.ok(times.at(-1) - times[0] > 200, "all at once");
  await begun.rest();
});

test("many follow one stream, and one upstream call feeds them all", async () => {
  const { calls } = (await house.upstream.stats()).keys[tenant.key];
  const begun = await maria.begin(twelve, has(0));
  const followers = await Promise.all(
    Array.from({ length: 20 }, () => resume(maria, begun.place.turn_id)),
  );
  const { text } = await begun.rest();
  for (const follower of followers) assert.equal(follower.text, text);
  assert.equal((await house.upstream.stats()).keys[tenant.key].calls, calls + 1);
});

test("polling gives the same events, a part at a time", async () => {
  const begun = await maria.begin(twelve, has(0));
  const turn = begun.place.turn_id;
  const events = [];
  for (let answer; !answer?.done; await sleep(30)) {
    answer = await poll(maria, turn, events.length);
    events.push(...answer.events);
    assert.equal(answer.error, null);
  }
  const { text } = await begun.rest();
  assert.deepEqual(
    events.map(({ id }) => id),
    Array.from({ length: EVENTS }, (_, i) => i + 1),
  );
  const streamed = chunks((await resume(maria, turn)).events);
  assert.deepEqual(
    events.map(({ data }) => data),
    streamed,
  );
  assert.ok(text.endsWith("data: [DONE]\n\n"));
  assert.deepEqual(await poll(maria, turn, EVENTS), {
    events: [],
    done: true,
    error: null,
    body: null,
  });
});

test("a turn that is not streamed can be asked for again, whole", async () => {
  const answer = await maria.chat(script({ text: "Whole." }));
  const polled = await poll(maria, answer.headers["x-insula-turn"]);
  assert.equal(polled.done, true);
  assert.equal(polled.body.choices[0].message.content, "Whole.");
});

test("who left an unstreamed turn finds it by polling", async () => {
  const response = maria.open("POST", "/api/v1/chat", {
    body: { messages: [user(script({ text: "Patience.", silent_ms: 600 }))] },
  });
  response.catch(() => {});
  const conversation = await until(
    async () =>
      (await maria.get("/api/v1/conversations?limit=1")).json.data.find(({ title }) =>
        title.includes("Patience"),
      ),
    "the conversation",
  );
  const left = await response;
  left.destroy();
  const { data } = await maria.messages(conversation.id);
  assert.equal(data.at(-1).content, "Patience.");
});

test("a resumed stream is only its owner's", async () => {
  const whole = await maria.stream(twelve);
  const turn = whole.headers["x-insula-turn"];
  for (const who of [
    otto,
    stranger,
    new Client(house.url, tenant.token({ sub: "anton", role: "admin" })),
  ])
    for (const headers of [sse, {}]) {
      const answer = await who.get(`/api/v1/streams/${turn}`, headers);
      assert.equal(answer.status, 404);
      assert.equal(answer.error.code, "turn_not_found");
    }
});

test("Last-Event-ID must be a number", async () => {
  const turn = (await maria.stream(script({ chunks: 1 }))).headers["x-insula-turn"];
  for (const after of ["x", "-1", "1.5", "99999999999999999999", "0x1", "1, 2"]) {
    const answer = await resume(maria, turn, after);
    assert.equal(answer.status, 400, after);
    assert.equal(answer.error.param, "Last-Event-ID");
  }
});

test("cancel from another connection ends the stream, here and at the model, and keeps what was said", async () => {
  const begun = await maria.begin(script({ chunks: 9, delay_ms: 5, stall_after: 4 }), (text) =>
    text.includes("w3 "),
  );
  const { turn_id, conversation_id } = begun.place;
  const follower = resume(maria, turn_id);
  const cancelled = await maria.post(`/api/v1/streams/${turn_id}/cancel`);
  assert.equal(cancelled.status, 202);
  assert.deepEqual(cancelled.json, { turn_id, state: "cancelling" });
  const began = performance.now();
  const { text } = await begun.rest();
  assert.ok(performance.now() - began < 1000, "at once");
  assert.equal(brokenBy(parseEvents(text)).code, "cancelled");
  const followed = brokenBy((await follower).events);
  assert.equal(followed.code, "cancelled");
  const answer = (await maria.messages(conversation_id)).data.at(-1);
  assert.deepEqual(
    [answer.role, answer.state, answer.code, answer.content],
    ["assistant", "interrupted", "cancelled", "w0 w1 w2 w3 "],
  );
  assert.equal(said((await resume(maria, turn_id)).events), "w0 w1 w2 w3 ");
  await until(
    async () => (await house.upstream.stats()).keys[tenant.key].open === 0,
    "the model server is left",
  );
  const again = await maria.post(`/api/v1/streams/${turn_id}/cancel`);
  assert.equal(again.status, 202);
  assert.equal(again.json.state, "settled");
});

test("a turn is cancelled on whichever worker it runs", async () => {
  const running = await Promise.all(
    Array.from({ length: 8 }, () => maria.begin(script({ chunks: 3, stall_after: 1 }), has(2))),
  );
  await Promise.all(
    running.map(({ place }) => maria.post(`/api/v1/streams/${place.turn_id}/cancel`)),
  );
  const ended = await Promise.all(running.map((begun) => begun.rest()));
  for (const { text } of ended) assert.match(text, /"code":"cancelled"/);
});

test("nobody cancels another's turn", async () => {
  const begun = await maria.begin(script({ chunks: 10, delay_ms: 30 }), has(1));
  for (const who of [otto, stranger]) {
    const answer = await who.post(`/api/v1/streams/${begun.place.turn_id}/cancel`);
    assert.equal(answer.status, 404);
    assert.equal(answer.error.code, "turn_not_found");
  }
  assert.ok((await begun.rest()).text.endsWith("data: [DONE]\n\n"));
});

test("a stream that broke is resumed with the same error", async () => {
  const broken = await maria.stream(script({ chunks: 5, error_after: 3 }));
  const error = brokenBy(broken.events);
  const again = brokenBy((await resume(maria, broken.headers["x-insula-turn"], 2)).events);
  assert.deepEqual({ ...again, request_id: 0 }, { ...error, request_id: 0 });
  const polled = await poll(maria, broken.headers["x-insula-turn"]);
  assert.equal(polled.done, true);
  assert.equal(polled.error.code, error.code);
});

test("a client that leaves does not end the turn: the answer is there when it comes back", async () => {
  const begun = await maria.begin(twelve, has(3));
  begun.leave();
  const whole = await resume(maria, begun.headers["x-insula-turn"], 3);
  assert.ok(isDone(whole.events));
  const answer = (await maria.messages(begun.headers["x-insula-conversation"])).data.at(-1);
  assert.equal(answer.state, "complete");
  assert.equal(answer.content, "w0 w1 w2 w3 w4 w5 w6 w7 w8 ");
});

test("a tenant that wants it so ends turns whose client has left", async (t) => {
  for (const [policy, state] of [
    ["cancel", "interrupted"],
    ["drain:1", "interrupted"],
    ["drain", "complete"],
  ])
    await t.test(policy, async () => {
      const strict = await makeTenant(house, "leave", { disconnect: policy });
      const who = new Client(house.url, strict.member);
      const begun = await who.begin(
        script({ chunks: 9, delay_ms: 5, stall_after: 4, stall_ms: 2500 }),
        (text) => text.includes("w3 "),
      );
      begun.leave();
      const left = performance.now();
      const answer = await until(
        async () =>
          (await who.messages(begun.headers["x-insula-conversation"])).data.find(
            ({ role }) => role === "assistant",
          ),
        "the answer is stored",
      );
      const took = performance.now() - left;
      assert.equal(answer.state, state);
      if (policy === "cancel") assert.ok(took < 1000, `${took} ms`);
      if (policy === "drain:1") assert.ok(took > 900 && took < 2200, `${took} ms`);
      if (state === "interrupted") assert.equal(answer.code, "client_gone");
    });
});

test("after its time a stream is gone for its owner and not there for others", async () => {
  const whole = await maria.stream(script({ chunks: 1 }));
  const turn = whole.headers["x-insula-turn"];
  const putBack = await changeSettings(house, { spool: { keep_seconds: 0 } });
  try {
    const answer = await until(async () => {
      const asked = await resume(maria, turn);
      return asked.status !== 200 && asked;
    }, "the stream is given up");
    assert.equal(answer.status, 410);
    assert.equal(answer.error.code, "stream_gone");
    for (const who of [otto, stranger]) assert.equal((await resume(who, turn)).status, 404);
    assert.equal(
      (await maria.messages(whole.headers["x-insula-conversation"])).data.length,
      2,
      "the answer is kept",
    );
  } finally {
    await putBack();
  }
});
