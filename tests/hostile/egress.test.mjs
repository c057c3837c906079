// No address is called that should not be: every spelling of every forbidden address, by every way on which somebody
// else's words become an address of ours. Watched at the socket: tests/tools/wire.c writes down whom the programs dial.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { sql } from "../fault/faults.mjs";
import { Client, user } from "../http/lib/client.mjs";
import { rewriteSettings } from "../http/lib/settings.mjs";
import { ctl, makeTenant } from "../http/lib/tenant.mjs";
import { until } from "../http/lib/wait.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { preloadedHouse } from "../tools/preloaded.mjs";
import { run } from "../tools/stack.mjs";
import { answers, hosts, names } from "./lib/forbidden.mjs";
import { guide } from "./lib/guide.mjs";

const codes = [301, 302, 303, 307, 308];
let folder, good, trap, started, house, tenant, tenantId, maria, urls;
/** What was tried, by way; who was dialled that may not be. */
const tried = {}, wrong = [];

/** Listens for whoever is led astray: a proxy of the environment, a forbidden spelling of this machine. */
async function openTrap() {
  const own = { connections: 0 };
  const server = createServer((socket) => (own.connections++, socket.destroy())).listen(0, "::");
  await once(server, "listening");
  return Object.assign(own, { port: server.address().port, stop: () => server.close() });
}

before(async () => {
  folder = mkdtempSync(join(process.env.INSULA_STAGE, "egress-"));
  [good, trap] = [await guide(), await openTrap()];
  // Encrypted on the usual port, and in clear where the trap waits.
  urls = hosts.flatMap((host) => [`https://${host}/v1`, `http://${host}:${trap.port}/v1`]);
  const proxy = `http://127.0.0.1:${trap.port}`;
  const lines = Object.entries({ ...names, "allowed.test": "127.0.0.1", "public.test": "93.184.215.14",
    "mixed.test": "10.0.0.1,::1,127.0.0.1", "rebound.test": "127.0.0.1 169.254.169.254" });
  writeFileSync(join(folder, "names"), lines.map(([name, answer]) => `${name} ${answer}\n`).join(""));
  writeFileSync(join(folder, ".netrc"), "default login netrc password netrc\n", { mode: 0o600 });
  started = await preloadedHouse("wire", {
    INSULA_TEST_DIALS: join(folder, "dials"), INSULA_TEST_NAMES: join(folder, "names"), HOME: folder,
    http_proxy: proxy, https_proxy: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, all_proxy: proxy,
  }, { WORKERS: "1", OPENAI_API_KEY: "sk-none", OPENAI_BASE_URL: `${good.url}/v1` });
  house = started.house;
  tenant = await makeTenant(house, "egress", { upstream: good.url });
  [[tenantId]] = await sql(house, `SELECT tenant_id FROM tenant WHERE slug = '${tenant.slug}'`);
  maria = new Client(house.url, tenant.member);
});
after(async () => {
  await started?.stop();
  await good.stop();
  trap.stop();
  rmSync(folder, { recursive: true, force: true });
});

const dials = () => (existsSync(join(folder, "dials")) ? readFileSync(join(folder, "dials"), "utf8").split("\n").slice(0, -1) : []);
const mayBeDialled = (line) => line === `127.0.0.1 ${good.port}` || line === `127.0.0.1 ${new URL(house.upstream.url).port}`;

/** Runs each(case) for all cases, some at a time, and looks whom that dialled. */
async function tryAll(way, cases, each, expected = mayBeDialled) {
  const [from, trapped, queue] = [dials().length, trap.connections, [...cases.entries()]];
  await Promise.all(Array.from({ length: 6 }, async () => {
    for (let next; (next = queue.shift());) await each(next[1], next[0]);
  }));
  const dialled = dials().slice(from).filter((line) => !expected(line));
  tried[way] = cases.length;
  wrong.push(...dialled);
  assert.deepEqual(dialled, [], way);
  assert.equal(trap.connections, trapped, `${way}: somebody fell into the trap`);
}

const insulactl = (words, input) => run(join(process.env.INSULA_BUILD, "insulactl"),
  ["-c", join(house.folder, "insula.conf"), ...words], { env: started.env, input });
