// A conversation's page from a table that keeps its messages together and from one whose keys are random,
// when three quarters of the data are on the disk.
import { setTimeout as sleep } from "node:timers/promises";

import { sql } from "./generate.mjs";
import * as measure from "./measure.mjs";
import { least } from "./table.mjs";

export const name = "pages";

const pool_min = 64 << 20; // the turns of other parts need room for their locks

/** The same rows twice: as Insula's table has them, and by random keys with an index for pages. */
const make = (socket, conversations) => sql(socket, `
DROP DATABASE IF EXISTS insula_pages; CREATE DATABASE insula_pages; USE insula_pages;
CREATE TABLE by_conversation LIKE insula.message;
SET unique_checks = 0, foreign_key_checks = 0;
INSERT INTO by_conversation (tenant_id, conversation_id, message_id, user_id, role, content, bytes, state, created_ms)
  SELECT STRAIGHT_JOIN 1, UNHEX(LPAD(HEX(c.seq), 32, '0')), UNHEX(LPAD(HEX(m.seq), 32, '0')), '', 'user',
    REPEAT('The tide is out.', 25), 400, 'complete', m.seq
  FROM seq_1_to_${conversations} c JOIN seq_1_to_50 m;
CREATE TABLE random_keys AS SELECT tenant_id, conversation_id,
  CAST(UNHEX(MD5(CONCAT(conversation_id, message_id))) AS BINARY(16)) AS message_id, user_id, parent_id, role, content,
  parts, bytes, state, code, model, turn_id, created_ms FROM by_conversation;
ALTER TABLE random_keys ADD PRIMARY KEY (message_id), ADD KEY page (tenant_id, conversation_id, created_ms);`);

async function poolOf(socket, bytes) {
  const [before] = await sql(socket, `SELECT @@innodb_buffer_pool_size; SET GLOBAL innodb_buffer_pool_size = ${bytes};`);
  while (/\t.*(ing|wait)/i.test((await sql(socket, "SHOW STATUS LIKE 'Innodb_buffer_pool_resize_status'"))[0]))
    await sleep(50); // newer servers are done when they answer
  return before;
}

export async function run(stage, { note, rounds, seconds, sizes }) {
  const { house } = await stage.all();
  const socket = `${house.folder}/run/mysql.sock`;
  await make(socket, sizes.conversations);
  const [bytes] = await sql(socket, `SELECT data_length + index_length FROM information_schema.tables
    WHERE table_schema = 'insula_pages' AND table_name = 'by_conversation'`);
  const before = await poolOf(socket, Math.max(pool_min, Math.round(bytes / 4)));
  for (let round = 0; round < rounds; round++) {
    const page = await measure.pages(socket, sizes.conversations, 2 * seconds);
    note("page", "clustered", page.by_conversation);
    note("page", "random", page.random_keys);
  }
  await poolOf(socket, before);
  await sql(socket, "DROP DATABASE insula_pages");
}

export const rows = (of, { conversations }) => [
  [`page of 50 of ${conversations * 50} messages, cold, ms`, 2, { full: of("page", "clustered") }, [
    least("≥ 8 × faster than random keys", of("page", "random") / of("page", "clustered"), 8)]],
  ["  the same with random keys", 2, { full: of("page", "random") }, []],
];
