DROP TABLE IF EXISTS {database}.rejected SYNC;
