// The demo as a newcomer meets it: what it starts, what it says, what it leaves behind.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { ownHouse, run, sharedHouse } from "../tools/stack.mjs";

const program = fileURLToPath(new URL("../../deploy/demo/run", import.meta.url));
const scratch = mkdtempSync(join(process.env.INSULA_STAGE ?? tmpdir(), "demo-"));
const env = { BUILD: process.env.INSULA_BUILD, VAR: join(scratch, "var"), PORT: "0" };
after(() => rmSync(scratch, { recursive: true, force: true }));

test("a port that is taken: one sentence, nothing started", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => other.once("listening", ready));
  const port = other.address().port;
  const { status, stderr } = await run(program, [], { env: { ...env, PORT: String(port) } });
  other.close();
  assert.equal(status, 1);
  assert.equal(stderr, `Insula demo: port ${port} is taken; choose another with PORT=.\n`);
  assert.deepEqual(readdirSync(join(env.VAR, "run")), []);
});

test("a second copy on the same VAR: one sentence, and the first goes on", async () => {
  const house = sharedHouse();
  const { status, stderr } = await run(program, [], { env: { ...env, VAR: house.folder } });
  assert.equal(status, 1);
  assert.match(stderr, /^Insula demo: another one is running on .* already; choose another place with VAR=\.\n$/);
  assert.equal((await fetch(`${house.url}/healthz`)).status, 200);
});

test("a missing tool: one sentence", async () => {
  const { status, stderr } = await run(program, [], { env: { ...env, BUILD: scratch } });
  assert.equal(status, 1);
  assert.match(stderr, /^Insula demo: .*insula\.fcgi is missing; .*\n$/);
});

test("the printed curl lines work when pasted, over three protocols", async () => {
  const said = readFileSync(join(process.env.INSULA_STAGE, "demo.out"), "utf8");
  const lines = said.split("\n").filter((line) => line.startsWith("  curl "));
  assert.equal(lines.length, 5);
  const { upstream } = sharedHouse();
  await upstream.clear();
  const answers = [];
  for (const line of lines) answers.push(await run("sh", ["-c", line]));
  for (const { status } of answers) assert.equal(status, 0);
  assert.match(JSON.stringify(JSON.parse(answers[0].stdout)), /#0066cc/);
  for (const { stdout } of answers.slice(1, 4)) {
    assert.match(stdout, /"delta":\{"content":"\w+ "\}/);
    assert.match(stdout, /\ndata: \[DONE\]\n\n$/);
  }
  assert.deepEqual(
    (await upstream.requests()).map(({ path }) => path),
    ["/v1/chat/completions", "/api/chat", "/v1/messages"],
  );
  assert.ok(JSON.parse(answers[4].stdout).data.length >= 1);
});

test("being stopped ends all that it started, and a second run keeps the data and is up in five seconds", async () => {
  const first = await ownHouse(env);
  const pids = ["lighttpd", "multiwatch", "upstream", "mariadb"].map((name) => first.pid(name));
  const bearer = { Authorization: `Bearer ${first.tenants.bank.member}` };
  const made = await fetch(`${first.url}/api/v1/chat`, {
    method: "POST",
    headers: { ...bearer, "Content-Type": "application/json" },
    body: JSON.stringify({ messages: [{ role: "user", content: "Keep this." }] }),
  });
  assert.equal(made.status, 200);
  await first.stop();
  for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}`), `process ${pid} still runs`);
  assert.deepEqual(readdirSync(join(first.folder, "run")).filter((name) => name.endsWith(".pid")), []);

  const began = performance.now();
  const second = await ownHouse({ ...env, VAR: first.folder });
  try {
    assert.ok(performance.now() - began < 5000, "second start took over five seconds");
    const list = await fetch(`${second.url}/api/v1/conversations`, {
      headers: { Authorization: `Bearer ${second.tenants.bank.member}` },
    });
    assert.equal((await list.json()).data.length, 1);
  } finally {
    await second.stop();
  }
});

test("nobody else can read the demo's secrets", async () => {
  const { folder } = sharedHouse();
  const { stdout } = await run("find", [folder, "-maxdepth", "0", "-perm", "/077"]);
  assert.equal(stdout, "");
});
