DROP TABLE IF EXISTS {database}.ledger SYNC;
