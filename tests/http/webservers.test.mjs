// The same workers behind each web server that deploy/ has a file for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import OpenAI from "openai";

import { bar } from "../tools/bar.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { kinds, startWebServer } from "../tools/webserver.mjs";
import { countingProxy } from "./lib/proxy.mjs";

const house = sharedHouse();
const page = "https://pages.example.com";
const patient = { token: house.tenants.bank.member, model: "gpt-4o-mini" };
/** A tenant whose turns end when the client leaves, so that the model server sees when that was noticed. */
const impatient = { token: house.tenants.insurance.member, model: "claims-large", key: "sk-demo-insurance" };

before(async () => {
  const { status, stderr } = await house.insulactl("tenant", "set", "insurance", "--disconnect", "cancel", "--cors-origin", page);
  assert.equal(status, 0, stderr);
  await sleep(1100); // within a second on every worker
});
after(() => house.insulactl("tenant", "set", "insurance", "--disconnect", "drain:20", "--cors-origin", "none"));

function chat(url, content, { token, model, stream = false, signal } = patient) {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content }] }),
    signal,
  });
}

/** Until the model server has seen this key's client leave; how long that took, in ms. */
async function leaving(key, before, began) {
  for (;;) {
    const aborts = (await house.upstream.stats()).aborts.filter((abort) => abort.key === key);
    if (aborts.length > before) return aborts.at(-1).unix_ms - began;
    assert.ok(Date.now() - began < 10000, "not noticed within 10 s");
    await sleep(20);
  }
}

// lighttpd and nginx tell the worker when a client leaves a stream that is silent; Apache lets the
// worker find out when it writes, so there the stream talks.
const noticesSilently = ["lighttpd", "nginx"];

// npm's openai closes its connection at [DONE] unless the end of the answer is there too. A worker sends both in one
// write; nginx without buffering and mod_fcgid pass each record on by itself, one right behind the other.
const endsInOneWrite = ["lighttpd", "Apache with mod_proxy_fcgi"];

for (const kind of ["lighttpd", ...kinds]) {
  test(kind, async (t) => {
    const server = kind === "lighttpd" ? { url: house.url, stop() {} } : await startWebServer(kind, house);
    try {
      await t.test("authorisation arrives", async () => {
        const answer = await fetch(`${server.url}/api/v1/tenant/info`, {
          headers: { Authorization: `Bearer ${patient.token}` },
        });
        assert.equal(answer.status, 200);
        assert.equal((await fetch(`${server.url}/api/v1/me`)).status, 401);
      });

      await t.test("a slash within a name arrives, as clients write it", async () => {
        const answer = await fetch(`${server.url}/v1/models/a%2Fb%2Fc`, {
          headers: { Authorization: `Bearer ${patient.token}` },
        });
        assert.equal((await answer.json()).error.code, "model_not_found");
      });

      await t.test("OPTIONS arrives, with a page's origin", async () => {
        const answer = await fetch(`${server.url}/v1/chat/completions`, {
          method: "OPTIONS",
          headers: { "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization", Origin: page },
        });
        assert.equal(answer.status, 204);
        assert.equal(answer.headers.get("access-control-allow-origin"), page);
        assert.equal(answer.headers.get("access-control-allow-headers"), "authorization");
        const models = await fetch(`${server.url}/v1/models`, {
          headers: { Authorization: `Bearer ${impatient.token}`, Origin: page },
        });
        assert.equal(models.headers.get("access-control-allow-origin"), page);
      });

      await t.test("a large body arrives whole", async () => {
        const words = "island ".repeat(60000);
        const answer = await chat(server.url, words);
        assert.equal(answer.status, 200, await answer.clone().text());
        assert.ok((await house.upstream.requests()).at(-1).body.includes(words));
      });

      await t.test("every chunk passes as it comes", async () => {
        const answer = await chat(server.url, 'script:{"chunks":10,"size":5,"delay_ms":60}',
          { ...patient, stream: true });
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

      await t.test("twenty streams in a row, by npm openai", async (t) => {
        const proxy = await countingProxy(server.url);
        const client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: patient.token, maxRetries: 0 });
        const stream = async () => {
          let pieces = 0;
          for await (const { choices } of await client.chat.completions.create({ model: patient.model, stream: true,
            messages: [{ role: "user", content: 'script:{"chunks":3,"size":5,"delay_ms":0}' }] }))
            pieces += choices[0]?.delta.content ? 1 : 0;
          assert.equal(pieces, 3);
        };
        try {
          await stream(); // node's fetch is slow at first and closes its first connection, whatever the server does
          const before = proxy.connections();
          for (let i = 0; i < 20; i++) await stream();
          const used = Math.max(1, proxy.connections() - before);
          if (endsInOneWrite.includes(kind)) bar("C12", `20 streams in a row of npm openai through ${kind}: connections`, used, 1);
          else t.diagnostic(`${kind}: ${used} connections`);
        } finally {
          proxy.stop();
        }
      });

      await t.test("a client that leaves is noticed", async () => {
        const script = noticesSilently.includes(kind) ? { chunks: 9, stall_after: 2 }
          : { chunks: 200, delay_ms: 100 };
        const control = new AbortController();
        const { aborts } = await house.upstream.stats();
        const before = aborts.filter((abort) => abort.key === impatient.key).length;
        const answer = await chat(server.url, `script:${JSON.stringify(script)}`,
          { ...impatient, stream: true, signal: control.signal });
        assert.equal(answer.status, 200);
        await answer.body.getReader().read();
        await sleep(300);
        const began = Date.now();
        control.abort();
        assert.ok(await leaving(impatient.key, before, began) < 1500);
      });
    } finally {
      await server.stop();
    }
  });
}
