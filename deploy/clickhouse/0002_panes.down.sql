DROP TABLE IF EXISTS {database}.panes_1h SYNC;
DROP TABLE IF EXISTS {database}.panes_1m SYNC;
DROP TABLE IF EXISTS {database}.panes_10s SYNC;
