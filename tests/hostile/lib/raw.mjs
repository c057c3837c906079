// Requests as bytes on a socket, whatever they are, and what came back.
import { once } from "node:events";
import { connect } from "node:net";

/** A seeded generator: the same numbers in every run. next(n): 0 … n-1. */
export function seeded(seed) {
  let state = seed >>> 0;
  const next = (n) => {
    state = (state + 0x6d2b79f5) >>> 0; // mulberry32
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
  const pick = (list) => list[next(list.length)];
  return { next, pick };
}

/** Header lines and body; head: the status line and all headers, in lower case but for their values. */
export class Reply {
  constructor(bytes) {
    const text = bytes.toString("latin1");
    const end = text.indexOf("\r\n\r\n");
    this.bytes = bytes;
    const [line = "", ...lines] = text.slice(0, end < 0 ? 0 : end).split("\r\n");
    this.status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(line)?.[1] ?? 0);
    this.headers = Object.fromEntries(lines.map((l) => [l.slice(0, l.indexOf(":")).toLowerCase(), l.slice(l.indexOf(":") + 1).trim()]));
    this.body = bytes.subarray(end + 4).toString();
    this.isWhole = end >= 0 && (this.headers["content-length"] === undefined
      || bytes.length - end - 4 >= Number(this.headers["content-length"]));
  }
  /** error of our shape, or undefined. */
  get error() {
    try {
      return JSON.parse(this.body).error;
    } catch {
      return undefined;
    }
  }
}

/**
 * Writes the pieces, one after the other, and reads until the answer is whole or the server closes. No "Connection:
 * close" is needed. A server that neither answers nor closes within most_ms makes it throw.
 */
export async function send(url, pieces, { most_ms = 10000, pause_ms = 0 } = {}) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port, noDelay: true });
  const got = [];
  let reply = new Reply(Buffer.alloc(0));
  const over = new Promise((resolve) => {
    socket.on("data", (bytes) => {
      got.push(bytes);
      reply = new Reply(Buffer.concat(got));
      if (reply.isWhole) resolve();
    });
    socket.on("error", resolve).on("close", resolve);
  });
  await Promise.race([once(socket, "connect"), over]);
  const writing = (async () => {
    for (const piece of [pieces].flat()) {
      if (socket.destroyed || reply.isWhole) break;
      if (!socket.write(piece, "latin1")) await Promise.race([once(socket, "drain"), over]);
      if (pause_ms) await new Promise((resolve) => setTimeout(resolve, pause_ms));
    }
  })();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${most_ms} ms`)), most_ms);
  });
  try {
    await Promise.race([over, late]);
  } finally {
    clearTimeout(timer);
    socket.destroy();
    await writing.catch(() => {});
  }
  return reply;
}
