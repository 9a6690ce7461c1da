"""Key experience: what matters most to customers, how far it falls short, and what is behind it."""

from __future__ import annotations

from dashboards import hiding, parts, words
from dashboards.method_sql import causes, delta, pieces
from dashboards.method_sql.ideal import ideal
from dashboards.method_sql.inside_out import inside_out
from dashboards.method_sql.key import key
from dashboards.method_sql.sources import sources
from dashboards.panel import FEW_ANSWERS, Axis, Board, Column, Line, Panel, Picture, Plane, Tone
from dashboards.planes import quadrants
from schemas.scales import SCALES
from streams.pure.method.delta import FAMILIES
from streams.pure.method.inside_out import OURSELVES
from streams.pure.method.sources import SOURCES

SCALE = SCALES["rating-1-10"]
SPREAD = SCALE.high - SCALE.low
"""As far as experience can be from expectation."""
MIDDLE = (SCALE.low + SCALE.high) / 2
"""Middle of 1..10: from here on an aspect is called important."""

_BY_ASPECT = {"aspect": "splitByChar('.', metric)[2]"}
_RATED = {family: f"startsWith(metric, '{family}.')" for family in FAMILIES}
_SHOWN = hiding.numbers(
    delta.rows(parts.CHOSEN),
    _RATED,
    by=_BY_ASPECT,
    made_of={"satisfaction": ("experience", "expectation"), "weighted": ("importance", "satisfaction")},
)
_KEY = key(rows=_SHOWN)
_STAT = f"""\
SELECT title, shown, note
FROM (
SELECT aspect AS shown, arrayJoin(arrayFilter(one -> one.4, [
  (1, 'key experience', concat('importance ', {words.number("importance")}), is_key),
  (2, 'first to mend', concat('weighted satisfaction ', {words.number("weighted", 0, signed=True)}), is_first_to_mend)
  ])) AS told, told.1 AS place, told.2 AS title, told.3 AS note
FROM (
{_KEY}
)
)
ORDER BY place"""

_PLACE = f"""multiIf(isNull(importance) OR isNull(satisfaction), 'unknown',
    importance_n < 30 OR satisfaction_n < 30, '○ few answers',
    importance >= {MIDDLE} AND satisfaction < 0, '▼ matters, falls short',
    importance >= {MIDDLE}, '▲ matters, as expected or better',
    satisfaction < 0, '● matters less, falls short', '● matters less, as expected or better')"""
_DELTA = f"""\
SELECT aspect, verdict, {
    ", ".join(
        f"{text} AS {name}_shown"
        for name, text in {
            "experience": words.number("experience"),
            "expectation": words.number("expectation"),
            "satisfaction": words.number("satisfaction", signed=True),
            "importance": words.number("importance"),
            "weighted": words.number("weighted", 0, signed=True),
        }.items()
    )
},
  if(isNull(ideal), 'not decided', printf('%.1f', assumeNotNull(ideal))) AS ideal_shown,
  if(isNull(ideal), 'not decided', {words.number("gap", signed=True)}) AS gap_shown,
  {_PLACE} AS quadrant, experience, expectation, satisfaction, importance, weighted, ideal, gap
FROM (
SELECT *, multiIf(is_key AND is_first_to_mend, 'key, first to mend', is_key, 'key experience',
  is_first_to_mend, 'first to mend', '') AS verdict
FROM (
{ideal(rows=_KEY, keep="*")}
)
)
WHERE NOT (experience_reason = 'no answers' AND expectation_reason = experience_reason
  AND importance_reason = experience_reason)
ORDER BY isNull(importance), importance DESC, isNull(experience), experience, aspect"""

_QUADRANT = f"""\
SELECT aspect AS name, satisfaction AS x, importance AS y, satisfaction_lower AS x_lower,
  satisfaction_upper AS x_upper, importance_lower AS y_lower, importance_upper AS y_upper,
  least(satisfaction_n, importance_n) AS n,
  multiIf(n < {FEW_ANSWERS}, '{Tone.QUIET}', satisfaction >= 0, '{Tone.GOOD}', importance >= {MIDDLE}, '{Tone.BAD}',
    '{Tone.FAIR}') AS tone,
  concat('importance ', {words.number("importance")}, ' · satisfaction ', {words.number("satisfaction", signed=True)})
    AS note
FROM (
{_KEY}
)
WHERE isNotNull(importance) AND isNotNull(satisfaction)
ORDER BY name"""

