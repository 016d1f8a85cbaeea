DROP TABLE upgrade_requests;
DROP TABLE components;
DROP TABLE models;
