// A canary is a word that belongs to one tenant and stands in all that is its own: names, keys, prompts, answers.
// Where one is found among another tenant's things, something went astray.
import { randomBytes } from "node:crypto";

const any = /cnry[0-9a-f]{12}/g;

export const newCanary = () => `cnry${randomBytes(6).toString("hex")}`;
export const canariesIn = (text) => text.match(any) ?? [];

/** Counts what was looked through, what of it sang at home, and keeps where a foreign canary sat. */
export class Cage {
  looked = 0;
  own = 0;
  astray = [];
  /** own: the canary that may be there; undefined: none may. */
  look(text, own, where) {
    const found = new Set(canariesIn(text));
    this.looked++;
    if (found.delete(own)) this.own++;
    if (found.size) this.astray.push(`${where}: ${[...found]} at ${own}'s`);
  }
  get clean() {
    return this.looked - this.astray.length;
  }
}
