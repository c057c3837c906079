// TLS to providers: whom the house believes, what it asks for at least, and what it keeps.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { bar } from "../tools/bar.mjs";
import { ownHouse } from "../tools/stack.mjs";
import { certificate } from "./lib/certificate.mjs";
import { Client, user } from "./lib/client.mjs";
import { isDone } from "./lib/events.mjs";
import { countingProxy } from "./lib/proxy.mjs";
import { secureProvider } from "./lib/secure.mjs";
import { befriend } from "./lib/settings.mjs";
import { makeTenant, offerAt } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const here = "IP:127.0.0.1";
const folder = mkdtempSync(join(process.env.INSULA_STAGE, "tls-"));
let house, maria, clear;
/** By the name of a model; those that must not be asked, with what the log says of each. */
const servers = {}, bad = {};

async function makeServers() {
  const [authority, stranger] = await Promise.all([certificate("DNS:authority.test"), certificate("DNS:stranger.test")]);
  const made = await certificate(here, { by: authority });
  servers.kept = await secureProvider(made);
  servers.closing = await secureProvider(made, { headers: { Connection: "close" } });
  servers["TLS 1.2"] = await secureProvider({ ...made, maxVersion: "TLSv1.2" });
  for (const [name, options, words] of [
    ["a stranger's", await certificate(here, { by: stranger }), "nobody who is trusted vouches"],
    ["its own", await certificate(here), "vouches for itself alone"],
    ["expired", await certificate(here, { by: authority, from: -9, to: -2 }), "has expired"],
    ["not valid yet", await certificate(here, { by: authority, from: 2, to: 9 }), "is not valid yet"],
    ["another's", await certificate("IP:127.0.0.2", { by: authority }), "names another host"],
    ["a name", await certificate("DNS:127.0.0.1", { by: authority }), "names another host"],
    ["TLS 1.1", { ...made, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }, "SSL connect error"],
  ]) {
    servers[name] = await secureProvider(options);
    bad[name] = words;
  }
  return authority.cert;
}

before(async () => {
  const authority = await makeServers();
  house = await ownHouse({ WORKERS: "1", SSLKEYLOGFILE: join(folder, "keys") });
  clear = await countingProxy(house.upstream.url);
  await befriend(house, [...Object.values(servers), { port: new URL(clear.url).port }], authority);
  const tenant = await makeTenant(house, "tls");
  maria = new Client(house.url, tenant.member);
  for (const [name, { url }] of Object.entries(servers)) await offerAt(house, tenant, name, url);
  await offerAt(house, tenant, "in clear", `${clear.url}/v1`);
  await until(async () => (await maria.get("/v1/models")).json.data.length > Object.keys(servers).length + 1, "all models are known");
});
after(async () => {
  for (const server of [...Object.values(servers), clear]) await server?.stop();
  await house?.stop();
});

const turn = (model) => maria.post("/v1/chat/completions", { model, messages: [user("hello")] });
/** What the log says of a request. */
const logged = ({ headers }) => readFileSync(join(house.folder, "log/insula.log"), "utf8").split("\n")
  .filter((line) => line.includes(headers["x-request-id"])).join("\n");

test("only a server whom the named authority vouches for is told anything, by TLS 1.2 at least", async () => {
  let told = 0;
  for (const [name, words] of Object.entries(bad)) {
    const answer = await turn(name);
    assert.deepEqual([answer.status, answer.error.code], [502, "upstream_unavailable"], name);
    await until(() => logged(answer).includes(words), `${name}: the log says that it ${words}`);
    told += servers[name].requests.length;
  }
  for (const name of ["kept", "TLS 1.2"]) assert.equal((await turn(name)).status, 200, name);
  const count = Object.keys(bad).length;
  bar("C5", "servers without a good certificate or TLS 1.2 that were told nothing", count - told, count, "the log says why");
});

test("turns in a row go over one connection, streamed and not", async () => {
  const before = servers.kept.requests.length;
  for (let i = 0; i < 20; i++) assert.equal((await turn("kept")).status, 200);
  assert.equal(servers.kept.requests.length - before, 20);
  bar("C11", "20 turns in a row over TLS: connections to the provider", servers.kept.handshakes.length, 1);
  for (let i = 0; i < 20; i++) assert.ok(isDone((await maria.stream('script:{"chunks":3}', { model: "in clear" })).events));
  bar("C11", "20 streamed turns in a row over HTTP: connections to the provider", clear.connections(), 1);
});

test("where a server closes it, a session is resumed", async () => {
  for (let i = 0; i < 4; i++) assert.equal((await turn("closing")).status, 200);
  const { handshakes } = servers.closing;
  assert.equal(handshakes.length, 4);
  assert.ok(handshakes.some(({ resumed }) => resumed), "libcurl 7.88 manages every other one");
});

test("nobody has the keys of connections written down", () => assert.ok(!existsSync(join(folder, "keys"))));
