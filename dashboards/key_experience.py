"""Key experience: what matters most to customers, how far it falls short, and what is behind it."""

from __future__ import annotations

from dashboards import hiding, parts, tables, words
from dashboards.method_sql import causes
from dashboards.method_sql.ideal import ideal
from dashboards.method_sql.inside_out import inside_out
from dashboards.method_sql.key import key
from dashboards.method_sql.sources import sources
from dashboards.panel import FEW_ANSWERS, Axis, Board, Column, Line, Panel, Picture, Plane, Tone
from dashboards.planes import quadrants
from schemas.scales import SCALES

SCALE = SCALES["rating-1-10"]
SPREAD = SCALE.high - SCALE.low
"""As far as experience can be from expectation."""
MIDDLE = (SCALE.low + SCALE.high) / 2
"""Middle of 1..10: from here on an aspect is called important."""

_KEY = key(parts.CHOSEN)
_STAT = f"""\
SELECT title, shown, note
FROM (
SELECT 1 AS place, 'key experience' AS title, aspect AS shown,
  concat('importance ', {words.number("importance")}) AS note
FROM (
{_KEY}
)
WHERE is_key
UNION ALL
SELECT 2 AS place, 'first to mend' AS title, aspect AS shown,
  concat('weighted satisfaction ', {words.number("weighted", 0, signed=True)}) AS note
FROM (
{_KEY}
)
WHERE is_first_to_mend
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
{_KEY}
)
) AS measured INNER JOIN (
{ideal(parts.CHOSEN)}
) AS wanted USING (aspect)
WHERE experience_n + expectation_n + importance_n > 0
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

_INSIDE_OUT = f"""\
SELECT aspect, respondent, {words.number("ours")} AS ours_shown, {words.number("theirs")} AS theirs_shown,
  {words.number("gap", signed=True)} AS gap_shown,
  {words.number("gap_top", 0, signed=True, times=100, unit=" points")} AS gap_top_shown, gap, gap_top
FROM (
{inside_out(parts.CHOSEN)}
)
WHERE ours_n > 0
ORDER BY gap DESC, aspect, respondent"""

_SOURCES = f"""\
SELECT replaceAll(source, '_', ' ') AS source, {words.number("part", 0, times=100, unit=" %")} AS part_shown,
  {words.number("height")} AS height_shown, part, height
FROM (
{sources(parts.CHOSEN)}
)
WHERE part_n > 0
ORDER BY part DESC, source"""

_SECRET = hiding.hidden(
    "touchpoint",
    counted=tables.panes("touchpoint, n", f"{parts.CHOSEN} AND startsWith(metric, 'experience.')"),
    asked=f"{parts.CHOSEN} AND arrayExists(m -> startsWith(m, 'experience.'), metrics)",
)
_CAUSES = f"""\
SELECT if(touchpoint = '', 'not named', touchpoint) AS name,
  if(secret, {hiding.HIDDEN}, {words.number("experience")}) AS experience_shown,
  if(secret, NULL, experience) AS value
FROM (
SELECT *, experience_n < {hiding.LEAST} OR {_SECRET} AS secret
FROM (
{causes.rows(parts.CHOSEN)}
) AS behind INNER JOIN (
SELECT aspect
FROM (
{_KEY}
)
WHERE is_key
) AS key USING (aspect)
)
ORDER BY secret, {causes.ORDER}"""


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
            empty="nobody said yet what matters",
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
            empty="no aspect has both experience and expectation",
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
            empty="no aspect has both importance and satisfaction",
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
            empty="no key experience in the time shown",
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
