"""Locations: which regions and places differ from the whole by more than chance, and never by having few answers."""

from __future__ import annotations

from dashboards import hiding, parts, sql, tables
from dashboards.method_sql import funnel
from dashboards.panel import FEW_ANSWERS, Axis, Board, Column, Line, Link, Panel, Picture, Plane, Tone, Unit, Variable

REGION = Variable(
    "region",
    "Regions",
    sql=(
        "SELECT name FROM (SELECT words AS name FROM targets WHERE kind = 'region' "
        "AND version = (SELECT max(version) FROM targets) "
        f"UNION DISTINCT SELECT '{funnel.NO_REGION}' AS name) ORDER BY name = '{funnel.NO_REGION}', name"
    ),
    several=True,
    in_order=True,
)

_SCALE = "${scale:sqlstring}"
_PLACES = f"SELECT * FROM (\n{funnel.by_location(_SCALE, parts.CHOSEN)}\n) WHERE region IN (${{region:sqlstring}})"
_SECRET = hiding.hidden(
    "location",
    counted=tables.panes("location, n", f"{parts.CHOSEN} AND location != '' AND scale = {_SCALE} AND {tables.ASKED}"),
    asked=f"{parts.CHOSEN} AND location != '' AND has(scales, {_SCALE})",
)
_VERDICT = f"""\
multiIf(secret, 'hidden', score_n < {FEW_ANSWERS}, 'too few answers', concat(
    multiIf(against < 0, 'worse', against > 0, 'better', 'as the rest'), ' · rank ', ifNull(toString(rank), '')))"""
_TOLD = f"""\
{_VERDICT} AS verdict,
  if(secret, {hiding.HIDDEN}, {sql.shown("score", "metric", "'no answers'")}) AS told,
  if(secret, '', {sql.shown_interval("score_lower", "score_upper", "metric")}) AS told_interval"""
_JUDGED = f"""\
SELECT *, {_TOLD}
FROM (
SELECT *, {_SECRET} AS secret
FROM (
SELECT *, name AS location
FROM (
{funnel.funnel("location", _PLACES, ("metric", *funnel.LIMITED, "region"))}
)))"""
_REGIONS = f"""\
SELECT *, {_TOLD}
FROM (
SELECT *, name NOT IN (
SELECT region
FROM (
{_PLACES}
)
WHERE NOT {_SECRET}) AS secret
FROM (
{funnel.funnel("region", funnel.by_region(_PLACES), ("metric", "places"))}
))"""
_LAST = f"secret, if(secret, 0, against), score_n < {FEW_ANSWERS} OR secret, if(secret, 0, rank), name"


def _ranked(rows: str, also: str) -> str:
    numbers = ", ".join(
        f"if(secret, NULL, j.score{end}) AS {name}"
        for end, name in (("_n", "n"), ("", "value"), ("_lower", "lower"), ("_upper", "upper"))
    )
    return f"""\
SELECT name, {also}, verdict, told AS score, told_interval AS interval, {numbers},
  if(min(secret) OVER (), NULL, j.whole) AS whole
FROM (
{rows}
) AS j
ORDER BY {_LAST}
LIMIT 300"""


_ENOUGH = f"countIf(NOT secret AND score_n >= {FEW_ANSWERS})"
_WORST = "NOT secret AND against < 0 AND rank = 1"
_STAT = f"""\
SELECT told.1 AS title, told.2 AS shown, told.3 AS note
FROM (
SELECT arrayJoin(arrayFilter(one -> one.2 != '', [
  ('all places together', {sql.shown("every", "of_metric", hiding.HIDDEN)}, if(isNull(every), '',
    concat('n ', toString(answers), ' · ', toString(places), ' places'))),
  ('surely the worst', worst, worst_note),
  ('outside 99.8 %', if(isNull(every), '', concat(toString(far_worse), ' worse, ', toString(far_better), ' better')),
    concat('of ', toString(enough), ' with enough answers · by chance ', printf('%.1f', enough / 500)))
  ])) AS told
FROM (
SELECT if(min(secret), NULL, max(j.whole)) AS every, any(j.metric) AS of_metric, sum(j.score_n) AS answers,
  count() AS places,
  anyIf(name, {_WORST}) AS worst, anyIf(concat(told, ' (', told_interval, ') · n ', toString(j.score_n)), {_WORST})
    AS worst_note,
  countIf(NOT secret AND outside = -2) AS far_worse, countIf(NOT secret AND outside = 2) AS far_better,
  {_ENOUGH} AS enough
FROM (
{_JUDGED}
) AS j
HAVING count() > 0
))"""

