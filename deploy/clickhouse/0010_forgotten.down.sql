DROP TABLE IF EXISTS {database}.forgotten;