const turn = (model, content, who = maria) => who.post("/v1/chat/completions", { model, messages: [user(content)] });
const hex = (text) => `X'${Buffer.from(text).toString("hex")}'`;

/** Provider and model p0, p1, … with these base_urls, written past insulactl. */
async function plant(list, prefix, owner = tenantId) {
  const rows = (row) => list.map((url, i) => `(${owner}, ${row(`${prefix}${i}`, url)})`).join(", ");
  await sql(house, `INSERT INTO provider (tenant_id, provider_id, name, kind, base_url)
    VALUES ${rows((name, url) => `UNHEX(MD5('${name}')), '${name}', 'compatible', ${hex(url)}`)};
    INSERT INTO model (tenant_id, name, created_ms) VALUES ${rows((name) => `'${name}', 0`)};
    INSERT INTO model_route (tenant_id, model, provider_id, place, upstream_name)
    VALUES ${rows((name) => `'${name}', UNHEX(MD5('${name}')), 0, 'm'`)};
    UPDATE tenant SET generation = generation + 1 WHERE tenant_id = ${owner}`);
}
const listed = async (who) => (await who.get("/v1/models")).json.data.map(({ id }) => id);
const isListed = (name, who = maria) => until(async () => (await listed(who)).includes(name), `${name} is there`);

test("the observer sees what is dialled, and names mean what the test says", async () => {
  await plant([`http://allowed.test:${good.port}/v1`, "https://public.test/v1", `http://mixed.test:${good.port}/v1`], "seen");
  await isListed("seen2");
  const from = dials().length;
  assert.equal((await turn("small", "hello")).status, 200);
  assert.equal((await turn("seen0", "hello")).status, 200);
  assert.deepEqual(new Set(dials().slice(from)), new Set([`127.0.0.1 ${good.port}`]));
  const answer = await turn("seen1", "hello");
  assert.equal(answer.error.code, "upstream_unavailable");
  assert.ok(dials().includes("93.184.215.14 443"), "a public address may be dialled");
});

test("of several addresses of a name the allowed one alone is called", () =>
  tryAll("an answer with one allowed address", ["seen2"], async (model) =>
    assert.equal((await turn(model, "hello")).status, 200)));

test("a provider's address, in a turn", async () => {
  await plant(urls, "p");
  await isListed(`p${urls.findIndex((url) => url.includes("//10.0.0.1/"))}`);
  await tryAll("base_url of a turn's provider", urls, async (url, i) => {
    const answer = await turn(`p${i}`, "hello");
    assert.ok(["upstream_unavailable", "model_not_found"].includes(answer.error.code), `${url}: ${answer.text}`);
  });
});

test("a key set's address, when somebody signs in", async () => {
  const issuer = (i) => `https://i${i}.${tenant.slug}.test`;
  const rows = urls.map((url, i) => `(UNHEX(MD5('idp${i}')), ${tenantId}, 'idp${i}', '${issuer(i)}', 'insula', 'RS256', ${hex(url)})`);
  await sql(house, `INSERT INTO identity_provider (idp_id, tenant_id, name, issuer, audience, algorithms, key_set_url)
    VALUES ${rows.join(", ")}`);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  await tryAll("key_set_url of an identity provider", urls, async (url, i) => {
    const claims = { iss: issuer(i), aud: "insula", sub: "maria", iat: now, exp: now + 600 };
    const token = `${part({ alg: "RS256", typ: "JWT", kid: "k" })}.${part(claims)}.${randomBytes(256).toString("base64url")}`;
    assert.equal((await new Client(house.url, token).get("/api/v1/me")).status, 503, url);
  });
});

test("insulactl provider set and provider test", async () => {
  const list = urls.filter((_, i) => rounds(i % 4 < 1, true));
  let stored = 0;
  await tryAll("insulactl provider set, then provider test", list, async (url, i) => {
    const { status } = await insulactl(["provider", "set", tenant.slug, `set${i}`, "--kind", "openai", "--base-url", url]);
    assert.ok([0, 2].includes(status), url);
    stored += status === 0;
    const asked = await insulactl(["provider", "test", tenant.slug, `p${urls.indexOf(url)}`, "--model", "m"]);
    assert.equal(asked.status, 1, `${url}: ${asked.stdout}`);
    assert.match(asked.stderr, /did not answer/, url);
  });
  assert.ok(stored > 10 && stored < list.length - 10, `${stored} of ${list.length} are well formed`);
});

