DROP TRIGGER change_sets_keep_replace;
DROP TRIGGER audit_keep_replace;
