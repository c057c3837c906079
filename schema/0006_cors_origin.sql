-- Web pages of other origins that may read a tenant's answers.

CREATE TABLE cors_origin (
    tenant_id INT UNSIGNED NOT NULL,
    origin    VARBINARY(255) NOT NULL COMMENT 'scheme://host[:port], byte for byte as browsers send it',
    PRIMARY KEY (tenant_id, origin),
    KEY of_any (origin),
    CONSTRAINT cors_origin_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Whose web pages a tenant''s answers are for.';
