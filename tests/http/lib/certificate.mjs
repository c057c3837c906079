// Certificates of a server's own: one that vouches for itself, or that another one vouches for.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "../../tools/stack.mjs";

const config = (folder, name) => `[ca]
default_ca = own
[own]
database = ${folder}/index
new_certs_dir = ${folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = usual
[any]
commonName = supplied
[usual]
basicConstraints = CA:TRUE
subjectAltName = ${name}
`;
const stamp = (date) => date.toISOString().replace(/[-:T]|\.\d+/g, "");
const DAY_MS = 86400000;

async function openssl(words) {
  const { status, stderr } = await run("openssl", words);
  if (status !== 0) throw new Error(stderr);
}

/** name: as "IP:127.0.0.1"; from, to: days from now; by: another of these. {key, cert}. */
export async function certificate(name, { from = -1, to = 1, by } = {}) {
  const folder = mkdtempSync(join(process.env.INSULA_STAGE ?? tmpdir(), "certificate-"));
  const file = (what) => join(folder, what), date = (days) => stamp(new Date(Date.now() + days * DAY_MS));
  writeFileSync(file("config"), config(folder, name));
  writeFileSync(file("index"), "");
  const key = "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=test";
  await openssl([...key.split(" "), "-keyout", file("key"), "-out", file("request")]);
  let signer = ["-selfsign", "-keyfile", file("key")];
  if (by) {
    writeFileSync(file("by-key"), by.key);
    writeFileSync(file("by-cert"), by.cert);
    signer = ["-keyfile", file("by-key"), "-cert", file("by-cert")];
  }
  await openssl(["ca", "-batch", "-notext", "-config", file("config"), "-in", file("request"), "-out", file("cert"),
    "-startdate", date(from), "-enddate", date(to), ...signer]);
  const made = { key: readFileSync(file("key")), cert: readFileSync(file("cert")) };
  rmSync(folder, { recursive: true });
  return made;
}
