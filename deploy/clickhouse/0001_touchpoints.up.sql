-- Every answer ever taken, once. A retry carries the same producer and event_id, so its row replaces
-- the first one; of a live and a late twin the higher rank stays. Read it with FINAL: a twin may lie in
-- another month's partition, and only FINAL brings them together.
-- Rows are aged by when they were stored: an imported survey of 2017 is not old on arrival.
CREATE TABLE IF NOT EXISTS {database}.touchpoints
(
    producer         LowCardinality(String) COMMENT 'who sent it',
    event_id         String                 COMMENT 'unique per producer',
    class            Enum8('accepted' = 1, 'late' = 2, 'import' = 3, 'test' = 4),
    rank             UInt64                 COMMENT 'the highest of one event stays',
    log_id           LowCardinality(String) COMMENT 'made with the topic; a re-created topic has another',
    topic            LowCardinality(String),
    `partition`      Int32,
    `offset`         Int64                  CODEC(T64, ZSTD(1)),
    appended_at      DateTime64(3, 'UTC')   CODEC(T64, ZSTD(1)) COMMENT 'record time in Kafka',
    stored_at        DateTime64(3, 'UTC')   DEFAULT now64(3) CODEC(T64, ZSTD(1)),
    kind             LowCardinality(String),
    occurred_at      DateTime64(3, 'UTC')   CODEC(T64, ZSTD(1)),
    sent_at          Nullable(DateTime64(3, 'UTC')) CODEC(T64, ZSTD(1)) COMMENT 'of this attempt',
    channel          LowCardinality(String),
    touchpoint       LowCardinality(String),
    stage            LowCardinality(String),
    location         LowCardinality(String),
    segment          LowCardinality(String),
    customer         String                 CODEC(ZSTD(1)) COMMENT 'pseudonym',
    respondent       LowCardinality(String),
    weight_micro     Int64                  CODEC(T64, ZSTD(1)) COMMENT 'millionths; 1000000 is one answer',
    question_id      LowCardinality(String),
    question_version LowCardinality(String),
    element          LowCardinality(String),
    comment          String                 CODEC(ZSTD(3)),
    attributes       Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    metrics          Array(LowCardinality(String)) COMMENT 'one entry an answer; scales, bins and boxes beside it',
    scales           Array(LowCardinality(String)),
    bins             Array(Int16),
    boxes            Array(Int8)            COMMENT '-1 bad, 0 neutral, 1 top',
    detail           String                 CODEC(ZSTD(3)) COMMENT 'JSON of the fields of its kind',
    -- Parts are made in the order of arrival, so old ones are passed over by time.
    INDEX by_occurred_at occurred_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toYYYYMM(stored_at)
ORDER BY (producer, event_id)
TTL toDateTime(stored_at) + INTERVAL 400 DAY DELETE WHERE class IN ('accepted', 'test'),
    toDateTime(stored_at) + INTERVAL 5 YEAR DELETE WHERE class IN ('late', 'import');
