-- One row an alert, replaced as its state moves on.
CREATE TABLE IF NOT EXISTS {database}.alerts
(
    alert_id   String,
    rule       LowCardinality(String),
    kind       LowCardinality(String) COMMENT 'bad_answer, worsening',
    severity   LowCardinality(String),
    state      LowCardinality(String),
    at         DateTime64(3, 'UTC'),
    channel    LowCardinality(String),
    touchpoint LowCardinality(String),
    location   LowCardinality(String),
    segment    LowCardinality(String),
    metric     LowCardinality(String),
    scale      LowCardinality(String),
    value      Nullable(Float64),
    baseline   Nullable(Float64),
    n          UInt64,
    reason     String COMMENT 'in words',
    detail     String CODEC(ZSTD(3)) COMMENT 'JSON',
    version    UInt64,
    stored_at  DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY alert_id
TTL toDateTime(stored_at) + INTERVAL 400 DAY;
