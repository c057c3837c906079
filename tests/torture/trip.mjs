// Steers what trip.so does to Insula's programs: counts their calls, makes the n-th of a kind fail.
import { constants } from "node:os";
import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const header = readFileSync(new URL("trip.h", import.meta.url), "utf8");
const build = process.env.INSULA_BUILD ?? fileURLToPath(new URL("../../build", import.meta.url));

/** The kinds of calls, in the order of enum call. */
export const calls = [...header.matchAll(/\bX\((\w+)\)/g)].map((match) => match[1]);
const members = ["armed", "phase", "nth", "effect", "persistent", "victim", "tripped"];
const SIZE = 8 * (members.length + 2 * (calls.length + 1));
const SHORT = Number(/EFFECT_SHORT (\d+)/.exec(header)[1]);

export const STARTING = 0, SERVING = 1, ANY = 2;
export const library = join(build, "tests/torture/trip.so");
export const watch = join(build, "tests/torture/watch");

/** A sanitizer's program has a malloc of its own, under which trip.so cannot get. */
export const isSanitized = !readFileSync(join(build, "insula.fcgi")).includes("__libc_malloc");

export class Trip {
  constructor(folder) {
    this.path = join(folder, "trip");
    this.fd = openSync(this.path, "w+");
    writeSync(this.fd, Buffer.alloc(SIZE), 0, SIZE, 0);
  }
  #set(member, value) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    writeSync(this.fd, bytes, 0, 8, 8 * members.indexOf(member));
  }
  #get(place) {
    const bytes = Buffer.alloc(8);
    readSync(this.fd, bytes, 0, 8, 8 * place);
    return Number(bytes.readBigUInt64LE());
  }
  /** From now on counts from 1, and the nth call of this kind fails. effect: "EINTR", …, or "short". */
  arm({ call, nth, effect, persistent = false, phase = SERVING }) {
    this.count();
    this.#set("phase", phase);
    this.#set("nth", nth);
    this.#set("effect", effect === "short" ? SHORT : constants.errno[effect]);
    this.#set("persistent", persistent ? 1 : 0);
    this.#set("armed", calls.indexOf(call) + 1);
  }
  /** Nothing fails; counts from 0. */
  count() {
    writeSync(this.fd, Buffer.alloc(SIZE), 0, SIZE, 0);
  }
  /** Nothing fails any more. */
  disarm() {
    this.#set("armed", 0);
  }
  /** How often the chosen call failed since arm(). */
  tripped() {
    return this.#get(members.indexOf("tripped"));
  }
  /** How many calls of a kind there were since arm() or count(). */
  counted(call, phase = SERVING) {
    return this.#get(members.length + phase * (calls.length + 1) + calls.indexOf(call) + 1);
  }
  close() {
    closeSync(this.fd);
  }
}

/** What a program's environment needs so that it can be tortured. */
export const preloaded = (trip) => ({ LD_PRELOAD: library, TRIP_CONTROL: trip.path });
