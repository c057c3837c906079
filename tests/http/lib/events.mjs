// Server-sent events, read strictly: what our streams may contain and nothing else.
import assert from "node:assert/strict";

/** Every event of a stream; comments are left out. The text must end with a whole event. */
export function parseEvents(text) {
  if (text === "") return [];
  assert.ok(
    text.endsWith("\n\n"),
    `the stream ends within an event: ${JSON.stringify(text.slice(-80))}`,
  );
  const events = [];
  for (const block of text.slice(0, -2).split("\n\n")) {
    const event = { text: `${block}\n\n` };
    for (const line of block.split("\n")) {
      if (line.startsWith(":")) continue;
      const [, name, value] =
        /^(id|event|data|): ([^\n]*)$/.exec(line) ?? assert.fail(`no line of an event: ${line}`);
      assert.equal(event[name], undefined, `twice in an event: ${name}`);
      event[name] = value;
    }
    if (event.data === undefined) continue;
    Object.defineProperty(event, "json", { get: () => JSON.parse(event.data) });
    events.push(event);
  }
  return events;
}

/** The chunks among events: all but our own, [DONE] and errors. */
export const chunks = (events) =>
  events
    .filter((event) => !event.event && event.data !== "[DONE]" && !event.json.error)
    .map((event) => event.json);

/** What the model said on a stream. */
export const said = (events) =>
  chunks(events)
    .map((chunk) => chunk.choices[0]?.delta.content ?? "")
    .join("");

export const isDone = (events) => events.at(-1)?.data === "[DONE]";

/** The stream ended with an error event, and without [DONE]; returns the error. */
export function brokenBy(events) {
  assert.ok(!events.some((event) => event.data === "[DONE]"), "[DONE] after an error");
  const errors = events.filter((event) => event.data && event.json.error);
  assert.equal(errors.length, 1, "one error event");
  assert.equal(events.at(-1), errors[0], "the error ends the stream");
  return errors[0].json.error;
}
