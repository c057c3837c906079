// A certificate of a server's own, which vouches for itself.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "../../tools/stack.mjs";

/** name: as "IP:127.0.0.1". {key, cert}. */
export async function certificate(name) {
  const folder = mkdtempSync(join(process.env.INSULA_STAGE ?? tmpdir(), "certificate-"));
  const [key, file] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test -addext";
  const { status, stderr } = await run("openssl", [...words.split(" "), `subjectAltName=${name}`, "-keyout", key, "-out", file]);
  if (status !== 0) throw new Error(stderr);
  const made = { key: readFileSync(key), cert: readFileSync(file) };
  rmSync(folder, { recursive: true });
  return made;
}
