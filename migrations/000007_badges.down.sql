ALTER TABLE tiers DROP COLUMN description;

ALTER TABLE features DROP COLUMN requires_setup;
ALTER TABLE features DROP COLUMN premium;
