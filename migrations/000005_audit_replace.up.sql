-- REPLACE deletes the row in its way without asking the triggers on DELETE. (Where SQLite chooses the number, new.id is
-- -1 here.)

CREATE TRIGGER change_sets_keep_replace BEFORE INSERT ON change_sets
WHEN EXISTS (SELECT 1 FROM change_sets WHERE id = new.id) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_keep_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
