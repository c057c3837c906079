// JSON through the whole house: every class of text, characters that are none in every text field, limits and one more,
// and every character there is, from a client to the database and back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";

import { sql } from "../fault/faults.mjs";
import { Client, script, user } from "../http/lib/client.mjs";
import { openapi } from "../http/lib/schema.mjs";
import { workers } from "../http/lib/settings.mjs";
import { makeTenant } from "../http/lib/tenant.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { sharedHouse } from "../tools/stack.mjs";

const house = sharedHouse();
const agent = new (await import("node:http")).Agent({ keepAlive: true, maxSockets: 8 });
let tenant, maria, place;

before(async () => {
  tenant = await makeTenant(house, "json");
  maria = new Client(house.url, tenant.member, { agent });
  const { conversation_id, message_id } = (await maria.chat(script({ chunks: 1 }))).json.conversation;
  place = { id: conversation_id, message: message_id };
});

/** Runs work on each, eight at a time; how many came out true. */
async function count(list, work) {
  let good = 0;
  for (let i = 0; i < list.length; i += 8)
    good += (await Promise.all(list.slice(i, i + 8).map(work))).filter(Boolean).length;
  return good;
}
/** false, with words for whoever looks for the reason. */
const wrong = (...words) => (console.log(...words), false);

/** Of tests/json_cases.txt: [{verdict, place, bytes}]. */
const cases = readFileSync(new URL("../json_cases.txt", import.meta.url), "utf8").split("\n")
  .map((line) => /^(ok|bad|refused|large) +(-|\d+)(?:  (.*))?$/.exec(line)).filter(Boolean)
  .map(([, verdict, place, text = ""]) => ({ verdict, place, bytes: Buffer.from(
    Buffer.from(text).toString("latin1").replace(/%([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), "latin1") }));

test("every class of JSON text: valid ones are read, others refused at their place", async () => {
  const good = await count(cases, async ({ verdict, place, bytes }) => {
    const { status, error } = await maria.post("/api/v1/conversations", bytes);
    if (verdict === "ok") /* then it is the wrong thing, but JSON: or {} */
      return status === 201 || (status === 400 && !/^byte/.test(error.message)) || wrong(status, `${bytes}`, error);
    if (!bytes.length) return status === 400 || wrong(status, "empty");
    return (status === (verdict === "large" ? 413 : 400) && error.message.startsWith(`byte ${place}: `)) || wrong(status, place, `${bytes}`, error);
  });
  bar("B2", "JSON texts through the house: read, or refused with their place", good, cases.length);
});

/** A value that a schema takes, and [path, …] of all strings in it. */
const resolve = (schema) => (schema?.$ref ? resolve(schema.$ref.slice(2).split("/").reduce((at, name) => at[name], openapi)) : schema);
function sample(schema, path, texts, depth = 0) {
  schema = resolve(schema) ?? {};
  const types = [schema.type ?? (schema.properties ? "object" : "string")].flat();
  const parts = [schema, ...(schema.allOf ?? []).map(resolve)];
  if (parts.some((part) => part.properties) && depth < 5)
    return Object.fromEntries(parts.flatMap((part) => Object.entries(part.properties ?? {}))
      .map(([name, value]) => [name, sample(value, [...path, name], texts, depth + 1)]));
  if (types.includes("array") && depth < 5) return [sample(schema.items, [...path, 0], texts, depth + 1)];
  if (types.includes("string")) texts.push(path);
  return types.includes("string") ? "x" : 1;
}

/** Sequences that are no characters, of the cases above. */
const isText = (bytes) => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};
const noCharacters = cases.map(({ bytes }) => bytes).filter((bytes) => /^"[^"\\]+"$/s.test(bytes.toString("latin1")) && !isText(bytes))
  .map((bytes) => bytes.subarray(1, -1));
const mark = "here-be-no-characters";

test("60 ways not to be a character, in every text field of the API: refused, and no row is written", async () => {
  const rows = async () => (await sql(house, "SELECT (SELECT COUNT(*) FROM conversation), (SELECT COUNT(*) FROM message), (SELECT COUNT(*) FROM turn)"))[0].join();
  const before = await rows();
  const attacks = [];
  for (const [path, methods] of Object.entries(openapi.paths))
    for (const [method, { requestBody }] of Object.entries(methods)) {
      if (!requestBody) continue;
      const texts = [], { schema } = requestBody.content["application/json"];
      const body = sample(schema, [], texts);
      for (const at of texts) {
        const copy = structuredClone(body);
        at.slice(0, -1).reduce((value, name) => value[name], copy)[at.at(-1)] = mark;
        const [head, tail] = JSON.stringify(copy).split(mark);
        for (const bytes of noCharacters)
          attacks.push({ method: method.toUpperCase(), path: path.replace(/\{(\w+)\}/g, (_, name) => place[name]), at,
            body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]) });
      }
    }
  const some = attacks.filter((_, i) => i % rounds(2, 1) === 0);
  const good = await count(some, async ({ method, path, at, body }) => {
    const { status, error } = await maria.call(method, path, { body });
    return (status === 400 && error.code === "invalid_json" && /^byte \d+: .*UTF-8/.test(error.message)) || wrong(status, method, path, at, error);
  });
  assert.ok(noCharacters.length >= 60, `${noCharacters.length} sequences`);
  bar("B6", "bytes that are no characters are refused in every text field", good, some.length,
    `${noCharacters.length} sequences, ${new Set(attacks.map(({ method, path, at }) => `${method} ${path} ${at}`)).size} fields`);
  assert.equal(await rows(), before, "rows were written");
});

