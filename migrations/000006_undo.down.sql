DROP TRIGGER audit_of_features;
DROP TABLE feature_changes;
DROP INDEX change_sets_by_actor_and_action;
DROP INDEX audit_of_people;
