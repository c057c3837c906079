// The wall clock is set while the house is at work: months begin and end, hours come twice, and no answer is cut,
// no turn charged elsewhere than where it was held.
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { bar, rounds } from "../tools/bar.mjs";
import { preloadedHouse } from "../tools/preloaded.mjs";
import { run } from "../tools/stack.mjs";
import { allSettled, ask, checkBooks, ledger, Listener, listen, script, sql, until, workerOf, workers } from "./faults.mjs";

const build = process.env.INSULA_BUILD;
const HOUR = 3600000;
const IDLE_MS = 2000; // how long a model may be silent between two events

let started, house, env, folder, clock;

// The workers alone live by our clock.
before(async () => {
  folder = mkdtempSync(join(process.env.INSULA_STAGE, "clock-"));
  writeFileSync(join(folder, "clock"), Buffer.alloc(8));
  clock = openSync(join(folder, "clock"), "r+");
  started = await preloadedHouse("step_clock", { INSULA_TEST_CLOCK: join(folder, "clock") });
  ({ house, env } = started);
  const file = join(house.folder, "insula.conf");
  writeFileSync(file, readFileSync(file, "utf8").replace("[upstream]", `[upstream]\nidle_ms = ${IDLE_MS}`));
  for (const pid of workers(house)) process.kill(pid, "SIGHUP");
});
after(async () => {
  await started?.stop();
  closeSync(clock);
  rmSync(folder, { recursive: true, force: true });
});

/** The workers' clock is so much later than ours. */
function setOffset(ms) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(ms));
  writeSync(clock, bytes, 0, 8, 0);
}
const setTime = (unix_ms) => setOffset(unix_ms - Date.now());

/** A token as it is made at the workers' time. */
async function signIn(ttl = "24h") {
  const { status, stdout, stderr } = await run(join(build, "insulactl"), ["-c", join(house.folder, "insula.conf"), "token",
    "bank", "--subject", "maria", "--ttl", ttl], { env });
  assert.equal(status, 0, stderr);
  house.tenants.bank.member = stdout.trim();
}

/** A turn that goes on until we have looked around. */
async function live(order) {
  const stream = await listen(house, script(order));
  await stream.heard(2);
  return stream;
}

/** used and held of a month of the bank's. */
async function budget(period) {
  const [[used, held]] = await sql(house, `SELECT COALESCE(SUM(used), 0), COALESCE(SUM(held), 0) FROM budget
    JOIN tenant USING (tenant_id) WHERE slug = 'bank' AND period = ${period}`);
  return { used: Number(used), held: Number(held) };
}
const periodOf = (unix_ms) => {
  const date = new Date(unix_ms);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
};
const edges = [
  "2027-01-01", "2028-02-29", "2028-03-01", "2038-01-19T03:14:08", "2027-03-01", "2027-03-28T01:00", "2027-10-31T01:00",
  "2038-02-01", "2100-03-01", "2106-02-07T06:28:16",
].slice(0, rounds(4, 10)).map((text) => Date.parse(text.length > 10 ? `${text}Z` : text));

test("a month ends over open turns: each is held and charged where it began", async () => {
  let right = 0;
  for (const edge of edges) {
    setTime(edge - 60000);
    await signIn();
    setTime(edge - 30000);
    const [old, next] = [periodOf(edge - 1), periodOf(edge)];
    const before = [await budget(old), await budget(next)];
    const early = await live({ chunks: 20, delay_ms: 30 });
    const held = (await budget(old)).held;
    setTime(edge + 10);
    const late = await live({ chunks: 20, delay_ms: 30 });
    const open = [(await budget(old)).held, (await budget(next)).held];
    await Promise.all([early.over, late.over]);
    await allSettled(house);
    const cost = (await ledger(house, early.turn)).cost;
    const after = [await budget(old), await budget(next)];
    const apart = old !== next;
    const good = early.done && late.done && held > 0 && cost > 0
      && (apart ? open[0] === held && open[1] === held : open[0] === 2 * held)
      && after[0].held === 0 && after[1].held === 0
      && after[0].used - before[0].used === (apart ? cost : 2 * cost) && after[1].used - before[1].used === (apart ? cost : 2 * cost);
    if (!good) console.log(new Date(edge).toISOString(), JSON.stringify({ before, held, open, after, cost, early, late }));
    right += good;
  }
  bar("B37", "a turn that is open when a month ends is held and charged in its own, the next one in the next", right, edges.length);
  setOffset(0);
  await checkBooks(house);
});

