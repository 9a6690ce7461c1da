"""Voices: what customers say now, and what grew among bad answers this hour."""

from __future__ import annotations

from dashboards import hiding, parts, sql, tables
from dashboards.method_sql import pieces
from dashboards.method_sql.source import newest
from dashboards.method_sql.voices import rises, terms
from dashboards.panel import Board, Column, Link, Panel, Picture, Tone, Unit
from streams.pure.method.voices import Z_GREW

FILTERS = (*parts.FILTERS, parts.TOUCHPOINTS_OF)
_CHOSEN = parts.within(*FILTERS)
NOW_H, BEFORE_H = 1, 24
"""Hours that count as now, and hours before them that they are held against."""
TO_CHANNEL = Link(
    parts.CHANNEL, "Look into this channel", (("channel", "channel"),), tuple(one.name for one in parts.SLICES)
)
SORTS = ("word", "touchpoint", "location")

_REAL = "class != 'test' AND respondent = 'customer'"
_ASKED = f"hasAny(metrics, [{pieces.texts(sql.METRICS)}])"
_BAD = f"arrayExists((metric, box) -> box = -1 AND metric IN ({pieces.texts(sql.METRICS)}), metrics, boxes)"
_SPAN = f"occurred_at >= $__toTime - toIntervalHour({NOW_H + BEFORE_H}) AND occurred_at < $__toTime"
_RECENT = f"occurred_at >= $__toTime - toIntervalHour({NOW_H})"
_RECENT_BAD = f"""\
SELECT event_id
        FROM touchpoints
        WHERE {_REAL} AND {_CHOSEN} AND has(boxes, -1) AND {_SPAN}
          AND stored_at >= $__toTime - toIntervalHour({NOW_H + BEFORE_H + 1})"""
# Found first by time and kept columns alone, then read whole, as they stand.
_ANSWERS = f"""\
SELECT sort, {_RECENT} AS recent, if(customer = '', concat(producer, ' ', event_id), customer) AS who,
  multiIf(sort = 'word', {terms("comment")}, sort = 'touchpoint', arrayFilter(name -> name != '', [touchpoint]),
    arrayFilter(name -> name != '', [location])) AS terms
FROM (
{newest(_RECENT_BAD)}
) AS t
ARRAY JOIN [{pieces.texts(SORTS)}] AS sort
WHERE {_REAL} AND {_CHOSEN} AND {_BAD} AND {_SPAN}"""
_ANY_PART = f"({parts.everything(*parts.SLICES, parts.TOUCHPOINTS_OF)})"
_SHARE = "concat(printf('%.0f', 100 * {0} / {1}), ' % (', toString({0}), ' of ', toString({1}), ')')"
_GREW = f"""\
SELECT term, sort, if(grew, '▲ grew', if(isNull(j.z), 'in every answer', 'within chance')) AS verdict,
  {_SHARE.format("now", "n_now")} AS now_shown,
  multiIf(n_before = 0, 'no bad answers', secret, {hiding.HIDDEN}, {_SHARE.format("before", "n_before")})
    AS before_shown, if(secret, NULL, j.z) AS z, if(secret, NULL, j.log_odds) AS log_odds
FROM (
SELECT *, NOT {_ANY_PART} AND n_before > 0 AND people_before < {hiding.LEAST} AS secret
FROM (
{rises(_ANSWERS, least=hiding.LEAST, people=True)}
)) AS j
ORDER BY isNull(j.z), j.z DESC, sort, term
LIMIT 30"""

_SECRET = hiding.hidden(
    "channel, touchpoint, location",
    counted=tables.panes("channel, touchpoint, location, n", _CHOSEN),
    asked=_CHOSEN,
)
_TOO_FEW = hiding.of_part("channel", hiding.ANYBODY, where=_CHOSEN, whole=_ANY_PART)
_LABELLED = f"arrayFilter(one -> one.2 IN ({pieces.texts(sql.METRICS)}), arrayZip(scales, metrics, bins))"
_ANSWER = (
    f"if({_ASKED}, arrayStringConcat(arrayMap(one -> concat({sql.label('one.1')}, ': ', toString(one.3)), "
    f"{_LABELLED}), ', '), replaceAll(toString(kind), '_', ' '))"
)


def _latest(which: str) -> str:
    """The newest events of a kind, in words."""
    ids = f"""\
SELECT event_id
        FROM touchpoints
        WHERE {_REAL} AND {_CHOSEN} AND {which} AND occurred_at >= $__fromTime AND occurred_at <= $__toTime
          AND stored_at >= $__fromTime - toIntervalMinute(1)
        ORDER BY occurred_at DESC, event_id, producer
        LIMIT 200"""
    return f"""\
SELECT at, channel, if(secret, '', touchpoint) AS touchpoint, if(secret, '', location) AS location,
  multiIf(felt < 0, '▼', felt > 0, '▲', '●') AS mood, answer, if(secret, {hiding.HIDDEN}, comment) AS comment
FROM (
SELECT occurred_at AS at, channel, touchpoint, location, comment, {_ANSWER} AS answer,
  if(empty(boxes), 0, arrayMin(boxes)) AS felt, {_SECRET} AS secret, event_id, producer
FROM (
{newest(ids)}
) AS t
WHERE {_REAL} AND {_CHOSEN} AND {which} AND occurred_at >= $__fromTime AND occurred_at <= $__toTime
  AND NOT {_TOO_FEW}
)
ORDER BY at DESC, event_id, producer
LIMIT 100"""


