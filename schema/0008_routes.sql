-- Several ways to one model, other names for it, and the model that answers when all of its ways have failed.

CREATE TABLE model_route (
    tenant_id INT UNSIGNED NOT NULL,
    model VARCHAR(128) NOT NULL,
    place INT NOT NULL COMMENT 'from 0: the order in which they were named',
    provider_id BINARY(16) NOT NULL,
    upstream_name VARCHAR(256) NOT NULL COMMENT 'what this provider calls the model',
    weight INT NOT NULL DEFAULT 1 COMMENT 'share of the turns; 0: only when the others have failed',
    PRIMARY KEY (tenant_id, model, place),
    UNIQUE KEY one_way (tenant_id, model, provider_id, upstream_name),
    CONSTRAINT route_model FOREIGN KEY (tenant_id, model) REFERENCES model (tenant_id, name) ON DELETE CASCADE,
    CONSTRAINT route_provider FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, provider_id),
    CONSTRAINT route_weight CHECK (weight BETWEEN 0 AND 1000)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Who serves a model.';

INSERT INTO model_route (tenant_id, model, place, provider_id, upstream_name)
    SELECT tenant_id, name, 0, provider_id, upstream_name FROM model;

CREATE TABLE model_alias (
    tenant_id INT UNSIGNED NOT NULL,
    alias VARCHAR(128) NOT NULL COMMENT 'another public name; no model of the tenant has it',
    model VARCHAR(128) NOT NULL,
    PRIMARY KEY (tenant_id, alias),
    CONSTRAINT alias_model FOREIGN KEY (tenant_id, model) REFERENCES model (tenant_id, name) ON DELETE CASCADE
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Other names of a model.';

ALTER TABLE model
    DROP FOREIGN KEY model_provider,
    DROP KEY model_provider,
    DROP COLUMN provider_id,
    DROP COLUMN upstream_name,
    ADD COLUMN fallback VARCHAR(128) DEFAULT NULL COMMENT 'the model that answers when no way of this one does; read with its tenant alone' AFTER label,
    ADD CONSTRAINT model_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id);
