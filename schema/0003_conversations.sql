-- People and what they say. Content: the operator's account has no right on these tables.

CREATE TABLE user (
    tenant_id   INT UNSIGNED NOT NULL,
    user_id     BINARY(16) NOT NULL COMMENT 'derived from issuer and subject',
    issuer      VARBINARY(255) NOT NULL,
    subject     VARBINARY(255) NOT NULL,
    name        VARCHAR(200) NOT NULL DEFAULT '',
    email       VARCHAR(320) NOT NULL DEFAULT '',
    role        ENUM('member','admin') NOT NULL,
    status      ENUM('active','suspended') NOT NULL DEFAULT 'active',
    created_ms  BIGINT NOT NULL,
    seen_ms     BIGINT NOT NULL COMMENT 'last request, to the hour',
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE KEY one_subject (tenant_id, issuer, subject),
    CONSTRAINT user_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='People, made at their first request.';

CREATE TABLE conversation (
    tenant_id       INT UNSIGNED NOT NULL,
    conversation_id BINARY(16) NOT NULL,
    user_id         BINARY(16) NOT NULL COMMENT 'owner',
    title           VARCHAR(200) NOT NULL DEFAULT '',
    model           VARCHAR(128) NOT NULL DEFAULT '' COMMENT 'last used',
    leaf_id         BINARY(16) DEFAULT NULL COMMENT 'newest message: where the next turn goes on',
    touched         BINARY(16) NOT NULL COMMENT 'UUIDv7 of the last activity: lists sort by it',
    pinned          TINYINT NOT NULL DEFAULT 0,
    archived        TINYINT NOT NULL DEFAULT 0,
    version         INT NOT NULL DEFAULT 1 COMMENT 'raised by every change: the ETag',
    created_ms      BIGINT NOT NULL,
    updated_ms      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id),
    UNIQUE KEY owned (tenant_id, user_id, conversation_id),
    KEY newest (tenant_id, user_id, archived, touched),
    CONSTRAINT conversation_user FOREIGN KEY (tenant_id, user_id) REFERENCES user (tenant_id, user_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='A tree of messages and its owner.';

CREATE TABLE message (
    tenant_id       INT UNSIGNED NOT NULL,
    conversation_id BINARY(16) NOT NULL,
    message_id      BINARY(16) NOT NULL,
    user_id         BINARY(16) NOT NULL COMMENT 'owner of the conversation',
    parent_id       BINARY(16) DEFAULT NULL COMMENT 'within the conversation; two children make a branch',
    role            ENUM('system','developer','user','assistant','tool') NOT NULL,
    content         MEDIUMTEXT NOT NULL COMMENT 'plain text',
    parts           MEDIUMTEXT DEFAULT NULL COMMENT 'the whole OpenAI message object where it is more than text',
    bytes           INT NOT NULL COMMENT 'of content and parts: what the history is cut by',
    state           ENUM('complete','interrupted','failed') NOT NULL,
    code            VARBINARY(64) NOT NULL DEFAULT '' COMMENT 'why it is not complete',
    model           VARCHAR(128) NOT NULL DEFAULT '',
    turn_id         BINARY(16) DEFAULT NULL,
    created_ms      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, message_id),
    CONSTRAINT message_conversation FOREIGN KEY (tenant_id, user_id, conversation_id)
        REFERENCES conversation (tenant_id, user_id, conversation_id) ON DELETE CASCADE
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='What was said; a conversation''s lie together.';
