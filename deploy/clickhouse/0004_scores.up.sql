-- What the boards show. value: csat top-box percent 0-100, ces mean on its scale, nps points -100..100;
-- lower and upper are its 95 % interval in the same unit. NULL has its reason beside it: silence is no score.
CREATE TABLE IF NOT EXISTS {database}.scores
(
    window_s       UInt32,
    dimension      LowCardinality(String) COMMENT 'all, channel, touchpoint, stage, location, segment',
    channel        LowCardinality(String) COMMENT 'empty: all channels',
    member         LowCardinality(String) COMMENT 'of the dimension; empty for all and channel',
    metric         LowCardinality(String),
    scale          LowCardinality(String),
    as_of          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)) COMMENT 'end of the window',
    n              UInt64 CODEC(T64, ZSTD(1)),
    top            UInt64 CODEC(T64, ZSTD(1)),
    neutral        UInt64 CODEC(T64, ZSTD(1)),
    bad            UInt64 CODEC(T64, ZSTD(1)),
    value          Nullable(Float64),
    mean           Nullable(Float64),
    lower          Nullable(Float64),
    upper          Nullable(Float64),
    weighted_value Nullable(Float64),
    weighted_lower Nullable(Float64),
    weighted_upper Nullable(Float64),
    n_eff          Float64 COMMENT 'answers as many as the weighted ones are worth',
    reason         LowCardinality(String) COMMENT 'why value is NULL, else empty',
    independence   UInt8 COMMENT '1: the interval takes answers as independent though one person may have given several',
    complete_until DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)) COMMENT 'every source was heard up to here',
    complete       UInt8,
    computed_ms    UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'the highest of one score stays',
    stored_at      DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_ms)
PARTITION BY toYYYYMM(as_of)
ORDER BY (window_s, dimension, channel, member, metric, scale, as_of)
TTL toDateTime(stored_at) + INTERVAL 30 DAY;
