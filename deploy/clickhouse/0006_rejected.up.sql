-- What could not be an answer, with its bytes, so that it can be mended and sent again.
CREATE TABLE IF NOT EXISTS {database}.rejected
(
    topic       LowCardinality(String),
    log_id      LowCardinality(String),
    `partition` Int32,
    `offset`    Int64 CODEC(Delta, ZSTD(1)),
    appended_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    producer    LowCardinality(String) COMMENT 'empty where the bytes do not say',
    reason      LowCardinality(String) COMMENT 'code',
    field       String,
    value       String,
    nearest     String COMMENT 'known name nearest to a mistyped one',
    message     String,
    raw         String CODEC(ZSTD(3)) COMMENT 'the bytes as they came',
    stored_at   DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, log_id, `partition`, `offset`)
TTL toDateTime(stored_at) + INTERVAL 14 DAY;
