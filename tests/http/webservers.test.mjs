// The same workers behind each web server that deploy/ has a file for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { sharedHouse } from "../tools/stack.mjs";
import { kinds, startWebServer } from "../tools/webserver.mjs";

const house = sharedHouse();
const bearer = { Authorization: `Bearer ${house.tenants.bank.member}` };

function chat(url, content, { stream = false, signal } = {}) {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { ...bearer, "Content-Type": "application/json" },
    body: JSON.stringify({ model: "gpt-4o-mini", stream, messages: [{ role: "user", content }] }),
    signal,
  });
}

/** Waits until the model server has seen one more client leave; how long that took, in ms. */
async function leaving(before, began, most) {
  for (;;) {
    const { aborts } = await house.upstream.stats();
    if (aborts.length > before) return aborts.at(-1).unix_ms - began;
    assert.ok(Date.now() - began < most, `not noticed within ${most} ms`);
    await sleep(20);
  }
}

// How soon a silent stream's leaving client can be noticed: see performance.md, and the files in deploy/.
const notices = { lighttpd: 500, nginx: 500 };

for (const kind of ["lighttpd", ...kinds]) {
  test(kind, async (t) => {
    const server = kind === "lighttpd" ? { url: house.url, stop() {} } : await startWebServer(kind, house);
    try {
      await t.test("authorisation arrives", async () => {
        const answer = await fetch(`${server.url}/api/v1/tenant/info`, { headers: bearer });
        assert.equal(answer.status, 200);
        assert.equal((await fetch(`${server.url}/api/v1/me`)).status, 401);
      });

      await t.test("a large body arrives whole", async () => {
        const words = "island ".repeat(60000);
        const answer = await chat(server.url, words);
        assert.equal(answer.status, 200, await answer.clone().text());
        const { data } = { data: await house.upstream.requests() };
        assert.ok(data.at(-1).body.includes(words));
      });

      await t.test("every chunk passes as it comes", async () => {
        const answer = await chat(server.url, 'script:{"chunks":10,"size":5,"delay_ms":60}', { stream: true });
        assert.equal(answer.status, 200);
        const times = [];
        let text = "";
        for await (const bytes of answer.body) {
          times.push(performance.now());
          text += Buffer.from(bytes);
        }
        assert.match(text, /data: \[DONE\]\n\n$/);
        assert.ok(times.length >= 8, `only ${times.length} pieces`);
        assert.ok(times.at(-1) - times[0] > 400, "the pieces came all at once");
      });

      await t.test("a client that leaves is noticed", { skip: !notices[kind] }, async () => {
        const before = (await house.upstream.stats()).aborts.length;
        const control = new AbortController();
        const answer = await chat(server.url, 'script:{"chunks":9,"stall_after":2}',
          { stream: true, signal: control.signal });
        await answer.body.getReader().read();
        await sleep(200);
        const began = Date.now();
        control.abort();
        // The bank's policy may let the model go on; only the noticing is what a web server decides.
        await leaving(before, began, 30000);
      });
    } finally {
      await server.stop();
    }
  });
}
