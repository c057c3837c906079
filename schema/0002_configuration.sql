-- A tenant's configuration. Workers read it; insulactl writes it and raises tenant.generation.

CREATE TABLE setting (
    tenant_id      INT UNSIGNED NOT NULL,
    brand_color    CHAR(7) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '#444444',
    logo_type      VARBINARY(32) NOT NULL DEFAULT '' COMMENT 'image/png, image/jpeg or image/webp',
    logo           MEDIUMBLOB DEFAULT NULL COMMENT 'at most 64 KiB',
    welcome        VARCHAR(2000) NOT NULL DEFAULT '',
    default_model  VARCHAR(128) NOT NULL DEFAULT '',
    locale         VARBINARY(35) NOT NULL DEFAULT 'en',
    disconnect     VARBINARY(16) NOT NULL DEFAULT 'drain:20' COMMENT 'drain, cancel or drain:<seconds>',
    currency       CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'USD',
    monthly_budget BIGINT DEFAULT NULL COMMENT 'micro-units of currency; NULL: no cap',
    stream_limit   INT NOT NULL DEFAULT 0 COMMENT 'live streams per worker for this tenant; 0: two fifths of the worker''s',
    PRIMARY KEY (tenant_id),
    CONSTRAINT setting_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id),
    CONSTRAINT color_form CHECK (brand_color REGEXP '^#[0-9A-Fa-f]{6}$' AND CHAR_LENGTH(brand_color) = 7),
    CONSTRAINT budget_sign CHECK (monthly_budget >= 0)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='How a tenant looks and behaves.';

CREATE TABLE provider (
    tenant_id   INT UNSIGNED NOT NULL,
    provider_id BINARY(16) NOT NULL,
    name        VARCHAR(63) NOT NULL,
    kind        VARBINARY(32) NOT NULL COMMENT 'as gateway/registry names it: openai, compatible',
    base_url    VARBINARY(512) NOT NULL,
    api_key     VARBINARY(8192) DEFAULT NULL COMMENT 'sealed',
    key_last4   VARBINARY(4) NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, provider_id),
    UNIQUE KEY one_name (tenant_id, name),
    CONSTRAINT provider_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Where a tenant''s models are served.';

CREATE TABLE model (
    tenant_id      INT UNSIGNED NOT NULL,
    name           VARCHAR(128) NOT NULL COMMENT 'public name',
    provider_id    BINARY(16) NOT NULL,
    upstream_name  VARCHAR(256) NOT NULL,
    label          VARCHAR(200) NOT NULL DEFAULT '',
    context_tokens INT NOT NULL DEFAULT 128000,
    output_tokens  INT NOT NULL DEFAULT 4096 COMMENT 'answer''s length when the request names none',
    price_in       BIGINT NOT NULL DEFAULT 0 COMMENT 'micro-units per million prompt tokens',
    price_cached   BIGINT NOT NULL DEFAULT 0 COMMENT 'the same for cached prompt tokens',
    price_out      BIGINT NOT NULL DEFAULT 0 COMMENT 'the same for completion tokens',
    created_ms     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name),
    CONSTRAINT model_provider FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, provider_id),
    CONSTRAINT model_numbers CHECK (context_tokens > 0 AND output_tokens > 0 AND price_in >= 0 AND price_cached >= 0 AND price_out >= 0)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='The allow-list.';
