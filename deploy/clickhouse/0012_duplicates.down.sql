DROP TABLE IF EXISTS {database}.duplicates SYNC;