_TRIANGLES = f"""\
SELECT aspect AS name, expectation AS x, experience AS y, expectation_lower AS x_lower, expectation_upper AS x_upper,
  experience_lower AS y_lower, experience_upper AS y_upper, satisfaction_n AS n,
  multiIf(n < {FEW_ANSWERS}, '{Tone.QUIET}', satisfaction_lower > 0, '{Tone.GOOD}', satisfaction_upper < 0,
    '{Tone.BAD}', '{Tone.FAIR}') AS tone,
  concat('experience ', {words.number("experience")}, ' · expectation ', {words.number("expectation")},
    ' · satisfaction ', {words.number("satisfaction", signed=True)}) AS note
FROM (
{_KEY}
)
WHERE isNotNull(satisfaction)
ORDER BY name"""
# From one triangle to the next the line runs along the diagonal, which is to be seen anyway: so it needs no gaps.
_DIAGONAL = f"""\
SELECT corner.2 AS line_x, corner.3 AS line_y
FROM (
SELECT arrayJoin([(1, expectation, expectation), (2, expectation, experience), (3, experience, experience)]) AS corner,
  1 AS part, aspect
FROM (
SELECT aspect, assumeNotNull(expectation) AS expectation, assumeNotNull(experience) AS experience
FROM (
{_KEY}
)
WHERE isNotNull(satisfaction)
)
UNION ALL
SELECT (1, ends.2, ends.2) AS corner, ends.1 AS part, '' AS aspect
FROM (SELECT arrayJoin([(0, {SCALE.low}.), (2, {SCALE.high}.)]) AS ends)
)
ORDER BY part, aspect, corner.1"""

_WHO_OF_US = hiding.numbers(
    hiding.numbers(
        inside_out(parts.CHOSEN),
        {"theirs": _RATED["experience"], "theirs_top": _RATED["experience"]},
        by=_BY_ASPECT,
    ),
    {"ours": _RATED["experience"], "ours_top": _RATED["experience"]},
    by={**_BY_ASPECT, "respondent": "respondent"},
    made_of={"gap": ("ours", "theirs"), "gap_top": ("ours_top", "theirs_top")},
    whose=f"respondent IN ({pieces.texts(OURSELVES)})",
    counted=False,
)
_INSIDE_OUT = f"""\
SELECT aspect, respondent, {words.number("ours")} AS ours_shown, {words.number("theirs")} AS theirs_shown,
  {words.number("gap", signed=True)} AS gap_shown,
  {words.number("gap_top", 0, signed=True, times=100, unit=" points")} AS gap_top_shown, gap, gap_top
FROM (
{_WHO_OF_US}
)
WHERE ours_reason != 'no answers'
ORDER BY isNull(gap), gap DESC, aspect, respondent"""

_SAID_FROM = f"{_RATED['expectation']} AND JSONExtractString(detail, 'expectation_from') IN ({pieces.texts(SOURCES)})"
_FROM = hiding.numbers(
    hiding.numbers(
        sources(parts.CHOSEN),
        {"height": _SAID_FROM},
        by={"source": "JSONExtractString(detail, 'expectation_from')"},
        counted=False,
    ),
    {"part": _SAID_FROM},
    # Which sources very few did not name tells which one they did.
    made_of={"height": ("part",)},
    counted=False,
)
_SOURCES = f"""\
SELECT replaceAll(source, '_', ' ') AS source, {words.number("part", 0, times=100, unit=" %")} AS part_shown,
  {words.number("height")} AS height_shown, part, height
FROM (
{_FROM}
)
WHERE part_reason != 'no answers'
ORDER BY isNull(part), part DESC, source"""

_AT_TOUCHPOINTS = hiding.numbers(
    causes.rows(parts.CHOSEN),
    {"experience": _RATED["experience"]},
    by={**_BY_ASPECT, "touchpoint": "touchpoint"},
    whole=hiding.ALWAYS,
)
_CAUSES = f"""\
SELECT if(touchpoint = '', 'not named', touchpoint) AS name, {words.number("experience")} AS experience_shown,
  experience AS value
FROM (
SELECT *
FROM (
{_AT_TOUCHPOINTS}
) AS behind INNER JOIN (
SELECT aspect
FROM (
{_KEY}
)
WHERE is_key
) AS key USING (aspect)
)
ORDER BY isNull(experience), {causes.ORDER}"""


def _number(name: str, title: str) -> Column:
    return Column(f"{name}_shown", title, tones=words.TONES, width_px=210)


def _hidden(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, hidden=True) for name in names)


