// An agent as it comes: npm's @openai/codex asks through /v1/responses, runs the command that the model calls for, and
// tells its result. It is given a home of its own and nothing to report to.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { sharedHouse } from "../tools/stack.mjs";
import { script } from "./lib/client.mjs";
import { makeTenant } from "./lib/tenant.mjs";

const program = fileURLToPath(new URL("node_modules/@openai/codex/bin/codex.js", import.meta.url));

const config = (url) => `
model = "small"
model_provider = "insula"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.insula]
name = "Insula"
base_url = "${url}/v1"
env_key = "INSULA_KEY"
wire_api = "responses"
`;

/** {code, said}: how it ended, and all that it wrote. */
async function codex(words, { url, token, folder }) {
  const home = join(folder, "home"), work = join(folder, "work");
  for (const made of [home, work]) mkdirSync(made);
  writeFileSync(join(home, "config.toml"), config(url));
  const child = spawn(process.execPath, [program, "exec", "--skip-git-repo-check", words], {
    cwd: work, env: { PATH: process.env.PATH, HOME: folder, CODEX_HOME: home, INSULA_KEY: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, said };
}

test("codex calls a tool and tells its result", async () => {
  const house = sharedHouse();
  const tenant = await makeTenant(house, "codex", { models: { small: {} } });
  const folder = mkdtempSync(join(process.env.INSULA_STAGE ?? tmpdir(), "codex-"));
  const call = { name: "exec_command", arguments: JSON.stringify({ cmd: "echo hel''lo" }) };
  try {
    const { code, said } = await codex(script({ tool_calls: [call], text: "All done." }), {
      url: house.url, token: tenant.member, folder,
    });
    assert.equal(code, 0, said);
    const asked = (await house.upstream.requests({ key: tenant.key })).map(({ body }) => JSON.parse(body));
    assert.equal(asked.length, 2, said);
    const [calling, result] = asked[1].messages.slice(-2);
    assert.equal(calling.tool_calls[0].function.name, "exec_command");
    assert.deepEqual([result.role, result.tool_call_id], ["tool", calling.tool_calls[0].id]);
    assert.ok(asked[0].tools.some((tool) => tool.function.name.includes("__")), "tools of its namespaces are told too");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
