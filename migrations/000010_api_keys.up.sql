-- Keys by which programs call, each kept only as the hash of what was shown once; and the feed that tells of them.

CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  key_hash BLOB NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('evaluate', 'read', 'admin')),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  used_at INTEGER,
  revision INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The feed as it was, with one kind more. Its numbers go on where they were.
CREATE TABLE feed_before AS SELECT seq, kind, id FROM feed;
DROP TABLE feed;
CREATE TABLE feed (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('catalogue', 'account', 'override', 'user', 'session', 'key')),
  id INTEGER NOT NULL
) STRICT;
INSERT INTO feed (seq, kind, id) SELECT seq, kind, id FROM feed_before ORDER BY seq;
DROP TABLE feed_before;

CREATE TRIGGER api_keys_feed_insert AFTER INSERT ON api_keys BEGIN
  INSERT INTO feed (kind, id) VALUES ('key', new.id);
END;
CREATE TRIGGER api_keys_feed_update AFTER UPDATE OF name, key_hash, scope, expires_at, revoked_at ON api_keys BEGIN
  INSERT INTO feed (kind, id) VALUES ('key', new.id);
END;
CREATE TRIGGER api_keys_feed_delete AFTER DELETE ON api_keys BEGIN
  INSERT INTO feed (kind, id) VALUES ('key', old.id);
END;
