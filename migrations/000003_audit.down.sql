DROP TABLE audit;
DROP TABLE change_sets;
