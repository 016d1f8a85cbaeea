-- What evaluation reads: plans, accounts, features and overrides. Times are Unix milliseconds, booleans 0 or 1.

CREATE TABLE tiers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  position INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  targeting_key TEXT NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  external_id TEXT UNIQUE,
  name TEXT NOT NULL,
  tier_id INTEGER REFERENCES tiers (id),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
  contact_email TEXT NOT NULL DEFAULT '',
  postal_code TEXT NOT NULL DEFAULT '',
  metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_type(metadata) = 'object'),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE features (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL DEFAULT '',
  subcategory TEXT NOT NULL DEFAULT '',
  icon TEXT NOT NULL DEFAULT '',
  help_url TEXT NOT NULL DEFAULT '',
  owner TEXT NOT NULL DEFAULT '',
  display_order INTEGER NOT NULL DEFAULT 0,
  default_enabled INTEGER NOT NULL DEFAULT 0 CHECK (default_enabled IN (0, 1)),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE overrides (
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  feature_id INTEGER NOT NULL REFERENCES features (id),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  reason TEXT NOT NULL DEFAULT '',
  expires_at INTEGER,
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, feature_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX overrides_by_expiry ON overrides (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO settings (key, value) VALUES ('catalogue_revision', '0');
