// A provider that is out of order is left alone by all workers, and tried again by one; a refused credential is
// seen by who administers it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Client, script } from "../http/lib/client.mjs";
import { isDone } from "../http/lib/events.mjs";
import { changeSettings, workers } from "../http/lib/settings.mjs";
import { calls, ctl, ctlJson, makeTenant } from "../http/lib/tenant.mjs";
import { until } from "../http/lib/wait.mjs";
import { ownHouse } from "../tools/stack.mjs";

const OPEN_MS = 2000;
let house;
before(async () => {
  house = await ownHouse({ WORKERS: "2" });
  await changeSettings(house, { upstream: { attempts: 1, breaker_failures: 5, breaker_open_ms: OPEN_MS } });
});
after(() => house?.stop());

const refuse = (tenant, orders, times = -1) => house.upstream.queue({ key: tenant.key, times, script: orders });
const health = async (tenant) => (await ctlJson(house, ["provider", "list", tenant.slug]))[0];
const metrics = async () => (await fetch(`${house.url}/metrics`)).text();

test("it opens for all workers, lets one through, and closes", async () => {
  const tenant = await makeTenant(house, "breaker");
  const maria = new Client(house.url, tenant.member);
  assert.ok(isDone((await maria.stream("hello")).events));
  assert.equal((await health(tenant)).breaker, "closed");
  await refuse(tenant, { status: 500 });
  for (let i = 0; i < 5; i++) assert.equal((await maria.stream("hello")).error.code, "upstream_error");
  const asked = await calls(house, tenant);
  const refused = await Promise.all(Array.from({ length: 12 }, () => maria.stream("hello")));
  for (const { status, error, headers } of refused) {
    assert.deepEqual([status, error.code], [503, "upstream_unavailable"]);
    assert.ok(Number(headers["retry-after-ms"]) <= OPEN_MS);
  }
  assert.equal(await calls(house, tenant), asked, "no worker has asked it");
  assert.equal((await health(tenant)).breaker, "open");
  assert.match(await metrics(), /^insula_provider_breaker\{provider="prov_[a-z0-9]{26}"\} 1$/m);

  await sleep(OPEN_MS);
  await Promise.all(Array.from({ length: 6 }, () => maria.stream("hello")));
  assert.equal(await calls(house, tenant), asked + 1, "one has tried, and it is open again");
  assert.equal((await health(tenant)).breaker, "open");

  await house.upstream.clear();
  await sleep(OPEN_MS);
  assert.ok(isDone((await maria.stream("hello")).events), "the next finds it well");
  assert.equal((await health(tenant)).breaker, "closed");
  for (let i = 0; i < 4; i++) assert.ok(isDone((await maria.stream("hello")).events));
});

test("a worker that is killed while it tries holds nobody up", async () => {
  const tenant = await makeTenant(house, "breaker-killed");
  const maria = new Client(house.url, tenant.member);
  await refuse(tenant, { status: 500 }, 5);
  for (let i = 0; i < 5; i++) await maria.stream("hello");
  assert.equal((await health(tenant)).breaker, "open");
  await sleep(OPEN_MS);
  const hanging = maria.stream(script({ silent_ms: 60000 })).catch(() => {});
  await until(async () => (await health(tenant)).breaker === "half-open", "one tries");
  for (const pid of workers(house)) process.kill(pid, "SIGKILL");
  await hanging;
  await sleep(OPEN_MS);
  await until(async () => isDone((await maria.stream("hello").catch(() => ({ events: [] }))).events ?? []), "another does", { every: 200 });
  assert.equal((await health(tenant)).breaker, "closed");
});

test("a refused credential: told to the client in our words, to the log as an alarm, and to who administers it", async () => {
  const tenant = await makeTenant(house, "breaker-refused");
  const maria = new Client(house.url, tenant.member);
  await refuse(tenant, { status: 401 }, 3);
  for (let i = 0; i < 3; i++) {
    const { status, error } = await maria.stream("hello");
    assert.deepEqual([status, error.code], [502, "upstream_auth_error"]);
  }
  const log = readFileSync(join(house.folder, "log/insula.log"), "utf8").split("\n");
  const alarms = log.filter((line) => line.includes('"event":"provider.refused"')).map((line) => JSON.parse(line));
  assert.equal(alarms.length, 1, "once, not each time");
  assert.equal(alarms[0].level, "alarm");
  const { refused_since: since, breaker } = await health(tenant);
  assert.ok(Math.abs(Date.parse(since) - Date.now()) < 60000, since);
  assert.equal(breaker, "closed", "it works, it only says no");
  assert.match(await metrics(), /^insula_provider_refused\{provider="prov_/m);
  await ctl(house, ["provider", "set", tenant.slug, "scripted", "--key-stdin"], tenant.key);
  assert.equal((await health(tenant)).refused_since, null, "another key is another matter");
});
