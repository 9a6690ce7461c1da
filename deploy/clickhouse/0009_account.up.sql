-- What changed in history after it was first told: one row says what a recount made of one bar, and what it was.
-- Read it by way of streams/edges/revisions.py: two recounts at once may start from the same bar, and only the
-- versions tell which of them came upon the other's work. A row written twice is one row.
CREATE TABLE IF NOT EXISTS {database}.revisions
(
    slice      DateTime('UTC') CODEC(Delta, ZSTD(1)),
    width_s    UInt32 COMMENT '10; 3600 where so many slices were recounted at once that they are told by hour',
    channel    LowCardinality(String),
    touchpoint LowCardinality(String) COMMENT 'empty where told by hour: all of them together',
    metric     LowCardinality(String),
    scale      LowCardinality(String),
    lane       Enum8('live' = 0, 'late' = 1),
    why        Enum8('late' = 1, 'import' = 2, 'live' = 3, 'rebuild' = 4) COMMENT 'live: what was late or imported was counted live too, and left the late lane',
    n_before   UInt64,
    top_before UInt64,
    bad_before UInt64,
    n          UInt64,
    top        UInt64,
    bad        UInt64,
    base       UInt64 COMMENT 'version of the bar as it was',
    version    UInt64 COMMENT 'version of the bar as it became: the clock of the store, us',
    revised_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(revised_at)
ORDER BY (slice, channel, touchpoint, metric, scale, lane, width_s, version)
TTL toDateTime(revised_at) + INTERVAL 400 DAY;

-- Which offsets of the log were ever stored. A late twin or an answer imported again leaves no row of its own in
-- `touchpoints`, so rows alone cannot say whether one was lost; this can, in some bytes for each thousand offsets.
CREATE TABLE IF NOT EXISTS {database}.stored_offsets
(
    topic       LowCardinality(String),
    log_id      LowCardinality(String),
    `partition` Int32,
    span        Int64 COMMENT 'offset / 65536',
    kind        Enum8('valid' = 0, 'rejected' = 1),
    offsets     AggregateFunction(groupBitmap, UInt32) COMMENT 'offset % 65536',
    stored_at   SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (topic, log_id, `partition`, span, kind)
TTL stored_at + INTERVAL 400 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.stored_offsets_from_touchpoints TO {database}.stored_offsets AS
SELECT topic, log_id, `partition`, intDiv(`offset`, 65536) AS span, 'valid' AS kind,
    groupBitmapState(toUInt32(`offset` % 65536)) AS offsets, now('UTC') AS stored_at
FROM {database}.touchpoints
GROUP BY topic, log_id, `partition`, span;

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.stored_offsets_from_rejected TO {database}.stored_offsets AS
SELECT topic, log_id, `partition`, intDiv(`offset`, 65536) AS span, 'rejected' AS kind,
    groupBitmapState(toUInt32(`offset` % 65536)) AS offsets, now('UTC') AS stored_at
FROM {database}.rejected
GROUP BY topic, log_id, `partition`, span;

-- Where that book begins: what the ledger had counted by then is not looked up in it.
CREATE TABLE IF NOT EXISTS {database}.stored_offsets_begin
(
    log_id      LowCardinality(String),
    `partition` Int32,
    next_offset Int64
)
ENGINE = ReplacingMergeTree
ORDER BY (log_id, `partition`);

INSERT INTO {database}.stored_offsets_begin
SELECT log_id, `partition`, max(ledger.next_offset) FROM {database}.ledger GROUP BY log_id, `partition`;

-- The ledger as it stood at the end of each minute of record time: what came in when, by class.
CREATE TABLE IF NOT EXISTS {database}.ledger_minutes
(
    topic       LowCardinality(String),
    log_id      LowCardinality(String),
    `partition` Int32,
    block       Int64,
    minute      DateTime('UTC') CODEC(Delta, ZSTD(1)),
    accepted    UInt64 COMMENT 'from the start of the block to the end of the minute; so are the others',
    duplicate   UInt64,
    late        UInt64,
    rejected    UInt64,
    version     UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(minute)
ORDER BY (topic, log_id, `partition`, block, minute)
TTL minute + INTERVAL 30 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.ledger_minutes_from_ledger TO {database}.ledger_minutes AS
SELECT topic, log_id, `partition`, block, toStartOfMinute(toDateTime(record_time, 'UTC')) AS minute,
    accepted, duplicate, late, rejected, version
FROM {database}.ledger
WHERE next_offset > first_offset;
