"""Journey: how customers feel from stage to stage, what they do and need, and where they leave."""

from __future__ import annotations

from dashboards import hiding, parts, words
from dashboards.matrix import STAGE
from dashboards.method_sql import pieces
from dashboards.method_sql.emotion import curve, places
from dashboards.panel import FEW_ANSWERS, Axis, Board, Column, Line, Panel, Picture, Plane, Tone, Variable
from streams.pure.method.emotion import STAGES

QUIET = Variable(
    "quiet",
    "Ended after",
    choices=(("an hour", "3600"), ("a day", "86400"), ("7 days", "604800")),
    default="604800",
)
_POINTS = curve("$__toTime - toIntervalSecond(${quiet:raw})", parts.CHOSEN, people=True)
# Very few customers were here; or, though more were, told their feeling; or ended their journey.
_FEW, _FEW_FELT, _FEW_ENDED = (
    f"people < {hiding.LEAST}",
    f"valence_n > 0 AND valence_n < {hiding.CHECKED} * {hiding.LEAST} AND feeling < {hiding.LEAST}",
    f"left_n > 0 AND left_n < {hiding.LEAST}",
)
_ORDER = f"{pieces.place_of('stage', STAGES)}, isNull(position), ifNull(position, 0), touchpoint"
_CURVE = f"""\
SELECT {STAGE} AS at_stage, touchpoint,
  if(unfelt, {hiding.HIDDEN}, {words.number("valence", 2, signed=True)}) AS valence_shown,
  if(unfelt, '', repeat(if(ifNull(valence, 0) < 0, '▼', '▲'), toUInt8(ceil(5 * abs(ifNull(valence, 0)))))) AS curve,
  multiIf(secret, '', unended, {hiding.HIDDEN}, {words.number("left", 0, times=100, unit=" %")}) AS left_shown,
  if(secret, '', actions) AS they_do, if(secret, '', needs) AS they_need,
  if(unfelt, NULL, valence) AS valence_exact, if(unended, NULL, left) AS left_exact,
  if(secret, NULL, j.position) AS position
FROM (
SELECT *, {_FEW} AS secret, secret OR {_FEW_FELT} AS unfelt, secret OR {_FEW_ENDED} AS unended
FROM (
{_POINTS}
)) AS j
ORDER BY {_ORDER}
LIMIT 100"""
_DRAWN = f"""\
SELECT touchpoint AS name, place AS x, valence AS y, valence_lower AS y_lower, valence_upper AS y_upper,
  valence_n AS n,
  multiIf(n < {FEW_ANSWERS}, '{Tone.QUIET}', valence_lower > 0, '{Tone.GOOD}', valence_upper < 0, '{Tone.BAD}',
    '{Tone.FAIR}') AS tone,
  concat({STAGE}, ' · feeling ', {words.number("valence", 2, signed=True)},
    if(actions = '', '', concat(' · they do: ', actions)), if(needs = '', '', concat(' · they need: ', needs))) AS note
FROM (
SELECT *, row_number() OVER (ORDER BY {_ORDER}) AS place, {_FEW} OR {_FEW_FELT} AS unfelt
FROM (
{_POINTS}
))
WHERE isNotNull(valence) AND NOT unfelt
ORDER BY x
LIMIT 100"""
# As far as there are places, whether a feeling was told there or not.
_LEVEL = f"""\
SELECT arrayJoin([1, greatest(2, count())]) AS line_x, 0 AS line_y
FROM (
{places(parts.CHOSEN)}
)"""

JOURNEY = Board(
    uid=parts.JOURNEY,
    title="Touchpulse · Journey",
    question="How do customers feel from stage to stage, what do they need there, and where do they leave?",
    variables=(*parts.FILTERS, QUIET, hiding.CUSTOMERS),
    shown="now-30d",
    refresh_s=60,
    panels=(
        Panel(
            id=2,
            title="Emotion curve",
            question=(
                "Where along the way does it feel good, and where bad? Mean valence from -1 to 1 of each touchpoint "
                "with its 95 % interval, from left to right in the order of the journey; the larger a point, the more "
                "answers. The dashed line is neither good nor bad. Touchpoints of very few customers, and those nobody "
                "told a feeling of, stand in the table below only. Of more than 50,000 events, the order is that of "
                "customers drawn by lot."
            ),
            picture=Picture.SCATTER,
            sql=_DRAWN,
            plane=Plane(
                Axis("touchpoints, in the order of the journey", low=0),
                Axis("feeling", -1, 1),
                lines=(Line("line_x", "line_y", "neutral"),),
                lines_sql=_LEVEL,
                joined=True,
            ),
            width=24,
            height=10,
            empty="nobody told a feeling in the time shown",
        ),
        Panel(
            id=1,
            title="Along the way",
            question=(
                "How does it feel along the way? Touchpoints in the order of the journey: by stage, then by the median "
                "place in customers' own sequences. Mean valence from -1 to 1 with its 95 % interval and answers. They "
                "leave here: of the customers who were here and whose journey ended, the share whose last answer at "
                "their last touchpoint was given here and bad. Of more than 50,000 events, order, leaving and words "
                "are those of customers drawn by lot, each with all of theirs. A number of very few is hidden."
            ),
            picture=Picture.TABLE,
            sql=_CURVE,
            columns=(
                Column("at_stage", "Stage", width_px=130),
                Column("touchpoint", "Touchpoint", width_px=150),
                Column("curve", "", tones=(("▲", Tone.GOOD), ("▼", Tone.BAD)), width_px=90),
                Column("valence_shown", "Feeling", tones=words.TONES, width_px=230),
                Column("left_shown", "They leave here", tones=words.TONES, width_px=200),
                Column("they_do", "They do"),
                Column("they_need", "They need"),
                *(Column(name, hidden=True) for name in ("valence_exact", "left_exact", "position")),
            ),
            width=24,
            height=14,
            empty="no event with a touchpoint in the time shown",
        ),
    ),
)
