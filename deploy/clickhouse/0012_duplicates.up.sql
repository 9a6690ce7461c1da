-- Retries that met their twin, by producer: one row each, where it lies in the log. Kept short: it is for producers,
-- the ledger has the sums.
CREATE TABLE IF NOT EXISTS {database}.duplicates
(
    log_id      LowCardinality(String),
    `partition` Int32,
    `offset`    Int64 CODEC(Delta, ZSTD(1)),
    appended_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    producer    LowCardinality(String),
    stored_at   DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (log_id, `partition`, `offset`)
TTL toDateTime(stored_at) + INTERVAL 14 DAY;
