-- How often something was tried. key is a keyed hash of the rule and of whom it
-- is counted for, so no address is in here. Times are microseconds since 1970 in
-- UTC.
CREATE TABLE limits (
	key     BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
	count   INTEGER NOT NULL,
	until   INTEGER NOT NULL, -- when the count starts again
	blocked INTEGER           -- until when everything is refused; NULL is not at all
) STRICT, WITHOUT ROWID;

CREATE INDEX limits_until ON limits (until);
