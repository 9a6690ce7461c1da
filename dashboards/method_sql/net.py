"""Net experience in SQL, over any slice; the touchpoint matrix is one by channel and stage."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, ASKED, counted


def net(by: tuple[str, ...] = ("channel", "stage"), where: str = ANYWHERE) -> str:
    """One row for each slice with answers, by name: the columns of `by`, and the five of net.

    Args:
        by: of channel, stage, touchpoint, location, segment.
    """
    names = ", ".join(by)
    return f"""\
SELECT {names}, {pieces.estimate("net", pieces.net("top", "bad", "answers"), "answers")}
FROM (
SELECT {", ".join(f"p.{name} AS {name}" for name in by)}, sum(p.n) AS answers, sumIf(p.n, p.box = 1) AS top,
  sumIf(p.n, p.box = -1) AS bad
FROM (
{counted(f"{names}, box, n", f"({where}) AND {ASKED}")}
) AS p
GROUP BY {names}
HAVING answers > 0
)
ORDER BY {names}"""
