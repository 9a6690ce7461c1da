"""Numbers with their evidence in SQL: the twins of streams/pure/method/evidence.py.

A number `x` is five columns: x, x_lower, x_upper, x_n and x_reason. Each level of a query computes one step from
the columns of the level within, so that no formula is written out twice. NULL runs through: what is unknown stays so.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboards import sql
from dashboards.panel import FEW_ANSWERS
from schemas.scales import SCALES

Number = tuple[str, str, str]
"""(value, lower, upper), as expressions."""


def estimate(name: str, number: Number, n: str, why: str = "'no answers'") -> str:
    """The five columns of a number. `why`: reason where the value is NULL."""
    value, lower, upper = number
    return (
        f"{value} AS {name}, {lower} AS {name}_lower, {upper} AS {name}_upper, toUInt64({n}) AS {name}_n, "
        f"multiIf(isNull({value}), {why}, ({n}) < {FEW_ANSWERS}, 'few answers', '') AS {name}_reason"
    )


def columns(*names: str) -> str:
    """The five columns of numbers that the level within has made."""
    ends = ("", "_lower", "_upper", "_n", "_reason")
    return ", ".join(f"{name}{end}" for name in names for end in ends)


def share(hits: str, n: str) -> Number:
    """Part of n, 0..1, with its Wilson interval; NULL of none."""
    return (f"if(({n}) = 0, NULL, ({hits}) / ({n}))", *sql.wilson(hits, n))


def net(top: str, bad: str, n: str) -> Number:
    """Net experience in points, with its adjusted Wald interval; NULL of none."""
    lower, upper = sql.adjusted_wald(top, bad, n)
    return f"if(({n}) = 0, NULL, 100 * (toInt64({top}) - toInt64({bad})) / ({n}))", f"100 * {lower}", f"100 * {upper}"


def mean(n: str, total: str, squares: str, scale_id: str, unit: int = 1) -> Number:
    """Mean answer on a scale, its interval cut to the scale. `unit`: scale points a unit is worth."""
    scale = SCALES[scale_id]
    lower, upper = sql.mean_interval(n, total, squares, str(scale.low), str(scale.high))
    value = f"if(({n}) = 0, NULL, ({total}) / ({n}))"
    return (value, lower, upper) if unit == 1 else (f"{value} / {unit}", f"{lower} / {unit}", f"{upper} / {unit}")


def mean_of(n: str, average: str, variance: str) -> Number:
    """Mean of measured numbers, with its Student interval; `variance` is the sample's (divided by n - 1)."""
    half = f"({sql.student_t(f'({n}) - 1')} * sqrt(({variance}) / ({n})))"
    return (
        f"if(({n}) = 0, NULL, {average})",
        f"if(({n}) < 2, NULL, {average} - {half})",
        f"if(({n}) < 2, NULL, {average} + {half})",
    )


def difference(a: str, b: str) -> tuple[Number, str]:
    """a - b of two named numbers, and its n. Source: as in the Python twin."""
    down = f"sqrt(pow({a} - {a}_lower, 2) + pow({b}_upper - {b}, 2))"
    up = f"sqrt(pow({a}_upper - {a}, 2) + pow({b} - {b}_lower, 2))"
    return (f"({a} - {b})", f"({a} - {b} - {down})", f"({a} - {b} + {up})"), fewer(a, b)


def product(a: str, b: str) -> tuple[Number, str]:
    """a x b of two named numbers of either sign, and its n."""
    half = f"sqrt(pow({b} * ({a}_upper - {a}_lower) / 2, 2) + pow({a} * ({b}_upper - {b}_lower) / 2, 2))"
    return (f"({a} * {b})", f"({a} * {b} - {half})", f"({a} * {b} + {half})"), fewer(a, b)


def product_above_zero(names: Sequence[str]) -> tuple[Number, str]:
    """Product of named numbers that can only be above 0, and its n."""
    value = " * ".join(names)
    down = " + ".join(f"pow(log({x} / {x}_lower), 2)" for x in names)
    up = " + ".join(f"pow(log({x}_upper / {x}), 2)" for x in names)
    unknown = " OR ".join(f"isNull({x}) OR {x} <= 0" for x in names)
    loose = " OR ".join(f"isNull({x}_lower) OR isNull({x}_upper) OR {x}_lower <= 0" for x in names)
    n = f"if({unknown}, 0, least({', '.join(f'{x}_n' for x in names)}))"
    return (
        f"if({unknown}, NULL, {value})",
        f"if({unknown} OR {loose}, NULL, {value} * exp(-sqrt({down})))",
        f"if({unknown} OR {loose}, NULL, {value} * exp(sqrt({up})))",
    ), n


def fewer(a: str, b: str) -> str:
    """n of a number made of two: that of the one with fewer answers, none where either is unknown."""
    return f"if(isNull({a}) OR isNull({b}), 0, least({a}_n, {b}_n))"


def beyond_chance(name: str) -> str:
    """1 where a named difference keeps its sign over its 99 % interval and rests on enough answers."""
    lower = f"{name} - {sql.WIDER} * ({name} - {name}_lower)"
    upper = f"{name} + {sql.WIDER} * ({name}_upper - {name})"
    return f"ifNull({name}_n >= {FEW_ANSWERS} AND ({lower} > 0 OR {upper} < 0), 0)"


def texts(values: Sequence[str]) -> str:
    """Texts as a list, in quotes."""
    return ", ".join("'" + value.replace("\\", "\\\\").replace("'", "''") + "'" for value in values)


def each_of(name: str, values: Sequence[str], rows: str) -> str:
    """One row for each of these values of column `name`, in their order, with what `rows` has for it.

    Numbers that `rows` lacks are 0 (counts), so that what nobody spoke of is there, and unknown.
    """
    listed = f"SELECT arrayJoin([{texts(values)}]) AS {name}"
    return f"SELECT * FROM ({listed}) AS listed LEFT JOIN (\n{rows}\n) AS counted USING ({name})"


def place_of(name: str, values: Sequence[str]) -> str:
    """Order of these values, for ORDER BY."""
    return f"indexOf([{texts(values)}], {name})"


def sums(prefix: str, condition: str = "1") -> str:
    """Sums over rows `p` of counted answers that meet a condition: n, top, bad, total and squares."""
    return (
        f"sumIf(p.n, {condition}) AS {prefix}n, sumIf(p.n, {condition} AND p.box = 1) AS {prefix}top, "
        f"sumIf(p.n, {condition} AND p.box = -1) AS {prefix}bad, sumIf(p.bin * p.n, {condition}) AS {prefix}total, "
        f"sumIf(p.bin * p.bin * p.n, {condition}) AS {prefix}squares"
    )
