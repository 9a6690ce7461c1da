-- Which answers reach history by recount, by the slice they belong to: an index, filled with each insert.
-- `touchpoints` is sorted by producer and event_id; without this, finding the late answers of one slice
-- would read all of history, again and again.
CREATE TABLE IF NOT EXISTS {database}.late_answers
(
    slice     DateTime('UTC')        CODEC(DoubleDelta, ZSTD(1)) COMMENT 'start of its 10 s',
    producer  LowCardinality(String),
    event_id  String                 CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC')   CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(stored_at)
PARTITION BY toYYYYMM(slice)
ORDER BY (slice, producer, event_id)
TTL toDateTime(stored_at) + INTERVAL 5 YEAR;

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.late_answers_from_touchpoints TO {database}.late_answers AS
SELECT toDateTime(intDiv(toUnixTimestamp64Milli(occurred_at), 10000) * 10, 'UTC') AS slice, producer, event_id, stored_at
FROM {database}.touchpoints
WHERE class IN ('late', 'import');

-- The same by name: when an answer comes that is stored as late or imported already, perhaps with another time (a
-- survey's file often knows the minute only), the slice it leaves must be counted again.
CREATE TABLE IF NOT EXISTS {database}.late_names
(
    producer  LowCardinality(String),
    event_id  String                 CODEC(ZSTD(1)),
    slice     DateTime('UTC')        CODEC(DoubleDelta, ZSTD(1)),
    stored_at DateTime64(3, 'UTC')   CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(stored_at)
ORDER BY (producer, event_id, slice)
TTL toDateTime(stored_at) + INTERVAL 5 YEAR;

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.late_names_from_touchpoints TO {database}.late_names AS
SELECT producer, event_id, toDateTime(intDiv(toUnixTimestamp64Milli(occurred_at), 10000) * 10, 'UTC') AS slice, stored_at
FROM {database}.touchpoints
WHERE class IN ('late', 'import');