test("where an allowed server sends us is not where we go, and the key is not told again", async () => {
  const cases = urls.flatMap((url, i) => (rounds([codes[i % 5]], codes)).map((code) => `${code} ${url}`));
  await tryAll("redirects of a turn's provider", cases, async (words) => {
    const before = good.requests.length;
    const answer = await turn("small", words);
    assert.equal(answer.status, 502, words);
    assert.equal(answer.error.code, "upstream_bad_response", words);
    assert.ok(!answer.text.includes("Location") && !answer.headers.location, words);
    assert.ok(good.requests.length > before);
  });
  assert.equal(good.requests.filter(({ key }) => key === `Bearer ${tenant.key}`).length, cases.length + 1, "once each");
});

test("nor for a key set, a provider's test, and doctor", async () => {
  const token = join(folder, "token"), there = `http://127.0.0.1:${trap.port}/`;
  writeFileSync(token, tenant.member);
  await tryAll("redirects of all other calls", codes, async (code) => {
    const url = `${good.url}/go/${encodeURIComponent(`${code} ${there}`)}`;
    await ctl(house, ["provider", "set", tenant.slug, `go${code}`, "--kind", "compatible", "--base-url", url]);
    assert.equal((await insulactl(["provider", "test", tenant.slug, `go${code}`, "--model", `${code}`])).status, 1);
    await ctl(house, ["idp", "set", tenant.slug, `go${code}`, "--issuer", `https://go${code}.test`, "--audience", "insula",
      "--algorithms", "RS256", "--key-set-url", url]);
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const bearer = `${part({ alg: "RS256", kid: "k" })}.${part({ iss: `https://go${code}.test` })}.AAAA`;
    assert.ok((await new Client(house.url, bearer).get("/api/v1/me")).status >= 401);
    const { stdout } = await insulactl(["doctor", "--url", url, "--token-file", token]);
    assert.match(stdout, new RegExp(`the web server answered ${code}`));
  });
});

test("a name that means something else the second time", async () => {
  const other = await makeTenant(house, "rebound", { upstream: good.url });
  const [[otherId]] = await sql(house, `SELECT tenant_id FROM tenant WHERE slug = '${other.slug}'`);
  const otto = new Client(house.url, other.member);
  await plant([`http://rebound.test:${good.port}/v1`], "again");
  await plant([`http://rebound.test:${good.port}/v1`], "again", otherId);
  await isListed("again0");
  await isListed("again0", otto);
  await tryAll("a second answer of a resolver", ["turn", "doctor"], async (what) => {
    if (what === "doctor") {
      writeFileSync(join(folder, "token"), tenant.member);
      const { stdout } = await insulactl(["doctor", "--url", `http://rebound.test:${good.port}`, "--token-file", join(folder, "token")]);
      return assert.match(stdout, /the web server did not answer/);
    }
    assert.equal((await turn("again0", "hello")).status, 200, "the first answer is an allowed address");
    assert.equal((await turn("again0", "hello", otto)).error.code, "upstream_unavailable", "the second is not");
    assert.equal((await turn("again0", "hello")).status, 200, "and the first connection stays what it was");
  });
});

test("a kept connection is of no use once its address is taken away", async () => {
  assert.equal((await turn("small", "hello")).status, 200);
  const [requests, connections] = [good.requests.length, good.connections()];
  const restore = await rewriteSettings(house, (text) => text.replaceAll(`127.0.0.1:${good.port}`, "127.0.0.1:1"));
  await tryAll("a kept connection after SIGHUP", ["small", "small", "seen0", "again0"], async (model) =>
    assert.equal((await turn(model, "hello")).error.code, "upstream_unavailable"));
  assert.deepEqual([good.requests.length, good.connections()], [requests, connections], "nothing was asked");
  await restore();
  assert.equal((await turn("small", "hello")).status, 200, "until it is given back");
});

