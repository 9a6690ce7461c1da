-- Purchases by themselves: customer value looks back two years, further than answers are kept, and must not read
-- them all to find a few receipts. Filled with each insert; a twin replaces its first by the same rank as there.
CREATE TABLE IF NOT EXISTS {database}.purchases
(
    producer    LowCardinality(String),
    event_id    String                 CODEC(ZSTD(1)),
    class       Enum8('accepted' = 1, 'late' = 2, 'import' = 3, 'test' = 4),
    rank        UInt64                 COMMENT 'the highest of one event stays',
    occurred_at DateTime64(3, 'UTC')   CODEC(T64, ZSTD(1)),
    customer    String                 CODEC(ZSTD(1)) COMMENT 'pseudonym',
    respondent  LowCardinality(String),
    channel     LowCardinality(String),
    touchpoint  LowCardinality(String),
    location    LowCardinality(String),
    segment     LowCardinality(String),
    amount      Nullable(Float64)      COMMENT 'NULL: not known, never 0 for that',
    currency    LowCardinality(String),
    stored_at   DateTime64(3, 'UTC')   CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toYYYYMM(stored_at)
ORDER BY (producer, event_id)
TTL toDateTime(stored_at) + INTERVAL 5 YEAR;

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.purchases_from_touchpoints TO {database}.purchases AS
SELECT producer, event_id, class, rank, occurred_at, customer, respondent, channel, touchpoint, location, segment,
    JSONExtract(detail, 'amount', 'Nullable(Float64)') AS amount, JSONExtractString(detail, 'currency') AS currency,
    stored_at
FROM {database}.touchpoints
WHERE kind = 'purchase';

INSERT INTO {database}.purchases
SELECT producer, event_id, class, rank, occurred_at, customer, respondent, channel, touchpoint, location, segment,
    JSONExtract(detail, 'amount', 'Nullable(Float64)') AS amount, JSONExtractString(detail, 'currency') AS currency,
    stored_at
FROM {database}.touchpoints
WHERE kind = 'purchase';

-- Management's decisions, as the target file last said them: a file is stored whole, and the newest is in force.
CREATE TABLE IF NOT EXISTS {database}.targets
(
    version    UInt64                 COMMENT 'when it was applied, us; all rows of the highest are in force',
    kind       LowCardinality(String) COMMENT 'file, ideal, goal, economics',
    name       LowCardinality(String) COMMENT 'aspect, metric, parameter',
    scale      LowCardinality(String) COMMENT 'of a goal',
    channel    LowCardinality(String) COMMENT 'of a goal; empty: all',
    touchpoint LowCardinality(String) COMMENT 'of a goal; empty: all',
    value      Nullable(Float64),
    words      LowCardinality(String) COMMENT 'as_it_is, measured, currency code; empty where value says it',
    stored_at  DateTime64(3, 'UTC')   DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY (version, kind, name, scale, channel, touchpoint);

-- What was done about the experience: drawn on the graphs, and its effect held against untouched touchpoints.
CREATE TABLE IF NOT EXISTS {database}.actions
(
    action_id  String,
    what       String                 COMMENT 'in words',
    at         DateTime64(3, 'UTC')   COMMENT 'from when on it works',
    channel    LowCardinality(String) COMMENT 'empty: all',
    touchpoint LowCardinality(String) COMMENT 'treated',
    cost       Nullable(Float64)      COMMENT 'in the currency of the sales',
    removed    UInt8                  COMMENT '1: taken back, it was a mistake',
    version    UInt64                 COMMENT 'the highest of one action stays',
    stored_at  DateTime64(3, 'UTC')   DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY action_id;
