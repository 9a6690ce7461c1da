"""Slices in which so few people answered that a number, or a comment, would be about somebody: boards do not show them.

One rule for all boards. The number of a stage, touchpoint, location or segment is hidden where fewer than so many
customers are behind it. The number of a channel, or of all channels, is shown; but as soon as a stage, location or
segment is chosen it is a number of that part, and hidden like one (`numbers`, `of_part`).

Hidden is never a silent gap: a hidden slice keeps its place and says that it is hidden, and why; a picture that cannot
says so where it would be empty. What is counted is customers, not answers: one person who answers ten times is still
one. Answers without a customer count as one person each, since more cannot be told. Only rolling scores of a part
count answers (narrowed.py): no customers are known where they are summed. A sum over slices is not hidden by this:
with one slice hidden and the channel's number beside it, the difference can still be computed by who sets out to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboards import parts
from dashboards.panel import Board, Variable
from dashboards.tiers import WIDTH_S, panes

HIDE_UNDER = 5
"""Customers a slice must have to be shown, unless set otherwise (TOUCHPULSE_HIDE_UNDER)."""
CUSTOMERS = Variable("hide_under", "Hidden under", choices=((f"{HIDE_UNDER} customers", str(HIDE_UNDER)),), fixed=True)
"""The number as the boards' SQL has it."""
LEAST = "${hide_under:raw}"
CHECKED = 20
"""Slices with this many times as many answers are shown without asking who gave them: one person would have had to give
all. So who answered is looked up for small slices only, and a board costs what it did."""
HIDDEN = f"concat('hidden: fewer than ', toString({LEAST}), ' customers')"
"""What stands in place of a number or a comment."""


def hidden(columns: str, *, counted: str, asked: str) -> str:
    """SQL: whether a slice has too few customers in the time shown.

    Args:
        columns: what makes a slice, such as 'touchpoint, stage'; of the row that is judged too.
        counted: rows of panes with these columns and n, of all slices in question.
        asked: condition on the events that were counted there.
    """
    large = f"""\
SELECT {columns}
      FROM (
{counted}
      )
      GROUP BY {columns}
      HAVING sum(n) >= {CHECKED} * {LEAST}"""
    # Rows whose customers are known no more (aged out) are hidden too: nobody could say how many they were.
    return f"""(({columns}) NOT IN (
      {large}
    ) AND ({columns}) NOT IN (
      SELECT {columns}
      FROM touchpoints
      WHERE occurred_at >= $__fromTime AND occurred_at <= $__toTime
        AND stored_at >= $__fromTime - toIntervalMinute(1)
        AND class != 'test' AND respondent = 'customer' AND {asked} AND ({columns}) NOT IN (
      {large}
      )
      GROUP BY {columns}
      HAVING uniqExact(if(customer = '', concat(producer, ' ', event_id), customer)) >= {LEAST}
    ))"""


OR_FEW = ", or too few customers to be shown"
"""End of what is said where a panel is empty."""
ANYBODY = "1"
"""Of any answer."""
ALWAYS = "0"
"""Hidden whatever is chosen: numbers of touchpoints and the like, which are parts by themselves."""
_CUSTOMERS = "respondent = 'customer'"
_COUNTED = "channel, stage, touchpoint, location, segment, respondent, metric, scale, box"
_SLICE = f"toDateTime(intDiv(toUnixTimestamp(occurred_at), {WIDTH_S}) * {WIDTH_S}, 'UTC')"


def _answered(where: str, whole: str, whose: str) -> str:
    """Answers of the time shown one by one: the columns of counted ones, the event's detail, and who gave them."""
    return f"""\
SELECT {_SLICE} AS slice, {_COUNTED}, detail,
  if(customer = '', concat(producer, ' ', event_id), customer) AS who
FROM touchpoints
ARRAY JOIN metrics AS metric, scales AS scale, boxes AS box
WHERE NOT {whole} AND occurred_at >= $__fromTime AND occurred_at <= $__toTime AND {_SLICE} >= $__fromTime
  AND stored_at >= $__fromTime - toIntervalMinute(1) AND class != 'test' AND {whose} AND {where}"""


