// What people do with the house, a step each: every step is right, or throws Refused where the house said so
// cleanly (a 5xx, an error event, a broken connection). Whatever else it throws is a wrong answer.
import assert from "node:assert/strict";
import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";

import { binary, sql } from "../fault/faults.mjs";
import { parseEvents, said } from "../http/lib/events.mjs";
import { ctl, makeTenant } from "../http/lib/tenant.mjs";

export class Refused extends Error {}

const script = (orders) => `script:${JSON.stringify(orders)}`;
const user = (content) => ({ role: "user", content });
const conversations = "/api/v1/conversations";
const doors = { own: "/api/v1/chat", openai: "/v1/chat/completions" };

/** One request to the end of its answer: {status, headers, text, cut}. */
function request(url, token, method, path, body, headers = {}) {
  const bytes = body === undefined ? undefined : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return new Promise((resolve) => {
    const answer = { status: 0, headers: {}, text: "", cut: false };
    const cut = () => resolve({ ...answer, cut: true });
    const asked = http.request(url + path, {
      method, agent: false,
      headers: {
        Authorization: `Bearer ${token}`, ...(bytes && { "Content-Type": "application/json", "Content-Length": bytes.length }), ...headers,
      },
    });
    asked.on("error", cut).on("response", (response) => {
      Object.assign(answer, { status: response.statusCode, headers: response.headers });
      response.setEncoding("utf8");
      response.on("data", (text) => (answer.text += text)).on("error", cut);
      response.on("end", () => (response.complete ? resolve(answer) : cut()));
    });
    asked.end(bytes);
  });
}

/** A refusal has a 5xx status and, where it is ours, our form. */
function refuseUnless(answer, status) {
  if (answer.cut) throw new Refused("cut");
  if (answer.status >= 500) {
    const { error } = JSON.parse(answer.text);
    assert.ok(error?.message && "code" in error, answer.text);
    throw new Refused(`${answer.status} ${error.code}`);
  }
  assert.equal(answer.status, status, answer.text);
}

/** A streamed answer's text; Refused where it was broken or cut. */
function streamed(answer) {
  if (answer.status !== 200) refuseUnless(answer, 200);
  const whole = answer.text.slice(0, answer.text.lastIndexOf("\n\n") + 2);
  const events = parseEvents(whole);
  const errors = events.filter((event) => event.data !== "[DONE]" && event.json.error);
  const done = events.findIndex((event) => event.data === "[DONE]");
  assert.ok(errors.length + (done >= 0) <= 1, `more than one end: ${answer.text}`);
  if (done < 0) throw new Refused(errors.length ? errors[0].json.error.code : "cut"); // only [DONE] makes it an answer
  assert.equal(done, events.length - 1, `something behind the end: ${answer.text}`);
  return said(events);
}

