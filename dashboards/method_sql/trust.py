"""Trust in SQL: the asked parts, and the trust x liking quadrant, for each channel."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, counted
from dashboards.panel import FEW_ANSWERS
from streams.pure.method.trust import MIDDLE, PARTS, TRUSTED_BY


def trust(by: str = "channel", where: str = ANYWHERE) -> str:
    """One row for each channel (or other column) with an answer, by name: each part, trust, quadrant."""
    return f"{with_quadrant(asked(by, where))}\nORDER BY {by}"


def asked(by: str = "channel", where: str = ANYWHERE) -> str:
    """The same without quadrant, in no order."""
    counts = ", ".join(pieces.sums(f"{part}_", f"p.part = '{part}'") for part in PARTS)
    renamed = ", ".join(f"{part}_n AS {part}_n0, {part}_total, {part}_squares" for part in PARTS)
    means = ", ".join(
        pieces.estimate(part, pieces.mean(f"{part}_n0", f"{part}_total", f"{part}_squares", "trust-1-10"), f"{part}_n0")
        for part in PARTS
    )

    def average(end: str) -> str:
        return "(" + " + ".join(f"{part}{end}" for part in TRUSTED_BY) + f") / {len(TRUSTED_BY)}"

    n = f"if(isNull({average('')}), 0, least({', '.join(f'{part}_n' for part in TRUSTED_BY)}))"
    return f"""\
SELECT *, {pieces.estimate("trust", (average(""), average("_lower"), average("_upper")), n)}
FROM (
SELECT {by}, {means}
FROM (
SELECT {by}, {renamed}
FROM (
SELECT p.{by} AS {by}, {counts}
FROM (
{counted(f"{by}, splitByChar('.', metric)[2] AS part, bin, box, n", f"({where}) AND scale = 'trust-1-10'")}
) AS p
GROUP BY {by}
)))"""


def with_quadrant(rows: str) -> str:
    """Rows of `asked`, each with its quadrant."""
    return f"SELECT *, {_quadrant()} AS quadrant\nFROM (\n{rows}\n)"


def _quadrant() -> str:
    def side(name: str) -> str:
        return (
            f"multiIf({name}_n < {FEW_ANSWERS}, 0, ifNull({name}_lower > {MIDDLE}, 0), 1, "
            f"ifNull({name}_upper < {MIDDLE}, 0), -1, 0)"
        )

    trusted, liked = side("trust"), side("affinity")
    return (
        f"if({trusted} = 0 OR {liked} = 0, 'unclear', concat(if({trusted} > 0, 'trusted', 'not trusted'), ', ', "
        f"if({liked} > 0, 'liked', 'not liked')))"
    )