def of_part(columns: str, of: str, *, where: str = parts.CHOSEN, whole: str = parts.ALL_OF_IT, judged: str = "") -> str:
    """SQL: whether a slice has too few customers, where a part is chosen; else nothing is looked up, or hidden.

    Args:
        columns: what makes a slice: expressions on `channel, stage, touchpoint, location, segment, metric, scale, box,
            detail`; "''" is all that is chosen together.
        of: condition on the same: the answers in question.
        where: what is chosen.
        whole: whether nothing is; ALWAYS: hide all the same.
        judged: the columns of the row that is judged, where they are named otherwise.
    """
    return f"""(NOT {whole} AND {LEAST} > 0 AND ({judged or columns}) NOT IN (
SELECT {columns}
FROM (
{_answered(where, whole, _CUSTOMERS)}
)
WHERE {of}
GROUP BY {columns}
HAVING uniq(who) >= {LEAST}))"""


def numbers(
    rows: str,
    of: Mapping[str, str],
    *,
    by: Mapping[str, str] | None = None,
    made_of: Mapping[str, Sequence[str]] | None = None,
    where: str = parts.CHOSEN,
    whole: str = parts.ALL_OF_IT,
    whose: str = _CUSTOMERS,
    counted: bool = True,
) -> str:
    """Rows whose numbers are unknown where too few customers are behind them and a part is chosen.

    A number is the five columns that method_sql/pieces.py makes: hidden, it is NULL of no answers, and its reason is
    `HIDDEN`. So all that is made of it later is unknown, too.

    Args:
        rows: a query.
        of: by the name of a number the condition on the answers behind it, as in `of_part`.
        by: columns that make a row, and what they are of an answer; none: one row of all.
        made_of: by the name of a number those it is made of: with one of these hidden, so is it.
        where, whole: as in `of_part`.
        whose: whose answers.
        counted: n of each number is that of whole series of counted answers: large ones are not looked up. Not where
            it depends on time, detail or weight.
    """
    keys, derived = by or {}, made_of or {}
    names = ", ".join(keys)
    taken = "".join(f"{how if how == name else f'{how} AS {name}'}, " for name, how in keys.items())
    series = f"{names}, metric, scale, box" if names else "metric, scale, box"
    large = f"""
  AND ({", ".join((*keys.values(), "metric", "scale", "box"))}) NOT IN (
SELECT {series}
FROM (
SELECT {taken}metric, scale, box, n
FROM (
{panes(f"{_COUNTED}, n", f"NOT {whole} AND {where}", whose=whose)}
))
GROUP BY {series}
HAVING sum(n) >= {CHECKED} * {LEAST})"""
    people = ", ".join(f"uniqIf(who, {answers}) AS {name}_people" for name, answers in of.items())
    # Each step by itself: an expression that is named and used again is worked out anew wherever it is used.
    secret = [
        f"a_part AND isNotNull({name}) AND {name}_people < {LEAST}"
        + (f" AND {name}_n < {CHECKED} * {LEAST}" if counted else "")
        + f" AS {name}_secret"
        for name in of
    ]
    flags = {name: f"r.{name}_secret" for name in of}
    for name, bases in derived.items():
        flags[name] = " OR ".join(flags.get(base, f"startsWith(r.{base}_reason, 'hidden')") for base in bases)
    ends = [
        f"if({flag}, {instead}, r.{name}{end}) AS {name}{end}"
        for name, flag in flags.items()
        for end, instead in (("", "NULL"), ("_lower", "NULL"), ("_upper", "NULL"), ("_n", "0"), ("_reason", HIDDEN))
    ]
    left_out = ["a_part", *(f"{name}_{end}" for name in of for end in ("people", "secret"))]
    return f"""\
SELECT * EXCEPT ({", ".join(left_out)}) REPLACE ({", ".join(ends)})
FROM (
SELECT *, {", ".join(secret)}
FROM (
SELECT *, NOT {whole} AS a_part
FROM (
{rows}
)) AS shown {"LEFT" if keys else "CROSS"} JOIN (
SELECT {taken}{people}
FROM (
{_answered(where, whole, whose)}
)
WHERE ({" OR ".join(of.values())}){large if counted else ""}
{f"GROUP BY {names}" if keys else ""}
) AS asked{f" USING ({names})" if keys else ""}
) AS r"""


def under(board: Board, least: int) -> Board:
    """The board as an installation has it that hides slices under so many customers; 0 and 1 hide none."""
    value = CUSTOMERS.default or CUSTOMERS.choices[0][1]
    if str(least) == value:
        return board
    own = replace(CUSTOMERS, choices=((f"{least} customers", str(least)),))
    return replace(board, variables=tuple(own if one.name == own.name else one for one in board.variables))
