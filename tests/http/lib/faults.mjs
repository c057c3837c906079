// The faults of upstream-faults.test.mjs: what the model server plays, and what a client hears of it.
// A long table, one entry a fault.
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

import {
  CANARY,
  completion,
  done,
  error,
  event,
  finish,
  head,
  json,
  stream,
  usage,
  word,
} from "./faulty.mjs";

export const KEY = "sk-faulty-CANARYKEY0123456789";
const two = word("w0 ") + word("w1 ");
const html = `<html><h1>${CANARY}</h1></html>`;
const chunked = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const chunkedStream = head(200, "text/event-stream", "Transfer-Encoding: chunked\r\n");
const invalid = Buffer.from("a\xff\xfeb\xc3(c", "latin1");

async function* forever(piece, ms) {
  yield stream;
  for (;;) {
    if (ms) await sleep(ms);
    yield piece;
  }
}
async function* floodOf(start, piece) {
  yield start;
  for (;;) yield piece;
}

// What a streamed turn (`s`) and a whole one (`w`) come to: an error with a status (nothing was sent yet),
// an error event behind what was said, or a complete answer.
export const fails = (status, code) => ({ status, code });
export const breaks = (text, code) => ({ status: 200, said: text, code });
export const completes = (text) => ({ status: 200, said: text });

