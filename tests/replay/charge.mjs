// Is a turn charged by the tokens that its provider told?
import { isDeepStrictEqual } from "node:util";

import { binary, sql } from "../fault/faults.mjs";

const told = ({ prompt_tokens: tokens_in, completion_tokens: tokens_out, prompt_tokens_details: i, completion_tokens_details: o }) => ({
  tokens_in, tokens_cached: i?.cached_tokens ?? 0, tokens_out, tokens_reasoning: o?.reasoning_tokens ?? 0,
});

/** What is wrong with the ledger's row of this turn, as sentences. */
export async function wrongCharge(house, turn, { client, accounted }) {
  if (client.kind !== "ok" || !accounted) return [];
  const wanted = { ...told(accounted), usage_source: "provider" }, names = Object.keys(wanted);
  const [row] = await sql(house, `SELECT ${names} FROM turn WHERE turn_id = ${binary(turn)}`);
  const got = Object.fromEntries(names.map((name, i) => [name, /^\d+$/.test(row?.[i]) ? Number(row[i]) : row?.[i]]));
  return isDeepStrictEqual(got, wanted) ? [] : [`charged are ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`];
}