_FUNNEL = f"""\
SELECT name, score_n AS x, score AS y, score_n AS n,
  multiIf(outside < 0, '{Tone.BAD}', outside > 0, '{Tone.GOOD}', '{Tone.QUIET}') AS tone,
  concat(told, ' (', told_interval, ') · n ', toString(score_n), ' · ', region, ' · ', multiIf(
    score_n < {FEW_ANSWERS}, 'too few answers to judge', abs(outside) = 2, 'outside 99.8 %', abs(outside) = 1,
    'outside 95 %', 'within 95 %')) AS note
FROM (
{_JUDGED}
)
WHERE NOT secret
ORDER BY name"""

_BEHIND = parts.to_answers(("location", "name"))
_HERE = Link(parts.LOCATIONS, "Its places", set_from=(("region", "name"),), keep=(*parts.KEPT, "scale"))
_TONES = (("worse", Tone.BAD), ("better", Tone.GOOD), ("too few", Tone.QUIET), ("hidden", Tone.QUIET))


def _columns(*first: Column) -> tuple[Column, ...]:
    return (
        *first,
        Column("verdict", "Against the whole", tones=_TONES, width_px=170),
        Column("score", "Score", tones=(("hidden", Tone.QUIET),), width_px=100),
        Column("interval", "95 % interval", width_px=140),
        Column("n", "Answers", Unit.COUNT, width_px=90),
        *(Column(name, hidden=True) for name in ("value", "lower", "upper", "whole")),
    )


LOCATIONS = Board(
    uid=parts.LOCATIONS,
    title="Touchpulse · Locations",
    question="Which regions and places are surely worse or better than the rest?",
    variables=(*parts.FILTERS, parts.SCALE, REGION, hiding.CUSTOMERS),
    shown="now-30d",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="Where to look",
            question=(
                "What do all places chosen make together, which is surely the worst, and how many are outside the "
                "outer limits of the funnel? Surely: the whole 95 % interval lies below the score of all."
            ),
            picture=Picture.STAT,
            sql=_STAT,
            width=24,
            height=4,
            empty="no answers with a location in the time shown",
        ),
        Panel(
            id=2,
            title="Regions, surely worst first",
            question=(
                "Which regions differ from all together beyond chance? Places are added up by the region that the "
                "catalogue in force gives them. A click leaves the places of that region. A region of which no place "
                "may be shown is hidden."
            ),
            picture=Picture.TABLE,
            sql=_ranked(_REGIONS, "places"),
            columns=_columns(
                Column("name", "Region", link=_HERE, width_px=130), Column("places", "Places", Unit.COUNT, width_px=70)
            ),
            width=10,
            height=14,
            empty="no answers with a location in the time shown",
        ),
        Panel(
            id=4,
            title="Funnel",
            question=(
                "Is a place off, or only small? Each place by its answers and score, with the limits that places of "
                "its size stay within if all are alike: score of all ± 1.96 (95 %) and ± 3.09 (99.8 %) x standard "
                "deviation of one answer / √n (Spiegelhalter, 2005). Red: worse than the limits; blue: better; grey: "
                "within them, or fewer than 30 answers."
            ),
            picture=Picture.SCATTER,
            sql=_FUNNEL,
            plane=Plane(
                Axis("answers"),
                Axis("score"),
                lines=(
                    Line("line_n", "outer_high", "99.8 %"),
                    Line("line_n", "inner_high", "95 %"),
                    Line("line_n", "whole", "all"),
                    Line("line_n", "inner_low", "95 %"),
                    Line("line_n", "outer_low", "99.8 %"),
                ),
                lines_sql=funnel.limits(f"SELECT * FROM (\n{_JUDGED}\n) WHERE NOT secret"),
            ),
            width=14,
            height=14,
            empty=f"no answers with a location in the time shown{hiding.OR_FEW}",
        ),
        Panel(
            id=3,
            title="Places, surely worst first",
            question=(
                "Which places differ from all together beyond chance? First those whose 95 % interval lies below, by "
                "its upper end; last those whose interval lies above, by its lower end. With fewer than 30 answers a "
                "place has no rank, so four answers neither lead nor trail. Very few customers: the number is hidden."
            ),
            picture=Picture.RANKING,
            sql=_ranked(_JUDGED, "region"),
            columns=_columns(
                Column("name", "Location", link=_BEHIND, width_px=160), Column("region", "Region", width_px=110)
            ),
            width=24,
            height=14,
            empty="no answers with a location in the time shown",
        ),
    ),
)
