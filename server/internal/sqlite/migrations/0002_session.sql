-- Sessions and held sign-ins, as package session's Row and PendingRow describe
-- them. Times are microseconds since 1970, UTC; NULL is the zero time.
CREATE TABLE session (
  key           BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
  id            TEXT    NOT NULL UNIQUE,
  sub           TEXT    NOT NULL,
  tokens        BLOB    NOT NULL,
  display       BLOB    NOT NULL,
  device        TEXT    NOT NULL CHECK (length(device) <= 256),
  created       INTEGER NOT NULL,
  seen          INTEGER NOT NULL,
  authenticated INTEGER NOT NULL,
  expires       INTEGER NOT NULL,
  lease         INTEGER,
  retry         INTEGER,
  version       INTEGER NOT NULL CHECK (version > 0)
) STRICT;

CREATE INDEX session_sub ON session (sub);
CREATE INDEX session_seen ON session (seen);
CREATE INDEX session_expires ON session (expires);

CREATE TABLE session_pending (
  key     BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
  sealed  BLOB    NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

CREATE INDEX session_pending_expires ON session_pending (expires);
