-- The feed: what changed, in order. The running server follows it, so a change by another process, or by hand in an
-- SQL console, reaches the portals by the same road as a click.

CREATE TABLE feed (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('catalogue', 'account', 'override', 'user', 'session')),
  id INTEGER NOT NULL
) STRICT;

CREATE TRIGGER tiers_feed_insert AFTER INSERT ON tiers BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.id);
END;
CREATE TRIGGER tiers_feed_update AFTER UPDATE ON tiers BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.id);
END;
CREATE TRIGGER tiers_feed_delete AFTER DELETE ON tiers BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', old.id);
END;

CREATE TRIGGER features_feed_insert AFTER INSERT ON features BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.id);
END;
CREATE TRIGGER features_feed_update AFTER UPDATE ON features BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.id);
END;
CREATE TRIGGER features_feed_delete AFTER DELETE ON features BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', old.id);
END;

CREATE TRIGGER settings_feed_insert AFTER INSERT ON settings BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', 0);
END;
CREATE TRIGGER settings_feed_update AFTER UPDATE ON settings BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', 0);
END;
CREATE TRIGGER settings_feed_delete AFTER DELETE ON settings BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', 0);
END;

CREATE TRIGGER accounts_feed_insert AFTER INSERT ON accounts BEGIN
  INSERT INTO feed (kind, id) VALUES ('account', new.id);
END;
-- An account's revision alone changes with its overrides, which say so themselves.
CREATE TRIGGER accounts_feed_update AFTER UPDATE OF id, targeting_key, slug, external_id, name, tier_id, status,
  contact_email, postal_code, created_at, updated_at ON accounts BEGIN
  INSERT INTO feed (kind, id) VALUES ('account', new.id);
END;
CREATE TRIGGER accounts_feed_delete AFTER DELETE ON accounts BEGIN
  INSERT INTO feed (kind, id) VALUES ('account', old.id);
END;

CREATE TRIGGER overrides_feed_insert AFTER INSERT ON overrides BEGIN
  INSERT INTO feed (kind, id) VALUES ('override', new.account_id);
END;
CREATE TRIGGER overrides_feed_update AFTER UPDATE ON overrides BEGIN
  INSERT INTO feed (kind, id) VALUES ('override', new.account_id);
END;
CREATE TRIGGER overrides_feed_delete AFTER DELETE ON overrides BEGIN
  INSERT INTO feed (kind, id) VALUES ('override', old.account_id);
END;

CREATE TRIGGER users_feed_insert AFTER INSERT ON users BEGIN
  INSERT INTO feed (kind, id) VALUES ('user', new.id);
END;
CREATE TRIGGER users_feed_update AFTER UPDATE ON users BEGIN
  INSERT INTO feed (kind, id) VALUES ('user', new.id);
END;
CREATE TRIGGER users_feed_delete AFTER DELETE ON users BEGIN
  INSERT INTO feed (kind, id) VALUES ('user', old.id);
END;

CREATE TRIGGER memberships_feed_insert AFTER INSERT ON memberships BEGIN
  INSERT INTO feed (kind, id) VALUES ('user', new.user_id);
END;
CREATE TRIGGER memberships_feed_update AFTER UPDATE ON memberships BEGIN
  INSERT INTO feed (kind, id) VALUES ('user', new.user_id);
END;
CREATE TRIGGER memberships_feed_delete AFTER DELETE ON memberships BEGIN
  INSERT INTO feed (kind, id) VALUES ('user', old.user_id);
END;

CREATE TRIGGER sessions_feed_insert AFTER INSERT ON sessions BEGIN
  INSERT INTO feed (kind, id) VALUES ('session', new.id);
END;
CREATE TRIGGER sessions_feed_update AFTER UPDATE OF user_id, expires_at, token_hash ON sessions BEGIN
  INSERT INTO feed (kind, id) VALUES ('session', new.id);
END;
CREATE TRIGGER sessions_feed_delete AFTER DELETE ON sessions BEGIN
  INSERT INTO feed (kind, id) VALUES ('session', old.id);
END;

CREATE TRIGGER overrides_feed_move AFTER UPDATE OF account_id ON overrides WHEN old.account_id <> new.account_id BEGIN
  INSERT INTO feed (kind, id) VALUES ('override', old.account_id);
END;

CREATE TRIGGER memberships_feed_move AFTER UPDATE OF user_id ON memberships WHEN old.user_id <> new.user_id BEGIN
  INSERT INTO feed (kind, id) VALUES ('user', old.user_id);
END;