_COUNTS = "sum(p.n) AS answers, sumIf(p.n, p.box = 1) AS good, sumIf(p.n, p.box = -1) AS bad"
_PART = "concat(printf('%.1f', 100 * {0} / answers), ' %'), concat(toString({0}), ' answers')"
_COUNTED = f"""\
SELECT told.1 AS title, told.2 AS shown, told.3 AS note
FROM (
SELECT arrayJoin([
  ('answers chosen', toString(answers), 'to CSAT, CES and NPS, in the time shown'),
  ('good', {_PART.format("good")}),
  ('bad', {_PART.format("bad")})
  ]) AS told
FROM (
SELECT {_COUNTS}
FROM (
{tables.panes("n, box", f"{_CHOSEN} AND {tables.ASKED}")}
) AS p
HAVING answers >= {hiding.LEAST}
  AND NOT {hiding.of_part("''", tables.ASKED, where=_CHOSEN, whole=_ANY_PART)}
))"""

_VERDICTS = (("▲", Tone.BAD), ("within", Tone.QUIET), ("in every", Tone.QUIET))

_ONE_EACH = (
    Column("at", "When", Unit.CLOCK_MS, width_px=160),
    Column("mood", "", tones=parts.CELL_TONES, width_px=30),
    Column("channel", "Channel", link=TO_CHANNEL, width_px=110),
    Column("touchpoint", "Touchpoint", width_px=130),
    Column("location", "Location", width_px=120),
    Column("answer", "Answer", width_px=150),
    Column("comment", "In their words"),
)

VOICES = Board(
    uid=parts.VOICES,
    title="Touchpulse · Voices",
    question="What do customers say now, and what do the unhappy name more often than yesterday?",
    variables=(*FILTERS, hiding.CUSTOMERS),
    refresh_s=5,
    panels=(
        Panel(
            id=4,
            title="Chosen above",
            question=(
                "How many answers are behind what was clicked, and how many of them are good and bad? Late and "
                "imported ones are with them, tests are not."
            ),
            picture=Picture.STAT,
            sql=_COUNTED,
            width=24,
            height=4,
            empty=f"nobody answered what is chosen, in the time shown{hiding.OR_FEW}",
        ),
        Panel(
            id=1,
            title="What grew among bad answers this hour",
            question=(
                "What do unhappy customers name more often than before? Bad answers to CSAT, CES and NPS of the last "
                "hour against the 24 hours before: the share that names a word, touchpoint or location. z is the rise "
                "in its standard errors, by log-odds with a prior of ten answers (Monroe, Colaresi, Quinn 2008); "
                f"beyond {Z_GREW:.1f} it is told as grown. An answer counts once for a word. Chinese is taken in pairs "
                "of neighbouring signs, without a dictionary. What very few customers name is not listed."
            ),
            picture=Picture.TABLE,
            sql=_GREW,
            columns=(
                Column("term", "Named"),
                Column("sort", "As", width_px=100),
                Column("verdict", "", tones=_VERDICTS, width_px=130),
                Column("now_shown", "Last hour", width_px=150),
                Column("before_shown", "24 hours before", width_px=160),
                Column("z", "z", digits=1, width_px=60),
                Column("log_odds", hidden=True),
            ),
            width=10,
            height=16,
            empty="nothing is named by enough unhappy customers in the last hour",
        ),
        Panel(
            id=2,
            title="Latest comments",
            question=(
                "What did customers write in the time shown, newest first, and how did they answer? ▼ bad, ● neither, "
                "▲ good. E-mail addresses, phone, card and id numbers are taken out before a comment is stored; where "
                "very few customers answered, place and words are hidden."
            ),
            picture=Picture.TABLE,
            sql=_latest("comment != ''"),
            columns=_ONE_EACH,
            width=14,
            height=16,
            empty=f"nobody wrote anything in the time shown{hiding.OR_FEW}",
        ),
        Panel(
            id=3,
            title="The answers behind",
            question=(
                "Which answers are counted here? All that was chosen above, newest first: where, how it was answered, "
                "and the words if there are any. Where very few customers answered, place and words are hidden."
            ),
            picture=Picture.TABLE,
            sql=_latest("notEmpty(metrics)"),
            columns=_ONE_EACH,
            width=24,
            height=14,
            empty=f"nobody answered what is chosen, in the time shown{hiding.OR_FEW}",
        ),
    ),
)
