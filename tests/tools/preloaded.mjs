// A house whose workers run with a library of tests/tools/ in front of the C library's.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ownHouse } from "./stack.mjs";

const build = process.env.INSULA_BUILD;

/**
 * library: as "step_clock"; variables: what it and the worker find in their environment; options: as ownHouse takes
 * them. {house, env: for a program of the test's own, stop()}
 */
export async function preloadedHouse(library, variables, options = {}) {
  const folder = mkdtempSync(join(process.env.INSULA_STAGE, "preloaded-"));
  const env = { LD_PRELOAD: join(build, `tests/tools/${library}.so`), ...variables };
  if (process.env.ASAN_OPTIONS) env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS}:verify_asan_link_order=0`;
  const programs = join(folder, "build");
  mkdirSync(programs);
  for (const name of ["insulactl", "upstream"]) symlinkSync(join(build, name), join(programs, name));
  const words = Object.entries(env).map(([name, value]) => `${name}='${value}'`).join(" ");
  writeFileSync(join(programs, "insula.fcgi"), `#!/bin/sh\n${words} exec ${join(build, "insula.fcgi")} "$@"\n`, { mode: 0o755 });
  const house = await ownHouse({ ...options, BUILD: programs });
  return {
    house, env,
    async stop() {
      await house.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
