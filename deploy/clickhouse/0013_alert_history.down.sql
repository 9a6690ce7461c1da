DROP TABLE IF EXISTS {database}.deliveries SYNC;
DROP TABLE IF EXISTS {database}.pages SYNC;
DROP TABLE IF EXISTS {database}.alert_history SYNC;
