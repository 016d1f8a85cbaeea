DROP TABLE tier_features;

DROP INDEX overrides_by_value;
ALTER TABLE overrides DROP COLUMN value;

ALTER TABLE features DROP COLUMN metadata;
ALTER TABLE features DROP COLUMN deprecation_message;
ALTER TABLE features DROP COLUMN deprecated;
ALTER TABLE features DROP COLUMN conflicts_with;
ALTER TABLE features DROP COLUMN depends_on;
ALTER TABLE features DROP COLUMN constraints;
ALTER TABLE features DROP COLUMN default_value;
ALTER TABLE features DROP COLUMN type;
