-- What a fresh database looks like. Generated from the numbered files (README.md); not to be edited.

CREATE TABLE `active_user` (
  `tenant_id` int(10) unsigned NOT NULL,
  `day` int(11) NOT NULL COMMENT 'days since 1970, UTC',
  `user_id` binary(16) NOT NULL,
  PRIMARY KEY (`tenant_id`,`day`,`user_id`),
  KEY `active_user_user` (`tenant_id`,`user_id`),
  CONSTRAINT `active_user_user` FOREIGN KEY (`tenant_id`, `user_id`) REFERENCES `user` (`tenant_id`, `user_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Daily active users.';

CREATE TABLE `budget` (
  `tenant_id` int(10) unsigned NOT NULL,
  `period` int(11) NOT NULL COMMENT 'yyyymm, UTC',
  `cap` bigint(20) NOT NULL COMMENT 'micro-units; 4e18: none',
  `used` bigint(20) NOT NULL DEFAULT 0,
  `held` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`tenant_id`,`period`),
  CONSTRAINT `budget_tenant` FOREIGN KEY (`tenant_id`) REFERENCES `tenant` (`tenant_id`),
  CONSTRAINT `budget_numbers` CHECK (`cap` >= 0 and `used` >= 0 and `held` >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='What a tenant may spend in a month, has spent, and holds for open turns.';

CREATE TABLE `conversation` (
  `tenant_id` int(10) unsigned NOT NULL,
  `conversation_id` binary(16) NOT NULL,
  `user_id` binary(16) NOT NULL COMMENT 'owner',
  `title` varchar(200) NOT NULL DEFAULT '',
  `model` varchar(128) NOT NULL DEFAULT '' COMMENT 'last used',
  `leaf_id` binary(16) DEFAULT NULL COMMENT 'newest message: where the next turn goes on',
  `touched` binary(16) NOT NULL COMMENT 'UUIDv7 of the last activity: lists sort by it',
  `pinned` tinyint(4) NOT NULL DEFAULT 0,
  `archived` tinyint(4) NOT NULL DEFAULT 0,
  `version` int(11) NOT NULL DEFAULT 1 COMMENT 'raised by every change: the ETag',
  `created_ms` bigint(20) NOT NULL,
  `updated_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`tenant_id`,`conversation_id`),
  UNIQUE KEY `owned` (`tenant_id`,`user_id`,`conversation_id`),
  KEY `newest` (`tenant_id`,`user_id`,`archived`,`touched`),
  CONSTRAINT `conversation_user` FOREIGN KEY (`tenant_id`, `user_id`) REFERENCES `user` (`tenant_id`, `user_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='A tree of messages and its owner.';

CREATE TABLE `cors_origin` (
  `tenant_id` int(10) unsigned NOT NULL,
  `origin` varbinary(255) NOT NULL COMMENT 'scheme://host[:port], byte for byte as browsers send it',
  PRIMARY KEY (`tenant_id`,`origin`),
  KEY `of_any` (`origin`),
  CONSTRAINT `cors_origin_tenant` FOREIGN KEY (`tenant_id`) REFERENCES `tenant` (`tenant_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Whose web pages a tenant''s answers are for.';

CREATE TABLE `data_key` (
  `tenant_id` int(10) unsigned NOT NULL COMMENT '0 is the house itself',
  `wrapped` varbinary(128) NOT NULL COMMENT 'under a key-encryption key; destroying it makes the tenant''s secrets unreadable',
  PRIMARY KEY (`tenant_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Each tenant''s data key, wrapped.';

CREATE TABLE `idempotency` (
  `tenant_id` int(10) unsigned NOT NULL,
  `user_id` binary(16) NOT NULL,
  `name` varbinary(255) NOT NULL COMMENT 'the Idempotency-Key',
  `body` binary(32) NOT NULL COMMENT 'SHA-256 of route and body',
  `turn_id` binary(16) NOT NULL,
  `expires_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`tenant_id`,`user_id`,`name`),
  KEY `expired` (`expires_ms`),
  CONSTRAINT `idempotency_user` FOREIGN KEY (`tenant_id`, `user_id`) REFERENCES `user` (`tenant_id`, `user_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Which turn a retry belongs to.';

CREATE TABLE `identity_provider` (
  `idp_id` binary(16) NOT NULL,
  `tenant_id` int(10) unsigned NOT NULL,
  `name` varbinary(63) NOT NULL COMMENT 'as insulactl calls it; unique within the tenant',
  `issuer` varbinary(255) NOT NULL COMMENT 'the iss claim, byte for byte',
  `audience` varbinary(255) NOT NULL COMMENT 'must be the aud claim or among it',
  `algorithms` varbinary(64) NOT NULL COMMENT 'allowed, blank-separated: RS256 ES256',
  `secret` varbinary(1024) DEFAULT NULL COMMENT 'sealed HS256 secret; else a key set',
  `key_set_url` varbinary(512) DEFAULT NULL,
  `key_set_file` varbinary(512) DEFAULT NULL,
  `tenant_claim` varbinary(63) NOT NULL DEFAULT '' COMMENT 'claim that names the tenant; empty: the issuer serves one',
  `tenant_value` varbinary(255) NOT NULL DEFAULT '' COMMENT 'what that claim must be',
  `subject_claim` varbinary(63) NOT NULL DEFAULT 'sub',
  `role_claim` varbinary(63) NOT NULL DEFAULT 'role',
  `admin_value` varbinary(255) NOT NULL DEFAULT 'admin' COMMENT 'role_claim is or holds this: admin, else member',
  PRIMARY KEY (`idp_id`),
  UNIQUE KEY `one_name` (`tenant_id`,`name`),
  UNIQUE KEY `one_meaning` (`issuer`,`tenant_claim`,`tenant_value`,`audience`),
  CONSTRAINT `idp_tenant` FOREIGN KEY (`tenant_id`) REFERENCES `tenant` (`tenant_id`),
  CONSTRAINT `one_key_source` CHECK ((`secret` is not null) + (`key_set_url` is not null) + (`key_set_file` is not null) = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Who may vouch for a tenant''s people, and how their tokens are read.';

CREATE TABLE `key_set` (
  `idp_id` binary(16) NOT NULL,
  `document` mediumtext DEFAULT NULL COMMENT 'last good key set',
  `fetched_ms` bigint(20) NOT NULL DEFAULT 0 COMMENT 'when document came',
  `attempted_ms` bigint(20) NOT NULL DEFAULT 0 COMMENT 'when anybody last tried: one fetcher per issuer over all workers',
  PRIMARY KEY (`idp_id`),
  CONSTRAINT `key_set_idp` FOREIGN KEY (`idp_id`) REFERENCES `identity_provider` (`idp_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Key sets fetched from identity providers, shared by all workers.';

CREATE TABLE `message` (
  `tenant_id` int(10) unsigned NOT NULL,
  `conversation_id` binary(16) NOT NULL,
  `message_id` binary(16) NOT NULL,
  `user_id` binary(16) NOT NULL COMMENT 'owner of the conversation',
  `parent_id` binary(16) DEFAULT NULL COMMENT 'within the conversation; two children make a branch',
  `role` enum('system','developer','user','assistant','tool') NOT NULL,
  `content` mediumtext NOT NULL COMMENT 'plain text',
  `parts` mediumtext DEFAULT NULL COMMENT 'the whole OpenAI message object where it is more than text',
  `bytes` int(11) NOT NULL COMMENT 'of content and parts: what the history is cut by',
  `state` enum('complete','interrupted','failed') NOT NULL,
  `code` varbinary(64) NOT NULL DEFAULT '' COMMENT 'why it is not complete',
  `model` varchar(128) NOT NULL DEFAULT '',
  `turn_id` binary(16) DEFAULT NULL,
  `created_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`tenant_id`,`conversation_id`,`message_id`),
  KEY `message_conversation` (`tenant_id`,`user_id`,`conversation_id`),
  CONSTRAINT `message_conversation` FOREIGN KEY (`tenant_id`, `user_id`, `conversation_id`) REFERENCES `conversation` (`tenant_id`, `user_id`, `conversation_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='What was said; a conversation''s lie together.';

CREATE TABLE `model` (
  `tenant_id` int(10) unsigned NOT NULL,
  `name` varchar(128) NOT NULL COMMENT 'public name',
  `label` varchar(200) NOT NULL DEFAULT '',
  `fallback` varchar(128) DEFAULT NULL COMMENT 'the model that answers when no way of this one does; read with its tenant alone',
  `context_tokens` int(11) NOT NULL DEFAULT 128000,
  `output_tokens` int(11) NOT NULL DEFAULT 4096 COMMENT 'answer''s length when the request names none',
  `price_in` bigint(20) NOT NULL DEFAULT 0 COMMENT 'micro-units per million prompt tokens',
  `price_cached` bigint(20) NOT NULL DEFAULT 0 COMMENT 'the same for cached prompt tokens',
  `price_out` bigint(20) NOT NULL DEFAULT 0 COMMENT 'the same for completion tokens',
  `created_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`tenant_id`,`name`),
  CONSTRAINT `model_tenant` FOREIGN KEY (`tenant_id`) REFERENCES `tenant` (`tenant_id`),
  CONSTRAINT `model_numbers` CHECK (`context_tokens` > 0 and `output_tokens` > 0 and `price_in` >= 0 and `price_cached` >= 0 and `price_out` >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='The allow-list.';

CREATE TABLE `model_alias` (
  `tenant_id` int(10) unsigned NOT NULL,
  `alias` varchar(128) NOT NULL COMMENT 'another public name; no model of the tenant has it',
  `model` varchar(128) NOT NULL,
  PRIMARY KEY (`tenant_id`,`alias`),
  KEY `alias_model` (`tenant_id`,`model`),
  CONSTRAINT `alias_model` FOREIGN KEY (`tenant_id`, `model`) REFERENCES `model` (`tenant_id`, `name`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Other names of a model.';

CREATE TABLE `model_route` (
  `tenant_id` int(10) unsigned NOT NULL,
  `model` varchar(128) NOT NULL,
  `place` int(11) NOT NULL COMMENT 'from 0: the order in which they were named',
  `provider_id` binary(16) NOT NULL,
  `upstream_name` varchar(256) NOT NULL COMMENT 'what this provider calls the model',
  `weight` int(11) NOT NULL DEFAULT 1 COMMENT 'share of the turns; 0: only when the others have failed',
  PRIMARY KEY (`tenant_id`,`model`,`place`),
  UNIQUE KEY `one_way` (`tenant_id`,`model`,`provider_id`,`upstream_name`),
  KEY `route_provider` (`tenant_id`,`provider_id`),
  CONSTRAINT `route_model` FOREIGN KEY (`tenant_id`, `model`) REFERENCES `model` (`tenant_id`, `name`) ON DELETE CASCADE,
  CONSTRAINT `route_provider` FOREIGN KEY (`tenant_id`, `provider_id`) REFERENCES `provider` (`tenant_id`, `provider_id`),
  CONSTRAINT `route_weight` CHECK (`weight` between 0 and 1000)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Who serves a model.';

CREATE TABLE `operator` (
  `operator_id` binary(16) NOT NULL,
  `name` varbinary(63) NOT NULL,
  `issuer` varbinary(255) NOT NULL,
  `audience` varbinary(255) NOT NULL,
  `secret` varbinary(1024) NOT NULL COMMENT 'sealed HS256 secret, under the house''s data key',
  PRIMARY KEY (`operator_id`),
  UNIQUE KEY `one_name` (`name`),
  UNIQUE KEY `one_issuer` (`issuer`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Who may vouch for head office.';

CREATE TABLE `provider` (
  `tenant_id` int(10) unsigned NOT NULL,
  `provider_id` binary(16) NOT NULL,
  `name` varchar(63) NOT NULL,
  `kind` varbinary(32) NOT NULL COMMENT 'as gateway/registry names it: openai, compatible',
  `base_url` varbinary(512) NOT NULL,
  `api_key` varbinary(8192) DEFAULT NULL COMMENT 'sealed',
  `key_last4` varbinary(4) NOT NULL DEFAULT '',
  `options` varchar(4096) NOT NULL DEFAULT '{}' COMMENT 'JSON: API version, deadlines and the like',
  PRIMARY KEY (`tenant_id`,`provider_id`),
  UNIQUE KEY `one_name` (`tenant_id`,`name`),
  CONSTRAINT `provider_tenant` FOREIGN KEY (`tenant_id`) REFERENCES `tenant` (`tenant_id`),
  CONSTRAINT `provider_options` CHECK (json_valid(`options`))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Where a tenant''s models are served.';

CREATE TABLE `response` (
  `tenant_id` int(10) unsigned NOT NULL,
  `turn_id` binary(16) NOT NULL,
  `user_id` binary(16) NOT NULL COMMENT 'owner of the conversation',
  `conversation_id` binary(16) NOT NULL,
  `after_id` binary(16) DEFAULT NULL COMMENT 'the message that its input hangs on; NULL: its input is the beginning',
  `settings` mediumtext NOT NULL COMMENT 'JSON: the request without its input',
  PRIMARY KEY (`tenant_id`,`turn_id`),
  KEY `response_conversation` (`tenant_id`,`user_id`,`conversation_id`),
  CONSTRAINT `response_conversation` FOREIGN KEY (`tenant_id`, `user_id`, `conversation_id`) REFERENCES `conversation` (`tenant_id`, `user_id`, `conversation_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='What a client can come back to by its response''s id.';

CREATE TABLE `schema_migration` (
  `number` int(11) NOT NULL,
  `name` varbinary(255) NOT NULL COMMENT 'of the file',
  `checksum` binary(32) NOT NULL COMMENT 'SHA-256 of the file',
  `began_ms` bigint(20) NOT NULL,
  `finished_ms` bigint(20) DEFAULT NULL COMMENT 'NULL: broke off',
  PRIMARY KEY (`number`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Which schema files this database has.';

CREATE TABLE `setting` (
  `tenant_id` int(10) unsigned NOT NULL,
  `brand_color` char(7) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '#444444',
  `logo_type` varbinary(32) NOT NULL DEFAULT '' COMMENT 'image/png, image/jpeg or image/webp',
  `logo` mediumblob DEFAULT NULL COMMENT 'at most 64 KiB',
  `welcome` varchar(2000) NOT NULL DEFAULT '',
  `default_model` varchar(128) NOT NULL DEFAULT '',
  `locale` varbinary(35) NOT NULL DEFAULT 'en',
  `disconnect` varbinary(16) NOT NULL DEFAULT 'drain:20' COMMENT 'drain, cancel or drain:<seconds>',
  `currency` char(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'USD',
  `monthly_budget` bigint(20) DEFAULT NULL COMMENT 'micro-units of currency; NULL: no cap',
  `stream_limit` int(11) NOT NULL DEFAULT 0 COMMENT 'live streams per worker for this tenant; 0: two fifths of the worker''s',
  PRIMARY KEY (`tenant_id`),
  CONSTRAINT `setting_tenant` FOREIGN KEY (`tenant_id`) REFERENCES `tenant` (`tenant_id`),
  CONSTRAINT `color_form` CHECK (`brand_color` regexp '^#[0-9A-Fa-f]{6}$' and char_length(`brand_color`) = 7),
  CONSTRAINT `budget_sign` CHECK (`monthly_budget` >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='How a tenant looks and behaves.';

CREATE TABLE `tenant` (
  `tenant_id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `slug` varbinary(63) NOT NULL COMMENT 'the name that people and tokens use; compared as bytes',
  `name` varchar(200) NOT NULL,
  `status` enum('active','suspended','erasing') NOT NULL DEFAULT 'active',
  `placement` int(10) unsigned NOT NULL DEFAULT 0 COMMENT 'which database holds its rows; 0 is this one',
  `generation` bigint(20) NOT NULL DEFAULT 1 COMMENT 'raised by every change; workers compare it',
  `created_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`tenant_id`),
  UNIQUE KEY `slug` (`slug`),
  CONSTRAINT `slug_form` CHECK (`slug` regexp '^[a-z0-9]' and !(`slug` regexp '[^a-z0-9_-]'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='One row per tenant.';

CREATE TABLE `turn` (
  `tenant_id` int(10) unsigned NOT NULL,
  `turn_id` binary(16) NOT NULL,
  `user_id` binary(16) NOT NULL,
  `conversation_id` binary(16) DEFAULT NULL COMMENT 'no foreign key: the ledger outlives the conversation',
  `parent_id` binary(16) DEFAULT NULL COMMENT 'the message that is answered',
  `answer_id` binary(16) DEFAULT NULL COMMENT 'the message that will hold the answer',
  `model` varchar(128) NOT NULL,
  `provider_id` binary(16) NOT NULL,
  `state` enum('open','settled') NOT NULL,
  `period` int(11) NOT NULL COMMENT 'yyyymm whose budget holds and pays',
  `hold` bigint(20) NOT NULL COMMENT 'micro-units held at admission',
  `tokens_in` bigint(20) NOT NULL DEFAULT 0,
  `tokens_cached` bigint(20) NOT NULL DEFAULT 0 COMMENT 'of tokens_in',
  `tokens_out` bigint(20) NOT NULL DEFAULT 0,
  `tokens_reasoning` bigint(20) NOT NULL DEFAULT 0 COMMENT 'of tokens_out',
  `cost` bigint(20) NOT NULL DEFAULT 0 COMMENT 'micro-units',
  `usage_source` enum('provider','counted','estimated') DEFAULT NULL COMMENT 'how the tokens are known',
  `outcome` enum('complete','interrupted','failed') DEFAULT NULL,
  `code` varbinary(64) NOT NULL DEFAULT '' COMMENT 'why it is not complete',
  `attempts` text DEFAULT NULL COMMENT 'JSON: model, provider, code and ms of each, the last one answered; NULL: open, or settled before there was this column',
  `started_ms` bigint(20) NOT NULL,
  `deadline_ms` bigint(20) NOT NULL COMMENT 'an open turn past it has lost its machine',
  `first_ms` bigint(20) DEFAULT NULL COMMENT 'from start to the first event',
  `total_ms` bigint(20) DEFAULT NULL,
  `scope` varbinary(64) NOT NULL COMMENT 'the sealed scope it was admitted under, for recovery',
  PRIMARY KEY (`tenant_id`,`turn_id`),
  KEY `overdue` (`state`,`deadline_ms`),
  KEY `turn_user` (`tenant_id`,`user_id`),
  CONSTRAINT `turn_user` FOREIGN KEY (`tenant_id`, `user_id`) REFERENCES `user` (`tenant_id`, `user_id`),
  CONSTRAINT `turn_numbers` CHECK (`hold` >= 0 and `cost` >= 0 and `tokens_in` >= 0 and `tokens_out` >= 0),
  CONSTRAINT `turn_attempts` CHECK (json_valid(`attempts`))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='The ledger: one row a turn, opened before the first upstream byte, settled once.';

CREATE TABLE `usage_hour` (
  `tenant_id` int(10) unsigned NOT NULL,
  `hour` int(11) NOT NULL COMMENT 'hours since 1970, UTC',
  `model` varchar(128) NOT NULL,
  `calls` bigint(20) NOT NULL DEFAULT 0,
  `errors` bigint(20) NOT NULL DEFAULT 0 COMMENT 'of calls: outcome failed',
  `tokens_in` bigint(20) NOT NULL DEFAULT 0,
  `tokens_out` bigint(20) NOT NULL DEFAULT 0,
  `cost` bigint(20) NOT NULL DEFAULT 0,
  `first_ms` bigint(20) NOT NULL DEFAULT 0 COMMENT 'sum',
  `total_ms` bigint(20) NOT NULL DEFAULT 0 COMMENT 'sum',
  PRIMARY KEY (`tenant_id`,`hour`,`model`),
  CONSTRAINT `usage_tenant` FOREIGN KEY (`tenant_id`) REFERENCES `tenant` (`tenant_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='What head office may see.';

CREATE TABLE `user` (
  `tenant_id` int(10) unsigned NOT NULL,
  `user_id` binary(16) NOT NULL COMMENT 'derived from issuer and subject',
  `issuer` varbinary(255) NOT NULL,
  `subject` varbinary(255) NOT NULL,
  `name` varchar(200) NOT NULL DEFAULT '',
  `email` varchar(320) NOT NULL DEFAULT '',
  `role` enum('member','admin') NOT NULL,
  `status` enum('active','suspended') NOT NULL DEFAULT 'active',
  `created_ms` bigint(20) NOT NULL,
  `seen_ms` bigint(20) NOT NULL COMMENT 'last request, to the hour',
  PRIMARY KEY (`tenant_id`,`user_id`),
  UNIQUE KEY `one_subject` (`tenant_id`,`issuer`,`subject`),
  CONSTRAINT `user_tenant` FOREIGN KEY (`tenant_id`) REFERENCES `tenant` (`tenant_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='People, made at their first request.';
