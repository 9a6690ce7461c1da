-- Names seen, for the drop-downs of the boards.
CREATE TABLE IF NOT EXISTS {database}.names
(
    dimension LowCardinality(String),
    name      String,
    last_seen DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(last_seen)
ORDER BY (dimension, name);
