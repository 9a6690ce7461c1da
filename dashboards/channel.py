"""The channel board: where in this channel is it good or bad, since when, and what do people say?"""

from __future__ import annotations

from dashboards import parts, sql, tables
from dashboards.overview import ALERT_MARKS
from dashboards.panel import FEW_ANSWERS, Board, Column, Panel, Picture, Tone, Unit

_HERE = "channel = ${channel:sqlstring}"
_SCALE = "scale = ${scale:sqlstring}"
_COUNTS = """\
sum(p.n) AS answers, sumIf(p.n, p.box = 1) AS tops, sumIf(p.n, p.box = -1) AS bads,
    sum(p.bin * p.n) AS total, sum(p.bin * p.bin * p.n) AS squares"""


def _score(metric: str, scale: str) -> tuple[str, str, str]:
    return sql.score(metric=metric, scale=scale, n="answers", top="tops", bad="bads", total="total", squares="squares")


_VALUE, _LOWER, _UPPER = _score("asked", "on_scale")

_BY_PERIOD = f"""\
SELECT time, {_VALUE} AS score, {_LOWER} AS lower, {_UPPER} AS upper, toFloat64(answers) AS n
FROM (
  SELECT $__timeInterval(p.slice) AS time, any(p.metric) AS asked, any(p.scale) AS on_scale,
    {_COUNTS}
  FROM (
{tables.panes("slice, metric, scale, bin, box, n", f"{_HERE} AND {_SCALE} AND {tables.ASKED}")}
  ) AS p
  GROUP BY time
)
WHERE answers > 0
ORDER BY time"""


def _net(good: str, bad: str, n: str) -> tuple[str, str, str]:
    """(net experience, lower, upper) in points."""
    lower, upper = sql.adjusted_wald(good, bad, n)
    return f"if(({n}) = 0, NULL, 100 * (toInt64({good}) - toInt64({bad})) / ({n}))", f"100 * {lower}", f"100 * {upper}"


_STAGES = "['pre_purchase', 'purchase', 'use', 'after_sale']"
_NET, _NET_LOWER, _NET_UPPER = _net("good", "bad", "answers")
_NOW = _net("good_now", "bad_now", "answers_now")
_BEFORE = _net("good - good_now", "bad - bad_now", "answers - answers_now")
_, _TURN_LOWER, _TURN_UPPER = sql.change(("now", "now_low", "now_high"), ("was", "was_low", "was_high"))
_MATRIX = f"""\
SELECT if(touchpoint = '', 'not named', touchpoint) AS row_name,
  transform(stage, ['pre_purchase', 'purchase', 'use', 'after_sale', ''],
    ['Before purchase', 'Purchase', 'Use', 'After sale', 'No stage'], stage) AS column_name,
  {
    sql.cell(
        "assumeNotNull(net)",
        "n",
        turned="turned",
        net_now="assumeNotNull(now)",
        n_now="answers_now",
        net_before="assumeNotNull(was)",
    )
} AS cell,
  net, net_lower, net_upper, n, good, bad, now AS net_now, answers_now AS n_now, was AS net_before,
  if(turned, sign(assumeNotNull(now - was)), 0) AS turn
FROM (
  SELECT *, ifNull(answers_now >= {FEW_ANSWERS} AND ({_TURN_LOWER} > 0 OR {_TURN_UPPER} < 0), 0) AS turned
  FROM (
    SELECT touchpoint, stage, good, bad, answers AS n, answers_now,
      {_NET} AS net, {_NET_LOWER} AS net_lower, {_NET_UPPER} AS net_upper,
      {_NOW[0]} AS now, {_NOW[1]} AS now_low, {_NOW[2]} AS now_high,
      {_BEFORE[0]} AS was, {_BEFORE[1]} AS was_low, {_BEFORE[2]} AS was_high
    FROM (
      SELECT p.touchpoint AS touchpoint, p.stage AS stage,
        sum(p.n) AS answers, sumIf(p.n, p.box = 1) AS good, sumIf(p.n, p.box = -1) AS bad,
        sumIf(p.n, p.recent) AS answers_now, sumIf(p.n, p.recent AND p.box = 1) AS good_now,
        sumIf(p.n, p.recent AND p.box = -1) AS bad_now
      FROM (
{
    tables.panes(
        f"touchpoint, stage, box, n, slice >= $__toTime - toIntervalSecond({tables.WINDOW}) AS recent",
        f"{_HERE} AND {tables.ASKED}",
    )
}
      ) AS p
      GROUP BY touchpoint, stage
      HAVING answers > 0
    )
  )
)
ORDER BY indexOf({_STAGES}, stage) = 0, indexOf({_STAGES}, stage), touchpoint"""

