"""Loyalty: who comes back, and what a customer is worth."""

from __future__ import annotations

from dashboards import parts, words
from dashboards.method_sql.returns import returns
from dashboards.method_sql.value import value
from dashboards.panel import Board, Column, Panel, Picture, Variable

CHOSEN = parts.within(parts.CHANNELS)
"""Purchases and visits are kept by channel."""
DAYS = Variable(
    "days", "Back within", choices=(("30 days", "30"), ("90 days", "90"), ("180 days", "180")), default="90"
)

_RETURNS = f"""\
SELECT concat('back within ', toString(${{days:raw}}), ' days') AS title,
  if(isNull(rate), 'unknown', concat(printf('%.1f', 100 * assumeNotNull(rate)), ' %')) AS shown,
  concat({words.number("rate", 1, times=100, unit=" %")}, ' · ', toString(too_young), ' too young') AS note,
  rate AS value
FROM (
{returns("${days:raw}", CHOSEN)}
)
WHERE rate_n + too_young > 0"""

_PERCENT = words.number("retention", 1, times=100, unit=" %")
_VALUE = f"""\
SELECT currency, {words.number("value", 0)} AS value_shown, {words.number("purchase", 2)} AS purchase_shown,
  {words.number("frequency", 2)} AS frequency_shown, {_PERCENT} AS retention_shown, {words.number("years", 1)}
    AS years_shown, value AS value_exact
FROM (
{value(CHOSEN)}
)
ORDER BY purchase_n DESC, currency"""


def _number(name: str, title: str) -> Column:
    return Column(f"{name}_shown", title, tones=words.TONES)


LOYALTY = Board(
    uid=parts.LOYALTY,
    title="Touchpulse · Loyalty",
    question="Who comes back, and what is a customer worth?",
    variables=(parts.CHANNELS, DAYS),
    shown="now-1y",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="Return rate",
            question=(
                "How many come back? Of the customers whose first purchase lies in the time shown and is so many days "
                "ago at least, the share who bought again on another day within them, with its 95 % interval. Who is "
                "too young has not had the time, and is not counted as gone."
            ),
            picture=Picture.STAT,
            sql=_RETURNS,
            width=24,
            height=5,
            empty="no first purchase of a known customer in the time shown",
        ),
        Panel(
            id=2,
            title="Customer value",
            question=(
                "What is a customer worth, simply estimated? Mean purchase x purchases a year x years, by currency, "
                "from the 365 days up to the end of the time shown; years = 1 / (1 - retention), retention being the "
                "share of the year before's customers who bought in this one."
            ),
            picture=Picture.TABLE,
            sql=_VALUE,
            columns=(
                Column("currency", "Currency", width_px=90),
                _number("value", "Customer value"),
                _number("purchase", "Mean purchase"),
                _number("frequency", "Purchases a year"),
                _number("retention", "Retention"),
                _number("years", "Years"),
                Column("value_exact", hidden=True),
            ),
            width=24,
            height=7,
            empty="no purchase with an amount in the year before",
        ),
    ),
)
