-- What a tenant may use once a feature is on: the models and components that it gates. And who asked for more.

CREATE TABLE models (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  provider TEXT NOT NULL,
  model_id TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL DEFAULT 'chat' CHECK (type IN ('chat', 'completion', 'embedding', 'image', 'audio')),
  family TEXT NOT NULL DEFAULT '',
  tools INTEGER NOT NULL DEFAULT 0 CHECK (tools IN (0, 1)),
  vision INTEGER NOT NULL DEFAULT 0 CHECK (vision IN (0, 1)),
  streaming INTEGER NOT NULL DEFAULT 0 CHECK (streaming IN (0, 1)),
  max_tokens INTEGER NOT NULL DEFAULT 0 CHECK (max_tokens >= 0),
  context_window INTEGER NOT NULL DEFAULT 0 CHECK (context_window >= 0),
  input_price TEXT NOT NULL DEFAULT '',
  output_price TEXT NOT NULL DEFAULT '',
  feature_id INTEGER REFERENCES features (id),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  deprecated INTEGER NOT NULL DEFAULT 0 CHECK (deprecated IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  UNIQUE (provider, model_id)
) STRICT;

CREATE INDEX models_by_feature ON models (feature_id);

CREATE TABLE components (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL DEFAULT '',
  subcategory TEXT NOT NULL DEFAULT '',
  feature_id INTEGER REFERENCES features (id),
  required_features TEXT NOT NULL DEFAULT '[]' CHECK (json_type(required_features) = 'array'),
  icon TEXT NOT NULL DEFAULT '',
  docs_url TEXT NOT NULL DEFAULT '',
  beta INTEGER NOT NULL DEFAULT 0 CHECK (beta IN (0, 1)),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX components_by_feature ON components (feature_id);

CREATE TRIGGER models_feed_insert AFTER INSERT ON models BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.id);
END;
CREATE TRIGGER models_feed_update AFTER UPDATE ON models BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.id);
END;
CREATE TRIGGER models_feed_delete AFTER DELETE ON models BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', old.id);
END;

CREATE TRIGGER components_feed_insert AFTER INSERT ON components BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.id);
END;
CREATE TRIGGER components_feed_update AFTER UPDATE ON components BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.id);
END;
CREATE TRIGGER components_feed_delete AFTER DELETE ON components BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', old.id);
END;

-- The feed does not follow requests: nothing is evaluated by them. One may wait per account and feature.

CREATE TABLE upgrade_requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  feature_id INTEGER NOT NULL REFERENCES features (id),
  asked_by INTEGER REFERENCES users (id),
  asked_by_name TEXT NOT NULL,
  message TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected', 'withdrawn')),
  decided_by TEXT NOT NULL DEFAULT '',
  asked_at INTEGER NOT NULL,
  decided_at INTEGER,
  note TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX upgrade_requests_pending ON upgrade_requests (account_id, feature_id) WHERE status = 'pending';
CREATE INDEX upgrade_requests_by_status ON upgrade_requests (status, id);
CREATE INDEX upgrade_requests_by_account ON upgrade_requests (account_id, id);
CREATE INDEX upgrade_requests_by_feature ON upgrade_requests (feature_id, id);
