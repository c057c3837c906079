-- The second wall: what each account may do, table by table. Runs after every migration.
--
-- An account without a host is that name at '%': it fits the unix socket and every host. Whoever
-- installs the database makes the two accounts (insulactl migrate makes none):
--     CREATE USER insula_worker IDENTIFIED BY '…';        the workers' [database]
--     CREATE USER insula_operator IDENTIFIED BY '…';      insulactl's [operator database]
-- with REQUIRE SSL where they come over a network. The account that runs this ([migration database])
-- has all rights on the schema and GRANT OPTION. A server with anonymous accounts (''@localhost)
-- would prefer those: mariadb-secure-installation removes them.

GRANT SELECT ON tenant TO insula_worker;
GRANT SELECT ON identity_provider TO insula_worker;
GRANT SELECT ON operator TO insula_worker;
GRANT SELECT ON data_key TO insula_worker;
GRANT SELECT, INSERT, UPDATE ON key_set TO insula_worker;
GRANT SELECT ON setting TO insula_worker;
GRANT SELECT ON cors_origin TO insula_worker;
GRANT SELECT ON provider TO insula_worker;
GRANT SELECT ON model TO insula_worker;
GRANT SELECT ON model_route TO insula_worker;
GRANT SELECT ON model_alias TO insula_worker;
GRANT SELECT, INSERT, UPDATE ON user TO insula_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON conversation TO insula_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON message TO insula_worker;
GRANT SELECT, INSERT, UPDATE ON turn TO insula_worker;
GRANT SELECT, INSERT, UPDATE ON budget TO insula_worker;
GRANT SELECT, INSERT, UPDATE ON usage_hour TO insula_worker;
GRANT SELECT, INSERT, UPDATE ON active_user TO insula_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency TO insula_worker;
GRANT SELECT, INSERT, DELETE ON response TO insula_worker;
GRANT SELECT ON schema_migration TO insula_worker;

-- Head office: configuration and sums, no table with content (user, conversation, message, response, idempotency).
GRANT SELECT, INSERT, UPDATE ON tenant TO insula_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON identity_provider TO insula_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON operator TO insula_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON data_key TO insula_operator;
GRANT SELECT, DELETE ON key_set TO insula_operator;
GRANT SELECT, INSERT, UPDATE ON setting TO insula_operator;
GRANT SELECT, INSERT, DELETE ON cors_origin TO insula_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON provider TO insula_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON model TO insula_operator;
GRANT SELECT, INSERT, DELETE ON model_route TO insula_operator;
GRANT SELECT, INSERT, DELETE ON model_alias TO insula_operator;
GRANT SELECT, INSERT, UPDATE ON budget TO insula_operator;
GRANT SELECT ON turn TO insula_operator;
GRANT SELECT ON usage_hour TO insula_operator;
GRANT SELECT ON active_user TO insula_operator;
GRANT SELECT ON schema_migration TO insula_operator;
