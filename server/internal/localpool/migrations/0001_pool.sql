-- The embedded user pool. Times are microseconds since 1970 in UTC.

CREATE TABLE pool (
	id      TEXT    NOT NULL PRIMARY KEY, -- us-east-1_AbCdEfGhI
	name    TEXT    NOT NULL,
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE client (
	id              TEXT    NOT NULL PRIMARY KEY,
	pool            TEXT    NOT NULL REFERENCES pool (id) ON DELETE CASCADE,
	name            TEXT    NOT NULL,
	flows           TEXT    NOT NULL, -- ALLOW_…, separated by spaces
	access_seconds  INTEGER NOT NULL,
	id_seconds      INTEGER NOT NULL,
	refresh_seconds INTEGER NOT NULL,
	rotate          INTEGER NOT NULL,
	grace_seconds   INTEGER NOT NULL,
	legacy_errors   INTEGER NOT NULL, -- PreventUserExistenceErrors=LEGACY
	created         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Secrets are HMAC keys, so they are kept as they are. A client may have two.
CREATE TABLE client_secret (
	client  TEXT    NOT NULL REFERENCES client (id) ON DELETE CASCADE,
	secret  TEXT    NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (client, secret)
) STRICT, WITHOUT ROWID;

-- The pool and client that the server itself uses: one row.
CREATE TABLE own (
	only   INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
	pool   TEXT    NOT NULL REFERENCES pool (id),
	client TEXT    NOT NULL REFERENCES client (id)
) STRICT;

CREATE TABLE user (
	pool     TEXT    NOT NULL REFERENCES pool (id) ON DELETE CASCADE,
	sub      TEXT    NOT NULL, -- the canonical username too
	email    TEXT    NOT NULL, -- in lower case: the sign-in name
	password TEXT    NOT NULL, -- argon2id in PHC format
	status   TEXT    NOT NULL CHECK (status IN ('UNCONFIRMED', 'CONFIRMED')),
	enabled  INTEGER NOT NULL,
	created  INTEGER NOT NULL,
	modified INTEGER NOT NULL,
	PRIMARY KEY (pool, sub),
	UNIQUE (pool, email)
) STRICT, WITHOUT ROWID;

CREATE TABLE attribute (
	pool  TEXT NOT NULL,
	sub   TEXT NOT NULL,
	name  TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (pool, sub, name),
	FOREIGN KEY (pool, sub) REFERENCES user (pool, sub) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE user_group (
	pool    TEXT    NOT NULL REFERENCES pool (id) ON DELETE CASCADE,
	name    TEXT    NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (pool, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
	pool       TEXT NOT NULL,
	sub        TEXT NOT NULL,
	group_name TEXT NOT NULL,
	PRIMARY KEY (pool, sub, group_name),
	FOREIGN KEY (pool, sub) REFERENCES user (pool, sub) ON DELETE CASCADE,
	FOREIGN KEY (pool, group_name) REFERENCES user_group (pool, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX member_by_group ON member (pool, group_name);

-- One row is one sign-in: the refresh token, those it was rotated into, and the
-- access tokens of all of them share the origin.
CREATE TABLE sign_in (
	origin    TEXT    NOT NULL PRIMARY KEY, -- origin_jti
	pool      TEXT    NOT NULL,
	sub       TEXT    NOT NULL,
	client    TEXT    NOT NULL REFERENCES client (id) ON DELETE CASCADE,
	auth_time INTEGER NOT NULL,
	expires   INTEGER NOT NULL,
	revoked   INTEGER, -- NULL: in force
	FOREIGN KEY (pool, sub) REFERENCES user (pool, sub) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_by_user ON sign_in (pool, sub);
CREATE INDEX sign_in_by_client ON sign_in (client);
CREATE INDEX sign_in_by_expiry ON sign_in (expires);

CREATE TABLE refresh_token (
	hash     BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the token
	origin   TEXT    NOT NULL REFERENCES sign_in (origin) ON DELETE CASCADE,
	replaced INTEGER -- when it was first rotated; NULL: it was not
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_by_origin ON refresh_token (origin);

-- The next three have rows for names without a user too, so that both are
-- answered alike: hence no reference to user.

CREATE TABLE code (
	pool     TEXT    NOT NULL,
	sub      TEXT    NOT NULL,
	purpose  TEXT    NOT NULL CHECK (purpose IN ('confirm', 'recover')),
	hash     BLOB    NOT NULL, -- HMAC-SHA256 of the code
	expires  INTEGER NOT NULL,
	failures INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (pool, sub, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX code_by_expiry ON code (expires);

CREATE TABLE lockout (
	pool     TEXT    NOT NULL,
	sub      TEXT    NOT NULL,
	failures INTEGER NOT NULL,
	until    INTEGER NOT NULL, -- locked before this; when it failed last, if never locked
	PRIMARY KEY (pool, sub)
) STRICT, WITHOUT ROWID;
CREATE INDEX lockout_by_time ON lockout (until);

CREATE TABLE quota (
	pool   TEXT    NOT NULL,
	sub    TEXT    NOT NULL,
	action TEXT    NOT NULL,
	since  INTEGER NOT NULL,
	count  INTEGER NOT NULL,
	PRIMARY KEY (pool, sub, action)
) STRICT, WITHOUT ROWID;
CREATE INDEX quota_by_time ON quota (since);

-- The development inbox: the only place where codes stand in plain.
CREATE TABLE mail (
	id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recipient TEXT    NOT NULL,
	kind      TEXT    NOT NULL,
	code      TEXT    NOT NULL,
	sent      INTEGER NOT NULL,
	expires   INTEGER NOT NULL
) STRICT;
