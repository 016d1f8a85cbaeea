-- Everybody chooses their own password: links to choose one, what ends when somebody is given more rights, whose a key
-- is, and a record of who signed in.

-- One link for a user at a time: the next takes the place of the one before.
CREATE TABLE password_links (
  user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  purpose TEXT NOT NULL CHECK (purpose IN ('invite', 'reset')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

-- A link ends when a password is set, and when its user is disabled or gets another e-mail or role: whichever way.
CREATE TRIGGER users_end_links AFTER UPDATE OF email, password_hash, staff_role, disabled ON users
WHEN (old.email, old.password_hash, old.staff_role, old.disabled) IS NOT (new.email, new.password_hash, new.staff_role, new.disabled) BEGIN
  DELETE FROM password_links WHERE user_id = new.id;
END;

-- Who becomes staff chooses a new password: somebody else may know the one before. Every step up ends the sessions.
CREATE TRIGGER users_promoted AFTER UPDATE OF staff_role ON users
WHEN coalesce(instr('viewer editor admin', new.staff_role), 0) > coalesce(instr('viewer editor admin', old.staff_role), 0) BEGIN
  UPDATE users SET password_hash = '' WHERE id = new.id AND old.staff_role IS NULL;
  DELETE FROM sessions WHERE user_id = new.id;
END;

-- The user who created the key; null for the command line.
ALTER TABLE api_keys ADD COLUMN creator_id INTEGER;
UPDATE api_keys SET creator_id = (
  SELECT c.actor_id FROM audit a JOIN change_sets c ON c.id = a.change_set_id
  WHERE a.entity = 'key' AND a.entity_id = api_keys.id AND a.action = 'create' AND c.actor_kind = 'user');

-- Who signed in, and who could not. Events that repeat within one batch are one row with their number.
CREATE TABLE security_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  user_id INTEGER,
  email TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
  email_hash TEXT NOT NULL DEFAULT '',
  actor_name TEXT NOT NULL DEFAULT '',
  ip TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  count INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE INDEX security_events_by_time ON security_events (at);
CREATE INDEX security_events_by_event ON security_events (event, id);
CREATE INDEX security_events_by_email ON security_events (email, id);
CREATE INDEX security_events_by_email_hash ON security_events (email_hash, id) WHERE email_hash <> '';
CREATE INDEX security_events_by_ip ON security_events (ip, id);
