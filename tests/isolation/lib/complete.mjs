// Does the table of attacks (matrix.mjs) have a row for every address, and a word about every parameter and field?
// Prints TAP; `make matrix`, which check-tree runs.
import { readFileSync } from "node:fs";

import { routes } from "../../http/lib/routes.mjs";
import { inert, matrix } from "./matrix.mjs";

const api = JSON.parse(readFileSync(new URL("../../../deploy/openapi.json", import.meta.url), "utf8"));
const resolve = (thing) =>
  thing?.$ref ? thing.$ref.split("/").slice(1).reduce((at, name) => at[name], api) : thing;

/** [{in, name}] of what an address is described to take. */
function described(operation) {
  const parameters = (operation.parameters ?? []).map(resolve);
  const schema = resolve(resolve(operation.requestBody)?.content["application/json"]?.schema);
  const fields = Object.keys(schema?.properties ?? {}).map((name) => ({ in: "body", name }));
  return [...parameters.map(({ in: place, name }) => ({ in: place, name })), ...fields];
}

const operations = Object.values(api.paths).flatMap((methods) => Object.values(methods));
const complaints = [];
const same = (a, b) => a.in === b.in && a.name === b.name;

for (const { method, path, handler } of routes) {
  const row = matrix[handler];
  const operation = operations.find(({ operationId }) => operationId === handler);
  const complain = (words) => complaints.push(`${method} ${path} (${handler}): ${words}`);
  if (!row) complain("has no row");
  if (!operation) complain("is not described");
  if (!row || !operation) continue;
  const taken = described(operation);
  for (const thing of taken)
    if (!row.takes.some((id) => same(id, thing)) && !inert[thing.in]?.includes(thing.name))
      complain(`nobody says whether ${thing.name} (${thing.in}) is an id`);
  for (const id of row.takes) if (!taken.some((thing) => same(id, thing))) complain(`takes no ${id.name}`);
  for (const [, name] of path.matchAll(/\{(\w+)/g))
    if (!row.takes.some((id) => id.in === "path" && id.name === name)) complain(`{${name}} of its path is missing`);
}
for (const handler of Object.keys(matrix))
  if (!routes.some((route) => route.handler === handler)) complaints.push(`${handler} is no handler of an address`);
if (routes.length === 0) complaints.push("the route table is empty");

complaints.forEach((words) => console.log(`#   ${words}`));
console.log(`${complaints.length ? "not " : ""}ok 1 - every id that an address takes is attacked (tests/isolation/lib/matrix.mjs)`);
console.log("1..1");
process.exitCode = complaints.length ? 1 : 0;
