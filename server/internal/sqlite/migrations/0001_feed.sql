-- Posts and profiles. Times are microseconds since 1970 in UTC.

-- A profile is who a sub is in the feed. Its handle is unique without regard
-- to case, and stays with the sub.
CREATE TABLE profiles (
	sub     TEXT    NOT NULL PRIMARY KEY,
	handle  TEXT    NOT NULL COLLATE NOCASE UNIQUE,
	name    TEXT    NOT NULL,
	created INTEGER NOT NULL
) STRICT;

-- id is a UUIDv7; its order is the order of time. handle and name are the
-- author's when the post was written. expires is NULL for never, parent is NULL
-- unless the post is a reply.
CREATE TABLE posts (
	id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
	author   TEXT    NOT NULL,
	handle   TEXT    NOT NULL,
	name     TEXT    NOT NULL,
	message  TEXT    NOT NULL,
	audience TEXT    NOT NULL CHECK (audience IN ('everyone', 'members')),
	created  INTEGER NOT NULL,
	expires  INTEGER,
	parent   BLOB    CHECK (length(parent) = 16)
) STRICT;

-- The home page, newest first. What has expired, or is not for the reader, is
-- skipped without reading the row.
CREATE INDEX posts_home ON posts (id, expires, audience) WHERE parent IS NULL;

-- The sweeper: what expired longest ago first.
CREATE INDEX posts_expires ON posts (expires) WHERE expires IS NOT NULL;

-- The ids of posts that were removed, so that a repeat is known as one. digest
-- stands for author and content; until is when the id is too old to be repeated.
CREATE TABLE spent_posts (
	id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
	digest  BLOB    NOT NULL CHECK (length(digest) = 32),
	created INTEGER NOT NULL,
	until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX spent_posts_until ON spent_posts (until);
