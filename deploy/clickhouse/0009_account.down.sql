DROP VIEW IF EXISTS {database}.ledger_minutes_from_ledger SYNC;
DROP TABLE IF EXISTS {database}.ledger_minutes SYNC;
DROP VIEW IF EXISTS {database}.stored_offsets_from_rejected SYNC;
DROP VIEW IF EXISTS {database}.stored_offsets_from_touchpoints SYNC;
DROP TABLE IF EXISTS {database}.stored_offsets_begin SYNC;
DROP TABLE IF EXISTS {database}.stored_offsets SYNC;
DROP TABLE IF EXISTS {database}.revisions SYNC;
