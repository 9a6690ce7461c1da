-- Answer histograms by time: one row is one bar. Panes add up, so any window is a sum of them.
-- Each row is a whole count and replaces the one before it; n = 0 takes a bar back. Read with FINAL.
-- The month is that of the slice, which is in the key: rows that replace each other always meet.
CREATE TABLE IF NOT EXISTS {database}.panes_10s
(
    metric     LowCardinality(String),
    scale      LowCardinality(String),
    channel    LowCardinality(String),
    slice      DateTime('UTC') CODEC(Delta, ZSTD(1)) COMMENT 'start of the 10 seconds',
    touchpoint LowCardinality(String),
    stage      LowCardinality(String),
    location   LowCardinality(String),
    segment    LowCardinality(String),
    respondent LowCardinality(String),
    bin        Int16,
    box        Int8   COMMENT '-1 bad, 0 neutral, 1 top',
    lane       Enum8('live' = 0, 'late' = 1) COMMENT 'late: recounted from the store',
    log_id     LowCardinality(String),
    `partition` Int32,
    block      Int64  CODEC(T64, ZSTD(1)) COMMENT 'offset span of the partition that was counted',
    n          UInt64 CODEC(T64, ZSTD(1)),
    w_micro    Int64  CODEC(T64, ZSTD(1)) COMMENT 'sum of weights, millionths',
    w2_micro   Int64  CODEC(T64, ZSTD(1)) COMMENT 'sum of squared weights, millionths',
    policy     UInt16 COMMENT 'counting rules in force',
    version    UInt64 CODEC(T64, ZSTD(1)) COMMENT 'the highest of one cell stays',
    stored_at  DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(slice)
ORDER BY (metric, scale, channel, slice, touchpoint, stage, location, segment, respondent, bin, lane, log_id, `partition`, block)
TTL toDateTime(stored_at) + INTERVAL 7 DAY;

CREATE TABLE IF NOT EXISTS {database}.panes_1m
(
    metric     LowCardinality(String),
    scale      LowCardinality(String),
    channel    LowCardinality(String),
    slice      DateTime('UTC') CODEC(Delta, ZSTD(1)) COMMENT 'start of the minute',
    touchpoint LowCardinality(String),
    stage      LowCardinality(String),
    location   LowCardinality(String),
    segment    LowCardinality(String),
    respondent LowCardinality(String),
    bin        Int16,
    box        Int8   COMMENT '-1 bad, 0 neutral, 1 top',
    lane       Enum8('live' = 0, 'late' = 1) COMMENT 'late: recounted from the store',
    n          UInt64 CODEC(T64, ZSTD(1)),
    w_micro    Int64  CODEC(T64, ZSTD(1)) COMMENT 'sum of weights, millionths',
    w2_micro   Int64  CODEC(T64, ZSTD(1)) COMMENT 'sum of squared weights, millionths',
    version    UInt64 CODEC(T64, ZSTD(1)) COMMENT 'the highest of one cell stays',
    stored_at  DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(slice)
ORDER BY (metric, scale, channel, slice, touchpoint, stage, location, segment, respondent, bin, lane)
TTL toDateTime(stored_at) + INTERVAL 180 DAY;

CREATE TABLE IF NOT EXISTS {database}.panes_1h
(
    metric     LowCardinality(String),
    scale      LowCardinality(String),
    channel    LowCardinality(String),
    slice      DateTime('UTC') CODEC(Delta, ZSTD(1)) COMMENT 'start of the hour',
    touchpoint LowCardinality(String),
    stage      LowCardinality(String),
    location   LowCardinality(String),
    segment    LowCardinality(String),
    respondent LowCardinality(String),
    bin        Int16,
    box        Int8   COMMENT '-1 bad, 0 neutral, 1 top',
    lane       Enum8('live' = 0, 'late' = 1) COMMENT 'late: recounted from the store',
    n          UInt64 CODEC(T64, ZSTD(1)),
    w_micro    Int64  CODEC(T64, ZSTD(1)) COMMENT 'sum of weights, millionths',
    w2_micro   Int64  CODEC(T64, ZSTD(1)) COMMENT 'sum of squared weights, millionths',
    version    UInt64 CODEC(T64, ZSTD(1)) COMMENT 'the highest of one cell stays',
    stored_at  DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(slice)
ORDER BY (metric, scale, channel, slice, touchpoint, stage, location, segment, respondent, bin, lane)
TTL toDateTime(stored_at) + INTERVAL 10 YEAR;
