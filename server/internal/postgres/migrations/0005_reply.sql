-- How many of the replies of a post for everyone are for members; 0 of a post
-- for members. There is none yet.
ALTER TABLE posts ADD COLUMN member_replies integer NOT NULL DEFAULT 0;
