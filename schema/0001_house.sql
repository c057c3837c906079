-- The house: who the tenants are. Read by workers only through platform/, written by insulactl.

CREATE TABLE tenant (
    tenant_id   INT UNSIGNED NOT NULL AUTO_INCREMENT,
    slug        VARBINARY(63) NOT NULL COMMENT 'the name that people and tokens use; compared as bytes',
    name        VARCHAR(200) NOT NULL,
    status      ENUM('active','suspended','erasing') NOT NULL DEFAULT 'active',
    placement   INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'which database holds its rows; 0 is this one',
    generation  BIGINT NOT NULL DEFAULT 1 COMMENT 'raised by every change; workers compare it',
    created_ms  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id),
    UNIQUE KEY slug (slug),
    CONSTRAINT slug_form CHECK (slug REGEXP '^[a-z0-9]' AND slug NOT REGEXP '[^a-z0-9_-]')
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='One row per tenant.';

CREATE TABLE identity_provider (
    idp_id        BINARY(16) NOT NULL,
    tenant_id     INT UNSIGNED NOT NULL,
    name          VARBINARY(63) NOT NULL COMMENT 'as insulactl calls it; unique within the tenant',
    issuer        VARBINARY(255) NOT NULL COMMENT 'the iss claim, byte for byte',
    audience      VARBINARY(255) NOT NULL COMMENT 'must be the aud claim or among it',
    algorithms    VARBINARY(64) NOT NULL COMMENT 'allowed, blank-separated: RS256 ES256',
    secret        VARBINARY(1024) DEFAULT NULL COMMENT 'sealed HS256 secret; else a key set',
    key_set_url   VARBINARY(512) DEFAULT NULL,
    key_set_file  VARBINARY(512) DEFAULT NULL,
    tenant_claim  VARBINARY(63) NOT NULL DEFAULT '' COMMENT 'claim that names the tenant; empty: the issuer serves one',
    tenant_value  VARBINARY(255) NOT NULL DEFAULT '' COMMENT 'what that claim must be',
    subject_claim VARBINARY(63) NOT NULL DEFAULT 'sub',
    role_claim    VARBINARY(63) NOT NULL DEFAULT 'role',
    admin_value   VARBINARY(255) NOT NULL DEFAULT 'admin' COMMENT 'role_claim is or holds this: admin, else member',
    PRIMARY KEY (idp_id),
    UNIQUE KEY one_name (tenant_id, name),
    UNIQUE KEY one_meaning (issuer, tenant_claim, tenant_value, audience),
    CONSTRAINT idp_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id),
    CONSTRAINT one_key_source CHECK ((secret IS NOT NULL) + (key_set_url IS NOT NULL) + (key_set_file IS NOT NULL) = 1)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Who may vouch for a tenant''s people, and how their tokens are read.';

CREATE TABLE operator (
    operator_id BINARY(16) NOT NULL,
    name        VARBINARY(63) NOT NULL,
    issuer      VARBINARY(255) NOT NULL,
    audience    VARBINARY(255) NOT NULL,
    secret      VARBINARY(1024) NOT NULL COMMENT 'sealed HS256 secret, under the house''s data key',
    PRIMARY KEY (operator_id),
    UNIQUE KEY one_name (name),
    UNIQUE KEY one_issuer (issuer)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Who may vouch for head office.';

CREATE TABLE key_set (
    idp_id       BINARY(16) NOT NULL,
    document     MEDIUMTEXT DEFAULT NULL COMMENT 'last good key set',
    fetched_ms   BIGINT NOT NULL DEFAULT 0 COMMENT 'when document came',
    attempted_ms BIGINT NOT NULL DEFAULT 0 COMMENT 'when anybody last tried: one fetcher per issuer over all workers',
    PRIMARY KEY (idp_id),
    CONSTRAINT key_set_idp FOREIGN KEY (idp_id) REFERENCES identity_provider (idp_id) ON DELETE CASCADE
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Key sets fetched from identity providers, shared by all workers.';

CREATE TABLE data_key (
    tenant_id INT UNSIGNED NOT NULL COMMENT '0 is the house itself',
    wrapped   VARBINARY(128) NOT NULL COMMENT 'under a key-encryption key; destroying it makes the tenant''s secrets unreadable',
    PRIMARY KEY (tenant_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Each tenant''s data key, wrapped.';
