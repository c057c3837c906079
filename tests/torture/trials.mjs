// Trials: a step of the mix while a call fails, judged; and what must be so when all is over.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { allSettled, checkBooks, sql, until } from "../fault/faults.mjs";
import { Refused } from "./mix.mjs";
import { calls } from "./trip.mjs";

const PATIENCE_MS = 15000;

/** A number from 0 to below 1 that changes from day to day, and is printed: what one day leaves out, another tries. */
export const seed = Number(process.env.TORTURE_SEED ?? new Date().toISOString().slice(0, 10).replaceAll("-", ""));
const part = (seed * 0.6180339887) % 1;

/** At most so many of a list, evenly. */
export function sample(list, most) {
  const stride = Math.max(1, list.length / most);
  const chosen = [];
  for (let at = part * stride; at < list.length; at += stride) chosen.push(list[Math.floor(at)]);
  return chosen;
}

/** The numbers 1 … most. */
export const upTo = (most) => Array.from({ length: most }, (_, i) => i + 1);

// What a call may meet. Those behind "+" may go on for as long as the step lasts; the others come once.
const effects = {
  read: "EINTR EAGAIN short +EIO +ECONNRESET", write: "EINTR EAGAIN short +ENOSPC +EIO", writev: "EINTR short +ENOSPC +EIO",
  send: "EINTR EAGAIN short +ECONNRESET +EPIPE", sendmsg: "EINTR EAGAIN +ECONNRESET", recv: "EINTR EAGAIN short +ECONNRESET",
  recvmsg: "EINTR EAGAIN +ECONNRESET", accept4: "EINTR EAGAIN ECONNABORTED EMFILE ENFILE ENOMEM ENOBUFS EPROTO",
  connect: "EINTR +ECONNREFUSED +ETIMEDOUT +EAGAIN", open: "EINTR +EMFILE +ENOSPC +EACCES +EIO +EROFS",
  openat: "EINTR +EMFILE +ENOSPC +EIO +EROFS", opendir: "+EMFILE +EIO", fsync: "EINTR +EIO +ENOSPC", rename: "+ENOSPC +EIO +EROFS",
  ftruncate: "EINTR +EIO +ENOSPC", pread: "EINTR short +EIO", pwrite: "EINTR short +ENOSPC", mkdir: "+ENOSPC +EROFS +EMLINK",
  unlink: "+EIO +EROFS", unlinkat: "+EIO +EROFS", flock: "EINTR +ENOLCK", epoll_ctl: "+ENOMEM +ENOSPC", epoll_wait: "EINTR",
  poll: "EINTR +ENOMEM", socket: "+EMFILE +ENFILE +ENOBUFS", dup: "+EMFILE", eventfd: "+EMFILE", epoll_create1: "+EMFILE",
  inotify_init1: "+EMFILE", inotify_add_watch: "+ENOSPC", posix_fallocate: "+ENOSPC +EINTR", mmap: "+ENOMEM", getrandom: "EINTR",
  pthread_create: "+EAGAIN",
};

/** Every effect on the first so many calls of each kind, once, and from there on where it may go on. */
export function trialsOf(counted) {
  const list = [];
  for (const call of calls)
    for (const word of effects[call]?.split(" ") ?? [])
      for (const nth of upTo(counted(call))) {
        const effect = word.replace("+", "");
        list.push({ call, effect, nth, persistent: false });
        if (word !== effect) list.push({ call, effect, nth, persistent: true });
      }
  return list;
}

/** "right", "refused", or what was wrong. */
export async function outcome(step) {
  const patience = new AbortController();
  try {
    const late = sleep(PATIENCE_MS, undefined, { signal: patience.signal }).then(() => assert.fail("no answer came"));
    await Promise.race([step(), late]);
    return "right";
  } catch (error) {
    return error instanceof Refused ? "refused" : error.message;
  } finally {
    patience.abort();
  }
}

/** What went wrong, a line each, with where. */
export class Complaints {
  list = [];
  /** Returns whether all was well. */
  unless(well, ...words) {
    if (!well) {
      this.list.push(words.join(" "));
      console.log(this.list.at(-1)); // where it happened, among what others print
    }
    return Boolean(well);
  }
  none() {
    assert.deepEqual(this.list.slice(0, 20), []);
  }
}

/** The files of turns that are not settled. */
export function liveFiles(house) {
  const spool = join(house.folder, "spool");
  return readdirSync(spool, { recursive: true }).filter((name) => /^\d+\/turn_/.test(name)).map((name) => join(spool, name));
}

/** When nothing fails any more: every turn is settled, the books agree, no file is without its row. → how many turns */
export async function inOrder(house) {
  house.trip.disarm();
  await house.ready();
  await allSettled(house, 20000);
  await until(() => liveFiles(house).length === 0, 20000, "no live spool file is left");
  await checkBooks(house);
  return Number((await sql(house, "SELECT COUNT(*) FROM turn"))[0][0]);
}
