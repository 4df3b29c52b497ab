-- Replies, reposts, likes, hidden posts, search, and handles of before.

-- A repost has the id of its original in repost_of and no message. The counters
-- are kept with the row. hidden is 1 when a moderator hid the post. place is
-- where a post or reply stands in the search: its milliseconds since 1970 times
-- 32768, and a number of its own; NULL is not in it, as reposts and the posts of
-- before this migration.
ALTER TABLE posts ADD COLUMN repost_of BLOB CHECK (length(repost_of) = 16);
ALTER TABLE posts ADD COLUMN likes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN replies INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN reposts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1));
ALTER TABLE posts ADD COLUMN place INTEGER;

-- What has expired, is hidden, or is not for the reader, is skipped without
-- reading the row.
DROP INDEX posts_home;
CREATE INDEX posts_home ON posts (id, expires, audience, hidden) WHERE parent IS NULL;
CREATE INDEX posts_author ON posts (author, id, expires, audience, hidden) WHERE parent IS NULL;
CREATE INDEX posts_parent ON posts (parent, id, expires, audience, hidden) WHERE parent IS NOT NULL;
CREATE UNIQUE INDEX posts_repost ON posts (repost_of, author) WHERE repost_of IS NOT NULL;
CREATE UNIQUE INDEX posts_place ON posts (place) WHERE place IS NOT NULL;

-- The words of posts and replies, by place. The program cuts texts into words
-- of letters, digits and symbols; between ASCII words this tokenizer only splits
-- at the spaces. There are no positions and no texts: a query is a set of words.
CREATE VIRTUAL TABLE post_words USING fts5(words, content='', contentless_delete=1, detail=none, tokenize='ascii');

CREATE TABLE likes (
	sub  TEXT NOT NULL,
	post BLOB NOT NULL CHECK (length(post) = 16),
	PRIMARY KEY (sub, post)
) STRICT, WITHOUT ROWID;

-- To clear the likes of a post that is gone.
CREATE INDEX likes_post ON likes (post);

-- Posts that were removed while likes, replies or reposts of them were left.
CREATE TABLE gone_posts (
	id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16)
) STRICT, WITHOUT ROWID;

-- What a repeat of a removed post is answered with, beside what is in it.
ALTER TABLE spent_posts ADD COLUMN audience TEXT;
ALTER TABLE spent_posts ADD COLUMN expires INTEGER;

-- Every handle that a sub has or had, for ever its own.
CREATE TABLE handles (
	handle TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
	sub    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX handles_sub ON handles (sub);
INSERT INTO handles (handle, sub) SELECT handle, sub FROM profiles;
