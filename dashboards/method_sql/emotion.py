"""Emotion curve in SQL: feeling, words and leaving along the journey."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, counted, drawn, met
from streams.pure.method.emotion import SHOWN_WORDS, STAGES


def curve(ended_before: str, where: str = ANYWHERE, *, people: bool = False) -> str:
    """One row for each (stage, touchpoint) met, in the order of the journey; columns as `Point.row`.

    Of more than MOST_EVENTS events, steps and words are those of customers drawn by lot; feelings are of all.

    Args:
        ended_before: a time in SQL: a journey whose last step is younger may go on.
        people: whether to tell how many customers are behind a point (`people`), and behind its feeling (`feeling`).
            Without a pseudonym each event is one.
    """
    feelings = counted("stage, touchpoint, bin, n", f"({where}) AND scale = 'emotion-valence' AND touchpoint != ''")
    steps = drawn(
        "customer, stage, touchpoint, (occurred_at, event_id) AS moment, has(boxes, -1) AS bad, "
        "arrayExists(s -> s != 'count', scales) AS answered, has(scales, 'emotion-valence') AS told, "
        "JSONExtractString(detail, 'action') AS action, JSONExtractString(detail, 'need') AS need",
        f"({where}) AND touchpoint != ''",
    )
    # In one pass over the steps, since each is read from the store: a customer's at a place, a customer's, a place's.
    return f"""\
SELECT stage, touchpoint, position, {pieces.columns("valence", "left")}, actions, needs{_PEOPLE if people else ""}
FROM (
SELECT stage, touchpoint, if(placed = 0, NULL, middle) AS position,
  {pieces.estimate("valence", pieces.mean("felt", "total", "squares", "emotion-valence", 100), "felt")},
  {pieces.estimate("left", pieces.share("gone", "ended"), "ended")}, {_words("actions")}, {_words("needs")}{_PEOPLE}
FROM (
SELECT stage, touchpoint, sum(felt) AS felt, sum(total) AS total, sum(squares) AS squares, sum(placed) AS placed,
  sum(middle) AS middle, sum(gone) AS gone, sum(ended) AS ended, sum(people) AS people, sum(feeling) AS feeling,
  sumMap(actions.1, actions.2) AS actions, sumMap(needs.1, needs.2) AS needs
FROM (
SELECT p.stage AS stage, p.touchpoint AS touchpoint, sum(p.n) AS felt, sum(p.bin * p.n) AS total,
  sum(p.bin * p.bin * p.n) AS squares, toUInt64(0) AS placed, toFloat64(0) AS middle, toUInt64(0) AS gone,
  toUInt64(0) AS ended, toUInt64(0) AS people, toUInt64(0) AS feeling,
  CAST(([], []), 'Tuple(Array(String), Array(UInt64))') AS actions, actions AS needs
FROM (
{feelings}
) AS p
GROUP BY stage, touchpoint
UNION ALL
SELECT stage, touchpoint, toUInt64(0) AS felt, toInt64(0) AS total, toInt64(0) AS squares,
  countIf(known) AS placed, if(placed = 0, 0., quantileExactInclusiveIf(0.5)(toFloat64(place), known)) AS middle,
  countIf(gone) AS gone, countIf(ended) AS ended, toUInt64(placed + sumIf(events, NOT known)) AS people,
  toUInt64(countIf(known AND feelings > 0) + sumIf(feelings, NOT known)) AS feeling,
  {_counted_words("actions")}, {_counted_words("needs")}
FROM (
SELECT *, customer != '' AS known, row_number() OVER (PARTITION BY customer ORDER BY met) AS place,
  max(last_met) OVER (PARTITION BY customer) AS newest, known AND newest.1 < {ended_before} AS ended,
  ended AND last_met = newest AND last_bad AS gone
FROM (
SELECT customer, stage, touchpoint, min(moment) AS met, max(moment) AS last_met, count() AS events,
  countIf(told) AS feelings, argMaxIf(bad, moment, answered) AS last_bad,
  groupArrayIf(action, action != '') AS said_actions, groupArrayIf(need, need != '') AS said_needs
FROM (
{steps}
)
GROUP BY customer, stage, touchpoint
))
GROUP BY stage, touchpoint
)
GROUP BY stage, touchpoint
))
ORDER BY {pieces.place_of("stage", STAGES)}, isNull(position), ifNull(position, 0), touchpoint"""


def places(where: str = ANYWHERE) -> str:
    """All (stage, touchpoint) of the curve, without reading what was said there."""
    return f"""\
SELECT stage, touchpoint
FROM (
{counted("stage, touchpoint", f"({where}) AND scale = 'emotion-valence' AND touchpoint != ''")}
)
GROUP BY stage, touchpoint
UNION DISTINCT
SELECT stage, touchpoint
FROM (
{met("stage, touchpoint", f"({where}) AND touchpoint != ''")}
)
GROUP BY stage, touchpoint"""


_PEOPLE = ", people, feeling"


def _counted_words(name: str) -> str:
    """Each word once, and how often it was said."""
    said = f"said_{name}"
    return f"sumMap({said}, arrayMap(one -> toUInt64(1), {said})) AS {name}"


def _words(name: str) -> str:
    """The most frequent of counted words, as the reader sees them."""
    ordered = f"arraySort(one -> (-toInt64(one.2), one.1), arrayZip({name}.1, {name}.2))"
    return (
        f"arrayStringConcat(arrayMap(one -> concat(one.1, ' (', toString(one.2), ')'), "
        f"arraySlice({ordered}, 1, {SHOWN_WORDS})), ' · ') AS {name}"
    )
