// What a tenant's people do all day, for the soak: every answer, whole or cut short, goes to a cage. Errors are part of
// it: workers are killed and the database is restarted meanwhile.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { Client, script, user } from "../../http/lib/client.mjs";

const pick = (list) => list[Math.floor(Math.random() * list.length)];

/** known: ids of everybody, [{conversation, turn}], shared by all people. */
export class Person {
  constructor(house, tenant, number, { cage, known }) {
    Object.assign(this, { canary: tenant.canary, model: tenant.model, cage, known });
    this.client = new Client(house.url, tenant.token({ sub: `${tenant.canary}-${number}`, name: tenant.canary }));
  }
  /** A question whose answer is words of this tenant's, slow enough to be interrupted. */
  question() {
    const text = Array.from({ length: 12 }, () => this.canary).join(" ");
    return script({ text, delay_ms: 4 }, `${this.canary} asks. `);
  }
  /** Reads an answer to its end, or leaves after `most` bytes; what was read. */
  async hear(method, path, options, most = Infinity) {
    let text = "";
    try {
      const response = await this.client.open(method, path, options);
      text = JSON.stringify(response.headers);
      for await (const piece of response) {
        text += piece;
        if (text.length > most) response.destroy();
      }
    } catch {
      // The worker was killed, or this client left.
    }
    this.cage.look(text, this.canary, `${method} ${path}`);
    return text;
  }
  async turn({ most, headers, stream = true } = {}) {
    const body = { stream, messages: [user(this.question())] };
    const text = await this.hear("POST", "/api/v1/chat", { body, headers }, most);
    const conversation = /conv_[0-9a-z]{26}/.exec(text)?.[0];
    const turn = /turn_[0-9a-z]{26}/.exec(text)?.[0];
    if (conversation && turn) this.known.push({ conversation, turn, canary: this.canary });
    return { conversation, turn };
  }
  async leave() {
    await this.turn({ most: 900 });
  }
  async comeBack() {
    const { turn } = await this.turn({ most: 900 });
    const headers = { Accept: "text/event-stream", "Last-Event-ID": "2" };
    if (turn) await this.hear("GET", `/api/v1/streams/${turn}`, { headers });
  }
  async retry() {
    const headers = { "Idempotency-Key": randomBytes(8).toString("hex") };
    await Promise.all([this.turn({ headers }), this.turn({ headers, stream: false })]);
  }
  async otherDoor() {
    const body = { stream: Math.random() < 0.5, store: true, messages: [user(this.question())] };
    await this.hear("POST", "/v1/chat/completions", { body });
  }
  async rename() {
    const mine = pick(this.known.filter(({ canary }) => canary === this.canary));
    if (mine) await this.hear("PATCH", `/api/v1/conversations/${mine.conversation}`, { body: { title: this.canary } });
  }
  async look() {
    const paths = ["/api/v1/conversations?limit=100", "/api/v1/tenant/info", "/api/v1/me", "/v1/models", "/metrics"];
    for (const path of paths) await this.hear("GET", path);
  }
  /** Somebody's things, mostly another tenant's. */
  async pry() {
    const { conversation, turn } = pick(this.known) ?? {};
    if (!conversation) return;
    await this.hear("GET", `/api/v1/conversations/${conversation}/messages`);
    await this.hear("GET", `/api/v1/streams/${turn}`);
    await this.hear("POST", "/api/v1/chat", {
      body: { conversation_id: conversation, messages: [user(this.question())] },
    });
  }
  /** Until over() says so; pause_ms: between two deeds, about. */
  async live(over, pause_ms) {
    const deeds = ["turn", "turn", "leave", "comeBack", "retry", "otherDoor", "rename", "look", "pry"];
    while (!over()) {
      await this[pick(deeds)]();
      await sleep(Math.random() * 2 * pause_ms);
    }
  }
}
