DROP TABLE IF EXISTS {database}.touchpoints SYNC;
