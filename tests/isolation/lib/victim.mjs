// All that belongs to a victim, as one digest: rows of every table, files of the spool, what the model server was
// asked. Two that are alike mean that nothing was changed in between.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { binary, sql } from "../../fault/faults.mjs";

/** [[table, its columns]] of every table with a tenant in it. */
async function tables(house) {
  const rows = await sql(house, `SELECT TABLE_NAME, GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION)
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME`);
  return rows.map(([table, columns]) => [table, columns.split(",")])
    .filter(([, columns]) => columns.includes("tenant_id"));
}

/** user: of the person alone, where it is a colleague of those who attack. */
async function rowsOf(house, tenant, user) {
  const list = (await tables(house)).filter(([, columns]) => !user || columns.includes("user_id"));
  const asked = list.map(([table, columns]) =>
    `SELECT '${table}', ${columns.map((column) => `HEX(\`${column}\`)`).join(", ")} FROM \`${table}\`
      WHERE tenant_id = ${tenant} ${user ? `AND user_id = ${binary(user)}` : ""} ORDER BY ${columns.map((_, i) => i + 2)}`);
  return JSON.stringify(await sql(house, asked.join(";\n")));
}

function filesOf(house, tenant, turns) {
  const folders = [String(tenant), join("finished", String(tenant))].map((name) => join(house.folder, "spool", name));
  return folders.filter(existsSync).flatMap((folder) =>
    readdirSync(folder).filter((name) => !turns || turns.has(name)).sort().map((name) => {
      const file = join(folder, name);
      return `${file} ${statSync(file).mtimeMs} ${createHash("sha256").update(readFileSync(file)).digest("hex")}`;
    }));
}

/** A tenant of makeTenant(), or of it only the person with this id. */
export async function stateOf(house, { slug, key }, user) {
  const [[tenant]] = await sql(house, `SELECT tenant_id FROM tenant WHERE slug = '${slug}'`);
  const rows = await rowsOf(house, tenant, user);
  const turns = user && new Set((await sql(house,
    `SELECT HEX(turn_id) FROM turn WHERE tenant_id = ${tenant} AND user_id = ${binary(user)}`)).map(([id]) => nameOf(id)));
  const files = filesOf(house, tenant, turns);
  const { calls, aborted } = user ? {} : (await house.upstream.stats()).keys[key];
  return { rows: createHash("sha256").update(rows).digest("hex"), files, calls, aborted };
}

/** A turn's id as its file is called. */
function nameOf(hex) {
  const letters = "0123456789abcdefghjkmnpqrstvwxyz";
  let number = BigInt(`0x${hex}`), text = "";
  for (let i = 0; i < 26; i++, number /= 32n) text = letters[Number(number % 32n)] + text;
  return `turn_${text}`;
}
