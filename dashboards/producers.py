"""Producers: what each of them sends, what is refused, and what looks wrong.

What cannot be told by producer is said where a reader would look for it: a duplicate leaves no row of its own
in the store, so only the counting knows how many there were, by partition and not by producer. `touchpulse tail`
and the gateway's answers tell a producer of its own duplicates as they come.
"""

from __future__ import annotations

from dashboards import parts, sql
from dashboards.panel import Board, Column, Panel, Picture, Tone, Unit, Variable
from schemas.scales import SCALES
from streams.pure.odd import LEAST_ALIKE, LEAST_BESIDE_END, LEAST_BETWEEN, MOST_POINTS

PRODUCERS_OF = Variable(
    "producer", "Producers", sql="SELECT name FROM names FINAL WHERE dimension = 'producer' ORDER BY name", several=True
)
_CHOSEN = "producer IN (${producer:sqlstring})"
# Rows are in parts by the month they were stored in: both bounds keep the others unread.
_STORED = "$__timeFilter(appended_at) AND stored_at >= $__fromTime - toIntervalMinute(1)"

TICKED = {name: scale for name, scale in SCALES.items() if 2 < scale.high - scale.low + 1 <= MOST_POINTS}
"""Scales on which an unused point means something."""


def unused_points(counts: str, low: str) -> str:
    """Points missing beyond chance, as an array; the twin of streams.pure.odd.unused_points.

    Args:
        counts: array of the answers of each point of the scale, in order; at least three.
        low: the lowest point.
    """
    at, last = f"{counts}[i]", f"length({counts})"
    between = f"least({counts}[i - 1], {counts}[i + 1]) >= {LEAST_BETWEEN}"
    beside = f"{counts}[if(i = 1, 2, {last} - 1)] >= {LEAST_BESIDE_END}"
    odd = f"{at} = 0 AND if(i > 1 AND i < {last}, {between}, {beside})"
    return f"arrayMap(i -> {low} + i - 1, arrayFilter(i -> {odd}, arrayEnumerate({counts})))"


def only_point(counts: str, low: str) -> str:
    """The point that all answers are, or NULL; the twin of streams.pure.odd.only_point."""
    alone = f"arrayCount(x -> x > 0, {counts}) = 1 AND arraySum({counts}) >= {LEAST_ALIKE}"
    return f"if({alone}, {low} + indexOf(arrayMap(x -> x > 0, {counts}), 1) - 1, NULL)"


_SENT = f"""\
SELECT producer, accepted + duplicate + late + imported + tests + refused AS sent, accepted, duplicate, late, imported,
  tests, refused, 100 * refused / sent AS refused_pct, clock_s, delay_s, newest
FROM (
  SELECT producer,
    max(not_imported_late) AS accepted, max(not_imported) - max(not_imported_late) AS late,
    max(uniq_all) - max(uniq_test) - max(not_imported) AS imported, max(uniq_test) AS tests,
    max(refused_here) AS refused, max(duplicates_here) AS duplicate,
    max(clock) AS clock_s, max(delay) AS delay_s, max(last_at) AS newest
  FROM (
    SELECT producer, uniqExact(event_id) AS uniq_all, uniqExactIf(event_id, class = 'test') AS uniq_test,
      uniqExactIf(event_id, class IN ('accepted', 'late')) AS not_imported,
      uniqExactIf(event_id, class = 'accepted') AS not_imported_late, 0 AS refused_here, 0 AS duplicates_here,
      round(quantileIf(0.5)(dateDiff('millisecond', sent_at, appended_at) / 1000, isNotNull(sent_at)), 1) AS clock,
      round(quantileIf(0.5)(dateDiff('millisecond', occurred_at, appended_at) / 1000, class != 'import'), 1) AS delay,
      max(appended_at) AS last_at
    FROM touchpoints
    WHERE {_STORED} AND {_CHOSEN}
    GROUP BY producer
    UNION ALL
    SELECT producer, 0, 0, 0, 0, count() AS refused_here, 0, NULL, NULL, max(appended_at)
    FROM rejected FINAL
    WHERE $__timeFilter(appended_at) AND {_CHOSEN}
    GROUP BY producer
    UNION ALL
    SELECT producer, 0, 0, 0, 0, 0, count() AS duplicates_here, NULL, NULL, max(appended_at)
    FROM duplicates FINAL
    WHERE $__timeFilter(appended_at) AND {_CHOSEN}
    GROUP BY producer
  )
  GROUP BY producer
)
ORDER BY refused_pct DESC, sent DESC, producer
LIMIT 200"""

_REFUSED = f"""\
SELECT producer, reason, field, count() AS refused, argMax(value, (appended_at, partition, offset)) AS got,
  argMax(nearest, (appended_at, partition, offset)) AS nearest_name,
  argMax(message, (appended_at, partition, offset)) AS mend, max(appended_at) AS newest
FROM rejected FINAL
WHERE $__timeFilter(appended_at) AND {_CHOSEN}
GROUP BY producer, reason, field
ORDER BY refused DESC, producer, reason, field
LIMIT 100"""

