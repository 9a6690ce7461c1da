-- What became of every record of a block of offsets. Completeness and reconciliation rest on it.
CREATE TABLE IF NOT EXISTS {database}.ledger
(
    topic        LowCardinality(String),
    log_id       LowCardinality(String),
    `partition`  Int32,
    block        Int64,
    first_offset Int64,
    next_offset  Int64 COMMENT 'first offset not yet counted',
    record_time  DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)) COMMENT 'of the newest record in it',
    heard_until  DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)) COMMENT 'nothing before it is missing',
    accepted     UInt64 COMMENT 'events; accepted + duplicate + late + rejected = next_offset - first_offset',
    duplicate    UInt64,
    late         UInt64,
    rejected     UInt64,
    test         UInt64 COMMENT 'part of accepted',
    policy       UInt16,
    closed       UInt8,
    writer       String,
    version      UInt64,
    stored_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (topic, log_id, `partition`, block);
