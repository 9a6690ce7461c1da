"""Consistency: does the same thing feel the same on every channel and every week?"""

from __future__ import annotations

from dashboards import hiding, parts, tables, words
from dashboards.matrix import secret
from dashboards.method_sql.consistency import consistency
from dashboards.method_sql.omni import omni
from dashboards.panel import Board, Column, Panel, Picture, Tone

_OMNI = f"""\
SELECT touchpoint, channel, if(odd, '▼ the odd one out', '') AS verdict,
  {words.number("net", 0, signed=True)} AS net_shown,
  if(unsaid, {hiding.HIDDEN}, {words.number("apart", 0, signed=True)}) AS apart_shown,
  net AS net_value, if(unsaid, NULL, apart) AS apart_value
FROM (
SELECT *, {secret("touchpoint, channel")} AS secret, isNotNull(apart) AND (apart_n < {hiding.LEAST}
  OR countIf(NOT secret) OVER (PARTITION BY touchpoint) < 2) AS unsaid
FROM (
{omni(parts.CHOSEN)}
))
WHERE NOT secret
ORDER BY max(odd) OVER (PARTITION BY touchpoint) DESC, touchpoint, odd DESC, channel
LIMIT 100"""

_RATED = "startsWith(metric, 'experience.')"
_SECRET = hiding.hidden(
    "touchpoint",
    counted=tables.panes("touchpoint, n", f"{parts.CHOSEN} AND {_RATED}"),
    asked=f"{parts.CHOSEN} AND arrayExists(metric -> {_RATED}, metrics)",
)
_DERIVED = f"""\
SELECT touchpoint, {words.number("consistency")} AS consistency_shown,
  if(isNull(tau), 'unknown', printf('%.2f', assumeNotNull(tau))) AS tau_shown, cells, consistency AS value
FROM (
SELECT *, {_SECRET} AS secret
FROM (
{consistency(parts.CHOSEN)}
))
WHERE NOT secret AND (isNull(consistency) OR consistency_n >= {hiding.LEAST})
ORDER BY isNull(consistency), consistency_n < 30, consistency, touchpoint
LIMIT 100"""

CONSISTENCY = Board(
    uid=parts.CONSISTENCY,
    title="Touchpulse · Consistency",
    question="Does the same thing feel the same on every channel, and which channel does not fit?",
    variables=(*parts.FILTERS, hiding.CUSTOMERS),
    shown="now-30d",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="One touchpoint over channels",
            question=(
                "Which channel is the odd one out? Net experience of each channel at a touchpoint, and how far it is "
                "from all the others there. Odd: the farthest of those that differ beyond chance (99 %); of two that "
                "differ, the worse. Touchpoints with an odd one come first; very few customers are not listed."
            ),
            picture=Picture.TABLE,
            sql=_OMNI,
            columns=(
                Column("touchpoint", "Touchpoint", width_px=150),
                Column("channel", "Channel", width_px=130),
                Column("verdict", "", tones=(("▼", Tone.BAD),), width_px=150),
                Column("net_shown", "Net experience", tones=words.TONES),
                Column("apart_shown", "Apart from the others", tones=words.TONES),
                Column("net_value", hidden=True),
                Column("apart_value", hidden=True),
            ),
            width=14,
            height=14,
            empty=f"no answers yet{hiding.OR_FEW}",
        ),
        Panel(
            id=2,
            title="Derived consistency",
            question=(
                "How alike is the experience of a touchpoint over channels and weeks? 10 - 9 x tau / 4.5, tau being "
                "how much the true means (1-10) vary: what chance makes the observed ones vary is taken off."
            ),
            picture=Picture.TABLE,
            sql=_DERIVED,
            columns=(
                Column("touchpoint", "Touchpoint", width_px=150),
                Column("consistency_shown", "Consistency", tones=words.TONES),
                Column("tau_shown", "Tau", tones=words.TONES, width_px=90),
                Column("cells", "Cells", width_px=80),
                Column("value", hidden=True),
            ),
            width=10,
            height=14,
            empty=f"no ratings with a touchpoint in the time shown{hiding.OR_FEW}",
        ),
    ),
)
