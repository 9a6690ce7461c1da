DROP TABLE IF EXISTS {database}.scores SYNC;
