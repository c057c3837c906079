// What is measured: Insula as `make run` starts it, and what it is measured against, all in front of
// the same scripted model server.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { ownHouse, run } from "../tools/stack.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const build = process.env.INSULA_BUILD;
const path = "/v1/chat/completions";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export const childrenOf = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);

/** Runs a server until stop(); ready when its port answers. */
async function serve(name, port, words, options = {}) {
  const [program, ...rest] = words;
  const child = spawn(program, rest, { stdio: ["ignore", "ignore", "pipe"], ...options });
  process.once("exit", () => child.kill("SIGKILL"));
  let said = "";
  child.stderr.on("data", (bytes) => (said += bytes));
  const ended = once(child, "close");
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} has ended: ${said}`);
    if (await fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false)) break;
    await sleep(50);
  }
  return {
    pid: child.pid,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** A key and a certificate of this machine that vouches for itself. */
async function makeCertificate(folder) {
  const { status, stderr } = await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
    "-nodes", "-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
    "-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")]);
  if (status !== 0) throw new Error(stderr);
}

/** As plain proxy at port; for the tls part with TLS, kept or one connection a request, and with HTTP/2. */
async function startNginx(folder, upstreamPort) {
  const port = await freePort(), tls = await freePort(), fresh = await freePort(), http2 = await freePort();
  await makeCertificate(folder);
  const bodies = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  writeFileSync(join(folder, "nginx.conf"), `daemon off; worker_processes 1; pid ${folder}/pid;
