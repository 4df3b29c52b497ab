-- What was signed out while its tokens live on (token.DenyStore).
-- Times are Unix microseconds.

CREATE TABLE denied_origin (
	origin_jti TEXT NOT NULL PRIMARY KEY,
	until      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX denied_origin_until ON denied_origin (until);

-- Tokens of the sub whose auth_time, in whole seconds, is not after cutoff.
CREATE TABLE revoked_sub (
	sub    TEXT NOT NULL PRIMARY KEY,
	cutoff INTEGER NOT NULL,
	until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX revoked_sub_until ON revoked_sub (until);
