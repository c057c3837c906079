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

import { ownHouse } from "../tools/stack.mjs";

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

async function startNginx(stage, upstreamPort) {
  const port = await freePort();
  const folder = join(stage, "nginx");
  mkdirSync(folder);
  const bodies = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  writeFileSync(join(folder, "nginx.conf"), `daemon off; worker_processes 1; pid ${folder}/pid;
error_log ${folder}/error.log; worker_rlimit_nofile 16384; events { worker_connections 8000; }
http {
${bodies}
access_log off; keepalive_requests 1000000;
upstream model { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000; }
server { listen 127.0.0.1:${port} backlog=4096;
location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection "";
proxy_buffering off; proxy_read_timeout 600s; } } }\n`);
  const server = await serve("nginx", port, ["nginx", "-c", join(folder, "nginx.conf")],
    { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
  return { name: "nginx", port, path, headers: ["Authorization: Bearer bench"], store: false,
    pids: () => [server.pid, ...childrenOf(server.pid)], stop: server.stop };
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

/** A house whose bank has money enough, and whose clients' leaving ends a turn at once. */
async function startHouse() {
  const house = await ownHouse();
  const set = await house.insulactl("tenant", "set", "bank", "--budget", "100000.00", "--disconnect", "cancel");
  if (set.status !== 0) throw new Error(set.stderr);
  await sleep(1500); // until every worker knows
  return house;
}

/** {house, direct, nginx, peer, stateless, full, stop()} */
export async function startAll() {
  const stage = mkdtempSync(join(tmpdir(), "insula-bench-"));
  const house = await startHouse();
  const upstreamPort = Number(new URL(house.upstream.url).port);
  const nginx = await startNginx(stage, upstreamPort);
  const peer = await startPeer(upstreamPort);
  const insula = {
    port: Number(new URL(house.url).port),
    headers: [`Authorization: Bearer ${house.tenants.bank.member}`],
    pids: () => [house.pid("lighttpd"), ...childrenOf(house.pid("multiwatch"))],
  };
  return {
    house,
    direct: { name: "direct", port: upstreamPort, path, headers: ["Authorization: Bearer bench"], store: false,
      pids: () => [] },
    nginx,
    peer,
    stateless: { ...insula, name: "Insula, stateless", path, store: false },
    full: { ...insula, name: "Insula, full turn", path: "/api/v1/chat" },
    workers: () => childrenOf(house.pid("multiwatch")),
    async stop() {
      await Promise.all([nginx.stop(), peer.stop()]);
      await house.stop();
      rmSync(stage, { recursive: true, force: true });
    },
  };
}
