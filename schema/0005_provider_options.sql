-- What a provider needs beside kind, address and key; gateway/options.h says what there is.

ALTER TABLE provider
    ADD COLUMN options VARCHAR(4096) NOT NULL DEFAULT '{}' COMMENT 'JSON: API version, deadlines and the like',
    ADD CONSTRAINT provider_options CHECK (JSON_VALID(options));