error_log ${folder}/error.log; worker_rlimit_nofile 16384; events { worker_connections 8000; }
http {
${bodies}
access_log off; keepalive_requests 1000000;
upstream model { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000; }
ssl_certificate ${folder}/certificate.pem; ssl_certificate_key ${folder}/key.pem;
proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_read_timeout 600s;
server { listen 127.0.0.1:${port} backlog=4096; listen 127.0.0.1:${tls} ssl backlog=4096;
location / { proxy_pass http://model; } }
server { listen 127.0.0.1:${fresh} ssl backlog=4096; keepalive_timeout 0;
location / { proxy_pass http://model; } }
server { listen 127.0.0.1:${http2} ssl http2 backlog=4096;
location / { proxy_pass http://model; } } }\n`);
  const server = await serve("nginx", port, ["nginx", "-c", join(folder, "nginx.conf")],
    { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
  return { name: "nginx", port, secure: { tls, fresh, http2 }, path, headers: ["Authorization: Bearer bench"], store: false,
    certificate: join(folder, "certificate.pem"), pids: () => [server.pid, ...childrenOf(server.pid)], stop: server.stop };
}

async function startPeer(upstreamPort) {
  const port = await freePort();
  const server = await serve("Portkey", port,
    ["node", "-r", join(here, "peer.cjs"),
      join(build, "peer/node_modules/@portkey-ai/gateway/build/start-server.js"), `--port=${port}`, "--headless"],
    { env: { ...process.env, TRUSTED_CUSTOM_HOSTS: "127.0.0.1,localhost" } });
  return { name: "Portkey", port, path, store: false,
    headers: ["Authorization: Bearer bench", "x-portkey-provider: openai",
      `x-portkey-custom-host: http://127.0.0.1:${upstreamPort}/v1`],
    pids: () => [server.pid], stop: server.stop };
}

async function must(house, ...words) {
  const { status, stderr } = await house.insulactl(...words);
  if (status !== 0) throw new Error(`insulactl ${words.join(" ")}: ${stderr}`);
}

/** Tenants with money enough and room for all streams, whose clients' leaving ends a turn at once. */
export async function settled(house, slugs) {
  for (const slug of slugs)
    await must(house, "tenant", "set", slug, "--budget", "100000.00", "--disconnect", "cancel", "--stream-limit", "5000");
  await sleep(1500); // until every worker knows
}

export const memberOf = (house, slug) => ({
  port: Number(new URL(house.url).port),
  headers: [`Authorization: Bearer ${house.tenants[slug].member}`],
});

const workersOf = (house) => childrenOf(house.pid("multiwatch"));

/** New workers with more settings; multiwatch starts one for each that ends. */
async function reconfigure(house, change) {
  const file = join(house.folder, "insula.conf"), before = workersOf(house);
  writeFileSync(file, change(readFileSync(file, "utf8")));
  for (const pid of before) process.kill(pid, "SIGTERM");
  while (workersOf(house).length < before.length || workersOf(house).some((pid) => before.includes(pid))) await sleep(20);
  while (!(await fetch(`${house.url}/readyz`)).ok) await sleep(20);
}

/** A tenant's model with a provider of its own, both of this name; words: more of `provider set`. */
async function addModel(house, slug, model, kind, url, ...words) {
  await must(house, "provider", "set", slug, model, "--kind", kind, "--base-url", url, ...words);
  await must(house, "model", "allow", slug, model, "--provider", model, "--upstream", "gpt-4o-mini",
    "--price-in", "0.15", "--price-out", "0.60", "--context", "128000", "--max-output", "4096");
}

/** A tenant's model whose provider is the model server behind nginx. */
async function through(house, slug, model, url, ...words) {
  await addModel(house, slug, model, "compatible", `${url}/v1`, ...words);
  return { ...memberOf(house, slug), name: `${model}, through nginx`, path, model, store: false, pids: () => [] };
}

/** {house, direct, nginx, peer, stateless, full; anthropic, ollama: stateless, translated; plain, tls, fresh, http2: the tls part's} */
async function startAll(folder, atEnd, startHouse) {
  const house = await startHouse();
  const upstreamPort = Number(new URL(house.upstream.url).port);
  const nginx = await startNginx(folder, upstreamPort);
  atEnd(nginx.stop);
  const peer = await startPeer(upstreamPort);
  atEnd(peer.stop);
  await reconfigure(house, (text) => text
    .replace("[worker]", "[worker]\nstreams = 5000")
    .replace("allow = ", `ca_file = ${nginx.certificate}\nallow = ${[nginx.port, ...Object.values(nginx.secure)].map((port) => `127.0.0.1:${port} `).join("")}`));
  const ways = { plain: await through(house, "securities", "plain", `http://127.0.0.1:${nginx.port}`) };
  for (const [way, port] of Object.entries(nginx.secure))
    ways[way] = await through(house, "securities", way, `https://127.0.0.1:${port}`, "--option", `http2=${way === "http2"}`);
  for (const kind of ["anthropic", "ollama"]) await addModel(house, "bank", kind, kind, house.upstream.url);
  await settled(house, ["bank", "insurance", "securities"]);
  const insula = { ...memberOf(house, "bank"), pids: () => [house.pid("lighttpd"), ...workersOf(house)] };
  return {
    house, nginx, peer, ...ways,
    direct: { name: "direct", port: upstreamPort, path, headers: ["Authorization: Bearer bench"], store: false,
      pids: () => [] },
    stateless: { ...insula, name: "Insula, stateless", path, store: false },
    anthropic: { ...insula, name: "Insula, from Anthropic", path, store: false, model: "anthropic" },
    ollama: { ...insula, name: "Insula, from Ollama", path, store: false, model: "ollama" },
    full: { ...insula, name: "Insula, full turn", path: "/api/v1/chat" },
    workers: () => workersOf(house),
  };
}

/** Whatever runs for the bench: all() starts it when first asked for, house() one more house; close() ends it, last first. */
export function openStage() {
  const folder = mkdtempSync(join(tmpdir(), "insula-bench-")), ends = [];
  const atEnd = (f) => ends.unshift(f);
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  let all, latest = Promise.resolve();
  /** One after the other: two databases made at once are known to fail. */
  const house = () => (latest = latest.then(async () => {
    const started = await ownHouse();
    atEnd(() => started.stop());
    return started;
  }));
  return {
    all: () => (all ??= startAll(folder, atEnd, house)),
    house,
    async close() {
      for (const end of ends.splice(0)) await end();
    },
  };
}
