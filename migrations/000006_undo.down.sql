DROP INDEX audit_of_people;
