-- What was changed, by whom, and why. A change set is one action of one actor; its number is the revision. The rows
-- say what each thing was before and is after, and hold names as they were then. Nothing here is ever rewritten.

CREATE TABLE change_sets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  summary TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'key', 'cli', 'system')),
  actor_id INTEGER,
  actor_name TEXT NOT NULL,
  ip TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '',
  undoes INTEGER REFERENCES change_sets (id)
) STRICT;

CREATE INDEX change_sets_by_time ON change_sets (at);
CREATE INDEX change_sets_by_actor ON change_sets (actor_name, id);
CREATE INDEX change_sets_by_action ON change_sets (action, id);
CREATE INDEX change_sets_by_undone ON change_sets (undoes) WHERE undoes IS NOT NULL;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  change_set_id INTEGER NOT NULL REFERENCES change_sets (id),
  entity TEXT NOT NULL,
  entity_id INTEGER NOT NULL,
  entity_name TEXT NOT NULL,
  account_id INTEGER,
  feature_id INTEGER NOT NULL DEFAULT 0,
  feature_key TEXT,
  action TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete')),
  old TEXT,
  new TEXT
) STRICT;

CREATE INDEX audit_by_change_set ON audit (change_set_id);
CREATE INDEX audit_by_entity ON audit (entity, entity_id, feature_id, change_set_id);
CREATE INDEX audit_by_account ON audit (account_id, change_set_id) WHERE account_id IS NOT NULL;
CREATE INDEX audit_by_feature ON audit (feature_key, change_set_id) WHERE feature_key IS NOT NULL;

CREATE TRIGGER change_sets_keep_update BEFORE UPDATE ON change_sets BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER change_sets_keep_delete BEFORE DELETE ON change_sets BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_keep_update BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_keep_delete BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- REPLACE deletes the row in its way without asking the triggers on DELETE. (Where SQLite chooses the number, new.id is
-- -1 here.)

CREATE TRIGGER change_sets_keep_replace BEFORE INSERT ON change_sets
WHEN EXISTS (SELECT 1 FROM change_sets WHERE id = new.id) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_keep_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
