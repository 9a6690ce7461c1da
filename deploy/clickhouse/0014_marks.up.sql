-- What happened that a graph should show beside what was done: a release, or a note. Actions have a table of their own,
-- since their effect is reckoned.
CREATE TABLE IF NOT EXISTS {database}.marks
(
    mark_id    String,
    kind       LowCardinality(String) COMMENT 'release, note',
    what       String                 COMMENT 'in words',
    at         DateTime64(3, 'UTC'),
    channel    LowCardinality(String) COMMENT 'empty: all',
    touchpoint LowCardinality(String) COMMENT 'empty: all',
    removed    UInt8                  COMMENT '1: taken back, it was a mistake',
    version    UInt64                 COMMENT 'the highest of one mark stays',
    stored_at  DateTime64(3, 'UTC')   DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY mark_id;
