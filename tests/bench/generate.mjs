// Rows by the million, made by MariaDB itself from its sequence tables.
import { run } from "../tools/stack.mjs";

/** Runs SQL as the server's root; returns the lines of what it says. */
export async function sql(socket, text) {
  const { status, stdout, stderr } = await run("mariadb",
    ["--no-defaults", `--socket=${socket}`, "--user=root", "--batch", "--skip-column-names"], { input: text });
  if (status !== 0) throw new Error(`${text}\n${stderr}`);
  return stdout.split("\n").filter(Boolean);
}

const began_ms = 1760000000000;

/** As a UUIDv7's bytes lie: a time, then what tells two of one moment apart. */
const id = (ms, number) => `UNHEX(CONCAT(LPAD(HEX(${began_ms} + ${ms}), 12, '0'), '70008000', LPAD(HEX(${number}), 12, '0')))`;

const quick = `USE insula; SET unique_checks = 0, foreign_key_checks = 0;
  SET GLOBAL innodb_flush_log_at_trx_commit = 0;\n`;
const durable = "SET GLOBAL innodb_flush_log_at_trx_commit = 1;\n";

const number = "(u.tenant_id * 1000 + c.seq)";

/** So many conversations of 50 messages and 25 turns for each of the people whom `where` names. */
export const chats = (socket, where, conversations) => sql(socket, `${quick}
INSERT INTO conversation (tenant_id, conversation_id, user_id, title, leaf_id, touched, created_ms, updated_ms)
  SELECT STRAIGHT_JOIN u.tenant_id, ${id("c.seq", number)}, u.user_id, CONCAT('Conversation ', c.seq), ${id(50, number)},
    ${id("c.seq", number)}, ${began_ms} + c.seq, ${began_ms} + c.seq
  FROM user u JOIN seq_1_to_${conversations} c WHERE ${where};
INSERT INTO message (tenant_id, conversation_id, message_id, user_id, parent_id, role, content, bytes, state, created_ms)
  SELECT STRAIGHT_JOIN u.tenant_id, ${id("c.seq", number)}, ${id("m.seq", number)}, u.user_id,
    IF(m.seq = 1, NULL, ${id("m.seq - 1", number)}), IF(m.seq % 2, 'user', 'assistant'),
    REPEAT('The tide is out. ', 6), 102, 'complete', ${began_ms} + m.seq
  FROM user u JOIN seq_1_to_${conversations} c JOIN seq_1_to_50 m WHERE ${where};
INSERT INTO turn (tenant_id, turn_id, user_id, conversation_id, model, provider_id, state, period, hold, outcome,
    started_ms, deadline_ms, scope)
  SELECT STRAIGHT_JOIN u.tenant_id, ${id("c.seq * 50 + m.seq", number)}, u.user_id, ${id("c.seq", number)}, 'gpt-4o-mini', '',
    'settled', 202510, 0, 'complete', ${began_ms}, ${began_ms}, ''
  FROM user u JOIN seq_1_to_${conversations} c JOIN seq_1_to_25 m WHERE ${where};
${durable}`);

/** Tenants with a person, settings, an identity provider and a budget each. */
export const tenants = (socket, count) => sql(socket, `${quick}
INSERT INTO tenant (slug, name, created_ms) SELECT CONCAT('made', seq), CONCAT('Tenant ', seq), ${began_ms} FROM seq_1_to_${count};
INSERT INTO setting (tenant_id) SELECT tenant_id FROM tenant WHERE slug LIKE 'made%';
INSERT INTO budget (tenant_id, period, cap) SELECT tenant_id, 202510, 1000000 FROM tenant WHERE slug LIKE 'made%';
INSERT INTO identity_provider (idp_id, tenant_id, name, issuer, audience, algorithms, key_set_url)
  SELECT ${id(0, "tenant_id")}, tenant_id, 'own', CONCAT('https://login.', slug, '.example'), 'insula', 'RS256',
    CONCAT('https://login.', slug, '.example/keys') FROM tenant WHERE slug LIKE 'made%';
INSERT INTO user (tenant_id, user_id, issuer, subject, role, created_ms, seen_ms)
  SELECT tenant_id, ${id(0, "tenant_id")}, CONCAT('https://login.', slug, '.example'), 'made', 'member', ${began_ms}, ${began_ms}
  FROM tenant WHERE slug LIKE 'made%';
${durable}`);
