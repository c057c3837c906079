-- Responses that OpenAI's clients keep: a turn with the settings that it was asked with.

CREATE TABLE response (
    tenant_id       INT UNSIGNED NOT NULL,
    turn_id         BINARY(16) NOT NULL,
    user_id         BINARY(16) NOT NULL COMMENT 'owner of the conversation',
    conversation_id BINARY(16) NOT NULL,
    after_id        BINARY(16) DEFAULT NULL COMMENT 'the message that its input hangs on; NULL: its input is the beginning',
    settings        MEDIUMTEXT NOT NULL COMMENT 'JSON: the request without its input',
    PRIMARY KEY (tenant_id, turn_id),
    CONSTRAINT response_conversation FOREIGN KEY (tenant_id, user_id, conversation_id)
        REFERENCES conversation (tenant_id, user_id, conversation_id) ON DELETE CASCADE
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='What a client can come back to by its response''s id.';