_ALL_COUNTS = {name: f"sum({name}) OVER ()" for name in ("answers", "tops", "bads", "total", "squares")}
_WHOLE = sql.score(
    metric="asked", scale="on_scale", n="all_answers", top="all_tops", bad="all_bads", total="all_total",
    squares="all_squares",
)[0]  # fmt: skip
_SIGN = sql.better_sign("on_scale")
_RANKING = f"""\
SELECT name, verdict, score, interval, n, value, lower, upper, whole, apart
FROM (
  SELECT name, n, value, lower, upper, whole,
    {sql.shown("value", "asked", "'no answers'")} AS score,
    {sql.shown_interval("lower", "upper", "asked")} AS interval,
    multiIf(n < {FEW_ANSWERS} OR isNull(lower) OR isNull(upper), 0., upper < whole, {_SIGN} * (upper - whole),
      lower > whole, {_SIGN} * (lower - whole), 0.) AS apart,
    multiIf(n < {FEW_ANSWERS}, 'too few answers', apart < 0, 'worse', apart > 0, 'better', 'as the rest') AS verdict
  FROM (
    SELECT location AS name, asked, on_scale, answers AS n,
      {_VALUE} AS value, {_LOWER} AS lower, {_UPPER} AS upper, {_WHOLE} AS whole
    FROM (
      SELECT *, {", ".join(f"{expression} AS all_{name}" for name, expression in _ALL_COUNTS.items())}
      FROM (
        SELECT p.location AS location, any(p.metric) AS asked, any(p.scale) AS on_scale,
          {_COUNTS}
        FROM (
{tables.panes("location, metric, scale, bin, box, n", f"{_HERE} AND {_SCALE} AND {tables.ASKED}")}
        ) AS p
        GROUP BY location
        HAVING answers > 0
      )
    )
  )
  WHERE name != ''
)
ORDER BY apart, verdict = 'too few answers', value * {_SIGN.replace("on_scale", "${scale:sqlstring}")}, name
LIMIT 200"""

_BAD_ONE = "box = -1 AND metric IN ('csat', 'ces', 'nps')"
_BAD_ANSWERS = f"""\
SELECT t.occurred_at AS at, touchpoint, location,
  concat({sql.label("scale")}, ': ', toString(bin)) AS answer, comment, segment, stage, metric, scale, bin, producer, event_id
FROM touchpoints AS t FINAL
ARRAY JOIN metrics AS metric, scales AS scale, bins AS bin, boxes AS box
WHERE {_BAD_ONE} AND class != 'test' AND respondent = 'customer' AND {_HERE}
  AND occurred_at >= $__fromTime AND occurred_at <= $__toTime
  AND (producer, event_id) IN (
    SELECT producer, event_id
    FROM touchpoints
    WHERE {_HERE} AND has(boxes, -1) AND class != 'test' AND respondent = 'customer'
      AND hasAny(metrics, ['csat', 'ces', 'nps'])
      AND occurred_at >= $__fromTime AND occurred_at <= $__toTime
      AND stored_at >= $__fromTime - toIntervalMinute(1)
    ORDER BY occurred_at DESC
    LIMIT 200
  )
ORDER BY at DESC, event_id, scale
LIMIT 50"""

