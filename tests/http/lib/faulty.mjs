// A model server that does everything wrong, down to the bytes: what the scripted one, being a real HTTP
// server, cannot do. A request says in its last message which fault it wants: "fault:NAME".
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";

/** Must never reach a client or a log. */
export const CANARY = "CANARY-of-the-provider";

export const head = (status, type, more = "") =>
  `HTTP/1.1 ${status} Whatever\r\nContent-Type: ${type}\r\nConnection: close\r\n${more}\r\n`;
export const stream = head(200, "text/event-stream");
export const json = (status, body, more) =>
  head(status, "application/json", more) + JSON.stringify(body);
export const event = (value) =>
  `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
const chunk = (choices, more) =>
  event({ id: "x", object: "chat.completion.chunk", created: 1, model: "m", choices, ...more });
export const word = (content) => chunk([{ index: 0, delta: { content }, finish_reason: null }]);
export const finish = chunk([{ index: 0, delta: {}, finish_reason: "stop" }]);
export const usage = (numbers) => chunk([], { usage: numbers });
export const done = event("[DONE]");
export const error = {
  error: { message: `${CANARY}: it hurts`, type: "server_error", param: null, code: null },
};
/** The answer to a request that is not streamed. */
export const completion = (more) => ({
  id: "x",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "w0 w1 " }, finish_reason: "stop" }],
  ...more,
});

/** Writes pieces one by one: text, bytes, or numbers, which are milliseconds to wait. */
async function play(socket, pieces) {
  for await (const piece of pieces) {
    if (socket.destroyed) return;
    if (piece === "reset") return void socket.resetAndDestroy();
    else if (piece === "stay") return;
    else if (typeof piece === "number") await sleep(piece);
    else if (!socket.write(piece))
      await Promise.race([once(socket, "drain"), once(socket, "close")]);
  }
  socket.end();
}

async function readRequest(socket) {
  let text = "";
  socket.setEncoding("latin1");
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    text += piece;
    const end = text.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (end >= 0 && text.length >= end + 4 + length)
      return { head: text.slice(0, end), body: text.slice(end + 4) };
  }
}

/** How a connection can begin, before anything is asked; what comes of it is talked on. */
export const beginnings = {
  reset: (socket) => socket.resetAndDestroy(),
  garbage: (socket) => socket.end(`${CANARY} is no TLS\r\n`),
  closed: (socket) => socket.once("data", () => socket.end()),
  silence: () => {},
  /** certificate: {key, cert}. */
  tls: (certificate) => (socket) =>
    new Promise((resolve) => {
      const secure = new TLSSocket(socket, { isServer: true, ...certificate });
      secure.once("secure", () => resolve(secure)).on("error", () => resolve());
    }),
};

/** faults: name → pieces, or a function (streamed) → pieces. server.begin: one of beginnings, or nothing. */
export async function faultyServer(faults) {
  const sockets = new Set(),
    asked = [],
    own = { begin: null };
  const serve = async (accepted) => {
    sockets.add(accepted.on("error", () => {}).on("close", () => sockets.delete(accepted)));
    const socket = own.begin ? await own.begin(accepted) : accepted;
    const request = socket?.writable && (await readRequest(socket));
    if (!request) return;
    asked.push(request.head.split("\r\n")[0]);
    const { messages, stream: streamed } = JSON.parse(request.body);
    const fault = faults[/fault:([\w, -]+)/.exec(messages.at(-1).content)[1]];
    await play(socket, typeof fault === "function" ? fault(streamed, request.head) : fault);
  };
  const server = createServer((socket) => serve(socket).catch(() => socket.destroy()));
  const listen = async (port) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const { port } = server.address();
  const stop = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  };
  const listenAgain = () => listen(port);
  return Object.assign(own, { url: `http://127.0.0.1:${port}`, asked, stop, listenAgain });
}
