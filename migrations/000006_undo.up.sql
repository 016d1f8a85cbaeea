-- What the undo of a change set and the filters of the audit log look for.

CREATE INDEX audit_of_people ON audit (change_set_id) WHERE entity IN ('user', 'setting');