CHANNEL = Board(
    uid=parts.CHANNEL,
    title="Touchpulse · Channel",
    question="Where in this channel is it good or bad, since when, and what do people say?",
    variables=(parts.ONE_CHANNEL, parts.WINDOW, parts.SCALE),
    annotations=(ALERT_MARKS,),
    panels=(
        Panel(
            id=1,
            title="$channel now",
            question=(
                "How is this channel doing now, on each question asked? Rolling scores of the window chosen, each "
                "with its 95 % interval, answers, and change against the window before."
            ),
            picture=Picture.SCORES,
            sql=tables.recent_scores("channel", _HERE),
            columns=parts.score_columns(one_channel=True),
            width=24,
            height=6,
        ),
        Panel(
            id=2,
            title="Rolling score",
            question=(
                "How did the score move? The same number as above at each moment: line, 95 % band, and the answers "
                "it rests on as bars. A gap: nobody answered."
            ),
            picture=Picture.BAND,
            sql=tables.score_line("channel", "s.channel = ${channel:sqlstring}"),
            width=12,
            height=9,
        ),
        Panel(
            id=3,
            title="Score by period",
            question=(
                "How was it in each stretch of time by itself, far back too? Counted from the answers given in each "
                "period, late and imported ones with them; line, 95 % band, answers as bars."
            ),
            picture=Picture.BAND,
            sql=_BY_PERIOD,
            width=12,
            height=9,
            min_interval_s=300,
        ),
        Panel(
            id=4,
            title="Touchpoints by stage",
            question=(
                "Where is it good or bad? Net experience (share of good minus share of bad answers, over CSAT, CES "
                "and NPS together) and the answers it rests on, in the time shown; where the newest window differs from "
                "before beyond chance, how it is now. ▲ 30 and more, ● 0 to 29, ▼ bad outweighs good, ○ fewer than "
                "30 answers."
            ),
            picture=Picture.MATRIX,
            sql=_MATRIX,
            columns=(Column("cell", tones=parts.CELL_TONES),),
            width=12,
            height=11,
        ),
        Panel(
            id=5,
            title="Locations, surely worst first",
            question=(
                "Which locations differ from the channel as a whole beyond chance, in the time shown? Ordered by how "
                "far the 95 % interval lies from the channel's score; a location with fewer than 30 answers neither "
                "leads nor trails."
            ),
            picture=Picture.RANKING,
            sql=_RANKING,
            columns=(
                Column("name", "Location", width_px=160),
                Column(
                    "verdict",
                    "Against the channel",
                    tones=(("worse", Tone.BAD), ("better", Tone.GOOD), ("too few", Tone.QUIET)),
                    whole_row=True,
                    width_px=150,
                ),
                Column("score", "Score", width_px=100),
                Column("interval", "95 % interval", width_px=150),
                Column("n", "Answers", Unit.COUNT, width_px=90),
                *(Column(name, hidden=True) for name in ("value", "lower", "upper", "whole", "apart")),
            ),
            width=12,
            height=11,
            empty="no answers with a location in the time shown",
        ),
        Panel(
            id=6,
            title="Latest bad answers",
            question="What did people say who answered in the bad part of the scale, newest first?",
            picture=Picture.TABLE,
            sql=_BAD_ANSWERS,
            columns=(
                Column("at", "When", Unit.CLOCK_MS, width_px=170),
                Column("touchpoint", "Touchpoint", width_px=150),
                Column("location", "Location", width_px=140),
                Column("answer", "Answer", width_px=170),
                Column("comment", "In their words"),
                *(
                    Column(name, hidden=True)
                    for name in ("segment", "stage", "metric", "scale", "bin", "producer", "event_id")
                ),
            ),
            width=24,
            height=9,
            empty="no bad answers in the time shown",
        ),
    ),
)
