-- Each request that was made of a provider for a turn; the turn's model and provider are those that answered.

ALTER TABLE turn
    ADD COLUMN attempts TEXT DEFAULT NULL COMMENT 'JSON: model, provider, code and ms of each, the last one answered; NULL: open, or settled before there was this column' AFTER code,
    ADD CONSTRAINT turn_attempts CHECK (JSON_VALID(attempts));
