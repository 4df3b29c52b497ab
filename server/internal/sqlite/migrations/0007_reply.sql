-- Replies that are not for all readers of their post, or not for as long.

-- How many of the replies of a post for everyone are for members; 0 of a post
-- for members. There is none yet.
ALTER TABLE posts ADD COLUMN member_replies INTEGER NOT NULL DEFAULT 0;

-- What the author of a reply asked for, by which a repeat is known: what it got
-- depends on the post above. NULL is nothing, as in replies of before this
-- migration; the other columns tell of posts.
ALTER TABLE posts ADD COLUMN digest BLOB CHECK (length(digest) = 32);
