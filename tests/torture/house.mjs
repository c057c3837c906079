// One worker to torture, with a lighttpd in front, beside the shared house and on its data. The shared house's
// own workers stand still meanwhile: what a tortured worker leaves behind, a tortured one puts in order.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { runs, until, workers } from "../fault/faults.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { library, Trip, watch } from "./trip.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PATH = `${process.env.PATH}:/usr/sbin`;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a program of the stage; what it says goes into a file there. */
function start(stage, program, words, env) {
  const said = openSync(join(stage, `${program}.said`), "a");
  const child = spawn(program, words, { env: { ...process.env, PATH, ...env }, stdio: ["ignore", said, said] });
  closeSync(said);
  process.once("exit", () => child.kill());
  return child;
}

async function stop(child) {
  const ended = child.exitCode === null && once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** The shared house's insula.conf, with one desk: the n-th call is the same one each time. */
function writeConfig(shared, stage) {
  const path = join(stage, "insula.conf");
  const text = readFileSync(join(shared.folder, "insula.conf"), "utf8")
    .replace(/^drain_seconds = .*$/m, "drain_seconds = 1\ndesks = 1")
    .replace(/^file = .*insula\.log$/m, `file = ${join(stage, "insula.log")}`);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function startLighttpd(stage, socket, port) {
  mkdirSync(join(stage, "uploads"));
  return start(stage, "lighttpd", ["-D", "-f", join(root, "lighttpd.conf.example")], {
    INSULA_ADDRESS: "127.0.0.1", INSULA_PORT: port, INSULA_SOCKET: socket, INSULA_USER: "",
    INSULA_LIGHTTPD_LOG: join(stage, "lighttpd.log"), INSULA_LIGHTTPD_PID: join(stage, "lighttpd.pid"),
    INSULA_UPLOADS: join(stage, "uploads"), INSULA_ERRORS: join(root, "deploy/lighttpd/errors"), INSULA_GRACE_SECONDS: 1,
  });
}

/** Under torture a worker may end by itself before it is told to. */
function end(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** {shared, url, trip, pid(), endings(), log(event), renew(), stop()}. */
export async function torturedHouse() {
  const shared = sharedHouse();
  const stage = mkdtempSync(join(process.env.INSULA_STAGE, "torture-"));
  const [socket, endings, trip] = [join(stage, "sock"), join(stage, "endings"), new Trip(stage)];
  const resting = workers(shared);
  for (const pid of resting) process.kill(pid, "SIGSTOP");
  process.once("exit", () => resting.filter(runs).forEach((pid) => process.kill(pid, "SIGCONT")));
  writeFileSync(endings, "");
  const program = join(process.env.INSULA_BUILD, "insula.fcgi");
  const watcher = start(stage, "spawn-fcgi", ["-n", "-s", socket, "-b", "4096", "--", watch, "1", endings, program, "-c",
    writeConfig(shared, stage)], { TRIP_PRELOAD: library, TRIP_CONTROL: trip.path });
  await until(() => existsSync(socket), 5000, "the socket");
  const port = await freePort();
  const lighttpd = startLighttpd(stage, socket, port);
  const house = {
    ...shared, shared, stage, trip, url: `http://127.0.0.1:${port}`,
    /** The worker's process id; undefined between two. */
    pid: () => {
      const list = readFileSync(`/proc/${watcher.pid}/task/${watcher.pid}/children`, "utf8").trim();
      return list ? Number(list) : undefined;
    },
    /** How the workers have ended so far: "exit 71", "signal 11", … */
    endings: () => readFileSync(endings, "utf8").split("\n").slice(0, -1).map((line) => line.replace(/^\d+ /, "")),
    /** Ends the worker; the next one takes its place when somebody asks it. */
    async renew() {
      const [old, before] = [house.pid(), house.endings().length];
      if (old) end(old);
      await until(() => house.endings().length > before, 5000, "the end of a worker");
    },
    /** Lets the worker die as renew() does; the next one begins only after prepare(). */
    async succeed(prepare) {
      await until(() => house.pid(), 5000, "a worker");
      process.kill(watcher.pid, "SIGSTOP");
      const old = house.pid();
      end(old);
      await until(() => !runs(old), 5000, "the end of a worker");
      prepare();
      process.kill(watcher.pid, "SIGCONT");
    },
    async ready() {
      await until(async () => (await fetch(`${house.url}/readyz`)).status === 200, 20000, "a worker that is ready");
    },
    async stop() {
      await stop(lighttpd);
      await stop(watcher);
      trip.close();
      for (const pid of resting) process.kill(pid, "SIGCONT");
    },
  };
  for (const limit = Date.now() + 10000; ;)
    try {
      await fetch(`${house.url}/healthz`);
      return house;
    } catch (error) {
      assert.ok(Date.now() < limit, `lighttpd: ${error}`);
      await sleep(20);
    }
}