export const faults = {
  "401 echoing the key": {
    play: [
      json(401, {
        error: { message: `Incorrect API key provided: ${KEY} ${CANARY}`, code: "invalid_api_key" },
      }),
    ],
    s: fails(502, "upstream_auth_error"),
    w: fails(502, "upstream_auth_error"),
    headers: { "x-should-retry": "false" },
  },
  403: {
    play: [json(403, error)],
    s: fails(502, "upstream_auth_error"),
    w: fails(502, "upstream_auth_error"),
  },
  "429 with retry-after": {
    play: [json(429, error, "Retry-After: 7\r\n")],
    s: fails(429, "rate_limit_exceeded"),
    w: fails(429, "rate_limit_exceeded"),
    headers: { "retry-after": "7" },
  },
  "429 for hours": {
    play: [json(429, error, "Retry-After: 7200\r\n")],
    s: fails(429, "rate_limit_exceeded"),
    w: fails(429, "rate_limit_exceeded"),
    headers: { "x-should-retry": "false" },
  },
  "429 quota": {
    play: [json(429, { error: { message: CANARY, code: "insufficient_quota" } })],
    s: fails(429, "insufficient_quota"),
    w: fails(429, "insufficient_quota"),
    headers: { "x-should-retry": "false" },
  },
  404: {
    play: [json(404, error)],
    s: fails(404, "model_not_found"),
    w: fails(404, "model_not_found"),
  },
  503: {
    play: [json(503, error, "Retry-After: 3\r\n")],
    s: fails(503, "upstream_unavailable"),
    w: fails(503, "upstream_unavailable"),
    headers: { "retry-after": "3" },
  },
  "500 HTML": {
    play: [head(500, "text/html"), html],
    s: fails(502, "upstream_error"),
    w: fails(502, "upstream_error"),
  },
  "400 for the context": {
    play: [
      json(400, { error: { message: CANARY, code: "context_length_exceeded", param: "messages" } }),
    ],
    s: { ...fails(400, "context_length_exceeded"), told: true },
    w: { ...fails(400, "context_length_exceeded"), told: true },
  },
  "200 empty": {
    play: (streamed) => [streamed ? stream : head(200, "application/json")],
    s: fails(502, "upstream_truncated"),
    w: fails(502, "upstream_bad_response"),
  },
  "200 HTML": {
    play: [head(200, "text/html"), html],
    s: fails(502, "upstream_bad_response"),
    w: fails(502, "upstream_bad_response"),
  },
  204: {
    play: ["HTTP/1.1 204 No Content\r\n\r\n"],
    s: fails(502, "upstream_bad_response"),
    w: fails(502, "upstream_bad_response"),
  },
  "JSON error in 200": {
    play: [json(200, error)],
    s: fails(502, "upstream_error"),
    w: fails(502, "upstream_error"),
  },
  "no type at all": {
    play: ["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", CANARY],
    s: fails(502, "upstream_bad_response"),
    w: fails(502, "upstream_bad_response"),
  },
  302: {
    play: [head(302, "text/html", "Location: /v1/elsewhere\r\n"), html],
    s: fails(502, "upstream_bad_response"),
    w: fails(502, "upstream_bad_response"),
  },
  "307 to another port": {
    play: [head(307, "text/html", "Location: http://127.0.0.1:1/v1/chat/completions\r\n")],
    s: fails(502, "upstream_bad_response"),
    w: fails(502, "upstream_bad_response"),
  },
  "no HTTP": {
    play: [`${CANARY} is no HTTP\r\n\r\n`],
    s: fails(502, /^upstream_/),
    w: fails(502, /^upstream_/),
  },
  "endless headers": {
    play: () => floodOf("HTTP/1.1 200 OK\r\n", `X-Header: ${"x".repeat(8000)}\r\n`),
    s: fails(502, /^upstream_/),
    w: fails(502, /^upstream_/),
  },
  "closed before the head": { play: [], s: fails(502, /^upstream_/), w: fails(502, /^upstream_/) },
  "reset before the head": {
    play: ["reset"],
    s: fails(502, /^upstream_/),
    w: fails(502, /^upstream_/),
  },
  "reset within the head": {
    play: ["HTTP/1.1 200 OK\r\nContent-Ty", 50, "reset"],
    s: fails(502, "upstream_truncated"),
    w: fails(502, "upstream_truncated"),
  },
  "closed within the head": {
    play: ["HTTP/1.1 200 OK\r\nContent-Ty"],
    s: fails(502, /^upstream_/),
    w: fails(502, /^upstream_/),
  },
  "headers of its own": {
    play: (streamed) => {
      const more = `X-Request-Id: ${CANARY}\r\nSet-Cookie: ${CANARY}=${KEY}\r\nX-Echo: ${KEY}\r\n`;
      if (!streamed) return [json(200, completion(), more)];
      return [head(200, "text/event-stream", more), two, finish, done];
    },
    s: completes("w0 w1 "),
    w: completes("w0 w1 "),
  },
  "100 before the head": {
    play: (streamed) => [
      "HTTP/1.1 100 Continue\r\n\r\n",
      streamed ? stream + two + finish + done : json(200, completion()),
    ],
    s: completes("w0 w1 "),
    w: completes("w0 w1 "),
  },

  "first event is an error": { play: [stream, event(error)], s: fails(502, "upstream_error") },
  "error in mid-stream": {
    play: [stream, two, 50, event(error), word(CANARY), done],
    s: breaks("w0 w1 ", "upstream_error"),
  },
  "error as a string": {
    play: [stream, two, event({ error: CANARY })],
    s: breaks("w0 w1 ", "upstream_error"),
  },
  "error beside choices": {
    play: [stream, two, event({ choices: [], ...error }), done],
    s: breaks("w0 w1 ", "upstream_error"),
  },
  "rate limit in mid-stream": {
    play: [stream, two, event({ error: { message: CANARY, code: "rate_limit_exceeded" } })],
    s: breaks("w0 w1 ", "rate_limit_exceeded"),
  },
  "cut without finish": { play: [stream, two], s: breaks("w0 w1 ", "upstream_truncated") },
  "cut with finish": { play: [stream, two, finish], s: completes("w0 w1 ") },
  "cut within chunked bytes": {
    play: [chunkedStream, chunked(two), "ff\r\ndata: {"],
    s: breaks("w0 w1 ", "upstream_truncated"),
    w: fails(502, /^upstream_/),
  },
  "cut within chunked bytes behind finish": {
    play: [chunkedStream, chunked(two + finish)],
    s: completes("w0 w1 "),
  },
  "shorter than promised": {
    play: (streamed) => [
      head(200, streamed ? "text/event-stream" : "application/json", "Content-Length: 99999\r\n"),
      streamed ? two : JSON.stringify(completion()),
    ],
    s: breaks("w0 w1 ", "upstream_truncated"),
    w: fails(502, "upstream_truncated"),
  },
  "longer than promised": {
    play: (streamed) => [
      head(200, streamed ? "text/event-stream" : "application/json", "Content-Length: 99\r\n"),
      streamed ? two : JSON.stringify(completion()),
    ],
    s: fails(502, "upstream_truncated"),
    w: fails(502, "upstream_bad_response"),
  },
  "a length that is none": {
    play: [head(200, "text/event-stream", "Content-Length: -5\r\n"), two, finish, done],
    s: fails(502, /^upstream_/),
    w: fails(502, /^upstream_/),
  },
  "chunks of no size": {
    play: [chunkedStream, chunked(two), `${CANARY}\r\n`],
    s: breaks("w0 w1 ", "upstream_truncated"),
    w: fails(502, /^upstream_/),
  },
  "gzip that nobody asked for": {
    play: (streamed) => [
      head(200, streamed ? "text/event-stream" : "application/json", "Content-Encoding: gzip\r\n"),
      gzipSync(streamed ? two + finish + done : JSON.stringify(completion())),
    ],
    s: fails(502, /^upstream_/),
    w: fails(502, "upstream_bad_response"),
  },
  reset: {
    play: (streamed) => [
      streamed ? stream + two : head(200, "application/json", "Content-Length: 9999\r\n"),
      100,
      "reset",
    ],
    s: breaks("w0 w1 ", "upstream_truncated"),
    w: fails(502, "upstream_truncated"),
  },
  "garbage event": {
    play: [stream, two, event(`{"choices": ${CANARY}`), finish, done],
    s: breaks("w0 w1 ", "upstream_bad_response"),
  },
  "garbage bytes": {
    play: [
      stream,
      two,
      Buffer.concat([
        Buffer.from("data: "),
        Buffer.from([0x1f, 0x8b, 8, 0, 0xff]),
        Buffer.from("\n\n"),
      ]),
    ],
    s: breaks("w0 w1 ", "upstream_bad_response"),
  },
  "an event that is no object": {
    play: [stream, two, event("[1, 2]")],
    s: breaks("w0 w1 ", "upstream_bad_response"),
  },
  "an event without choices": {
    play: [stream, two, event({ note: CANARY })],
    s: breaks("w0 w1 ", "upstream_bad_response"),
  },
  "half an event": {
    play: [stream, two, `data: {"choices":[{"delta":{"content":"${CANARY}`],
    s: breaks("w0 w1 ", "upstream_truncated"),
  },
  "finish within half an event": {
    play: [stream, two, finish.trimEnd()],
    s: breaks("w0 w1 ", "upstream_truncated"),
  },
  "DONE without a word": { play: [stream, done], s: fails(502, "upstream_bad_response") },
  "DONE without a newline": { play: [stream, two, finish, "data: [DONE]"], s: completes("w0 w1 ") },
  "DONE without finish": { play: [stream, two, done], s: completes("w0 w1 ") },
  "no DONE but finish": {
    play: [chunkedStream, chunked(two + finish), "0\r\n\r\n"],
    s: completes("w0 w1 "),
  },
  "more behind DONE": {
    play: [stream, two, finish, done, word(CANARY), event(error)],
    s: completes("w0 w1 "),
  },
  "connection stays open behind DONE": {
    play: [stream, two, finish, done, "stay"],
    s: completes("w0 w1 "),
  },
  "CRLF, comments, names": {
    play: [
      stream,
      `: hi\r\nevent: message\r\nid: 7\r\n${(two + finish + done).replaceAll("\n", "\r\n")}`,
    ],
    s: completes("w0 w1 "),
  },
  "several lines of data": {
    play: [stream, two, finish.replace(',"choices"', '\ndata: ,"choices"'), done],
    s: completes("w0 w1 "),
  },
  "byte by byte": {
    play: () =>
      (async function* () {
        yield stream;
        for (const byte of two + finish + done) yield byte;
      })(),
    s: completes("w0 w1 "),
  },

  "usage missing": {
    play: (streamed) => (streamed ? [stream, two, finish, done] : [json(200, completion())]),
    s: completes("w0 w1 "),
    w: completes("w0 w1 "),
    charged: true,
  },
  "usage negative": {
    play: (streamed) =>
      streamed
        ? [stream, two, finish, usage({ prompt_tokens: -5, completion_tokens: -9 }), done]
        : [json(200, completion({ usage: { prompt_tokens: -5, completion_tokens: -9 } }))],
    s: completes("w0 w1 "),
    w: completes("w0 w1 "),
    charged: true,
  },
  "usage twice": {
    play: [stream, two, ...[3, 5].map((out) => usage({ prompt_tokens: 2, completion_tokens: out })), finish, done],
    s: completes("w0 w1 "),
    charged: true,
  },
  "usage beyond reason": {
    play: [stream, two, finish, usage({ prompt_tokens: 9e15, completion_tokens: 2 }), done],
    s: completes("w0 w1 "),
    charged: true,
  },
  "usage beyond numbers": {
    play: [stream, two, finish, usage({ prompt_tokens: 2, completion_tokens: 1e300 }), done],
    s: completes("w0 w1 "),
    charged: true,
  },
  "usage of words": {
    play: [stream, two, finish, usage({ prompt_tokens: "many", completion_tokens: null }), done],
    s: completes("w0 w1 "),
    charged: true,
  },

  "invalid UTF-8": {
    play: [
      stream,
      Buffer.concat([
        Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"'),
        invalid,
        Buffer.from('"},"finish_reason":null}]}\n\n'),
      ]),
      finish,
      done,
    ],
    s: completes(/^a�+b�\(c$/),
  },
  "invalid UTF-8 in a whole answer": {
    play: [
      head(200, "application/json"),
      '{"choices":[{"index":0,"message":{"role":"assistant","content":"',
      invalid,
      '"},"finish_reason":"stop"}]}',
    ],
    w: completes(/^a�+b�\(c$/),
  },
  "half a surrogate": {
    play: [stream, word("").replace('"content":""', '"content":"a\\ud83d b"'), finish, done],
    s: completes("a\ufffd b"),
  },
  "NUL, escaped": { play: [stream, word("a\0b"), finish, done], s: completes("a\0b") },
  "NUL, raw": {
    play: [stream, two, word("").replace('"content":""', '"content":"\0"'), finish, done],
    s: breaks("w0 w1 ", "upstream_bad_response"),
  },
  "a byte order mark": { play: [stream, `\ufeff${two}`, finish, done], s: completes("w0 w1 ") },

  silence: {
    play: ["stay"],
    s: { ...fails(200, "upstream_timeout"), said: "" },
    w: fails(504, "upstream_timeout"),
  },
  "silence behind the head": {
    play: (streamed) => [streamed ? stream : head(200, "application/json"), "stay"],
    s: { ...fails(200, "upstream_timeout"), said: "" },
    w: fails(504, "upstream_timeout"),
  },
  "silence in mid-stream": { play: [stream, two, "stay"], s: breaks("w0 w1 ", "upstream_timeout") },
  "comments only": {
    play: () => forever(`: ${CANARY}\n\n`, 100),
    s: { ...fails(200, "upstream_timeout"), said: "" },
  },
  "comments behind words": {
    play: () =>
      (async function* () {
        yield* [stream, two];
        for (;;) yield* [100, `: ${CANARY}\n\n`];
      })(),
    s: breaks("w0 w1 ", "upstream_timeout"),
  },
  "an event that never ends": {
    play: () =>
      (async function* () {
        yield* [stream, two, "data: "];
        for (;;) yield* [50, " "];
      })(),
    s: breaks("w0 w1 ", "upstream_timeout"),
  },
  "a byte now and then": {
    play: () =>
      (async function* () {
        yield stream;
        for (const byte of two) yield* [100, byte];
      })(),
    s: { ...fails(200, "upstream_timeout"), said: "" },
  },
  "too slow in all": {
    play: () =>
      (async function* () {
        yield stream;
        for (;;) yield* [400, word("w ")];
      })(),
    s: breaks(/^(w )+$/, "upstream_timeout"),
  },
};

// One after the other, and by themselves: they move many bytes.
export const heavy = {
  "an event of 17 MB": {
    play: [
      stream,
      two,
      `data: {"choices":[{"index":0,"delta":{"content":"`,
      "x".repeat(17 << 20),
      '"}}]}\n\n',
    ],
    s: breaks("w0 w1 ", "upstream_bad_response"),
  },
  "a flood of events": {
    play: () => floodOf(stream, word("x".repeat(65536))),
    s: breaks(
      (text) => text.length > 7e6 && text.length <= 8 << 20 && !/[^x]/.test(text),
      "upstream_bad_response",
    ),
  },
  "a flood of comments": {
    play: () => floodOf(stream, `: ${"x".repeat(65536)}\n\n`),
    s: fails(502, "upstream_bad_response"),
  },
  "a flood in a whole answer": {
    play: () => floodOf(head(200, "application/json"), `{"${"x".repeat(65536)}`),
    w: fails(502, "upstream_bad_response"),
  },
  "a flood in an error": {
    play: () => floodOf(head(500, "text/html"), html.repeat(1000)),
    s: fails(502, /^upstream_/),
    w: fails(502, /^upstream_/),
  },
};
