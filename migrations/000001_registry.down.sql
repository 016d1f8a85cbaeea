DROP TABLE settings;
DROP TABLE overrides;
DROP TABLE features;
DROP TABLE accounts;
DROP TABLE tiers;
