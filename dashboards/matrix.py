"""Touchpoint matrix: where customers meet us, channel by stage, and how it feels there."""

from __future__ import annotations

from dashboards import hiding, parts, sql, tables, words
from dashboards.method_sql.net import net
from dashboards.panel import Board, Column, Panel, Picture

_ASKED_EVENTS = "hasAny(metrics, [{}])".format(", ".join(f"'{metric}'" for metric in sql.METRICS))
_STAGES = "['pre_purchase', 'purchase', 'use', 'after_sale', '']"
STAGE = f"transform(stage, {_STAGES}, ['Before purchase', 'Purchase', 'Use', 'After sale', 'No stage'], stage)"
"""A stage as the reader sees it."""


def secret(columns: str) -> str:
    """Whether a slice of the answers to csat, ces and nps has too few customers to be shown."""
    counted = tables.panes(f"{columns}, n", f"{parts.CHOSEN} AND {tables.ASKED}")
    return hiding.hidden(columns, counted=counted, asked=f"{parts.CHOSEN} AND {_ASKED_EVENTS}")


_CELL = sql.cell(
    "assumeNotNull(net)", "net_n", turned="0", net_now="assumeNotNull(net)", n_now="net_n",
    net_before="assumeNotNull(net)",
)  # fmt: skip
_MATRIX = f"""\
SELECT channel AS row_name, {STAGE} AS column_name,
  if(secret, concat('○ < ', toString({hiding.LEAST}), ' customers'), {_CELL}) AS cell,
  if(secret, NULL, net) AS net, if(secret, NULL, net_lower) AS net_lower, if(secret, NULL, net_upper) AS net_upper,
  if(secret, NULL, net_n) AS n, 0 AS turn
FROM (
SELECT *, {secret("channel, stage")} AS secret
FROM (
{net(("channel", "stage"), parts.CHOSEN)}
))
ORDER BY indexOf({_STAGES}, stage), channel"""

_WORST = f"""\
SELECT channel, stage, touchpoint, {STAGE} AS at_stage, if(touchpoint = '', 'not named', touchpoint) AS at_touchpoint,
  {words.number("net", 0, signed=True)} AS net_shown, net AS value
FROM (
SELECT *, {secret("channel, stage, touchpoint")} AS secret
FROM (
{net(("channel", "stage", "touchpoint"), parts.CHOSEN)}
))
WHERE NOT secret
ORDER BY net_n < 30, net_upper, channel, touchpoint, stage
LIMIT 50"""

_SIGNALS = f"""\
SELECT channel, {STAGE} AS at_stage,
  if({hiding.of_part("channel, stage", "metric = 'signal'")}, {hiding.HIDDEN}, toString(times)) AS signals
FROM (
SELECT p.channel AS channel, p.stage AS stage, sum(p.n) AS times
FROM (
{tables.panes("channel, stage, n", f"{parts.CHOSEN} AND metric = 'signal'")}
) AS p
GROUP BY channel, stage
HAVING times > 0
)
ORDER BY startsWith(signals, 'hidden'), if(startsWith(signals, 'hidden'), 0, times) DESC, channel, stage
LIMIT 50"""

_BEHIND = parts.to_answers(("channel", "channel"), ("stage", "stage"), ("touchpoint", "touchpoint"))

MATRIX = Board(
    uid=parts.MATRIX,
    title="Touchpulse · Touchpoints",
    question="Where do customers meet us, and where is it good or bad?",
    variables=(*parts.FILTERS, parts.WINDOW, parts.SCALE, hiding.CUSTOMERS),
    shown="now-30d",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="Channel by stage",
            question=(
                "Where is it good or bad? Net experience (share of good minus share of bad answers, over CSAT, CES and "
                "NPS together) and the answers it rests on. ▲ 30 and more, ● 0 to 29, ▼ bad outweighs good, ○ fewer "
                "than 30 answers. Moments nobody was asked about are counted apart, below."
            ),
            picture=Picture.MATRIX,
            sql=_MATRIX,
            columns=(Column("cell", tones=parts.CELL_TONES),),
            width=24,
            height=11,
        ),
        Panel(
            id=2,
            title="Touchpoints, surely worst first",
            question=(
                "Which touchpoint needs a look first? By the best that its net experience could still be (upper end of "
                "the 95 % interval); few answers come last, and those of very few customers are not listed."
            ),
            picture=Picture.TABLE,
            sql=_WORST,
            columns=(
                Column("channel", "Channel", link=parts.TO_CHANNEL, width_px=140),
                Column("at_stage", "Stage", width_px=140),
                Column("at_touchpoint", "Touchpoint", link=_BEHIND, width_px=160),
                Column("net_shown", "Net experience", tones=words.TONES),
                *(Column(name, hidden=True) for name in ("value", "stage", "touchpoint")),
            ),
            width=14,
            height=11,
        ),
        Panel(
            id=3,
            title="Bad moments nobody was asked about",
            question="Where do systems see what no survey asks, such as a failed checkout? Signals, most first.",
            picture=Picture.TABLE,
            sql=_SIGNALS,
            columns=(
                Column("channel", "Channel"),
                Column("at_stage", "Stage"),
                Column("signals", "Signals", tones=words.TONES),
            ),
            width=10,
            height=11,
            empty="no signals in the time shown",
        ),
    ),
)
