// Any provider in, one OpenAI stream out: every case of tests/fixtures through the running house.
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { bar, rounds } from "../tools/bar.mjs";
import { sharedHouse } from "../tools/stack.mjs";
import { casesOf } from "./manifest.mjs";
import { isFor, modes, replay } from "./replay.mjs";

const folder = fileURLToPath(new URL("../fixtures", import.meta.url));
const cases = casesOf(folder, folder);

/** In the short form, of what is only sent differently, each third day's third. */
const day = Math.floor(Date.now() / 86400000);
const sample = (mode) => (one, i) => mode === "as sent" || rounds(i % 3 === day % 3, true);

for (const mode of Object.keys(modes))
  test(`what a provider sent, ${mode}, is what a client shall get`, async () => {
    const tried = cases.filter((one) => isFor(mode, one)).filter(sample(mode));
    const { passed, failed } = await replay(sharedHouse(), tried, [mode]);
    for (const { name, wrong } of failed) for (const words of wrong) console.log(`${name}: ${words}`);
    bar("FIXTURES", `recorded answers of providers, ${mode}, become the client's answer`, passed, tried.length);
  });
