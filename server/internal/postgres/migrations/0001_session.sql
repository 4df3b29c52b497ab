-- Sessions and held sign-ins, as package session's Row and PendingRow describe
-- them. NULL is the zero time.
CREATE TABLE session (
	key           bytea       NOT NULL PRIMARY KEY CHECK (octet_length(key) = 32),
	id            text        NOT NULL COLLATE "C" UNIQUE,
	sub           text        NOT NULL COLLATE "C",
	tokens        bytea       NOT NULL,
	display       bytea       NOT NULL,
	device        text        NOT NULL CHECK (char_length(device) <= 256),
	created       timestamptz NOT NULL,
	seen          timestamptz NOT NULL,
	authenticated timestamptz NOT NULL,
	expires       timestamptz NOT NULL,
	lease         timestamptz,
	retry         timestamptz,
	version       bigint      NOT NULL CHECK (version > 0)
);

CREATE INDEX session_sub ON session (sub, seen DESC, id); -- the order of List
CREATE INDEX session_seen ON session (seen);
CREATE INDEX session_expires ON session (expires);

CREATE TABLE session_pending (
	key     bytea       NOT NULL PRIMARY KEY CHECK (octet_length(key) = 32),
	sealed  bytea       NOT NULL,
	expires timestamptz NOT NULL
);

CREATE INDEX session_pending_expires ON session_pending (expires);
