DROP VIEW IF EXISTS {database}.late_names_from_touchpoints SYNC;
DROP TABLE IF EXISTS {database}.late_names SYNC;
DROP VIEW IF EXISTS {database}.late_answers_from_touchpoints SYNC;
DROP TABLE IF EXISTS {database}.late_answers SYNC;