/** An RS256 token and the file with the key set that it is good for. */
function signedIn(file, issuer) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(file, JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k", alg: "RS256", use: "sig" }] }));
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "RS256", typ: "JWT", kid: "k" })}.${part({ iss: issuer, aud: "insula", sub: "rita", iat: now, exp: now + 7200 })}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey).toString("base64url")}`;
}

/** How many of the answers that were promised are stored and settled, as they were heard. */
async function kept(house, promised) {
  const rows = await sql(house.shared, "SELECT LOWER(HEX(t.turn_id)), t.state, t.outcome, m.content FROM turn t"
    + " LEFT JOIN message m ON m.tenant_id = t.tenant_id AND m.turn_id = t.turn_id AND m.role = 'assistant'");
  const stored = new Map(rows.map(([id, ...facts]) => [`X'${id}'`, facts]));
  return promised.filter(({ turn, text }) => {
    const [state, outcome, content] = stored.get(binary(turn)) ?? [];
    return state === "settled" && outcome === "complete" && ["NULL", text].includes(content);
  }).length;
}

const TEXT = "One two three four.";
const plain = () => script({ text: TEXT, delay_ms: 0 });

/** → {steps: {name: async function}, check()}: check() compares what was promised with what is stored. */
export async function makeMix(house, name) {
  const tenant = await makeTenant(house.shared, name);
  const keyFile = join(house.stage, `${name}.jwks`);
  const rita = signedIn(keyFile, `https://sso.${tenant.slug}.test`);
  await ctl(house.shared, ["idp", "set", tenant.slug, "sso", "--issuer", `https://sso.${tenant.slug}.test`, "--audience", "insula",
    "--algorithms", "RS256", "--key-set-file", keyFile]);
  const promised = []; // [DONE] was heard, or a 200 with a body: {turn, text}
  const call = (method, path, body, headers, token = tenant.member) => request(house.url, token, method, path, body, headers);
  async function get(path, token) {
    const answer = await call("GET", path, undefined, undefined, token);
    refuseUnless(answer, 200);
    return JSON.parse(answer.text);
  }
  async function expect(status, ...words) {
    const answer = await call(...words);
    refuseUnless(answer, status);
    return answer.text && JSON.parse(answer.text);
  }
  function keep(answer, text, wanted = TEXT) {
    assert.equal(text, wanted, "an answer is whole");
    promised.push({ turn: answer.headers["x-insula-turn"], text });
  }
  async function turn(path, fields = {}, headers, method = "POST") {
    const answer = await call(method, path, { stream: true, messages: [user(plain())], ...fields }, headers);
    keep(answer, streamed(answer));
    return answer;
  }
  async function whole(path, fields = {}) {
    const answer = await call("POST", path, { messages: [user(plain())], ...fields });
    refuseUnless(answer, 200);
    keep(answer, JSON.parse(answer.text).choices[0].message.content);
    return JSON.parse(answer.text);
  }
  /** A streamed turn whose head has come. */
  const opened = (content) => new Promise((resolve, reject) => {
    const asked = http.request(house.url + doors.own, {
      method: "POST", agent: false, headers: { Authorization: `Bearer ${tenant.member}`, "Content-Type": "application/json" },
    });
    const cut = () => reject(new Refused("cut"));
    asked.on("error", cut).on("response", (response) => {
      response.on("error", cut).resume();
      if (response.statusCode === 200) resolve(response);
      else response.on("end", () => reject(new Refused(response.statusCode)));
    });
    asked.end(JSON.stringify({ stream: true, messages: [user(content)] }));
  });

  const { conversation } = await whole(doors.own);
  const place = `${conversations}/${conversation.conversation_id}`;
  const question = conversation.parent_id;

  const steps = {
    info: async () => assert.equal((await get("/api/v1/tenant/info")).id, tenant.slug),
    me: async () => assert.equal((await get("/api/v1/me")).tenant, tenant.slug),
    keySet: async () => assert.equal((await get("/api/v1/me", rita)).tenant, tenant.slug),
    models: async () => assert.equal((await get("/v1/models")).data[0].id, "small"),
    badToken: () => expect(401, "GET", "/api/v1/me", undefined, undefined, `${rita.slice(0, -4)}AAAA`),
    badBody: () => expect(400, "POST", doors.own, '{"messages": ['),
    stream: () => turn(doors.own),
    answer: () => whole(doors.own),
    openaiStream: () => turn(doors.openai, { model: "small" }),
    openaiAnswer: () => whole(doors.openai, { model: "small", store: true }),
    goOn: () => turn(`${place}/messages`),
    regenerate: () => turn(`${place}/messages/${conversation.message_id}/regenerate`, { messages: undefined }),
    edit: () => turn(`${place}/messages/${question}`, { messages: undefined, content: plain() }, {}, "PATCH"),
    async again() {
      const key = { "Idempotency-Key": randomUUID() };
      const one = await turn(doors.own, {}, key);
      const two = await turn(doors.own, {}, key);
      assert.equal(two.headers["x-insula-turn"], one.headers["x-insula-turn"]);
    },
    async upstreamError() {
      const answer = await call("POST", doors.own, { stream: true, messages: [user(script({ status: 500 }))] });
      assert.throws(() => streamed(answer), Refused);
    },
    async brokenStream() {
      const answer = await call("POST", doors.own, { stream: true, messages: [user(script({ chunks: 5, cut_after: 2 }))] });
      assert.throws(() => streamed(answer), Refused);
    },
    async resume() {
      const begun = await turn(doors.own);
      const path = `/api/v1/streams/${begun.headers["x-insula-turn"]}`;
      const again = await call("GET", path, undefined, { Accept: "text/event-stream" });
      assert.equal(streamed(again), TEXT);
    },
    async cancel() {
      const begun = await opened(script({ chunks: 50, delay_ms: 20 }));
      const path = `/api/v1/streams/${begun.headers["x-insula-turn"]}/cancel`;
      const answer = await call("POST", path, {});
      begun.destroy();
      refuseUnless(answer, 202);
    },
    async list() {
      const { data } = await get(`${conversations}?limit=5`);
      assert.ok(data.length >= 1);
    },
    async messages() {
      const { data } = await get(`${place}/messages?leaf=${conversation.message_id}`);
      assert.deepEqual(data.map(({ content }) => content), [plain(), TEXT]);
    },
    async patchAndDelete() {
      const made = await expect(201, "POST", conversations, { title: "Old" });
      const path = `${conversations}/${made.id}`;
      await expect(200, "PATCH", path, { title: "New" });
      assert.equal((await get(path)).title, "New");
      const answer = await call("DELETE", path);
      refuseUnless(answer, 204);
      refuseUnless(await call("GET", path), 404);
    },
    leave: async () => (await opened(script({ chunks: 8, delay_ms: 5 }))).destroy(),
  };
  return { steps, opened, promised: () => promised.length, kept: () => kept(house, promised) };
}
