// Clients that write down what the house acknowledged, for tests that take its database away: afterwards the
// journal is compared with the rows. Every text is sent once, so that once can be told from twice.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { Listener, ask, binary, script, sql, until } from "./faults.mjs";

const TRIES = 400;
const PAUSE_MS = 50;
const within = () => AbortSignal.timeout(30000);

export class Journal {
  offered = new Set(); // every text that was sent
  turns = []; // {words, heard, began, ended}: [DONE] came
  conversations = []; // {id, titles, last}: 201 came; titles asked for, the last of them that got its 200
  refused = 0; // 503 with Retry-After
  wrong = []; // any other refusal
  broken = 0; // connections and streams that broke, or ended in an error
  #name = randomBytes(3).toString("hex");
  #stopped = false;
  #house;
  #clients;

  constructor(house, clients = 8) {
    this.#house = house;
    this.#clients = Promise.all(Array.from({ length: clients }, (_, i) => this.#client(i)));
  }

  /** What the clients have begun they still bring to an end. */
  stop() {
    this.#stopped = true;
    return this.#clients;
  }

  /** How many ms after `moment` (performance.now()) a turn was acknowledged that was begun after it. */
  async wellAfter(moment, most_ms) {
    const later = () => this.turns.filter(({ began }) => began > moment).map(({ ended }) => ended);
    await until(() => later().length, most_ms, "a turn is acknowledged");
    return Math.min(...later()) - moment;
  }

  /** The longest time since `moment` in which no turn was acknowledged, in ms. */
  longestSilence(moment) {
    const times = [moment, ...this.turns.map(({ ended }) => ended).filter((ended) => ended > moment)];
    return Math.max(...times.slice(1).map((time, i) => time - times[i]));
  }

  async #client(number) {
    for (let i = 0; !this.#stopped; i++) {
      const words = `${this.#name}: client ${number} says ${i}`;
      this.offered.add(words);
      await (i % 3 < 2 ? this.#turn(words) : this.#conversation(words));
    }
  }

  /** As a client does it: with the same key until there is an answer. */
  async #turn(words) {
    for (let tries = 0; tries < TRIES; tries++) {
      const began = performance.now();
      const stream = await this.#listen(words);
      if (stream?.done) {
        this.turns.push({ words, heard: stream.text, began, ended: performance.now() });
        return;
      }
      if (stream?.error && stream.error.code !== "not_settled") return; // this turn is over
      await sleep(PAUSE_MS);
    }
  }

  async #listen(words) {
    const headers = { "Idempotency-Key": words };
    const response = await ask(this.#house, script({ text: words, delay_ms: 2 }), { headers, signal: within() })
      .catch(() => null);
    if (!(await this.#isGood(response))) return null;
    const stream = await new Listener(response).over;
    if (!stream.done) this.broken++;
    return stream;
  }

  /** Makes one, and names it twice; without a key, nothing is tried again. */
  async #conversation(words) {
    const made = await this.#send("POST", "", words);
    if (!made) return;
    const entry = { id: made.id, titles: [words], last: 0 };
    this.conversations.push(entry);
    for (let i = 1; i <= 2; i++) {
      entry.titles.push(`${words}, named ${i}`);
      if (await this.#send("PATCH", `/${made.id}`, entry.titles[i])) entry.last = i;
    }
  }

  async #send(method, path, title) {
    const headers = {
      Authorization: `Bearer ${this.#house.tenants.bank.member}`, "Content-Type": "application/json",
    };
    const response = await fetch(`${this.#house.url}/api/v1/conversations${path}`,
      { method, headers, body: JSON.stringify({ title }), signal: within() }).catch(() => null);
    if (await this.#isGood(response)) return response.json();
    await sleep(PAUSE_MS);
    return null;
  }

  async #isGood(response) {
    if (response?.ok) return true;
    const text = await response?.text();
    if (!response) this.broken++;
    else if (response.status === 503 && Number(response.headers.get("retry-after")) >= 1) this.refused++;
    else this.wrong.push(`${response.status} ${text}`);
    return false;
  }

  /** {acknowledged, kept, offered, once}, now that nobody writes; says what is not so. */
  async compare() {
    this.wrong.slice(0, 9).forEach((line) => console.log(line));
    const rows = await this.#rows();
    const count = (list, is, what) => list.filter((one) => is(one) || console.log(what, one)).length;
    const kept = count(this.turns, ({ words, heard }) => heard === words && rows.complete.get(words) === 1, "lost")
      + count(this.conversations, ({ id, titles, last }) => titles.slice(last).includes(rows.titles.get(id)), "lost");
    const once = count([...this.offered], (words) => (rows.turns.get(words) ?? 0) <= 1
      && (rows.complete.get(words) ?? 0) <= 1 && (rows.named.get(words) ?? 0) <= 1, "twice");
    return { kept, acknowledged: this.turns.length + this.conversations.length, once, offered: this.offered.size };
  }

  /** By the words of it: turns with their question (but those that were refused with 503 and cost nothing), answers whole and charged, conversations; titles by id. */
  async #rows() {
    const ask = async (words) => new Map((await sql(this.#house, words)).map(([name, n]) => [name, Number(n)]));
    const turns = await ask("SELECT JSON_VALUE(SUBSTR(content, 8), '$.text'), COUNT(*) FROM message m JOIN turn t"
      + " ON t.tenant_id = m.tenant_id AND t.parent_id = m.message_id WHERE content LIKE 'script:%'"
      + " AND NOT (t.cost = 0 AND t.code = 'database_unavailable') GROUP BY 1");
    const complete = await ask("SELECT content, COUNT(*) FROM message m JOIN turn t ON t.tenant_id = m.tenant_id"
      + " AND t.answer_id = m.message_id WHERE t.state = 'settled' AND t.outcome = 'complete' GROUP BY 1");
    const named = await ask("SELECT SUBSTRING_INDEX(title, ',', 1), COUNT(*) FROM conversation GROUP BY 1");
    const titles = await sql(this.#house, "SELECT HEX(conversation_id), title FROM conversation");
    const byId = new Map(titles);
    const ids = this.conversations.map(({ id }) => [id, byId.get(binary(id).slice(2, -1).toUpperCase())]);
    return { turns, complete, named, titles: new Map(ids) };
  }
}
