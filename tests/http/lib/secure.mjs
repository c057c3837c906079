// A provider behind TLS, with HTTP/2 where it is told to: what it says hangs on the last message.
import { once } from "node:events";
import http2 from "node:http2";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

import { done, finish, word } from "./faulty.mjs";

const completion = { id: "x", object: "chat.completion", created: 1, model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "here" }, finish_reason: "stop" }] };
const FLOOD_BYTES = 6 << 20;

async function flood(response) {
  const piece = word("x".repeat(16000));
  for (let sent = 0; sent < FLOOD_BYTES; sent += piece.length)
    if (!response.write(piece)) await once(response, "drain");
}

/** "words COUNT MS", and what may follow: "reset", "cut", "goaway", "flood". */
async function speak(response, said) {
  const [, count, ms, then] = /^words (\d+) (\d+) ?(\w*)$/.exec(said);
  for (let i = 0; i < Number(count); i++) {
    response.write(word(`w${i} `));
    await sleep(Number(ms));
  }
  if (then === "reset") return response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  if (then === "cut") return response.stream.session.destroy();
  if (then === "goaway") response.stream.session.goaway();
  if (then === "flood") await flood(response);
  response.end(finish + done);
}

/**
 * options: of node's TLS server; protocols: some of "h2", "http/1.1"; headers: of every answer.
 * {url, port, handshakes: [{protocol, resumed}], requests: [{version, key, connection}], most: streams at once, stop()}
 */
export async function secureProvider(options, { protocols = ["http/1.1"], headers = {} } = {}) {
  const own = { handshakes: [], requests: [], most: 0 };
  let open = 0;
  const serve = async (request, response) => {
    response.on("close", () => open--);
    own.most = Math.max(own.most, ++open);
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    const { messages, stream } = JSON.parse(body);
    const socket = (request.stream?.session ?? request).socket;
    own.requests.push({ version: request.httpVersion, key: request.headers.authorization, connection: socket.remotePort });
    response.writeHead(200, { "Content-Type": stream ? "text/event-stream" : "application/json", ...headers });
    if (stream) await speak(response, messages.at(-1).content);
    else response.end(JSON.stringify(completion));
  };
  const handle = (request, response) => void serve(request, response).catch(() => response.destroy?.());
  const server = protocols.includes("h2") ? http2.createSecureServer({ ...options, allowHTTP1: protocols.includes("http/1.1") }, handle)
    : https.createServer(options, handle);
  server.on("secureConnection", (socket) => own.handshakes.push({ protocol: socket.alpnProtocol, resumed: socket.isSessionReused() }));
  const sockets = new Set();
  server.on("connection", (socket) => sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket))));
  for (const event of ["tlsClientError", "sessionError"]) server.on(event, () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  const stop = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  };
  return Object.assign(own, { url: `https://127.0.0.1:${port}/v1`, port, stop });
}