test("every character goes from a client to the database and back", async () => {
  const all = [];
  for (let point = 1; point <= 0x10ffff; point++) if (point < 0xd800 || point > 0xdfff) all.push(point);
  const size = 40000;
  let same = 0;
  for (let from = 0; from < all.length; from += size) {
    const points = all.slice(from, from + size);
    const text = script({ chunks: 1 }) + " " + points.map((point) => String.fromCodePoint(point)).join("");
    const turn = await maria.chat(text);
    assert.equal(turn.status, 200, turn.text.slice(0, 300));
    const { data } = await maria.messages(turn.json.conversation.conversation_id);
    const back = data.find((message) => message.role === "user").content;
    if (back === text) same += points.length;
    else wrong(`characters from U+${points[0].toString(16)} came back otherwise`);
  }
  bar("B6", "characters that came back as they went", same, 1112063, "U+0000 is refused");
});

const MiB = 1048576;
const chat = (content) => JSON.stringify({ messages: [user("x")], model: "none", metadata: content }).replace('"metadata":', '"metadata" :');
/** text at a place where any JSON may stand: OpenAI's door passes what it does not know on, so the model must be unknown. */
const within = (text) => chat("@@").replace('"@@"', () => text);

const limits = {
  // what: [just allowed, one more, status of one more]
  "32 levels": [within("[".repeat(31) + "]".repeat(31)), within("[".repeat(32) + "]".repeat(32)), 413],
  "200,000 values": [within(`[${"1,".repeat(199990)}1]`), within(`[${"1,".repeat(200000)}1]`), 413],
  "4 MiB": [within(`"${"x".repeat(4 * MiB - within('""').length)}"`), within(`"${"x".repeat(4 * MiB + 1 - within('""').length)}"`), 413],
  "a double": [within("9".repeat(308)), within("9".repeat(310)), 400],
};
const heavy = [
  ...[10, 1000, 100000, 1000000].flatMap((depth) => ["[", '{"a":', '[{"a":'].map((open) => open.repeat(depth))),
  within("[".repeat(1000000) + "]".repeat(1000000)),
  within(`[${"1,".repeat(1000000)}1]`),
  within(`{${Array.from({ length: 250000 }, (_, i) => `"k${i}":1`).join()}}`),
  within(`{${Array.from({ length: 100000 }, (_, i) => `"k${i}":1`).join()},"k5":1}`),
  within("9".repeat(4000)), within(`1e${"9".repeat(4000)}`), within(`[${"9".repeat(MiB)}]`),
  within(`"${"\\ud800".repeat(100000)}"`), within(`"${"x".repeat(MiB)}`), `"${"\\".repeat(MiB)}`,
];

test("what a limit just allows is read, one more is refused", async () => {
  let good = 0;
  for (const [what, [allowed, more, status]] of Object.entries(limits)) {
    const below = await maria.post("/v1/chat/completions", allowed), above = await maria.post("/v1/chat/completions", more);
    good += below.status === 404 || wrong(what, below.status, below.text.slice(0, 200)); // no such model: it was read
    good += above.status === status || wrong(what, above.status, above.text.slice(0, 200));
  }
  bar("B4", "limits of JSON: the last allowed and the first refused", good, 2 * Object.keys(limits).length);
});

const resident = () => workers(house).map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]))
  .reduce((a, b) => a + b) / 1024;

test("deep, long and many: refused, and nothing of it stays in memory", async () => {
  const flood = async (times) => count(Array.from({ length: times }, () => heavy).flat(), async (body) => {
    const { status } = await maria.post("/v1/chat/completions", body);
    return [400, 413].includes(status) || wrong(status, body.slice(0, 60));
  });
  // Each desk keeps what its largest text took; once all have had it, nothing is added.
  let good = 0, tried = 0, grown = Infinity;
  for (const most = rounds(12, 60); tried < most && (grown >= 2 || tried < rounds(2, 20)); tried++) {
    const before = resident();
    good += await flood(1);
    grown = resident() - before;
  }
  bar("B4", "JSON that is too deep, too long or too much is refused", good, tried * heavy.length, `the last of ${tried} rounds added ${grown.toFixed(1)} MiB`);
  assert.ok(grown < 2, `workers still grow, by ${grown} MiB`);
});
