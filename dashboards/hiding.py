"""Slices in which so few people answered that a number, or a comment, would be about somebody: boards do not show them.

Hidden is never a silent gap: a hidden slice keeps its place and says that it is hidden, and why. What is counted
is customers, not answers: one person who answers ten times is still one. Answers without a customer count as one
person each, since more cannot be told. A sum over slices is not hidden by this: with one slice hidden and the
channel's number beside it, the difference can still be computed by who sets out to.
"""

from __future__ import annotations

from dataclasses import replace

from dashboards.panel import Board, Variable

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


def under(board: Board, least: int) -> Board:
    """The board as an installation has it that hides slices under so many customers; 0 and 1 hide none."""
    value = CUSTOMERS.default or CUSTOMERS.choices[0][1]
    if str(least) == value:
        return board
    own = replace(CUSTOMERS, choices=((f"{least} customers", str(least)),))
    return replace(board, variables=tuple(own if one.name == own.name else one for one in board.variables))
