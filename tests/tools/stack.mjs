// The running house, for tests: the one that run-node.sh has started, or one of a test's own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const house = fileURLToPath(new URL("../..", import.meta.url));
const build = process.env.INSULA_BUILD ?? join(house, "build");

/** The scripted model server's /control. */
class Upstream {
  constructor(url) {
    this.url = url;
  }
  async #call(path, method, body) {
    const response = await fetch(this.url + path, { method, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.json();
  }
  /** order: {key?, times?, script | fixture}, as tests/upstream/README.md says. */
  queue(order) {
    return this.#call("/control", "POST", order);
  }
  clear() {
    return this.#call("/control", "DELETE");
  }
  /** Only what is queued for this key. */
  forget(key) {
    return this.#call(`/control?key=${encodeURIComponent(key)}`, "DELETE");
  }
  stats() {
    return this.#call("/control/stats", "GET");
  }
  async requests({ key, after = 0 } = {}) {
    const only = key === undefined ? "" : `&key=${encodeURIComponent(key)}`;
    return (await this.#call(`/control/requests?after=${after}${only}`, "GET")).data;
  }
}

/** url, tenants, operator as in demo.json; upstream; insulactl(...words) → {status, stdout, stderr}. */
function openHouse(folder) {
  const facts = JSON.parse(readFileSync(join(folder, "demo.json"), "utf8"));
  return {
    ...facts,
    folder,
    upstream: new Upstream(facts.upstream),
    pid: (name) => Number(readFileSync(join(folder, "run", `${name}.pid`), "utf8")),
    insulactl: (...words) => run(join(build, "insulactl"), ["-c", join(folder, "insula.conf"), ...words]),
  };
}

/** Runs a program; input goes to its standard input. */
export async function run(program, words, { input = "", env = {} } = {}) {
  const child = spawn(program, words, { env: { ...process.env, ...env } });
  let stdout = "", stderr = "";
  child.stdout.on("data", (bytes) => (stdout += bytes));
  child.stderr.on("data", (bytes) => (stderr += bytes));
  child.stdin.on("error", () => {}); // a program need not read it
  child.stdin.end(input);
  const [status] = await once(child, "close");
  return { status, stdout, stderr };
}

/** The house that all tests of this run share. */
export function sharedHouse() {
  if (!process.env.INSULA_VAR) throw new Error("run me with tests/tools/run-node.sh");
  return openHouse(process.env.INSULA_VAR);
}

/** How many houses were opened and audited, for tests/tools/houses.mjs: a word and a folder a line. */
function noted(word, { folder }) {
  if (process.env.INSULA_HOUSES) appendFileSync(process.env.INSULA_HOUSES, `${word} ${folder}\n`);
}

/** The last thing that is asked of every house, whatever was done to it: do its books agree? */
export async function audit(house) {
  if (!process.env.INSULA_HOUSES) return;
  const { status, stdout, stderr } = await house.insulactl("fsck");
  if (status !== 0) throw new Error(`the books of ${house.folder} do not agree:\n${stdout}${stderr}`);
  noted("audited", house);
}

/** A house of a test's own; await house.stop() when done, which audits it first. */
export async function ownHouse(env = {}) {
  const stage = mkdtempSync(join(process.env.INSULA_STAGE ?? tmpdir(), "own-"));
  const folder = env.VAR ?? join(stage, "var");
  const child = spawn(join(house, "deploy/demo/run"), [], {
    env: { ...process.env, BUILD: build, PORT: "0", ...env, VAR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  process.once("exit", () => child.kill());
  let said = "";
  child.stdout.on("data", (bytes) => (said += bytes));
  child.stderr.on("data", (bytes) => (said += bytes));
  const ended = once(child, "close");
  while (!existsSync(join(folder, "demo.json"))) {
    if (child.exitCode !== null) throw new Error(said);
    await sleep(50);
  }
  const own = openHouse(folder);
  noted("opened", own);
  /** Data in a folder that env.VAR named stay. */
  const end = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(stage, { recursive: true, force: true });
  };
  return { ...own, said: () => said, process: child, end, stop: () => audit(own).finally(end) };
}
