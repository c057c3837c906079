-- Money. Sum of settled turns = budget.used = sum of usage_hour, always (insulactl fsck).

CREATE TABLE turn (
    tenant_id         INT UNSIGNED NOT NULL,
    turn_id           BINARY(16) NOT NULL,
    user_id           BINARY(16) NOT NULL,
    conversation_id   BINARY(16) DEFAULT NULL COMMENT 'no foreign key: the ledger outlives the conversation',
    parent_id         BINARY(16) DEFAULT NULL COMMENT 'the message that is answered',
    answer_id         BINARY(16) DEFAULT NULL COMMENT 'the message that will hold the answer',
    model             VARCHAR(128) NOT NULL,
    provider_id       BINARY(16) NOT NULL,
    state             ENUM('open','settled') NOT NULL,
    period            INT NOT NULL COMMENT 'yyyymm whose budget holds and pays',
    hold              BIGINT NOT NULL COMMENT 'micro-units held at admission',
    tokens_in         BIGINT NOT NULL DEFAULT 0,
    tokens_cached     BIGINT NOT NULL DEFAULT 0 COMMENT 'of tokens_in',
    tokens_out        BIGINT NOT NULL DEFAULT 0,
    tokens_reasoning  BIGINT NOT NULL DEFAULT 0 COMMENT 'of tokens_out',
    cost              BIGINT NOT NULL DEFAULT 0 COMMENT 'micro-units',
    usage_source      ENUM('provider','counted','estimated') DEFAULT NULL COMMENT 'how the tokens are known',
    outcome           ENUM('complete','interrupted','failed') DEFAULT NULL,
    code              VARBINARY(64) NOT NULL DEFAULT '' COMMENT 'why it is not complete',
    started_ms        BIGINT NOT NULL,
    deadline_ms       BIGINT NOT NULL COMMENT 'an open turn past it has lost its machine',
    first_ms          BIGINT DEFAULT NULL COMMENT 'from start to the first event',
    total_ms          BIGINT DEFAULT NULL,
    scope             VARBINARY(64) NOT NULL COMMENT 'the sealed scope it was admitted under, for recovery',
    PRIMARY KEY (tenant_id, turn_id),
    KEY overdue (state, deadline_ms),
    CONSTRAINT turn_user FOREIGN KEY (tenant_id, user_id) REFERENCES user (tenant_id, user_id),
    CONSTRAINT turn_numbers CHECK (hold >= 0 AND cost >= 0 AND tokens_in >= 0 AND tokens_out >= 0)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='The ledger: one row a turn, opened before the first upstream byte, settled once.';

CREATE TABLE budget (
    tenant_id INT UNSIGNED NOT NULL,
    period    INT NOT NULL COMMENT 'yyyymm, UTC',
    cap       BIGINT NOT NULL COMMENT 'micro-units; 4e18: none',
    used      BIGINT NOT NULL DEFAULT 0,
    held      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, period),
    CONSTRAINT budget_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id),
    CONSTRAINT budget_numbers CHECK (cap >= 0 AND used >= 0 AND held >= 0)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='What a tenant may spend in a month, has spent, and holds for open turns.';

CREATE TABLE usage_hour (
    tenant_id  INT UNSIGNED NOT NULL,
    hour       INT NOT NULL COMMENT 'hours since 1970, UTC',
    model      VARCHAR(128) NOT NULL,
    calls      BIGINT NOT NULL DEFAULT 0,
    errors     BIGINT NOT NULL DEFAULT 0 COMMENT 'of calls: outcome failed',
    tokens_in  BIGINT NOT NULL DEFAULT 0,
    tokens_out BIGINT NOT NULL DEFAULT 0,
    cost       BIGINT NOT NULL DEFAULT 0,
    first_ms   BIGINT NOT NULL DEFAULT 0 COMMENT 'sum',
    total_ms   BIGINT NOT NULL DEFAULT 0 COMMENT 'sum',
    PRIMARY KEY (tenant_id, hour, model),
    CONSTRAINT usage_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='What head office may see.';

CREATE TABLE active_user (
    tenant_id INT UNSIGNED NOT NULL,
    day       INT NOT NULL COMMENT 'days since 1970, UTC',
    user_id   BINARY(16) NOT NULL,
    PRIMARY KEY (tenant_id, day, user_id),
    CONSTRAINT active_user_user FOREIGN KEY (tenant_id, user_id) REFERENCES user (tenant_id, user_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Daily active users.';

CREATE TABLE idempotency (
    tenant_id  INT UNSIGNED NOT NULL,
    user_id    BINARY(16) NOT NULL,
    name       VARBINARY(255) NOT NULL COMMENT 'the Idempotency-Key',
    body       BINARY(32) NOT NULL COMMENT 'SHA-256 of route and body',
    turn_id    BINARY(16) NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, name),
    KEY expired (expires_ms),
    CONSTRAINT idempotency_user FOREIGN KEY (tenant_id, user_id) REFERENCES user (tenant_id, user_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Which turn a retry belongs to.';
