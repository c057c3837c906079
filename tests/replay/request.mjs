// Is what the provider was asked what a fixture expects?
import { isDeepStrictEqual } from "node:util";

const without = (value, names, deep) => {
  if (Array.isArray(value)) return deep ? value.map((one) => without(one, names, deep)) : value;
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).filter(([name]) => !names.includes(name));
  return Object.fromEntries(members.map(([name, one]) => [name, deep ? without(one, names, deep) : one]));
};

/** Every object changed, the inner ones first. */
const mapped = (value, change) => {
  if (Array.isArray(value)) return value.map((one) => mapped(one, change));
  if (value === null || typeof value !== "object") return value;
  return change(Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapped(one, change)])));
};

const schemaNames = { parametersJsonSchema: "parameters", responseJsonSchema: "responseSchema" };
const schemaExtras = ["$schema", "additionalProperties", "strict"];

/** A body in the one form of those that a manifest's body_compare lets pass. */
function normal(body, compare, { body_ignore: top = [], body_ignore_deep: deep = [] }) {
  let value = without(without(body, top, false), deep, true);
  const part = /equals one (text block|input_text part)/.exec(compare ?? "")?.[1];
  if (part)
    value = mapped(value, (one) => typeof one.content !== "string" ? one : {
      ...one, content: [{ type: part === "text block" ? "text" : "input_text", text: one.content }],
    });
  if (/may be replaced by parameters and responseSchema/.test(compare ?? ""))
    value = mapped(value, (one) => Object.fromEntries(Object.entries(one).map(([name, inside]) =>
      name in schemaNames ? [schemaNames[name], without(inside, schemaExtras, true)] : [name, inside])));
  return value;
}

function* wrongHeaders(got, wanted) {
  for (const [name, value] of Object.entries(wanted.headers ?? {})) {
    const is = got[name.toLowerCase()];
    if (is !== value && !(name.toLowerCase() === "content-type" && is?.startsWith(value)))
      yield `header ${name} is ${is}, not ${value}`;
  }
  for (const name of wanted.headers_absent ?? [])
    if (got[name.toLowerCase()] !== undefined) yield `header ${name} was sent`;
}

/** What is wrong with the last of these requests, as sentences; wanted null: there must be none. */
export function* wrongRequest(requests, wanted, compare) {
  if (!wanted) {
    if (requests.length) yield `the provider was asked: ${requests[0].method} ${requests[0].path}`;
    return;
  }
  const got = requests.at(-1);
  if (!got) {
    yield "the provider was not asked";
    return;
  }
  if (got.method !== wanted.method || got.path !== wanted.path)
    yield `the provider was asked ${got.method} ${got.path}, not ${wanted.method} ${wanted.path}`;
  if (!isDeepStrictEqual(got.query, wanted.query ?? {}))
    yield `the query is ${JSON.stringify(got.query)}, not ${JSON.stringify(wanted.query)}`;
  const headers = Object.fromEntries(Object.entries(got.headers).map(([name, value]) => [name.toLowerCase(), value]));
  yield* wrongHeaders(headers, wanted);
  const [is, shall] = [JSON.parse(got.body), wanted.body].map((body) => normal(body, compare, wanted));
  if (!isDeepStrictEqual(is, shall)) yield `the body is ${JSON.stringify(is)}, not ${JSON.stringify(shall)}`;
}
