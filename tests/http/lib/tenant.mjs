// A tenant of a test file's own in the shared house: its provider key is its own too, so the scripted
// model server can be asked about this tenant alone.
import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";

import { run } from "../../tools/stack.mjs";

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A JWT; what is not named in claims or header is as a good token has it. */
export function mint(secret, claims, header = {}) {
  const now = Math.floor(Date.now() / 1000);
  const head = { alg: "HS256", typ: "JWT", ...header };
  const body = { aud: "insula", iat: now, exp: now + 3600, ...claims };
  const signed = `${base64url(head)}.${base64url(body)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** Runs insulactl, which must succeed; input goes to its standard input. */
export async function ctl(house, words, input) {
  const program = join(process.env.INSULA_BUILD, "insulactl");
  const { status, stdout, stderr } = await run(
    program,
    ["-c", join(house.folder, "insula.conf"), ...words],
    { input },
  );
  if (status !== 0) throw new Error(`insulactl ${words.join(" ")}: ${stderr}`);
  return stdout;
}

export const ctlJson = async (house, words) => JSON.parse(await ctl(house, ["--json", ...words]));

/** Prices are for a million tokens: so a prompt token costs 1 and a completion token 2 micro-units. */
const usualModel = { upstream: "scripted", in: 1, out: 2, context: 128000, output: 4096 };

export async function allowModel(house, slug, name, model = {}) {
  const m = { ...usualModel, ...model };
  await ctl(house, [
    "model",
    "allow",
    slug,
    name,
    "--provider",
    "scripted",
    "--upstream",
    m.upstream,
    "--price-in",
    `${m.in}`,
    "--price-out",
    `${m.out}`,
    "--context",
    `${m.context}`,
    "--max-output",
    `${m.output}`,
  ]);
}

/** A model of this name at a provider of its own; words: more of `provider set`. Known within a second. */
export async function offerAt(house, { slug, key }, name, url, ...words) {
  const provider = ["provider", "set", slug, name, "--kind", "openai", "--base-url", url];
  await ctl(house, [...provider, "--key-stdin", ...words], key);
  await ctl(house, ["model", "allow", slug, name, "--provider", name, "--upstream", "m"]);
}

/** models: name → {upstream, in, out, context, output}; the first is the default. */
export async function makeTenant(house, name, options = {}) {
  const {
    budget = "none",
    disconnect = "drain:20",
    models = { small: {} },
    upstream = house.upstream.url,
  } = options;
  const slug = `${name}-${randomBytes(4).toString("hex")}`;
  const key = `sk-${slug}-${randomBytes(8).toString("hex")}`;
  const secret = randomBytes(32).toString("base64url");
  const issuer = `https://login.${slug}.test`;
  await ctl(house, ["tenant", "create", slug, "--name", `Tenant ${name}`]);
  await ctl(
    house,
    [
      "idp",
      "set",
      slug,
      "test",
      "--issuer",
      issuer,
      "--audience",
      "insula",
      "--algorithms",
      "HS256",
      "--secret-stdin",
    ],
    secret,
  );
  await ctl(
    house,
    [
      "provider",
      "set",
      slug,
      "scripted",
      "--kind",
      "openai",
      "--base-url",
      `${upstream}/v1`,
      "--key-stdin",
    ],
    key,
  );
  for (const [model, facts] of Object.entries(models)) await allowModel(house, slug, model, facts);
  await ctl(house, [
    "tenant",
    "set",
    slug,
    "--budget",
    budget,
    "--disconnect",
    disconnect,
    "--default-model",
    Object.keys(models)[0],
  ]);
  const token = (claims = {}, signedWith = secret, header = {}) =>
    mint(signedWith, { iss: issuer, sub: "maria", ...claims }, header);
  return { slug, key, secret, issuer, token, member: token(), other: token({ sub: "otto" }) };
}

/** What a tenant's model server was asked since number `after`: bodies, parsed. */
export async function asked(house, tenant, after = 0) {
  const list = await house.upstream.requests({ key: tenant.key, after });
  return list.map((request) => ({ ...request, body: JSON.parse(request.body) }));
}

/** How often, so far. */
export async function calls(house, tenant) {
  return (await house.upstream.stats()).keys[tenant.key]?.calls ?? 0;
}