test("no connection serves two tenants", async () => {
  const people = await Promise.all(["a", "b", "c"].map((name) => makeTenant(house, name, { upstream: good.url })));
  const from = good.requests.length;
  for (let round = 0; round < 5; round++)
    await Promise.all(people.flatMap(({ member }) => [1, 2].map(() => turn("small", "hello", new Client(house.url, member)))));
  const keys = new Map();
  for (const { connection, key } of good.requests.slice(from))
    keys.set(connection, (keys.get(connection) ?? new Set()).add(key));
  assert.equal(good.requests.length - from, 30);
  assert.equal(new Set([...keys.values()].flatMap((set) => [...set])).size, 3);
  bar("B17", "connections that were asked for one tenant alone", [...keys.values()].filter((set) => set.size === 1).length, keys.size,
    "30 turns of three tenants at one server");
});

test("what cannot stand in a header is refused when it is stored, and adds no line", async () => {
  const lines = ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\tb", "a\x7f", "\x01", "a b", "\xfc", "ü", " a", "a\u2028b", ""];
  const keys = [...lines, "a\0b", "x".repeat(4001)].map((key) => Buffer.from(key, key === "\xfc" ? "latin1" : "utf8"));
  const set = (...words) => ["provider", "set", tenant.slug, "lines", "--kind", "openai", "--base-url", `${good.url}/v1`, ...words];
  const options = ["organization", "project"].flatMap((name) => lines.filter(Boolean).map((line) => `${name}=${line}`));
  const controls = lines.filter((line) => /[\x00-\x1f\x7f]/.test(line));
  const attempts = [
    ...keys.map((key) => [set("--key-stdin"), key]),
    ...options.map((option) => [set("--option", option)]),
    ...controls.map((line) => [["provider", "set", tenant.slug, line, "--kind", "openai", "--base-url", good.url]]),
    ...controls.map((line) => [["model", "allow", tenant.slug, "odd", "--provider", "scripted", "--upstream", line]]),
  ];
  let refused = 0;
  await tryAll("words that end a header's line", attempts, async ([words, input]) => {
    const { status, stderr } = await insulactl(words, input);
    refused += status === 2;
    assert.equal(status, 2, `${JSON.stringify(words.slice(3))} ${JSON.stringify(`${input}`)}: ${stderr}`);
  });
  bar("B18", "keys, options and names that cannot stand in a header are refused when they are stored", refused, attempts.length);
});

test("an odd name of a model stays where a name belongs", async () => {
  const odd = "ü/../ä?x=1#y&z%0d%0aX-Evil: 1 \\@b";
  const from = good.requests.length, kinds = ["azure", "gemini", "anthropic", "openai", "ollama", "tgi"];
  for (const kind of kinds) {
    await ctl(house, ["provider", "set", tenant.slug, `odd-${kind}`, "--kind", kind, "--base-url", good.url, "--key-stdin"], tenant.key);
    await ctl(house, ["model", "allow", tenant.slug, `odd-${kind}`, "--provider", `odd-${kind}`, "--upstream", odd]);
  }
  await isListed("odd-tgi");
  for (const kind of kinds) await turn(`odd-${kind}`, "hello");
  assert.equal(good.requests.length - from, 6);
  for (const { url } of good.requests.slice(from))
    assert.match(url, /^\/(openai\/deployments|v1beta\/models|v1|api|chat|generate)[\w%.:/-]*(\?[\w=.-]+)?$/);
});

test("of all that was tried: nobody forbidden was dialled, no proxy, no second line, no password", () => {
  const known = new Set(["host", "user-agent", "accept", "accept-encoding", "content-type", "content-length", "authorization", "api-key",
    "x-goog-api-key", "x-api-key", "anthropic-version"]);
  const extra = good.requests.filter(({ headers }) => headers.some(([name]) => !known.has(name)));
  assert.ok(good.requests.every(({ key }) => !key?.startsWith("Basic")), ".netrc was read");
  assert.equal(trap.connections, 0);
  const count = Object.values(tried).reduce((sum, n) => sum + n, 0);
  bar("B17", "tries that dialled nobody forbidden", count - wrong.length, count,
    `${hosts.length} hosts, ${answers.length} of them names; ${Object.keys(tried).length} ways`);
  bar("B18", "requests that a provider saw without a header line of a stranger's", good.requests.length - extra.length, good.requests.length);
});
