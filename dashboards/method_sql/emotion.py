"""Emotion curve in SQL: feeling, words and leaving along the journey."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, counted, events
from streams.pure.method.emotion import SHOWN_WORDS, STAGES


def curve(ended_before: str, where: str = ANYWHERE) -> str:
    """One row for each (stage, touchpoint) met, in the order of the journey; columns as `Point.row`.

    Args:
        ended_before: a time in SQL: a journey whose last step is younger may go on.
    """
    feelings = counted("stage, touchpoint, bin, n", f"({where}) AND scale = 'emotion-valence' AND touchpoint != ''")
    steps = events(
        "customer, stage, touchpoint, occurred_at, event_id, has(boxes, -1) AS bad, "
        "arrayExists(s -> s != 'count', scales) AS answered, "
        "JSONExtractString(detail, 'action') AS action, JSONExtractString(detail, 'need') AS need",
        (),
        f"({where}) AND touchpoint != ''",
    )
    felt = f"(\n{feelings}\n) AS p"
    return f"""\
WITH steps AS (
{steps}
)
SELECT stage, touchpoint, position, {pieces.columns("valence", "left")}, actions, needs
FROM (
SELECT stage, touchpoint, if(placed = 0, NULL, middle) AS position,
  {pieces.estimate("valence", pieces.mean("felt", "total", "squares", "emotion-valence", 100), "felt")},
  {pieces.estimate("left", pieces.share("gone", "ended"), "ended")}, actions, needs
FROM (
SELECT stage, touchpoint, sum(felt) AS felt, sum(total) AS total, sum(squares) AS squares, sum(placed) AS placed,
  sum(middle) AS middle, sum(gone) AS gone, sum(ended) AS ended, max(actions) AS actions, max(needs) AS needs
FROM (
{_counts({"felt": "sum(p.n)", "total": "sum(p.bin * p.n)", "squares": "sum(p.bin * p.bin * p.n)"}, felt)}
UNION ALL
{_counts({"placed": "count()", "middle": "quantileExactInclusive(0.5)(place)"}, _FIRST_MET)}
UNION ALL
{_counts({"gone": "countIf(here_last AND last_bad)", "ended": "count()"}, _ENDED.format(before=ended_before))}
UNION ALL
{_counts({"actions": _words("action")}, _said("action"))}
UNION ALL
{_counts({"needs": _words("need")}, _said("need"))}
UNION ALL
{_counts({}, "steps")}
)
GROUP BY stage, touchpoint
))
ORDER BY {pieces.place_of("stage", STAGES)}, isNull(position), ifNull(position, 0), touchpoint"""


_EMPTY = {
    "felt": "toUInt64(0)",
    "total": "toInt64(0)",
    "squares": "toInt64(0)",
    "placed": "toUInt64(0)",
    "middle": "toFloat64(0)",
    "gone": "toUInt64(0)",
    "ended": "toUInt64(0)",
    "actions": "''",
    "needs": "''",
}
_FIRST_MET = """\
(
SELECT stage, touchpoint, toFloat64(row_number() OVER (PARTITION BY customer ORDER BY met)) AS place
FROM (
SELECT customer, stage, touchpoint, min((occurred_at, event_id)) AS met
FROM steps
WHERE customer != ''
GROUP BY customer, stage, touchpoint
))"""
_ENDED = """\
(
SELECT stage, touchpoint, last_met = max(last_met) OVER (PARTITION BY customer) AS here_last, last_bad,
  max(last_met) OVER (PARTITION BY customer) AS newest
FROM (
SELECT customer, stage, touchpoint, max((occurred_at, event_id)) AS last_met,
  argMaxIf(bad, (occurred_at, event_id), answered) AS last_bad
FROM steps
WHERE customer != ''
GROUP BY customer, stage, touchpoint
)
QUALIFY newest.1 < {before}
)"""


def _counts(parts: Mapping[str, str], rows: str) -> str:
    """Some of the columns by (stage, touchpoint), the others empty, in one order for all."""
    columns = ", ".join(f"{parts.get(name, empty)} AS {name}" for name, empty in _EMPTY.items())
    return f"SELECT stage, touchpoint, {columns}\nFROM {rows}\nGROUP BY stage, touchpoint"


def _said(word: str) -> str:
    return f"""\
(
SELECT stage, touchpoint, {word} AS word, count() AS times
FROM steps
WHERE {word} != ''
GROUP BY stage, touchpoint, word
)"""


def _words(word: str) -> str:
    """The most frequent words of `_said`, as the reader sees them."""
    ordered = "arraySort(one -> (-one.1, one.2), groupArray((toInt64(times), word)))"
    return (
        f"arrayStringConcat(arrayMap(one -> concat(one.2, ' (', toString(one.1), ')'), "
        f"arraySlice({ordered}, 1, {SHOWN_WORDS})), ' · ')"
    )
