// A tenant for each provider that a fixture's config describes, made with insulactl.
import { randomBytes } from "node:crypto";

import { ctl, mint } from "../http/lib/tenant.mjs";

/** What insulactl calls a config's type and dialect. */
function kindOf({ type, dialect }) {
  const own = ["vllm", "llamacpp", "ollama-v1", "tgi-v1"];
  return type !== "openai-compatible" ? type : own.includes(dialect) ? dialect : "compatible";
}

function baseUrlOf({ base_url: url, api_style: style }, port) {
  const base = url.replace("{port}", port);
  return style === "v1" && !/\/v1\/?$/.test(base) ? `${base}/openai/v1` : base;
}

/** The members of a config that are options of this kind of provider. */
function optionsOf(config) {
  const names = {
    azure: ["api_version"], anthropic: ["api_version", "default_max_tokens"], gemini: ["api_version"],
    tgi: ["chat_template", "stop_extra"],
  };
  return (names[kindOf(config)] ?? []).filter((name) => config[name] !== undefined).flatMap((name) => {
    const value = config[name];
    return ["--option", `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`];
  });
}

async function makeProvider(house, slug, config) {
  const key = config.api_key ?? null;
  await ctl(house, ["provider", "set", slug, "replay", "--kind", kindOf(config), "--base-url",
    baseUrlOf(config, new URL(house.upstream.url).port), ...optionsOf(config),
    ...(config.auth === "bearer" && kindOf(config) !== "openai" ? ["--option", "bearer=true"] : []),
    key === null ? "--no-key" : "--key-stdin"], key ?? undefined);
  await ctl(house, ["model", "allow", slug, config.client_model, "--provider", "replay", "--upstream",
    config.model_upstream ?? config.deployment ?? config.client_model, "--price-in", "1", "--price-out", "2"]);
}

/** {slug, key (its provider's; "": none), model, token}. */
async function makeTenant(house, config) {
  const slug = `replay-${randomBytes(5).toString("hex")}`;
  const secret = randomBytes(32).toString("base64url");
  const issuer = `https://login.${slug}.test`;
  await ctl(house, ["tenant", "create", slug, "--name", "Replay"]);
  await ctl(house, ["idp", "set", slug, "test", "--issuer", issuer, "--audience", "insula", "--algorithms", "HS256",
    "--secret-stdin"], secret);
  await makeProvider(house, slug, config);
  return { slug, key: config.api_key ?? "", model: config.client_model, token: mint(secret, { iss: issuer, sub: "maria" }) };
}

/** Makes each tenant once. */
export class Stage {
  #tenants = new Map();
  constructor(house) {
    this.house = house;
  }
  tenant(config) {
    const name = JSON.stringify(config);
    if (!this.#tenants.has(name)) this.#tenants.set(name, makeTenant(this.house, config));
    return this.#tenants.get(name);
  }
}
