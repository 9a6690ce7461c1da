"""Key experience: what matters most to customers, how far it falls short, and what is behind it."""

from __future__ import annotations

from dashboards import hiding, parts, tables, words
from dashboards.method_sql import causes
from dashboards.method_sql.ideal import ideal
from dashboards.method_sql.inside_out import inside_out
from dashboards.method_sql.key import key
from dashboards.method_sql.sources import sources
from dashboards.panel import Board, Column, Panel, Picture, Tone

CHOSEN = "channel IN (${channel:sqlstring})"
MIDDLE = 5.5
"""Middle of 1..10: from here on an aspect is called important."""

_KEY = key(CHOSEN)
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
{ideal(CHOSEN)}
) AS wanted USING (aspect)
WHERE experience_n + expectation_n + importance_n > 0
ORDER BY isNull(importance), importance DESC, isNull(experience), experience, aspect"""

_INSIDE_OUT = f"""\
SELECT aspect, respondent, {words.number("ours")} AS ours_shown, {words.number("theirs")} AS theirs_shown,
  {words.number("gap", signed=True)} AS gap_shown,
  {words.number("gap_top", 0, signed=True, times=100, unit=" points")} AS gap_top_shown, gap, gap_top
FROM (
{inside_out(CHOSEN)}
)
WHERE ours_n > 0
ORDER BY gap DESC, aspect, respondent"""

_SOURCES = f"""\
SELECT replaceAll(source, '_', ' ') AS source, {words.number("part", 0, times=100, unit=" %")} AS part_shown,
  {words.number("height")} AS height_shown, part, height
FROM (
{sources(CHOSEN)}
)
WHERE part_n > 0
ORDER BY part DESC, source"""

_SECRET = hiding.hidden(
    "touchpoint",
    counted=tables.panes("touchpoint, n", f"{CHOSEN} AND startsWith(metric, 'experience.')"),
    asked=f"{CHOSEN} AND arrayExists(m -> startsWith(m, 'experience.'), metrics)",
)
_CAUSES = f"""\
SELECT if(touchpoint = '', 'not named', touchpoint) AS name,
  if(secret, {hiding.HIDDEN}, {words.number("experience")}) AS experience_shown,
  if(secret, NULL, experience) AS value
FROM (
SELECT *, experience_n < {hiding.LEAST} OR {_SECRET} AS secret
FROM (
{causes.rows(CHOSEN)}
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
    variables=(parts.CHANNELS, hiding.CUSTOMERS),
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
