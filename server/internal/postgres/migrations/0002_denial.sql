-- What was signed out while its tokens live on (token.DenyStore). The keys are
-- bytes: whatever a token says can be asked for, also what is no text to
-- PostgreSQL.
CREATE TABLE denied_origin (
	origin_jti bytea       NOT NULL PRIMARY KEY,
	until      timestamptz NOT NULL
);

CREATE INDEX denied_origin_until ON denied_origin (until);

-- Tokens of the sub whose auth_time, in whole seconds, is not after cutoff.
CREATE TABLE revoked_sub (
	sub    bytea       NOT NULL PRIMARY KEY,
	cutoff timestamptz NOT NULL,
	until  timestamptz NOT NULL
);

CREATE INDEX revoked_sub_until ON revoked_sub (until);
