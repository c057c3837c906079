// Folders of fixtures, read: one object for each case, with all that its manifest leaves to others filled in.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";

const read = (file) => readFileSync(file, "utf8");
const isProtocol = (folder) => existsSync(join(folder, "manifest.json"));

/** The folders of a protocol each: the one that is given, or those in it. */
function protocolsOf(folder) {
  if (isProtocol(folder)) return [folder];
  const inside = readdirSync(folder).map((name) => join(folder, name)).filter(isProtocol).sort();
  if (!inside.length) throw new Error(`${folder} has no manifest.json, neither itself nor one folder below`);
  return inside;
}

/** What the client shall get; {same_as} names another case of the manifest. */
function clientOf(cases, { id, expect }, asked = []) {
  const { same_as: other, ...own } = expect.client;
  if (!other) return own;
  const found = cases.find((one) => one.id === other);
  if (!found || asked.includes(other)) throw new Error(`${id}: same_as ${other} leads nowhere`);
  return { ...clientOf(cases, found, [...asked, other]), ...own };
}

/**
 * {name, config, input (the client's body), request (or null: none may be made), compare (in words), response,
 * stream (its body's lines are events), body (its file below root), client, accounted}.
 */
function caseOf(root, folder, manifest, one) {
  const file = (name) => join(folder, name);
  const client = clientOf(manifest.cases, one);
  const { response } = one;
  if (one.request && !manifest.requests[one.request]) throw new Error(`${one.id}: no request ${one.request}`);
  return {
    name: `${basename(folder)}/${one.id}`,
    tags: one.tags ?? [],
    config: { ...manifest.config, ...one.config },
    input: JSON.parse(read(join(folder, "../common/inputs", `${one.input}.json`))),
    compare: manifest.body_compare,
    request: one.request ? manifest.requests[one.request] : null,
    response: response ?? null,
    body: response && relative(root, file(response.body_file)),
    bytes: response ? readFileSync(file(response.body_file)).length : 0,
    stream: response ? /\.(sse|ndjson)$/.test(response.body_file) : false,
    client: {
      ...client,
      chunks: client.chunks_file && read(file(client.chunks_file)),
      body: client.body_file && JSON.parse(read(file(client.body_file))),
    },
    accounted: one.expect.accounted_usage ?? client.usage ?? null,
  };
}

/** All cases of a folder, in order; root: whom the scripted model server's --fixtures names. */
export function casesOf(folder, root) {
  return protocolsOf(folder).flatMap((protocol) => {
    const manifest = JSON.parse(read(join(protocol, "manifest.json")));
    return manifest.cases.map((one) => caseOf(root, protocol, manifest, one));
  });
}
