// Bodies that are too large, too slow or never whole: 413 before anything is kept, nobody else waits, memory stays flat.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { after, before, test } from "node:test";

import { Client } from "../http/lib/client.mjs";
import { workers } from "../http/lib/settings.mjs";
import { makeTenant } from "../http/lib/tenant.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { send } from "./lib/raw.mjs";

const house = sharedHouse();
const MiB = 1048576, limit = 4 * MiB; // [limits] body_bytes; lighttpd's own is 8 MiB
const half = [];
let tenant, maria;

before(async () => {
  tenant = await makeTenant(house, "bodies");
  maria = new Client(house.url, tenant.member);
});
after(() => half.forEach((socket) => socket.destroy()));

const head = (lines) => ["POST /api/v1/chat HTTP/1.1", "Host: localhost", `Authorization: Bearer ${tenant.member}`,
  "Content-Type: application/json", ...lines, "", ""].join("\r\n");
const blanks = (n) => " ".repeat(n);
const chunk = (n) => `${n.toString(16)}\r\n${blanks(n)}\r\n`;
const chunks = (n) => Array.from({ length: n }, () => chunk(MiB / 4));

const large = {
  "10 GB declared": () => [head(["Content-Length: 10737418240"])],
  "10 GB declared, and begun": () => [head(["Content-Length: 10737418240"]), blanks(MiB)],
  "a byte over the limit": () => [head([`Content-Length: ${limit + 1}`]), blanks(limit + 1)],
  "a byte over the web server's": () => [head([`Content-Length: ${2 * limit + 1}`]), blanks(MiB)],
  "chunks over the limit": () => [head(["Transfer-Encoding: chunked"]), ...chunks(17), "0\r\n\r\n"],
  "chunks without an end": () => [head(["Transfer-Encoding: chunked"]), ...chunks(40)],
  "one chunk of 10 GB": () => [head(["Transfer-Encoding: chunked"]), "280000000\r\n", blanks(MiB)],
};

/** Resident memory of all workers and of lighttpd, in MiB. */
function resident() {
  const pids = [...workers(house), house.pid("lighttpd")];
  return pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024)
    .reduce((a, b) => a + b);
}

test("a body over the limit is refused with 413, however its length is said", async () => {
  const times = rounds(4, 40);
  let good = 0, all = 0;
  const took = [];
  for (let i = 0; i < times; i++)
    for (const [what, make] of Object.entries(large)) {
      const pieces = make();
      const began = performance.now();
      const reply = await send(house.url, pieces);
      all++;
      const is413 = reply.status === 413 && reply.error?.type === "invalid_request_error" && reply.headers["x-request-id"];
      good += Boolean(is413);
      if (what.startsWith("10 GB")) took.push(performance.now() - began);
      if (!is413) console.log(`${what}: ${reply.status} ${reply.body.slice(0, 100)}`);
    }
  const median = took.sort((a, b) => a - b)[took.length >> 1];
  bar("B33", "bodies over the limit are refused with 413", good, all, `declared ones in ${median.toFixed(1)} ms (median)`);
  assert.ok(median < 100, `a declared length over the limit takes ${median} ms`);
});

test("what was refused leaves nothing in memory", async () => {
  const flood = async (n) => {
    for (let i = 0; i < n; i++) for (const make of Object.values(large)) await send(house.url, make());
  };
  // Each desk keeps what its largest body took; once all have had it, nothing is added.
  let tried = 0, grown = Infinity;
  for (const most = rounds(12, 60); tried < most && (grown >= 2 || tried < rounds(2, 20)); tried++) {
    const before = resident();
    await flood(1);
    grown = resident() - before;
  }
  bar("B33", "workers and web server stop growing under bodies over the limit", Number(grown < 2), 1, `the last of ${tried} rounds added ${grown.toFixed(1)} MiB`);
});

test("half requests and slow bodies hold up nobody", async () => {
  const { hostname, port } = new URL(house.url);
  const starts = ["POST /api/v1/chat HTTP/1.1\r\nHost: loc", head(["Content-Length: 1000"]), `${head(["Content-Length: 1000"])}{"mess`,
    `${head(["Transfer-Encoding: chunked"])}5\r\n{"mes`, "", "G"];
  for (let i = 0; i < 300; i++) {
    const socket = connect({ host: hostname, port });
    socket.on("error", () => {});
    socket.write(starts[i % starts.length]);
    half.push(socket);
  }
  const dribble = setInterval(() => half.forEach((socket) => socket.writable && socket.write(" ")), 200);
  const honest = rounds(100, 1000);
  let good = 0;
  for (let i = 0; i < honest; i += 10)
    good += (await Promise.all(Array.from({ length: 10 }, () => maria.get("/api/v1/me")))).filter((a) => a.status === 200).length;
  clearInterval(dribble);
  bar("B33", "honest requests are answered beside 300 half ones", good, honest);
});

test("a body that breaks off leaves no turn", async () => {
  const before = (await maria.get("/api/v1/conversations")).json.data.length;
  const body = '{"messages": [{"role": "user", "content": "x"}]}';
  for (let cut = 0; cut < body.length; cut += 5) {
    const { hostname, port } = new URL(house.url);
    await new Promise((resolve) => {
      const socket = connect({ host: hostname, port }, () => socket.end(head([`Content-Length: ${body.length}`]) + body.slice(0, cut)));
      socket.resume().on("close", resolve).on("error", resolve);
    });
  }
  assert.equal((await maria.get("/api/v1/conversations")).json.data.length, before);
});