_NAMES, _LOWS, _HIGHS = (
    ", ".join(parts_)
    for parts_ in (
        [f"'{name}'" for name in TICKED],
        [str(scale.low) for scale in TICKED.values()],
        [str(scale.high) for scale in TICKED.values()],
    )
)
_ODD = f"""\
SELECT producer, {sql.label("scale")} AS question, n, findings
FROM (
  SELECT producer, scale, n, {unused_points("counts", "low")} AS unused, {only_point("counts", "low")} AS only,
    if(isNotNull(only), concat('every answer is ', toString(only), ': is the screen stuck?'),
      concat('no ', arrayStringConcat(arrayMap(x -> toString(x), unused), ', '), ' in ', toString(n),
        ' answers: is an index sent instead of the value?')) AS findings
  FROM (
    SELECT producer, scale, sum(one) AS n, transform(scale, [{_NAMES}], [{_LOWS}], 0) AS low,
      transform(scale, [{_NAMES}], [{_HIGHS}], 0) AS high, sumMap([toInt32(bin)], [one]) AS seen,
      arrayMap(p -> if(has(seen.1, p), seen.2[indexOf(seen.1, p)], 0), range(low, high + 1)) AS counts
    FROM (
      SELECT producer, scale, bin, toInt64(1) AS one
      FROM touchpoints
      ARRAY JOIN scales AS scale, bins AS bin
      WHERE {_STORED} AND {_CHOSEN} AND class != 'test' AND scale IN ({_NAMES})
    )
    GROUP BY producer, scale
  )
)
WHERE notEmpty(unused) OR isNotNull(only)
ORDER BY n DESC, producer, question
LIMIT 100"""

_LATEST = f"""\
SELECT at, producer, verdict, event_id, what, mend
FROM (
  SELECT appended_at AS at, producer, toString(class) AS verdict, event_id,
    concat(kind, ' ', arrayStringConcat(arrayMap((s, b) -> concat(s, ': ', toString(b)), scales, bins), ', '), ' ',
      channel, if(touchpoint = '', '', concat(' / ', touchpoint))) AS what,
    if(class = 'late', 'it came too late for live scores: it counts in history', '') AS mend
  FROM touchpoints
  WHERE {_STORED} AND {_CHOSEN}
  ORDER BY appended_at DESC, producer, event_id
  LIMIT 50
  UNION ALL
  SELECT appended_at, producer, 'rejected', '', concat(reason, if(field = '', '', concat(': ', field))), message
  FROM rejected FINAL
  WHERE $__timeFilter(appended_at) AND {_CHOSEN}
  ORDER BY appended_at DESC, producer, partition, offset
  LIMIT 50
)
ORDER BY at DESC, producer, event_id, what
LIMIT 50"""

_VERDICTS = (("rejected", Tone.BAD), ("late", Tone.FAIR), ("test", Tone.QUIET), ("import", Tone.QUIET))

PRODUCERS = Board(
    uid=parts.PRODUCERS,
    title="Touchpulse · Producers",
    question="Does everything arrive that our apps, tills and call centres send, and is it right?",
    variables=(PRODUCERS_OF,),
    panels=(
        Panel(
            id=1,
            title="What came, by producer",
            question=(
                "How much came from whom, and what became of it? By the time Kafka took it: accepted, a retry of what "
                "had come (duplicate), too late for live scores, from a file, a test, or refused. Clock: the median "
                "from sent_at to Kafka; minutes, or less than nothing, mean a wrong clock. Delay: the median age of an "
                "answer on arrival."
            ),
            picture=Picture.TABLE,
            sql=_SENT,
            columns=(
                Column("producer", "Producer"),
                Column("sent", "Sent", Unit.COUNT),
                Column("accepted", "Accepted", Unit.COUNT),
                Column("duplicate", "Duplicate", Unit.COUNT),
                Column("late", "Late", Unit.COUNT),
                Column("imported", "From files", Unit.COUNT),
                Column("tests", "Tests", Unit.COUNT),
                Column("refused", "Refused", Unit.COUNT),
                Column("refused_pct", "Refused %", digits=1),
                Column("clock_s", "Clock, s", digits=1),
                Column("delay_s", "Delay, s", digits=1),
                Column("newest", "Newest", Unit.CLOCK_MS),
            ),
            width=24,
            height=9,
            empty="nothing came in the time shown",
        ),
        Panel(
            id=2,
            title="What to mend",
            question=(
                "Why are events refused, and what mends them? By producer, reason and field, with the newest example. "
                "An unknown name shows the known one nearest to it."
            ),
            picture=Picture.TABLE,
            sql=_REFUSED,
            columns=(
                Column("producer", "Producer", width_px=130),
                Column("reason", "Reason", width_px=130),
                Column("field", "Field", width_px=110),
                Column("refused", "Refused", Unit.COUNT, width_px=90),
                Column("got", "Got", width_px=150),
                Column("nearest_name", "Did you mean", width_px=120),
                Column("mend", "What to do"),
                Column("newest", "Newest", Unit.CLOCK_MS, width_px=160),
            ),
            width=24,
            height=8,
            empty="nothing was refused in the time shown",
        ),
        Panel(
            id=3,
            title="Odd answers",
            question=(
                "Does a producer send answers that people do not give? A point of the scale nobody uses though many "
                "use its neighbours, or always the same one. Show a longer time to have enough answers to tell."
            ),
            picture=Picture.TABLE,
            sql=_ODD,
            columns=(
                Column("producer", "Producer", width_px=130),
                Column("question", "Question", width_px=150),
                Column("n", "Answers", Unit.COUNT, width_px=90),
                Column("findings", "What is odd"),
            ),
            width=10,
            height=10,
            empty="no answers are odd in the time shown",
        ),
        Panel(
            id=4,
            title="My events, newest first",
            question="Where is the event I just sent, and what is wrong with it? Comments and customers are not shown.",
            picture=Picture.TABLE,
            sql=_LATEST,
            columns=(
                Column("at", "When", Unit.CLOCK_MS, width_px=160),
                Column("producer", "Producer", width_px=110),
                Column("verdict", "Verdict", tones=_VERDICTS, width_px=90),
                Column("event_id", "Event", width_px=150),
                Column("what", "What"),
                Column("mend", "What to do"),
            ),
            width=14,
            height=10,
            empty="nothing came in the time shown",
        ),
    ),
)
