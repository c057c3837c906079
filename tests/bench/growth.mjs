// Whether one tenant's answers slow down as the others grow: two houses, one nearly empty, one full of
// tenants and messages, asked in turn.
import { chats, sql, tenants } from "./generate.mjs";
import * as measure from "./measure.mjs";
import { memberOf, settled } from "./subjects.mjs";
import { most } from "./table.mjs";

export const name = "growth";

const own = 200; // conversations of 50 messages of the tenant that is asked, in either house
const step = 20000; // tenants whose messages are made by one statement

const routes = {
  "GET tenant info": () => ["/api/v1/tenant/info"],
  "GET conversations": () => ["/api/v1/conversations?limit=50"],
  "GET a conversation's messages": (subject) => subject.conversations.map((id) => `/api/v1/conversations/${id}/messages`),
};

/** 128 bits as the API writes them: 26 digits of Crockford's base 32. */
function idText(hex) {
  let text = "";
  for (let rest = BigInt(`0x${hex}`); text.length < 26; rest >>= 5n)
    text = "0123456789abcdefghjkmnpqrstvwxyz"[Number(rest & 31n)] + text;
  return text;
}

/** A house with the conversations of the one who asks. */
async function prepare(stage) {
  const house = await stage.house();
  await settled(house, ["bank"]);
  const socket = `${house.folder}/run/mysql.sock`;
  const subject = { ...memberOf(house, "bank"), name: "growth", path: "/api/v1/chat" };
  await measure.turns(subject, 4, 1); // at the first request a person's row is made
  await chats(socket, "u.subject = 'maria' AND u.tenant_id = (SELECT tenant_id FROM tenant WHERE slug = 'bank')", own);
  const ids = await sql(socket, `SELECT LOWER(HEX(conversation_id)) FROM insula.conversation
    WHERE title LIKE 'Conversation %' ORDER BY conversation_id LIMIT ${own}`);
  subject.conversations = ids.map((hex) => `conv_${idText(hex)}`);
  return { socket, subject };
}

async function fill({ socket }, { tenants: count, messages }) {
  const each = Math.max(1, Math.round(messages / 50 / count));
  await tenants(socket, count);
  const [[first], [last]] = [await sql(socket, "SELECT MIN(tenant_id) FROM insula.user WHERE subject = 'made'"),
    await sql(socket, "SELECT MAX(tenant_id) FROM insula.user WHERE subject = 'made'")];
  for (let from = Number(first); from <= Number(last); from += step)
    await chats(socket, `u.subject = 'made' AND u.tenant_id BETWEEN ${from} AND ${from + step - 1}`, each);
}

async function measureRoutes(name, { subject }, note, seconds) {
  for (const [route, paths] of Object.entries(routes))
    note(route, name, (await measure.gets(subject, paths(subject), 4, seconds)).p99_ms);
  note("POST a turn", name, (await measure.turns(subject, 4, seconds)).p99_ms);
}

export async function run(stage, { note, rounds, seconds, sizes }) {
  const [small, big] = [await prepare(stage), await prepare(stage)];
  await tenants(small.socket, 7); // beside the demo's three
  const from = Date.now();
  await fill(big, sizes);
  console.log(`${sizes.messages} messages of ${sizes.tenants} tenants were made in ${Math.round((Date.now() - from) / 1000)} s.`);
  for (let round = 0; round < rounds; round++) {
    await measureRoutes("small", small, note, seconds);
    await measureRoutes("big", big, note, seconds);
  }
}

export const rows = (of, { tenants: count, messages }) => [...Object.keys(routes), "POST a turn"].flatMap((route) => [
  [`${route}, p99 of 10 tenants, ms`, 2, { full: of(route, "small") }, []],
  [`  of ${count}, ${messages} messages`, 2, { full: of(route, "big") }, [
    most("≤ 1.2 × the few", of(route, "big") / of(route, "small"), 1.2)]],
]);
