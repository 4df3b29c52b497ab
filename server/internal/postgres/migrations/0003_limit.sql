-- How often something was tried. key is a keyed hash of the rule and of whom it
-- is counted for, so no address is in here.
CREATE TABLE limits (
	key     bytea       NOT NULL PRIMARY KEY CHECK (octet_length(key) = 32),
	count   bigint      NOT NULL,
	until   timestamptz NOT NULL, -- when the count starts again
	blocked timestamptz           -- until when everything is refused; NULL is not at all
);

CREATE INDEX limits_until ON limits (until);
