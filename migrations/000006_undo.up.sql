-- What the undo of a change set and the filters of the audit log look for.

CREATE INDEX audit_of_people ON audit (change_set_id) WHERE entity IN ('user', 'setting');
CREATE INDEX change_sets_by_actor_and_action ON change_sets (actor_name, action, id);

-- Which change sets are about a feature, each once however many accounts it concerned, with what people filter by.

CREATE TABLE feature_changes (
  feature_key TEXT NOT NULL,
  change_set_id INTEGER NOT NULL REFERENCES change_sets (id),
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  PRIMARY KEY (feature_key, change_set_id)
) STRICT, WITHOUT ROWID;

INSERT INTO feature_changes (feature_key, change_set_id, actor_name, action)
SELECT DISTINCT a.feature_key, c.id, c.actor_name, c.action
FROM audit a JOIN change_sets c ON c.id = a.change_set_id WHERE a.feature_key IS NOT NULL;

CREATE TRIGGER audit_of_features AFTER INSERT ON audit WHEN new.feature_key IS NOT NULL BEGIN
  INSERT INTO feature_changes (feature_key, change_set_id, actor_name, action)
  SELECT new.feature_key, id, actor_name, action FROM change_sets WHERE id = new.change_set_id
  ON CONFLICT DO NOTHING;
END;
