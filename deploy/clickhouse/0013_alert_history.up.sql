-- Every step of every alert, with the numbers it rested on: why a page came stays answerable long after. After a crash
-- the engine says its last steps again, those that follow from the clock with another time. So a step is known by what it
-- says: what happens once in a life (it begins, goes out under its id, ends) is one row whatever the time, everything else
-- one row a time; of a step said twice the first stays. Steps are in order as Kafka has them: those that follow from
-- answers carry the time of the answers, those that follow from the clock a later one.
CREATE TABLE IF NOT EXISTS {database}.alert_history
(
    alert_id     String                 COMMENT 'of an alert; of a silence where kind is silence',
    told_at      DateTime64(3, 'UTC')   CODEC(Delta, ZSTD(1)) COMMENT 'when Kafka took it; with position it orders a life',
    position     Int64                  CODEC(Delta, ZSTD(1)) COMMENT 'offset in topic alerts',
    seq          UInt64                 COMMENT 'as the engine numbers its steps',
    at           DateTime64(3, 'UTC')   CODEC(Delta, ZSTD(1)),
    rule         LowCardinality(String),
    kind         LowCardinality(String) COMMENT 'of the rule; silence: a step of a silence, whose scope, owner (who) and time (since, until) it tells',
    scope        Map(LowCardinality(String), String) COMMENT 'names by dimension',
    channel      LowCardinality(String) COMMENT 'of the scope; empty: all, or not told apart',
    touchpoint   LowCardinality(String),
    location     LowCardinality(String),
    segment      LowCardinality(String),
    state        LowCardinality(String) COMMENT 'pending, firing, acknowledged, recovering, resolved',
    before       LowCardinality(String),
    held         LowCardinality(String) COMMENT 'why nothing is sent: silenced, inhibited, muted, shadow, late',
    send         LowCardinality(String) COMMENT 'page, ticket, resolve, repeat; empty: nothing',
    page_id      String,
    severity     LowCardinality(String),
    metric       LowCardinality(String),
    scale        LowCardinality(String),
    unit         LowCardinality(String) COMMENT 'of value, baseline, lower and upper',
    value        Nullable(Float64),
    baseline     Nullable(Float64),
    lower        Nullable(Float64),
    upper        Nullable(Float64),
    n            UInt64,
    bad          UInt64,
    since        DateTime64(3, 'UTC')   COMMENT 'the numbers are of [since, until); 1970: the step has none',
    until        DateTime64(3, 'UTC'),
    harm         Float64                COMMENT 'bad experiences beyond the usual, so far',
    harm_ahead   Float64                COMMENT 'and expected until somebody would look anyway',
    verdict      LowCardinality(String) COMMENT 'rate, mix, both',
    contributors String                 CODEC(ZSTD(3)) COMMENT 'JSON: name, n, bad, excess, the worst first',
    why          String                 CODEC(ZSTD(3)) COMMENT 'in words',
    said         LowCardinality(String) COMMENT 'useful or useless: somebody''s word, no step of its life',
    who          String                 CODEC(ZSTD(1)) COMMENT 'who said or did it',
    `group`      String                 COMMENT 'alert whose page it was sent with; empty: alone',
    flaps        UInt32                 COMMENT 'times it had been over shortly before',
    version      UInt64                 COMMENT 'the highest of one step stays: the one that was said first',
    stored_at    DateTime64(3, 'UTC')   DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(at)
ORDER BY (alert_id, page_id, state, before, held, said, who,
    if(page_id != '' OR before = 'pending' OR state = 'resolved' AND said = '', 0, toUnixTimestamp64Milli(at)))
TTL toDateTime(stored_at) + INTERVAL 400 DAY;

-- Every sending in its words, as it was told first; what customers wrote is not kept here. One id is one sending.
CREATE TABLE IF NOT EXISTS {database}.pages
(
    page_id   String,
    alert_id  String                 COMMENT 'of a group the first',
    rule      LowCardinality(String),
    kind      LowCardinality(String),
    send      LowCardinality(String) COMMENT 'page, ticket, resolve, repeat',
    at        DateTime64(3, 'UTC')   CODEC(Delta, ZSTD(1)),
    severity  LowCardinality(String),
    scope     Map(LowCardinality(String), String),
    headline  String                 CODEC(ZSTD(3)),
    body      String                 CODEC(ZSTD(3)),
    receivers Array(String)          COMMENT 'empty: the default ones',
    page      String                 CODEC(ZSTD(3)) COMMENT 'JSON: all of it but the comments',
    shadow    UInt8                  COMMENT '1: recorded, and sent to nobody',
    version   UInt64                 COMMENT 'the highest of one id stays: the one that was said first',
    stored_at DateTime64(3, 'UTC')   DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(at)
ORDER BY page_id
TTL toDateTime(stored_at) + INTERVAL 400 DAY;

-- What became of a page at each of its receivers; the newest word counts.
CREATE TABLE IF NOT EXISTS {database}.deliveries
(
    page_id   String,
    receiver  LowCardinality(String),
    alert_id  String,
    rule      LowCardinality(String),
    state     LowCardinality(String) COMMENT 'trying, failed (is tried again), delivered, refused (never will be)',
    at        DateTime64(3, 'UTC')   CODEC(Delta, ZSTD(1)),
    tries     UInt32,
    error     String                 CODEC(ZSTD(3)) COMMENT 'without secrets',
    version   UInt64                 COMMENT 'time in ms, then how far the state is: the highest stays',
    stored_at DateTime64(3, 'UTC')   DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (page_id, receiver)
TTL toDateTime(stored_at) + INTERVAL 400 DAY;
