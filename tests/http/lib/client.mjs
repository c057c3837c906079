// A person at a frontend: plain requests with a bearer token, and answers as they came.
import http from "node:http";

import { parseEvents } from "./events.mjs";

/** A message that tells the scripted model server how to answer. */
export const script = (orders, words = "") => `${words}script:${JSON.stringify(orders)}`;
export const user = (content) => ({ role: "user", content });

class Answer {
  constructor(response, bytes) {
    this.status = response.statusCode;
    this.headers = response.headers;
    this.bytes = bytes;
    this.text = bytes.toString();
  }
  get json() {
    return JSON.parse(this.text);
  }
  /** Our error, whichever door has written it. */
  get error() {
    const { error, ...beside } = this.json;
    if (typeof error === "string") return { message: error, ...beside };
    if (!error?.details) return error;
    const { details, ...said } = error;
    return { ...said, code: details.error_code, param: details.param, request_id: beside.request_id };
  }
  get events() {
    return parseEvents(this.text);
  }
}

export class Client {
  /** agent false: a new connection for each request. */
  constructor(url, token, { agent = false } = {}) {
    this.url = url;
    this.token = token;
    this.agent = agent;
  }
  /** The response as soon as its head is there; body: an object, or text or bytes as they are. */
  open(method, path, { body, headers = {} } = {}) {
    const plain = typeof body === "string" || Buffer.isBuffer(body);
    const bytes = body === undefined ? undefined : Buffer.from(plain ? body : JSON.stringify(body));
    const all = {
      ...(this.token && { Authorization: `Bearer ${this.token}` }),
      ...(bytes && { "Content-Type": "application/json", "Content-Length": bytes.length }),
      ...headers,
    };
    for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
    return new Promise((resolve, reject) => {
      const request = http.request(this.url + path, { method, headers: all, agent: this.agent });
      request.on("response", resolve).on("error", reject);
      request.end(bytes);
    });
  }
  async call(method, path, options) {
    const response = await this.open(method, path, options);
    const pieces = [];
    for await (const piece of response) pieces.push(piece);
    return new Answer(response, Buffer.concat(pieces));
  }
  get(path, headers) {
    return this.call("GET", path, { headers });
  }
  post(path, body, headers) {
    return this.call("POST", path, { body, headers });
  }
  /** One turn at our own door. */
  chat(content, fields = {}, headers) {
    return this.post("/api/v1/chat", { messages: [user(content)], ...fields }, headers);
  }
  stream(content, fields = {}, headers) {
    return this.chat(content, { stream: true, ...fields }, headers);
  }
  /** Opens a streamed turn and reads it until `enough(text)`; the rest stays to be read, or left. */
  async begin(content, enough, fields = {}) {
    const response = await this.open("POST", "/api/v1/chat", {
      body: { messages: [user(content)], stream: true, ...fields },
    });
    const begun = { status: response.statusCode, headers: response.headers, text: "" };
    const iterator = response[Symbol.asyncIterator]();
    for (let next; !enough(begun.text) && !(next = await iterator.next()).done;)
      begun.text += next.value;
    begun.leave = () => response.destroy();
    begun.rest = async () => {
      for (let next; !(next = await iterator.next()).done;) begun.text += next.value;
      return begun;
    };
    const whole = begun.text
      .split("\n\n")
      .slice(0, -1)
      .map((event) => `${event}\n\n`)
      .join("");
    begun.place = parseEvents(whole).find((event) => event.event === "conversation")?.json;
    return begun;
  }
  messages(conversation, query = "") {
    return this.get(`/api/v1/conversations/${conversation}/messages${query}`).then(
      (answer) => answer.json,
    );
  }
}
