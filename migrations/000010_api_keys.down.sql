DROP TABLE api_keys;

CREATE TABLE feed_before AS SELECT seq, kind, id FROM feed WHERE kind <> 'key';
DROP TABLE feed;
CREATE TABLE feed (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('catalogue', 'account', 'override', 'user', 'session')),
  id INTEGER NOT NULL
) STRICT;
INSERT INTO feed (seq, kind, id) SELECT seq, kind, id FROM feed_before ORDER BY seq;
DROP TABLE feed_before;
