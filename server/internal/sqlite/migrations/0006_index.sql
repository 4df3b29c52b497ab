-- The posts of before 0005 are put into the search by the program, as only it
-- knows what a word is: in small slices, the newest first, while it serves. Those
-- with an id up to up_to are still to be looked at. The row goes when all are in.
CREATE TABLE unindexed (
	up_to BLOB NOT NULL PRIMARY KEY CHECK (length(up_to) = 16)
) STRICT, WITHOUT ROWID;

INSERT INTO unindexed (up_to) SELECT id FROM posts ORDER BY id DESC LIMIT 1;
