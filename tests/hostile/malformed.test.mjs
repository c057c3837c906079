// 2,000 malformed requests and more, as bytes, through lighttpd: each gets a 4xx in our JSON with a request id, whoever refuses it,
// nothing of a library's or a server's words, and the house is well afterwards.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { Client, script } from "../http/lib/client.mjs";
import { makeTenant } from "../http/lib/tenant.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { kinds } from "./lib/malformed.mjs";
import { seeded, send } from "./lib/raw.mjs";

const house = sharedHouse();
const each = rounds(75, 750); // of each kind
let tenant, maria;

before(async () => {
  tenant = await makeTenant(house, "malformed");
  maria = new Client(house.url, tenant.member);
});

const others = /yajl|jansson|libfcgi|mysql|mariadb|openssl|lighttpd|curl|<html|<!DOCTYPE|\/home\/|\.c:\d/i;

/** What is wrong with an answer; undefined: nothing. */
function fault(reply, method) {
  if (reply.status < 400 || reply.status > 499) return `status ${reply.status}`;
  if (!/^req_[0-9a-z]{26}$/.test(reply.headers["x-request-id"] ?? "")) return "no request id";
  if (!reply.headers["content-type"]?.startsWith("application/json")) return reply.headers["content-type"];
  if (reply.headers["cache-control"] !== "no-store") return "may be cached";
  if (method === "HEAD") return undefined;
  const { error } = reply;
  if (!error) return `no error in ${reply.body.slice(0, 80)}`;
  if (Object.keys(error).sort().join() !== "code,message,param,request_id,type") return Object.keys(error).join();
  if (error.request_id !== reply.headers["x-request-id"]) return "another request id";
  if (![error.message, error.type, error.code].every((text) => typeof text === "string" && text)) return "an empty member";
  if (others.test(reply.body)) return `foreign words: ${reply.body}`;
  return undefined;
}

test("every malformed request gets a 4xx in our JSON with a request id", async () => {
  const random = seeded(20261124);
  const wrong = [];
  const seen = new Map();
  let all = 0;
  for (const [kind, make] of Object.entries(kinds)) {
    const batch = Array.from({ length: each }, () => make(tenant.member, random));
    for (let i = 0; i < batch.length; i += 8)
      await Promise.all(batch.slice(i, i + 8).map(async (bytes) => {
        all++;
        const reply = await send(house.url, bytes);
        const what = fault(reply, bytes.slice(0, 4).trim());
        seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
        if (what) wrong.push(`${kind}: ${what}: ${JSON.stringify(bytes.replace(tenant.member, "…").slice(0, 300))}`);
      }));
  }
  console.log([...seen].sort().map(([status, times]) => `${status}: ${times}`).join(", "));
  if (wrong.length) console.log(wrong.slice(0, 40).join("\n"));
  bar("B3", "malformed requests get a 4xx in our JSON with a request id", all - wrong.length, all);
});

test("afterwards the house is well", async () => {
  const answer = await maria.chat(script({ chunks: 2 }));
  assert.equal(answer.status, 200, answer.text);
});
