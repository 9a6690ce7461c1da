"""Omni-channel consistency in SQL: each channel at each touchpoint against the others, and the odd one out."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, ASKED, counted


def omni(where: str = ANYWHERE) -> str:
    """One row for each touchpoint and channel with answers, by name: net, apart (from the others), odd (0 or 1)."""
    others = [f"sum({part}) OVER (PARTITION BY touchpoint) - {part}" for part in ("answers", "top", "bad")]
    apart, apart_n = pieces.difference("net", "others")
    return f"""\
SELECT touchpoint, channel, {pieces.columns("net", "apart")},
  toUInt8(differs AND row_number() OVER
    (PARTITION BY touchpoint ORDER BY differs DESC, abs(apart) DESC, apart, channel) = 1) AS odd
FROM (
SELECT *, {pieces.beyond_chance("apart")} AS differs
FROM (
SELECT *, {pieces.estimate("apart", apart, apart_n)}
FROM (
SELECT touchpoint, channel, {pieces.estimate("net", pieces.net("top", "bad", "answers"), "answers")},
  {pieces.estimate("others", pieces.net("other_top", "other_bad", "other_answers"), "other_answers")}
FROM (
SELECT touchpoint, channel, answers, top, bad, {others[0]} AS other_answers, {others[1]} AS other_top,
  {others[2]} AS other_bad
FROM (
SELECT p.touchpoint AS touchpoint, p.channel AS channel, sum(p.n) AS answers, sumIf(p.n, p.box = 1) AS top,
  sumIf(p.n, p.box = -1) AS bad
FROM (
{counted("touchpoint, channel, box, n", f"({where}) AND {ASKED} AND touchpoint != ''")}
) AS p
GROUP BY touchpoint, channel
HAVING answers > 0
)))))
ORDER BY touchpoint, channel"""
