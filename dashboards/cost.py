"""Cost of negative experience: what is lost in a year, where, and what three levers would bring."""

from __future__ import annotations

from dashboards import parts, words
from dashboards.method_sql import pieces
from dashboards.method_sql.cost import cost, inputs, measured
from dashboards.method_sql.source import target
from dashboards.panel import Board, Column, Panel, Picture

_CURRENCY = target("economics", "currency", words=True)
_INPUTS = inputs()
_COST = cost(_INPUTS)

_STAT = f"""\
SELECT tile.1 AS title, concat(tile.2, ' ', currency) AS shown, tile.3 AS note
FROM (
SELECT arrayJoin([
  ('lost in a year', {words.money("assumeNotNull(lost)")}, concat(if(isNull(lost_lower), '', concat(
    {words.money("assumeNotNull(lost_lower)")}, ' to ', {words.money("assumeNotNull(lost_upper)")}, ' · ')),
    if(isNull(lost_share), '', concat(printf('%.1f', 100 * assumeNotNull(lost_share)), ' % of sales')))),
  ('lost without a word', {words.money("assumeNotNull(silent_lost)")}, 'of customers who never complained'),
  ('lost of those who complained', {words.money("assumeNotNull(complaining_lost)")}, 'although they could be answered'),
  ('at risk', {words.money("assumeNotNull(at_risk)")}, 'may still go')]) AS tile,
  ifNull({_CURRENCY}, '') AS currency
FROM (
{_COST}
))"""


def _group(name: str, column: str) -> str:
    cells = ", ".join(words.money(f"assumeNotNull({column}{part})") for part in ("", "_at_risk", "_lost", "_kept"))
    return f"('{name}', {cells}, assumeNotNull({column}_lost))"


_WHERE = f"""\
SELECT line.1 AS customers, line.2 AS touched, line.3 AS at_risk, line.4 AS lost, line.5 AS kept, line.6 AS lost_exact
FROM (
SELECT arrayJoin([{_group("who complain", "complaining")}, {_group("who stay silent", "silent")}]) AS line
FROM (
{_COST}
))"""

_LEVERS = ("fewer_negatives", "more_won_back", "more_complaints")
_ASKED = ("fewer negative experiences", "more complainers won back", "more complaints")
_STEP = "[" + ", ".join(f"ifNull({target('economics', f'what_if.{name}')}, 0)" for name in _LEVERS) + "]"
_MOVED = cost(
    f"""\
SELECT *, arrayJoin([0, 1, 2, 3]) AS lever, {_STEP} AS steps
FROM (
{_INPUTS}
)""",
    fewer_negatives="if(lever = 1, steps[1], 0)",
    more_won_back="if(lever = 2, steps[2], 0)",
    more_complaints="if(lever = 3, steps[3], 0)",
    keep=("lever", "steps"),
)
_WHAT_IF = f"""\
SELECT [{pieces.texts(_ASKED)}][lever] AS what, concat('by ', printf('%.1f', 100 * steps[lever]), ' points') AS moved,
  {words.money("assumeNotNull(lost)")} AS lost_then, {words.money("saved_exact")} AS saved, saved_exact
FROM (
SELECT lever, steps, lost, assumeNotNull(maxIf(lost, lever = 0) OVER () - lost) AS saved_exact
FROM (
{_MOVED}
))
WHERE lever > 0
ORDER BY lever"""

_MEASURED = f"""\
SELECT line.1 AS what, line.2 AS shown
FROM (
SELECT arrayJoin([
  ('share of negative answers', {words.number("negative", 1, times=100, unit=" %")}),
  ('customers with a negative answer who complained', {words.number("complaint", 1, times=100, unit=" %")}),
  ('complaints for each negative answer, higher is better',
    if(isNull(per_negative), 'unknown: no negative answers', printf('%.2f', assumeNotNull(per_negative)))),
  ('cases about complaints by outcome', if(kept + at_risk + lost = 0, 'unknown: no outcomes',
    concat(toString(kept), ' kept · ', toString(at_risk), ' at risk · ', toString(lost), ' lost')))]) AS line
FROM (
{measured()}
)
WHERE negative_n > 0)"""

COST = Board(
    uid=parts.COST,
    title="Touchpulse · Cost",
    question="What does negative experience cost in a year, where is it lost, and what would lower it?",
    # Of the whole firm: its sales are not known by channel.
    variables=(),
    shown="now-30d",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="Sales lost in a year",
            question=(
                "How much is lost to negative experience? Yearly sales x share of negative experiences, parted into "
                "those who complain and those who stay silent, each with what becomes of them. Shares are those of the "
                "target file, or measured where it says so; the interval is that of the measured shares."
            ),
            picture=Picture.STAT,
            sql=_STAT,
            width=24,
            height=5,
            empty="the target file has no economics, or a share it leaves to the stream is not known yet",
        ),
        Panel(
            id=2,
            title="Where it is lost",
            question="Who is lost: those who complain, or those who say nothing? Yearly sales to each group.",
            picture=Picture.TABLE,
            sql=_WHERE,
            columns=(
                Column("customers", "Customers"),
                Column("touched", "Touched"),
                Column("at_risk", "At risk"),
                Column("lost", "Lost"),
                Column("kept", "Kept"),
                Column("lost_exact", hidden=True),
            ),
            width=12,
            height=6,
            empty="not known yet",
        ),
        Panel(
            id=3,
            title="Three levers",
            question=(
                "What would be lost then? Each lever alone, moved as far as the target file says. More complaints "
                "lower the loss: an open complaint can be answered, silence can not."
            ),
            picture=Picture.TABLE,
            sql=_WHAT_IF,
            columns=(
                Column("what", "Lever"),
                Column("moved", "Moved"),
                Column("lost_then", "Lost then"),
                Column("saved", "Saved"),
                Column("saved_exact", hidden=True),
            ),
            width=12,
            height=6,
            empty="not known yet",
        ),
        Panel(
            id=4,
            title="What the answers say",
            question=(
                "Which shares does the stream measure, in the time shown? A rising number of complaints is no bad "
                "news by itself: see how many there are for each negative answer. Of more than 50,000 negative answers "
                "and complaints, who complained is told of customers taken by lot."
            ),
            picture=Picture.TABLE,
            sql=_MEASURED,
            columns=(Column("what", "Measured"), Column("shown", "In the time shown", tones=words.TONES)),
            width=24,
            height=7,
            empty="no answers in the time shown",
        ),
    ),
)
