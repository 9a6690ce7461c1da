"""Gap to the ideal in SQL, against the target file in force."""

from __future__ import annotations

from dashboards.method_sql import delta, pieces
from dashboards.method_sql.source import ANYWHERE
from streams.pure.method.delta import ASPECTS

_IDEALS = """\
SELECT name AS aspect, 1 AS decided, words = 'as_it_is' AS as_is, value AS wanted
FROM targets FINAL
WHERE kind = 'ideal' AND version = (SELECT max(version) FROM targets)"""


def ideal(where: str = ANYWHERE, *, rows: str = "", keep: str = "aspect") -> str:
    """Every aspect in the order of the contract: ideal and the five columns of gap; NULL where nothing was decided.

    Args:
        rows: the rows of delta, where they are made already.
        keep: columns of them that are handed on.
    """
    value = "if(decided = 0, NULL, if(as_is, experience, wanted))"
    gap = (
        f"(experience - {value})",
        f"if(as_is AND isNotNull(experience), 0., experience_lower - {value})",
        f"if(as_is AND isNotNull(experience), 0., experience_upper - {value})",
    )
    n = f"if(isNull({gap[0]}), 0, experience_n)"
    why = "if(isNull(experience), experience_reason, 'no answers')"
    return f"""\
SELECT {keep}, {value} AS ideal, {pieces.estimate("gap", gap, n, why)}
FROM (
SELECT * FROM (
{rows or delta.rows(where)}
) AS measured LEFT JOIN (
{_IDEALS}
) AS wanted_by_us USING (aspect)
)
ORDER BY {pieces.place_of("aspect", ASPECTS)}"""