const steps = [HOUR, -HOUR, 25 * HOUR, -25 * HOUR].slice(0, rounds(2, 4));

// What a stream is, how long it must take at least, and how it ends.
const streams = [
  { order: { chunks: 30, delay_ms: 120 }, least_ms: 3400, error: null },
  { order: { chunks: 60, delay_ms: 20 }, least_ms: 1000, error: null },
  { order: { chunks: 9, silent_ms: 1500 }, least_ms: 1500, error: null },
  { order: { chunks: 9, stall_after: 3 }, least_ms: IDLE_MS, error: "upstream_timeout" },
];

test("the clock is set under live streams: none is cut, none goes on longer, silence is noticed as before", async () => {
  let right = 0, tried = 0;
  for (let i = 0; i < rounds(1, 10); i++)
    for (const step of steps) {
      setOffset(0);
      await signIn();
      const began = performance.now();
      const asked = streams.map(async ({ order, least_ms, error }) => {
        const stream = await new Listener(await ask(house, script(order))).over;
        const took = performance.now() - began;
        const good = !stream.cut && stream.done === !error && (stream.error?.code ?? null) === error
          && took > least_ms && took < least_ms + 8000;
        if (!good) console.log(step, JSON.stringify({ order, took, ...stream }));
        return good;
      });
      await sleep(500);
      setOffset(step);
      const good = await Promise.all(asked);
      right += good.filter(Boolean).length;
      tried += good.length;
      setOffset(0);
      await allSettled(house);
    }
  bar("B37", "a step of the clock by an hour or a day neither cuts nor prolongs a live stream, or its deadline", right, tried);
  await checkBooks(house);
});

test("the clock is set back and a worker dies: its turns are settled all the same", async () => {
  setOffset(0);
  await signIn();
  const stream = await live({ chunks: 100, delay_ms: 50 });
  setOffset(-HOUR);
  process.kill(workerOf(house, stream.turn), "SIGKILL");
  await stream.over;
  await allSettled(house);
  const { outcome, code } = await ledger(house, stream.turn);
  assert.deepEqual([outcome, code], ["interrupted", "worker_lost"]);
  setOffset(0);
  await checkBooks(house);
});

test("a worker that is told to stop by another clock than the machine's gives its streams their time", async () => {
  setOffset(-HOUR);
  await signIn();
  const stream = await live({ chunks: 40, delay_ms: 50 });
  process.kill(workerOf(house, stream.turn), "SIGTERM");
  await stream.over;
  assert.deepEqual([stream.done, stream.error, stream.cut], [true, null, false]);
  setOffset(0);
  await allSettled(house);
});

test("tokens, keys and finished streams age by the wall clock, and by nothing else", async () => {
  setOffset(0);
  await signIn("30m");
  const how = { stream: false, headers: { "Idempotency-Key": "aging" } };
  const say = async () => {
    const response = await ask(house, script({ chunks: 2 }), how);
    const { error } = await response.json();
    return { status: response.status, code: error?.code, turn: response.headers.get("x-insula-turn") };
  };
  const first = await say();
  assert.equal(first.status, 200);
  setOffset(HOUR);
  assert.deepEqual((({ status, code }) => [status, code])(await say()), [401, "invalid_token"], "an expired token");
  setOffset(-HOUR);
  assert.deepEqual((({ status, code }) => [status, code])(await say()), [401, "invalid_token"], "a token of the future");
  await signIn();
  assert.equal((await say()).turn, first.turn, "a key of the future is still that turn's");
  setOffset(25 * HOUR);
  await signIn();
  const second = await say();
  assert.equal(second.status, 200);
  assert.notEqual(second.turn, first.turn, "after a day a key is free");
  setOffset(0);
  await signIn();
  assert.equal((await say()).turn, second.turn, "and then the new turn's");
  setOffset(0);
  await checkBooks(house);
});

// Ledgers look for old files twice a minute.
test("a finished stream goes when its time is over by the wall clock", { skip: !rounds(0, 1) }, async () => {
  setOffset(0);
  await signIn();
  const { turn, over } = await listen(house, script({ chunks: 2 }));
  await over;
  const back = () => fetch(`${house.url}/api/v1/streams/${turn}`, {
    headers: { Authorization: `Bearer ${house.tenants.bank.member}` },
  });
  assert.equal((await back()).status, 200);
  setOffset(HOUR);
  await until(async () => (await back()).status === 410, 40000, "a finished stream an hour old is swept away");
  assert.equal((await back().then((response) => response.json())).error.code, "stream_gone");
  setOffset(0);
});
