// insulactl while allocations and system calls fail: it does what it was told, or says in a sentence that it did
// not; the database is as it was before or as it should be after; the key file is whole.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { sql } from "../fault/faults.mjs";
import { makeTenant } from "../http/lib/tenant.mjs";
import { bar, rounds } from "../tools/bar.mjs";
import { run, sharedHouse } from "../tools/stack.mjs";
import { Complaints, sample, seed, trialsOf, upTo } from "./trials.mjs";
import { isSanitized, preloaded, STARTING, Trip } from "./trip.mjs";

const skip = isSanitized && "a sanitizer has a malloc of its own";
const OUT_OF_MEMORY = 71;
const house = sharedHouse();
let stage, trip, slug;
before(async () => {
  if (skip) return;
  stage = mkdtempSync(join(process.env.INSULA_STAGE, "operator-"));
  trip = new Trip(stage);
  ({ slug } = await makeTenant(house, "operator"));
  console.log(`TORTURE_SEED=${seed}`);
});
after(() => trip?.close());

const config = () => join(house.folder, "insula.conf");
const keyFile = () => /^file = (.*secrets\/keys)$/m.exec(readFileSync(config(), "utf8"))[1];
const insulactl = (words, input, path = config()) =>
  run(join(process.env.INSULA_BUILD, "insulactl"), ["-c", path, ...words], { input, env: preloaded(trip) });
const cell = async (words) => (await sql(house, words))[0]?.[0] ?? "";
const ofTenant = (column, table, more = "") =>
  cell(`SELECT ${column} FROM ${table} JOIN tenant t USING (tenant_id) WHERE t.slug = '${slug}' ${more}`);

/** A key file has whole lines and nothing else; "" where there is none. */
function keysIn(path) {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  assert.match(text, /^(\d+ [0-9a-f]{64}\n)*$/, "whole lines");
  return text;
}

// told(n): the words, different ones each time; state(): what they change; after(n): what it is then, or how to see it.
const commands = {
  "tenant set": { told: (n) => ["tenant", "set", slug, "--name", `Name ${n}`], state: () => ofTenant("t.name", "data_key"), after: (n) => `Name ${n}` },
  "budget set": { told: (n) => ["budget", "set", slug, `${n}.00`], state: () => ofTenant("MAX(cap)", "budget"), after: (n) => `${n}000000` },
  "provider set": {
    told: (n) => ["provider", "set", slug, "second", "--kind", "openai", "--base-url", `https://p${n}.example/v1`, "--key-stdin"],
    input: "sk-second", state: () => ofTenant("p.base_url", "provider p", "AND p.name = 'second'"), after: (n) => `https://p${n}.example/v1`,
  },
  "idp set": {
    told: (n) => ["idp", "set", slug, "other", "--issuer", `https://i${n}.example`, "--audience", "insula", "--algorithms", "HS256", "--generate-secret"],
    state: () => ofTenant("i.issuer", "identity_provider i", "AND i.name = 'other'"), after: (n) => `https://i${n}.example`,
  },
  "model allow": {
    told: (n) => ["model", "allow", slug, "extra", "--provider", "scripted", "--upstream", "x", "--price-in", `${n}`, "--price-out", "1"],
    state: () => ofTenant("m.price_in", "model m", "AND m.name = 'extra'"), after: (n) => `${n}000000`,
  },
  "tenant create": {
    told: (n) => ["tenant", "create", `torn-${n}`, "--name", "Torn"],
    state: (n) => cell(`SELECT GROUP_CONCAT(k.wrapped IS NOT NULL) FROM tenant t LEFT JOIN data_key k USING (tenant_id) WHERE t.slug = 'torn-${n}'`),
    before: "NULL", after: () => "1", // never without its data key
  },
  "keys rotate": {
    told: () => ["keys", "rotate"],
    state: () => keysIn(keyFile()).split("\n").length,
    after: (n, old) => old + 1, most: 100,
  },
  "keys init": {
    told: () => ["keys", "init"],
    config() {
      rmSync(join(stage, "keys"), { force: true });
      const path = join(stage, "init.conf");
      writeFileSync(path, readFileSync(config(), "utf8").replace(/^file = .*secrets\/keys$/m, `file = ${join(stage, "keys")}`), { mode: 0o600 });
      return path;
    },
    state: () => keysIn(join(stage, "keys")).split("\n").length, after: () => 2,
  },
  fsck: { told: () => ["fsck"], state: () => "", after: () => "" },
  usage: { told: () => ["usage"], state: () => "", after: () => "" },
  token: { told: () => ["token", slug], state: () => "", after: () => "" },
};

let count = 1000;
/** What is wrong with one trial, or undefined. */
async function wrong(command) {
  const n = count++;
  const path = command.config?.();
  const old = command.before ?? (await command.state(n));
  const { status, stderr } = await insulactl(command.told(n), command.input, path);
  trip.disarm();
  const now = await command.state(n);
  const wanted = command.after(n, old);
  if (![0, 1, 2, 3, OUT_OF_MEMORY].includes(status)) return `status ${status}: ${stderr}`;
  if (status !== 0 && !/insulactl: \S+/.test(stderr)) return `status ${status} without a sentence: ${stderr}`;
  if (now !== wanted && (status === 0 || now !== old)) return `status ${status}, and it is ${now}; it was ${old}: ${stderr}`;
  return undefined;
}

async function torture(id, promise, short, full, trialsFor) {
  const complaints = new Complaints();
  let [tried, fine] = [0, 0];
  for (const [name, command] of Object.entries(commands)) {
    trip.count();
    const plain = await wrong(command);
    assert.equal(plain, undefined, `${name}, with nothing amiss: ${plain}`);
    for (const trial of sample(trialsFor(), Math.min(rounds(short, full), command.most ?? Infinity))) {
      trip.arm({ ...trial, phase: STARTING });
      const what = await wrong(command).catch((error) => error.message);
      fine += complaints.unless(what === undefined, name, JSON.stringify(trial), what);
      tried++;
    }
  }
  const { status, stdout, stderr } = await house.insulactl("fsck");
  assert.equal(status, 0, stdout + stderr);
  complaints.none();
  bar(id, promise, fine, tried);
}

test("every allocation of insulactl", { skip }, () =>
  torture("B23", "an allocation of insulactl fails: done, or not done and told", 3, 150, () =>
    upTo(trip.counted("allocation", STARTING)).map((nth) => ({ call: "allocation", effect: "ENOMEM", nth }))));

test("every call of insulactl", { skip }, () =>
  torture("B24", "a call of insulactl fails: done, or not done and told", 4, 300, () => trialsOf((call) => trip.counted(call, STARTING))));
