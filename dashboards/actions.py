"""Actions: what was done for the experience, what it changed, what that is worth, and what else happened."""

from __future__ import annotations

from dashboards import hiding, marks, parts, sql, tables, words
from dashboards.method_sql import pieces
from dashboards.method_sql.actions import returns
from dashboards.method_sql.source import counted
from dashboards.panel import Board, Column, Panel, Picture, Tone, Unit
from streams.pure.method.actions import TOO_FEW_WEEKS

WEEKS = 8
"""Whole weeks compared on either side of an action, where there are so many."""

_TREATED = "touchpoint IN (SELECT touchpoint FROM actions WHERE at >= $__fromTime AND at <= $__toTime)"
_SECRET = hiding.hidden(
    "touchpoint",
    counted=tables.panes("touchpoint, n", f"{tables.ASKED} AND {_TREATED}"),
    asked=f"hasAny(metrics, [{pieces.texts(sql.METRICS)}]) AND {_TREATED}",
)
_WHERE = "if(channel = '', touchpoint, concat(channel, ' / ', touchpoint))"


def _unless_secret(text: str) -> str:
    return f"if(secret, {hiding.HIDDEN}, {text})"


def _where_known(text: str) -> str:
    """Nothing where the effect is not known, or hidden: its own column says why, once a row."""
    return f"if(secret OR isNull(net), '', {text})"


_WEEKS = "concat(toString(weeks_before), ' before, ', toString(weeks_after), ' after')"
_ACTIONS = f"""\
SELECT at, what, {_WHERE} AS place,
  multiIf(secret, 'hidden', net_reason = '{TOO_FEW_WEEKS}', 'too few weeks', isNull(net), 'unknown',
    net_lower > 0, 'helped', net_upper < 0, 'made it worse', 'within chance') AS verdict,
  {_unless_secret(words.number("net", signed=True))} AS net_shown,
  {_where_known(words.number("negative", signed=True, times=100, unit=" points"))} AS negative_shown,
  if(isNull(cost), 'not told', {words.money("assumeNotNull(cost)")}) AS cost_shown,
  {_where_known(words.amount("saved"))} AS saved_shown, {_where_known(words.amount("gain"))} AS gain_shown,
  multiIf(secret OR isNull(rate), '', concat(printf('%+.0f', 100 * assumeNotNull(rate)), ' %')) AS rate_shown,
  {_WEEKS} AS weeks, action_id, if(secret, NULL, net) AS net_exact, if(secret, NULL, negative) AS negative_exact,
  if(secret, NULL, saved) AS saved_exact, if(secret, NULL, gain) AS gain_exact
FROM (
SELECT *, net_n > 0 AND {_SECRET} AS secret
FROM (
{returns(WEEKS)}
))
ORDER BY at DESC, action_id
LIMIT 100"""

_NET = pieces.net("tops", "bads", "answers")
_GRAPH = f"""\
SELECT time, {_NET[0]} AS score, {_NET[1]} AS lower, {_NET[2]} AS upper, toFloat64(answers) AS n
FROM (
SELECT $__timeInterval(p.slice) AS time, sum(p.n) AS answers, sumIf(p.n, p.box = 1) AS tops,
  sumIf(p.n, p.box = -1) AS bads
FROM (
{counted("slice, box, n", tables.ASKED)}
) AS p
GROUP BY time
)
WHERE answers > 0
ORDER BY time"""

_MARKS = f"""\
SELECT at, kind AS sort, what, mark_id,
  if(touchpoint = '', if(channel = '', 'everywhere', channel), {_WHERE}) AS place
FROM marks FINAL
WHERE removed = 0 AND at >= $__fromTime AND at <= $__toTime
ORDER BY at DESC, mark_id
LIMIT 100"""

_VERDICTS = (
    ("helped", Tone.GOOD),
    ("made it worse", Tone.BAD),
    ("within chance", Tone.QUIET),
    ("too few", Tone.QUIET),
    *words.TONES,
)

ACTIONS = Board(
    uid=parts.ACTIONS,
    title="Touchpulse · Actions",
    question="What did we do about it, did it help, and was it worth its money?",
    variables=(hiding.CUSTOMERS,),
    annotations=marks.OF_ALL,
    shown="now-1y",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="What each action changed, and what it brings in a year",
            question=(
                "Did it help, beyond what changed anyway? The change at the treated touchpoint minus the change at all "
                f"others over the same weeks, up to {WEEKS} on either side: in net experience, and in the share of "
                "negative answers; each with its 95 % interval, which comes from how much weeks differ, and the "
                "answers at the treated touchpoint. Fewer than two weeks on a side say nothing. In money through the "
                "cost model of the target file: sales no longer lost in a year, less the cost, and that by the cost."
            ),
            picture=Picture.TABLE,
            sql=_ACTIONS,
            columns=(
                Column("at", "Since", Unit.CLOCK_MS, width_px=160),
                Column("what", "Action", width_px=180),
                Column("place", "Treated", width_px=140),
                Column("verdict", "Did it help", tones=_VERDICTS, width_px=120),
                Column("net_shown", "Net experience", tones=words.TONES, width_px=230),
                Column("negative_shown", "Negative answers", tones=words.TONES, width_px=250),
                Column("cost_shown", "Cost", width_px=90),
                Column("saved_shown", "Sales kept in a year", tones=words.TONES, width_px=250),
                Column("gain_shown", "Less the cost", tones=words.TONES, width_px=250),
                Column("rate_shown", "Return", width_px=80),
                Column("weeks", "Weeks compared", width_px=140),
                *(
                    Column(name, hidden=True)
                    for name in ("action_id", "net_exact", "negative_exact", "saved_exact", "gain_exact")
                ),
            ),
            width=24,
            height=10,
            empty="no action in the time shown: `touchpulse annotate` tells of one",
        ),
        Panel(
            id=2,
            title="Net experience, with what was done",
            question=(
                "Did the whole move when something was done? Share of good minus share of bad answers to CSAT, CES and "
                "NPS together, week by week (finer where less time is shown): line, 95 % band, answers as bars. ◆ an "
                "action, ● a release or note, ○ history counted again."
            ),
            picture=Picture.BAND,
            sql=_GRAPH,
            width=16,
            height=10,
            min_interval_s=3_600,
        ),
        Panel(
            id=3,
            title="Releases and notes",
            question="What else happened? As told by `touchpulse annotate`, newest first.",
            picture=Picture.TABLE,
            sql=_MARKS,
            columns=(
                Column("at", "When", Unit.CLOCK_MS, width_px=160),
                Column("sort", "Kind", width_px=80),
                Column("what", "What"),
                Column("place", "Where", width_px=140),
                Column("mark_id", hidden=True),
            ),
            width=8,
            height=10,
            empty="nothing was told in the time shown",
        ),
    ),
)
