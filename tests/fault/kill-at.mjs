// A house whose workers can be killed at a named point of a turn: each runs under kill_at (see kill_at.c).
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { ownHouse } from "../tools/stack.mjs";
import { until, workers } from "./faults.mjs";

const build = process.env.INSULA_BUILD ?? fileURLToPath(new URL("../../build", import.meta.url));

/** kill_at knows the breakpoints of one processor. */
export const skip = process.arch === "x64" ? false : "kill_at is for x86-64";

/** How many events the turns here have. */
export const EVENTS = 40;
const events = (share) => Array(EVENTS * share).fill("stream_event").join(" ");

/** The twelve points: the functions that a worker has entered when it dies. */
export const points = {
  "after auth": "turns_admit",
  "after the hold's commit": "turn_call",
  "connect": "transfer_start",
  "first byte": "turn_head",
  "25 %": events(0.25),
  "50 %": events(0.5),
  "75 %": events(0.75),
  "after the end mark": "turn_end",
  "before settle": "turn_settlement",
  "inside settle": "turn_settlement sums_add", // recovery has the second without the first
  "after the settle's commit": "turn_settlement settled_record",
  "before the last flush": "turn_answer client_finish",
};
const functions = [...new Set(Object.values(points).flatMap((point) => point.split(" ")))];

/** Leaks cannot be looked for in a process that is watched. */
const wrapper = (orders) => `#!/bin/sh
export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
exec '${build}/tests/fault/kill_at' '${orders}' ${functions.join(",")} '${build}/insula.fcgi' "$@"
`;

/** When a process began, as Date.now() has it, to 10 ms. */
function beganAt(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return Date.now() - uptime() * 1000 + Number(fields[19]) * 10;
}

export async function mortalHouse(env) {
  const folder = mkdtempSync(join(process.env.INSULA_STAGE ?? tmpdir(), "mortal-"));
  const orders = join(folder, "orders");
  for (const name of ["insulactl", "upstream"]) symlinkSync(join(build, name), join(folder, name));
  writeFileSync(join(folder, "insula.fcgi"), wrapper(orders), { mode: 0o700 });
  const house = await ownHouse({ ...env, BUILD: folder });
  let before;
  return {
    ...house,
    /** From now on, the worker that comes to this point dies; once. */
    arm(point) {
      before = workers(house);
      writeFileSync(orders, points[point]);
    },
    /** Until a worker has died of it and another is there; how long it was missing. */
    async killed() {
      const said = () => readFileSync(orders, "utf8");
      await until(() => said().startsWith("killed "), 10000, `a worker dies at ${said()}`);
      const died = statSync(orders).mtimeMs, pid = Number(said().split(" ")[1]);
      const successor = () => workers(house).find((now) => !before.includes(now));
      await until(() => !workers(house).includes(pid) && successor(), 10000, "another worker");
      return beganAt(successor()) - died;
    },
    async stop() {
      await house.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
