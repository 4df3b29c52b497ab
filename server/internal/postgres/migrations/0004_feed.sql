-- Posts, replies and reposts, likes, and profiles. What is compared or sorted
-- as text collates "C", whatever the database's locale.

-- id is a UUIDv7; its order is the order of time. handle and name are the
-- author's when it was written. expires is 'infinity' for never, so that one
-- comparison in the index decides.
--
-- A removed post stays as a row without its texts until forget, so that a repeat
-- of its id is known as one: ids have one index that decides, however many
-- servers insert and sweep at once. digest stands for author and content.
CREATE TABLE posts (
	id        uuid        NOT NULL PRIMARY KEY,
	author    text        NOT NULL COLLATE "C",
	handle    text        NOT NULL,
	name      text        NOT NULL,
	message   text        NOT NULL,
	audience  text        NOT NULL COLLATE "C" CHECK (audience IN ('everyone', 'members')),
	created   timestamptz NOT NULL,
	expires   timestamptz NOT NULL,
	parent    uuid,
	repost_of uuid CHECK (repost_of IS NULL OR parent IS NULL),
	likes     integer     NOT NULL DEFAULT 0,
	replies   integer     NOT NULL DEFAULT 0,
	reposts   integer     NOT NULL DEFAULT 0,
	hidden    boolean     NOT NULL DEFAULT false,
	removed   boolean     NOT NULL DEFAULT false,
	forget    timestamptz NOT NULL,
	digest    bytea       NOT NULL CHECK (octet_length(digest) = 32),
	words     tsvector, -- what the search finds it by; NULL is not at all

	-- id again, of what stands on the home page. With an order of its own the
	-- planner can't take the primary key's, which would lead it through replies
	-- and what has expired.
	home uuid GENERATED ALWAYS AS (CASE WHEN parent IS NULL AND NOT removed THEN id END) STORED
);

-- Posts and reposts, newest first, of everybody and of one author. What has
-- expired, or is not for the reader, is skipped without reading the row.
CREATE INDEX posts_home ON posts (home, expires, audience) WHERE home IS NOT NULL;
CREATE INDEX posts_author ON posts (author, home, expires, audience) WHERE home IS NOT NULL;

CREATE INDEX posts_replies ON posts (parent, id) WHERE parent IS NOT NULL AND NOT removed;

-- One person reposts a post once.
CREATE UNIQUE INDEX posts_reposts ON posts (repost_of, author) WHERE repost_of IS NOT NULL AND NOT removed;

CREATE INDEX posts_words ON posts USING gin (words) WHERE NOT removed;

-- The sweeper: what expired longest ago first, and what may be forgotten.
CREATE INDEX posts_expires ON posts (expires) WHERE expires < 'infinity' AND NOT removed;
CREATE INDEX posts_forget ON posts (forget) WHERE removed;

CREATE TABLE likes (
	post uuid NOT NULL,
	sub  text NOT NULL COLLATE "C",
	PRIMARY KEY (post, sub)
);

-- Removed posts whose likes, replies and reposts are still to be removed.
CREATE TABLE leftovers (
	post uuid NOT NULL PRIMARY KEY
);

-- A profile is who a sub is in the feed.
CREATE TABLE profiles (
	sub     text        NOT NULL COLLATE "C" PRIMARY KEY,
	handle  text        NOT NULL COLLATE "C",
	name    text        NOT NULL,
	created timestamptz NOT NULL
);

CREATE UNIQUE INDEX profiles_handle ON profiles (lower(handle));
CREATE INDEX profiles_prefix ON profiles (handle);

-- Every handle that a sub has or had, in lower case. It stays the sub's.
CREATE TABLE handles (
	handle text NOT NULL COLLATE "C" PRIMARY KEY CHECK (handle = lower(handle)),
	sub    text NOT NULL COLLATE "C" REFERENCES profiles (sub) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX handles_sub ON handles (sub);
