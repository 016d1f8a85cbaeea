-- What a feature gives beyond on and off, what it needs and what it conflicts with, and what each plan includes. Values
-- are JSON as compact text, '' for none; lists of keys are JSON.

ALTER TABLE features ADD COLUMN type TEXT NOT NULL DEFAULT 'boolean' CHECK (type IN ('boolean', 'integer', 'string', 'json'));
ALTER TABLE features ADD COLUMN default_value TEXT NOT NULL DEFAULT '' CHECK (default_value = '' OR json_valid(default_value));
ALTER TABLE features ADD COLUMN constraints TEXT NOT NULL DEFAULT '{}' CHECK (json_type(constraints) = 'object');
ALTER TABLE features ADD COLUMN depends_on TEXT NOT NULL DEFAULT '[]' CHECK (json_type(depends_on) = 'array');
ALTER TABLE features ADD COLUMN conflicts_with TEXT NOT NULL DEFAULT '[]' CHECK (json_type(conflicts_with) = 'array');
ALTER TABLE features ADD COLUMN deprecated INTEGER NOT NULL DEFAULT 0 CHECK (deprecated IN (0, 1));
ALTER TABLE features ADD COLUMN deprecation_message TEXT NOT NULL DEFAULT '';
ALTER TABLE features ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_type(metadata) = 'object');

ALTER TABLE overrides ADD COLUMN value TEXT NOT NULL DEFAULT '' CHECK (value = '' OR json_valid(value));
CREATE INDEX overrides_by_value ON overrides (feature_id, account_id, value) WHERE value <> '';

CREATE TABLE tier_features (
  tier_id INTEGER NOT NULL REFERENCES tiers (id),
  feature_id INTEGER NOT NULL REFERENCES features (id),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  value TEXT NOT NULL DEFAULT '' CHECK (value = '' OR json_valid(value)),
  allow_override INTEGER NOT NULL DEFAULT 1 CHECK (allow_override IN (0, 1)),
  allow_upgrade INTEGER NOT NULL DEFAULT 0 CHECK (allow_upgrade IN (0, 1)),
  revision INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tier_id, feature_id),
  CHECK (allow_override OR NOT allow_upgrade)
) STRICT, WITHOUT ROWID;

CREATE INDEX tier_features_by_feature ON tier_features (feature_id);

CREATE TRIGGER tier_features_feed_insert AFTER INSERT ON tier_features BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.feature_id);
END;
CREATE TRIGGER tier_features_feed_update AFTER UPDATE ON tier_features BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', new.feature_id);
END;
CREATE TRIGGER tier_features_feed_delete AFTER DELETE ON tier_features BEGIN
  INSERT INTO feed (kind, id) VALUES ('catalogue', old.feature_id);
END;
