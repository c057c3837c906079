// Plays cases through the running house: scripted model server -> worker -> web server -> client.
import http from "node:http";

import { Client } from "../http/lib/client.mjs";
import { changeSettings } from "../http/lib/settings.mjs";
import { wrongAnswer } from "./answer.mjs";
import { wrongCharge } from "./charge.mjs";
import { wrongForClients } from "./clients.mjs";
import { wrongRequest } from "./request.mjs";
import { Stage } from "./stage.mjs";

/** How an answer's bytes come; each as the control of the scripted model server says it. */
export const modes = {
  "as sent": ({ response: { chunking } }) => ({ chunking: chunking.mode, at: chunking.at, delay_ms: chunking.at ? 2 : 0 }),
  "byte by byte": () => ({ chunking: "bytes" }),
  "with CRLF": () => ({ chunking: "whole", line_ends: "crlf" }),
  "in one write": () => ({ chunking: "whole" }),
};

/** A megabyte byte by byte would take a minute and try nothing else. */
const BYTEWISE_MOST = 65536;

/** Is there anything to try? */
export const isFor = (mode, one) =>
  mode === "as sent" || (one.stream && (mode !== "byte by byte" || one.bytes <= BYTEWISE_MOST));

/** Those that speak OpenAI pass through as they are, and are compared by what they say. */
const isVerbatim = ({ type, dialect }) => type === "openai" || (type === "openai-compatible" && !dialect);

class Player {
  constructor(house, mode) {
    this.house = house;
    this.mode = mode;
    this.agent = new http.Agent({ keepAlive: true });
  }
  /** What was wrong with the case, as sentences. */
  async play(one, tenant) {
    const { upstream, url } = this.house;
    const client = new Client(url, tenant.token, { agent: this.agent });
    if (one.response) {
      const { status, headers, end } = one.response;
      const fixture = { status, headers, end, body_file: one.body, ...modes[this.mode](one) };
      await upstream.queue({ key: tenant.key, times: -1, fixture }); // whoever retries gets the same
    }
    const after = (await upstream.requests({ key: tenant.key })).at(-1)?.number ?? 0;
    const { status, headers, text } = await client.post("/v1/chat/completions", one.input);
    const requests = await upstream.requests({ key: tenant.key, after });
    await upstream.forget(tenant.key);
    const full = { ...one, verbatim: isVerbatim(one.config) };
    const wrong = [...wrongRequest(requests, one.request, one.compare), ...wrongAnswer({ status, headers, text }, full)];
    if (!wrong.length && this.mode === "as sent")
      wrong.push(...(await wrongForClients({ status, headers, text }, full)),
        ...(await wrongCharge(this.house, headers["x-insula-turn"], one)));
    return wrong;
  }
}

/** One after the other, for one key of the scripted model server. */
async function playAll(player, stage, cases) {
  const failed = [];
  for (const one of cases) {
    let wrong;
    try {
      wrong = await player.play(one, await stage.tenant(one.config));
    } catch (error) {
      wrong = [error.stack];
    }
    if (wrong.length) failed.push({ name: one.name, mode: player.mode, wrong });
  }
  return failed;
}

/** Plays each case in each of these modes; {passed, failed: [{name, mode, wrong}]}. */
export async function replay(house, cases, names = Object.keys(modes)) {
  const restore = await changeSettings(house, { upstream: { attempts: 1, breaker_failures: 0 } }); // each answer by itself
  const stage = new Stage(house), failed = [];
  let tried = 0;
  for (const mode of names) {
    const player = new Player(house, mode), byKey = new Map();
    for (const one of cases.filter((any) => isFor(mode, any))) {
      const key = one.config.api_key ?? "";
      byKey.set(key, [...(byKey.get(key) ?? []), one]);
      tried++;
    }
    failed.push(...(await Promise.all([...byKey.values()].map((list) => playAll(player, stage, list)))).flat());
    player.agent.destroy();
  }
  await restore();
  return { passed: tried - failed.length, failed };
}
