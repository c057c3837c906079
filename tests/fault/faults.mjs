// What the fault tests share: turns as a client sees them, the books behind them, the processes under them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { audit, ownHouse, run } from "../tools/stack.mjs";

/** The user message that makes the scripted model server do this. */
export const script = (order) => `script:${JSON.stringify(order)}`;

/** Posts a turn; how: {tenant, role, path, stream, headers, signal, …fields of the body}. */
export function ask(house, content, how = {}) {
  const { tenant = "bank", role = "member", path = "/api/v1/chat", headers, signal, ...fields } = how;
  return fetch(house.url + path, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${house.tenants[tenant][role]}`, "Content-Type": "application/json", ...headers,
    },
    body: JSON.stringify({ stream: true, messages: [{ role: "user", content }], ...fields }),
    signal,
  });
}

/**
 * Posts a turn on a bare socket, which is returned paused. The body comes a moment after the head: a request
 * that is there whole when lighttpd accepts it is not watched for its client's leaving until the answer begins.
 */
export async function post(house, content, { tenant = "bank", role = "member", ...fields } = {}) {
  const { hostname, port } = new URL(house.url);
  const body = JSON.stringify({ stream: true, messages: [{ role: "user", content }], ...fields });
  const socket = connect({ host: hostname, port });
  socket.on("error", () => {});
  socket.pause();
  socket.setNoDelay(true);
  socket.write(`POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`
    + `Authorization: Bearer ${house.tenants[tenant][role]}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`);
  await sleep(30);
  socket.write(body);
  return socket;
}

/** GET of an API path, as JSON. */
export async function get(house, path, { tenant = "bank", role = "member" } = {}) {
  const response = await fetch(house.url + path, {
    headers: { Authorization: `Bearer ${house.tenants[tenant][role]}` },
  });
  assert.equal(response.status, 200, `GET ${path}: ${response.status}`);
  return response.json();
}

/**
 * A streamed answer as it comes: text, events (how many chunks), place (the `conversation` event), error,
 * done ([DONE] was seen), cut (the connection broke), over (a promise of all that).
 */
export class Listener {
  text = "";
  events = 0;
  place = null;
  error = null;
  done = false;
  cut = false;
  constructor(response) {
    this.status = response.status;
    this.turn = response.headers.get("x-insula-turn");
    this.over = this.#read(response);
  }
  async #read(response) {
    let rest = "";
    const decoder = new TextDecoder();
    try {
      for await (const bytes of response.body) {
        const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
        rest = parts.pop();
        parts.forEach((part) => this.#take(part));
      }
    } catch {
      this.cut = true;
    }
    return this;
  }
  #take(part) {
    const data = part.split("\n").find((line) => line.startsWith("data: "))?.slice(6);
    if (data === undefined) return;
    assert.ok(!this.done && !this.error, `something came behind the end: ${part}`);
    if (data === "[DONE]") {
      this.done = true;
      return;
    }
    const event = JSON.parse(data);
    if (part.startsWith("event: conversation")) this.place = event;
    else if (event.error) this.error = event.error;
    else {
      this.events++;
      this.text += event.choices[0]?.delta.content ?? "";
    }
  }
  /** Until so many events have come. */
  async heard(events) {
    await until(() => this.events >= events || this.done || this.cut || this.error, 10000, `${events} events`);
  }
}

/** A listener for a streamed turn. */
export async function listen(house, content, how) {
  const response = await ask(house, content, how);
  assert.equal(response.status, 200, `${response.status}: ${response.status === 200 || (await response.text())}`);
  return new Listener(response);
}

/** Waits for something to become true; what: for the complaint. */
export async function until(is, most_ms, what) {
  const began = performance.now();
  while (!(await is())) {
    assert.ok(performance.now() - began < most_ms, `not within ${most_ms} ms: ${what}`);
    await sleep(20);
  }
  return performance.now() - began;
}

/** Rows of the house's database; house.socket: of the server to ask, where it is not the house's own. */
export async function sql(house, words) {
  const socket = house.socket ?? join(house.folder, "run/mysql.sock");
  const { status, stdout, stderr } = await run("mariadb", ["--no-defaults", `--socket=${socket}`, "--user=root",
    "--batch", "--raw", "--skip-column-names", "insula", "-e", words]);
  assert.equal(status, 0, stderr);
  return stdout.split("\n").slice(0, -1).map((line) => line.split("\t"));
}

/** "turn_…" as SQL writes 16 bytes. */
export function binary(id) {
  const letters = "0123456789abcdefghjkmnpqrstvwxyz";
  let number = 0n;
  for (const letter of id.slice(id.indexOf("_") + 1)) number = number * 32n + BigInt(letters.indexOf(letter));
  return `X'${number.toString(16).padStart(32, "0")}'`;
}

/** {state, outcome, code, cost, hold, …} of a turn's row; there is exactly one. */
export async function ledger(house, turn) {
  const names = ["state", "outcome", "code", "cost", "hold", "tokens_in", "tokens_out", "usage_source"];
  const rows = await sql(house, `SELECT ${names.join(", ")} FROM turn WHERE turn_id = ${binary(turn)}`);
  assert.equal(rows.length, 1, `${turn} has ${rows.length} rows`);
  return Object.fromEntries(names.map((name, i) => [name, /^-?\d+$/.test(rows[0][i]) ? Number(rows[0][i]) : rows[0][i]]));
}

/** The stored answer of a turn: {content, state, …}; there is exactly one. */
export async function answer(house, place, who) {
  const { data } = await get(house, `/api/v1/conversations/${place.conversation_id}/messages`, who);
  const answers = data.filter((message) => message.id === place.message_id);
  assert.equal(answers.length, 1, `${place.turn_id} has ${answers.length} answers`);
  return answers[0];
}

/** Until no turn is open. */
export async function allSettled(house, most_ms = 12000) {
  const open = async () => (await sql(house, "SELECT COUNT(*) FROM turn WHERE state = 'open'"))[0][0];
  return until(async () => (await open()) === "0", most_ms, "every turn is settled");
}

/** The books agree, and nothing is held. */
export async function checkBooks(house) {
  const { status, stdout, stderr } = await house.insulactl("fsck");
  assert.equal(status, 0, stdout + stderr);
  assert.deepEqual(await sql(house, "SELECT * FROM budget WHERE held <> 0"), []);
  const twice = "SELECT turn_id FROM message WHERE role = 'assistant' GROUP BY turn_id HAVING COUNT(*) > 1";
  assert.deepEqual(await sql(house, twice), [], "an answer is stored twice");
}

/** The workers' process ids. */
export function workers(house) {
  const watch = house.pid("multiwatch");
  const list = readFileSync(`/proc/${watch}/task/${watch}/children`, "utf8").trim();
  return list ? list.split(" ").map(Number) : [];
}

/** The worker that relays a turn: it holds the lock on its spool file. (What a worker has open, only root sees.) */
export function workerOf(house, turn) {
  const spool = join(house.folder, "spool");
  const file = readdirSync(spool, { recursive: true }).find((name) => name.endsWith(turn));
  if (!file) return undefined;
  const inode = statSync(join(spool, file)).ino;
  const lock = readFileSync("/proc/locks", "utf8").split("\n").find((line) => line.includes(`:${inode} `));
  return lock && Number(lock.trim().split(/ +/)[4]);
}

/** What the workers said in the log: lines with this event. */
export function logged(house, event) {
  return readFileSync(join(house.folder, "log/insula.log"), "utf8").split("\n")
    .filter((line) => line.includes(`"event":"${event}"`)).map((line) => JSON.parse(line));
}

/** insula.conf with another grace period for workers that are told to stop. */
export function withGrace(house, seconds) {
  const text = readFileSync(join(house.folder, "insula.conf"), "utf8");
  return text.replace(/^drain_seconds = .*$/m, `drain_seconds = ${seconds}`);
}

/** Writes insula.conf and tells all workers to read it; event: what each then logs. */
export async function reload(house, text, event = "config.read") {
  const before = logged(house, event).length;
  writeFileSync(join(house.folder, "insula.conf"), text);
  for (const pid of workers(house)) process.kill(pid, "SIGHUP");
  await until(() => logged(house, event).length >= before + workers(house).length, 3000, `${event} in the log`);
}

/** Is there such a process, and no zombie? */
export function runs(pid) {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z");
  } catch {
    return false;
  }
}

/**
 * A house whose script is stopped, so that tests may end and start its processes: it would stop everything
 * when one of them ends. replacements: processes that the test started instead.
 */
export async function brittleHouse(env) {
  const house = await ownHouse(env);
  const replacements = [];
  house.process.kill("SIGSTOP");
  return {
    ...house,
    /** Starts a process in place of the house's own of that name. */
    async replace(name, command, env) {
      const child = spawn(command[0], command.slice(1), {
        stdio: "ignore", env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, ...env },
      });
      await once(child, "spawn");
      replacements.push(child);
      writeFileSync(join(house.folder, `run/${name}.pid`), String(child.pid));
    },
    stop: () => audit(house).finally(async () => {
      for (const child of replacements) child.kill("SIGTERM");
      house.process.kill("SIGTERM");
      house.process.kill("SIGCONT");
      await house.end();
      for (const child of replacements) child.kill("SIGKILL");
    }),
  };
}
