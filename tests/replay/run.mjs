// `make fixtures FIXTURES=<folder>`: plays a folder's cases through the running house, as they were sent, byte by
// byte, with CRLF and in one write; says which failed and why, and how many passed.
import { sharedHouse } from "../tools/stack.mjs";
import { casesOf } from "./manifest.mjs";
import { replay } from "./replay.mjs";

const folder = process.env.FIXTURES;
const { passed, failed } = await replay(sharedHouse(), casesOf(folder, folder));
for (const { name, mode, wrong } of failed)
  for (const words of wrong) console.log(`${name} (${mode}): ${words}`);
console.log(`${passed} passed, ${failed.length} failed`);
for (const { name, mode } of failed) console.log(`  ${name} (${mode})`);
process.exitCode = failed.length ? 1 : 0;
