// Answers against deploy/openapi.json: the part of JSON Schema that it uses, and no other.
import { readFileSync } from "node:fs";

export const openapi = JSON.parse(readFileSync(new URL("../../../deploy/openapi.json", import.meta.url), "utf8"));

const resolve = (value) =>
  value?.$ref ? resolve(value.$ref.slice(2).split("/").reduce((at, name) => at[name], openapi)) : value;

const kind = (value) =>
  value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
const hasType = (type, value) =>
  [type].flat().some((name) => name === kind(value) || (name === "number" && kind(value) === "integer"));

// Each says what is wrong, or nothing. Words about values, not about their meaning, are checked by none.
const words = {
  type: (type, value) => hasType(type, value) || `is ${kind(value)}, not ${type}`,
  enum: (list, value) => list.includes(value) || `is none of ${list}`,
  const: (wanted, value) => value === wanted || `is not ${wanted}`,
  pattern: (pattern, value) => typeof value !== "string" || new RegExp(pattern, "u").test(value) || `does not match ${pattern}`,
  format: (name, value) => name !== "date-time" || !Number.isNaN(Date.parse(value)) || `is no ${name}`,
  minimum: (least, value) => typeof value !== "number" || value >= least || `is below ${least}`,
  maximum: (most, value) => typeof value !== "number" || value <= most || `is above ${most}`,
  minLength: (least, value) => typeof value !== "string" || value.length >= least || `is shorter than ${least}`,
  maxLength: (most, value) => typeof value !== "string" || value.length <= most || `is longer than ${most}`,
  minItems: (least, value) => !Array.isArray(value) || value.length >= least || `has fewer than ${least}`,
  required: (names, value) => kind(value) !== "object" || names.filter((name) => !(name in value)).join() || true,
};
const silent = new Set(["$ref", "description", "default", "examples", "properties", "additionalProperties", "items", "allOf"]);

/** What is wrong with a value, a line each; [] when nothing is. */
export function faults(schema, value, place = "$") {
  schema = resolve(schema);
  const found = [];
  for (const [word, wanted] of Object.entries(schema)) {
    if (silent.has(word)) continue;
    const verdict = words[word] ? words[word](wanted, value) : "stands under a word that is not known here";
    if (verdict !== true) found.push(`${place}: ${word}: ${verdict}`);
  }
  for (const part of schema.allOf ?? []) found.push(...faults(part, value, place));
  if (Array.isArray(value) && schema.items)
    value.forEach((item, i) => found.push(...faults(schema.items, item, `${place}[${i}]`)));
  if (kind(value) === "object")
    for (const [name, member] of Object.entries(value)) {
      if (schema.properties?.[name]) found.push(...faults(schema.properties[name], member, `${place}.${name}`));
      else if (schema.additionalProperties === false) found.push(`${place}.${name}: is not described`);
    }
  return found;
}

// Only where there is something to say.
const occasional = /^(retry-after|retry-after-ms|x-should-retry|x-insula-conversation)$/i;

/** What is wrong with an answer to an operation: {status, headers, text}. */
export function answerFaults(path, method, answer) {
  const described = resolve(openapi.paths[path][method.toLowerCase()].responses[answer.status]);
  if (!described) return [`${method} ${path}: ${answer.status} is not described: ${answer.text.slice(0, 200)}`];
  const found = Object.keys(described.headers ?? {})
    .filter((name) => !occasional.test(name) && !(name.toLowerCase() in answer.headers))
    .map((name) => `has no header ${name}`);
  const type = answer.headers["content-type"]?.split(";")[0];
  const content = described.content?.[type];
  if (described.content && !content) found.push(`its type is ${type}`);
  if (type === "application/json" && content) found.push(...faults(content.schema, JSON.parse(answer.text)));
  return found.map((fault) => `${method} ${path} ${answer.status}: ${fault}`);
}

/** What is wrong with a body that was taken. */
export function bodyFaults(path, method, body) {
  const { requestBody } = openapi.paths[path][method.toLowerCase()];
  return faults(requestBody.content["application/json"].schema, body).map((fault) => `${method} ${path} body: ${fault}`);
}
