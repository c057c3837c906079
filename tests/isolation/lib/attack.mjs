// Sending an attack, and what a caller can see of its answer.
import { fill } from "../../http/lib/routes.mjs";

/** A request of matrix.mjs, as a caller sends it. */
export function send(client, { method, path, params, query, headers, body }) {
  const words = new URLSearchParams(query).toString();
  const asked = fill(path, params).replace("...", "") + (words && `?${words}`);
  return client.call(method, asked, { body, headers });
}

/**
 * All that a caller can see, but for what differs between any two requests: new ids, times, and the ids that were
 * asked for, where an answer repeats them.
 */
export function seen(answer, ...asked) {
  const plain = (text) => {
    const without = asked.reduce((rest, id) => (id ? rest.replaceAll(id, "<asked>") : rest), text);
    return without
      .replace(/\b(conv_|msg_|turn_|resp_|req_|chatcmpl-)[0-9a-z]+/g, "$1")
      .replace(/"(created|created_at|updated_at|\w*_duration)":("[^"]*"|\d+)/g, '"$1":0');
  };
  const { date, "x-request-id": id, "server-timing": timing, ...headers } = answer.headers;
  if (headers["content-length"]) headers["content-length"] = `${plain(answer.text).length}`; // times have many lengths
  return JSON.stringify([answer.status, headers, plain(answer.text)], (_, value) =>
    typeof value === "string" ? plain(value) : value);
}

/** Runs tasks, some at a time. */
export async function all(tasks, atOnce = 8) {
  const rest = tasks.slice().reverse();
  const work = async () => {
    for (let task; (task = rest.pop());) await task();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
