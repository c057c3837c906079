// Waiting for what comes soon, with a bound.
import { setTimeout as sleep } from "node:timers/promises";

/** Until ask() gives something; what it gave. */
export async function until(ask, what, { ms = 10000, every = 20 } = {}) {
  const end = performance.now() + ms;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(every);
  }
}
