DROP TABLE IF EXISTS {database}.names SYNC;
