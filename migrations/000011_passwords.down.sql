DROP TABLE security_events;
ALTER TABLE api_keys DROP COLUMN creator_id;
DROP TRIGGER users_promoted;
DROP TRIGGER users_end_links;
DROP TABLE password_links;