KEY_EXPERIENCE = Board(
    uid=parts.KEY_EXPERIENCE,
    title="Touchpulse · Key experience",
    question="What matters most to customers, how far does it fall short, and what is behind it?",
    variables=(*parts.FILTERS, hiding.CUSTOMERS),
    shown="now-30d",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="Where to look",
            question=(
                "Which aspect matters most, and which is first to mend? Key experience: highest importance. First to "
                "mend: lowest importance x satisfaction. An aspect with few answers comes after those with enough."
            ),
            picture=Picture.STAT,
            sql=_STAT,
            width=24,
            height=4,
            empty=f"nobody said yet what matters{hiding.OR_FEW}",
        ),
        Panel(
            id=2,
            title="Delta by aspect",
            question=(
                "Where does the experience fall short of what was expected? Satisfaction = experience - expectation, "
                "weighted = importance x satisfaction, gap = experience - ideal; all asked on 1-10, each with its 95 % "
                "interval and answers. What nobody was asked stays unknown. The ideal is management's decision."
            ),
            picture=Picture.TABLE,
            sql=_DELTA,
            columns=(
                Column("aspect", "Aspect", width_px=120),
                Column("verdict", "", tones=(("key", Tone.BAD), ("first", Tone.BAD)), width_px=150),
                _number("experience", "Experience"),
                _number("expectation", "Expectation"),
                _number("satisfaction", "Satisfaction"),
                _number("importance", "Importance"),
                _number("weighted", "Weighted"),
                Column("ideal_shown", "Ideal", width_px=110),
                _number("gap", "Gap to the ideal"),
                Column("quadrant", "Importance x satisfaction", tones=(*parts.CELL_TONES, *words.TONES), width_px=250),
                *_hidden("experience", "expectation", "satisfaction", "importance", "weighted", "ideal", "gap"),
            ),
            width=24,
            height=9,
            empty="no ratings in the time shown",
        ),
        Panel(
            id=6,
            title="Delta triangles",
            question=(
                "How far is what customers get from what they expected? Each aspect by mean expectation and mean "
                "experience, 1-10, with the 95 % interval of each. On the diagonal it is as expected; a triangle "
                "hanging below it falls short, and its upright side is the satisfaction. Red: surely short; blue: "
                "surely more."
            ),
            picture=Picture.SCATTER,
            sql=_TRIANGLES,
            plane=Plane(
                Axis("expectation", SCALE.low, SCALE.high),
                Axis("experience", SCALE.low, SCALE.high),
                lines=(Line("line_x", "line_y", "as expected"),),
                lines_sql=_DIAGONAL,
                corners=("more than expected", "", "", "less than expected"),
            ),
            width=12,
            height=12,
            empty=f"no aspect has both experience and expectation{hiding.OR_FEW}",
        ),
        Panel(
            id=7,
            title="Importance x satisfaction",
            question=(
                "What matters and falls short? Each aspect by mean satisfaction (experience - expectation) and mean "
                "importance, with the 95 % interval of each. Upper left comes first: it matters, and falls short. The "
                "dashed lines stand at satisfaction 0 and at 5.5, the middle of the scale of importance."
            ),
            picture=Picture.SCATTER,
            sql=_QUADRANT,
            plane=quadrants(
                Axis("satisfaction", -SPREAD, SPREAD),
                Axis("importance", SCALE.low, SCALE.high),
                at=(0, MIDDLE),
                corners=("matters, falls short", "matters, as expected", "matters less, falls short", "matters less"),
            ),
            width=12,
            height=12,
            empty=f"no aspect has both importance and satisfaction{hiding.OR_FEW}",
        ),
        Panel(
            id=3,
            title="Behind the key experience",
            question=(
                "Which touchpoints make the key experience what it is? Mean experience (1-10) of that aspect at each, "
                "the surely worst first: by the upper end of its interval. Of very few customers the number is hidden."
            ),
            picture=Picture.TABLE,
            sql=_CAUSES,
            columns=(Column("name", "Touchpoint"), _number("experience", "Experience"), *_hidden("value")),
            width=8,
            height=9,
            empty=f"no key experience in the time shown{hiding.OR_FEW}",
        ),
        Panel(
            id=4,
            title="Inside-out gap",
            question=(
                "Do we think better of ourselves than our customers do? Mean experience as employees and managers see "
                "it minus what customers say; and the same of the share who rate it 9 or 10."
            ),
            picture=Picture.TABLE,
            sql=_INSIDE_OUT,
            columns=(
                Column("aspect", "Aspect", width_px=120),
                Column("respondent", "Who of us", width_px=110),
                _number("ours", "We say"),
                _number("theirs", "Customers say"),
                _number("gap", "Gap"),
                _number("gap_top", "Gap of superior"),
                *_hidden("gap", "gap_top"),
            ),
            width=16,
            height=9,
            empty="no employee or manager rated in the time shown",
        ),
        Panel(
            id=5,
            title="Where expectations come from",
            question=(
                "Who raises expectations, and how high? Share of the expectations whose source was given, and their "
                "mean height (1-10). An expectation from our own promotion is ours to lower."
            ),
            picture=Picture.TABLE,
            sql=_SOURCES,
            columns=(
                Column("source", "Source"),
                _number("part", "Share"),
                _number("height", "Mean expectation"),
                *_hidden("part", "height"),
            ),
            width=24,
            height=8,
            empty="nobody said where expectations come from",
        ),
    ),
)
