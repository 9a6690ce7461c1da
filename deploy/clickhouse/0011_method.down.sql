DROP TABLE IF EXISTS {database}.actions SYNC;
DROP TABLE IF EXISTS {database}.targets SYNC;
DROP VIEW IF EXISTS {database}.purchases_from_touchpoints SYNC;
DROP TABLE IF EXISTS {database}.purchases SYNC;
