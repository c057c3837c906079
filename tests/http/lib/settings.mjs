// Changes insula.conf while the house runs, as an operator does: edit, then SIGHUP to each worker.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { until } from "./wait.mjs";

const descendants = (pid) => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean);
  return children.flatMap((child) => [Number(child), ...descendants(child)]);
};

/** The workers' process ids. */
export const workers = (house) =>
  descendants(house.pid("multiwatch")).filter((pid) =>
    readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("insula.fcgi"),
  );

const readings = (log) => readFileSync(log, "utf8").split('"event":"config.read"').length;

/** rewrite: the file's text → its new one. Returns what puts all back. */
export async function rewriteSettings(house, rewrite) {
  const path = join(house.folder, "insula.conf");
  const log = join(house.folder, "log/insula.log");
  const before = readFileSync(path, "utf8");
  const reload = async (text) => {
    const [pids, seen] = [workers(house), readings(log)];
    writeFileSync(path, text);
    for (const pid of pids) process.kill(pid, "SIGHUP");
    await until(
      () => readings(log) === seen + pids.length,
      "every worker has read the configuration",
    );
  };
  await reload(rewrite(before));
  return () => reload(before);
}

/** settings: section → {name: value}. Returns what puts all back. */
export function changeSettings(house, settings) {
  const added = Object.entries(settings).map(
    ([section, values]) =>
      `[${section}]\n${Object.entries(values)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join("")}`,
  );
  return rewriteSettings(house, (text) => `${text}\n${added.join("\n")}`);
}

/** Certificates are read at the start: other workers than before, with the file as it is now. */
export async function restartWorkers(house) {
  const old = workers(house);
  for (const pid of old) process.kill(pid, "SIGTERM");
  await until(
    () => workers(house).length === old.length && !workers(house).some((pid) => old.includes(pid)),
    "other workers",
  );
}

/** A house that may call these servers of 127.0.0.1, over TLS too: certificates is a PEM text. */
export async function befriend(house, servers, certificates) {
  const file = join(house.folder, "befriended.pem");
  writeFileSync(file, certificates);
  const allowed = servers.map(({ port }) => `\n  127.0.0.1:${port}`).join("");
  await rewriteSettings(house, (text) =>
    text.replace(/^allow = .*$/m, (line) => `${line}${allowed}\nca_file = ${file}`),
  );
  await restartWorkers(house);
}
