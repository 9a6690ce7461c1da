DROP TABLE IF EXISTS {database}.marks SYNC;
