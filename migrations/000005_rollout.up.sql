-- Whom a feature is released to, its variants, and when it was last asked for. The target and the variants are JSON: a
-- row changed by hand is refused unless it is at least of that shape.

ALTER TABLE features ADD COLUMN strategy TEXT NOT NULL DEFAULT 'all' CHECK (strategy IN ('all', 'percentage', 'whitelist', 'role'));
ALTER TABLE features ADD COLUMN percentage INTEGER NOT NULL DEFAULT 0 CHECK (percentage BETWEEN 0 AND 10000);
ALTER TABLE features ADD COLUMN rollout_by TEXT NOT NULL DEFAULT 'account' CHECK (rollout_by IN ('account', 'user'));
ALTER TABLE features ADD COLUMN target TEXT NOT NULL DEFAULT '{}' CHECK (json_type(target) = 'object');
ALTER TABLE features ADD COLUMN variants TEXT NOT NULL DEFAULT '[]' CHECK (json_type(variants) = 'array');
ALTER TABLE features ADD COLUMN permanent INTEGER NOT NULL DEFAULT 0 CHECK (permanent IN (0, 1));

-- The variant that an override forces.
ALTER TABLE overrides ADD COLUMN variant TEXT NOT NULL DEFAULT '';
CREATE INDEX overrides_by_variant ON overrides (feature_id, variant) WHERE variant <> '';

-- Written in batches, and read by no evaluation: the feed does not follow it.
CREATE TABLE feature_use (
  feature_id INTEGER PRIMARY KEY REFERENCES features (id) ON DELETE CASCADE,
  asked_at INTEGER,
  everyone_since INTEGER
) STRICT;

INSERT INTO settings (key, value) VALUES ('mode', 'live'), ('stale_after_days', '30');
