"""Pieces of SQL that all boards share: formulas, texts, and where answers are read from.

Why a module of its own: a number has one definition. The formulas here are the twins of
streams/pure/intervals.py and scores.py, and a test proves that both give the same on the same counts.
Each function returns an expression; its arguments are column names or expressions without aliases of the
same SELECT (ClickHouse takes an alias before a column of that name).

A trap kept out on purpose: greatest() and least() skip NULL in newer ClickHouse, so an unknown bound would
become 0 or 100. Emptiness is decided first, by `if(n = 0, NULL, ...)`.
"""

from __future__ import annotations

from collections.abc import Iterable

from dashboards.panel import FEW_ANSWERS
from schemas.scales import SCALES

Z = 1.96
"""Two-sided 95 % quantile of the normal distribution, as in streams/pure/intervals.py."""
WIDER = 1.3143
"""From a 95 % to a 99 % interval: 2.576 / 1.96."""
Z_EXACT = 1.959963984540054
"""The same, unrounded: the expansion of Student's t starts from it."""
T_QUANTILES = (
    12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252, 2.306004135,
    2.262157163, 2.228138852, 2.200985160, 2.178812830, 2.160368656, 2.144786688, 2.131449546, 2.119905299,
    2.109815578, 2.100922040, 2.093024054, 2.085963447, 2.079613845, 2.073873068, 2.068657610, 2.063898562,
    2.059538553, 2.055529439, 2.051830516, 2.048407142, 2.045229642, 2.042272456,
)  # fmt: skip
"""Student's t for 1 to 30 degrees of freedom, as in streams/pure/intervals.py."""

METRICS = ("csat", "ces", "nps")
"""Asked scores, which the boards of this package show."""
NET_GOOD, NET_FAIR = 30, 0
"""Net experience (points) from which it counts as good, and as fair. Below, bad answers outweigh the good."""
LABELS = {
    "csat-1-5": "CSAT 1–5",
    "csat-1-7": "CSAT 1–7",
    "csat-1-10": "CSAT 1–10",
    "ces-effort-1-5": "CES effort 1–5",
    "ces-agreement-1-7": "CES agreement 1–7",
    "ces-ease-1-5": "CES ease 1–5",
    "nps-0-10": "NPS",
}
"""What the reader sees for each scale of the three scores. Two scales are never added up."""
MEANINGS = {
    "csat": "share of satisfied answers",
    "ces": "mean answer",
    "nps": "promoters minus detractors",
}
"""What the value of each metric is, in words."""


def wilson(hits: str, n: str) -> tuple[str, str]:
    """95 % interval of a share: (lower, upper) in 0..1, NULL where n is 0.

    Source: E. B. Wilson, "Probable inference", JASA 22 (1927).
    """
    share = f"({hits}) / ({n})"
    scale = f"(1 + {Z * Z:.10g} / ({n}))"
    centre = f"({share} + {Z * Z / 2:.10g} / ({n})) / {scale}"
    half = f"{Z} / {scale} * sqrt({share} * (1 - {share}) / ({n}) + {Z * Z / 4:.10g} / (({n}) * ({n})))"
    return (
        f"if(({n}) = 0, NULL, greatest(0., {centre} - {half}))",
        f"if(({n}) = 0, NULL, least(1., {centre} + {half}))",
    )


def adjusted_wald(promoters: str, detractors: str, n: str) -> tuple[str, str]:
    """95 % interval of promoters minus detractors: (lower, upper) shares in -1..1, NULL where n is 0.

    Source: B. Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70 (2016).
    """
    p, d, m = f"(({promoters}) + 0.75) / (({n}) + 3)", f"(({detractors}) + 0.75) / (({n}) + 3)", f"(({n}) + 3)"
    difference = f"({p} - {d})"
    half = f"{Z} * sqrt(({p} + {d} - {difference} * {difference}) / {m})"
    return (
        f"if(({n}) = 0, NULL, greatest(-1., {difference} - {half}))",
        f"if(({n}) = 0, NULL, least(1., {difference} + {half}))",
    )


def student_t(degrees: str) -> str:
    """Two-sided 95 % quantile of Student's t for 1 or more degrees of freedom.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    z, d = Z_EXACT, f"({degrees})"
    table = "[" + ", ".join(f"{quantile:.10g}" for quantile in T_QUANTILES) + "]"
    terms = (
        f"{z:.16g} + {(z**3 + z) / 4:.16g} / {d} + {(5 * z**5 + 16 * z**3 + 3 * z) / 96:.16g} / pow({d}, 2)"
        f" + {(3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384:.16g} / pow({d}, 3)"
    )
    return f"if({d} <= {len(T_QUANTILES)}, {table}[toUInt8(greatest(1, least({d}, {len(T_QUANTILES)})))], {terms})"


def mean_interval(n: str, total: str, squares: str, low: str, high: str) -> tuple[str, str]:
    """95 % interval of a mean answer, cut to the scale: NULL for fewer than two answers.

    `total` and `squares` are the sums of the answers and of their squares.
    """
    mean = f"({total}) / ({n})"
    variance = f"greatest(0., ({squares}) / ({n}) - {mean} * {mean}) * ({n}) / (({n}) - 1)"
    half = f"{student_t(f'({n}) - 1')} * sqrt({variance} / ({n}))"
    return (
        f"if(({n}) < 2, NULL, greatest(toFloat64({low}), {mean} - {half}))",
        f"if(({n}) < 2, NULL, least(toFloat64({high}), {mean} + {half}))",
    )


def score(*, metric: str, scale: str, n: str, top: str, bad: str, total: str, squares: str) -> tuple[str, str, str]:
    """(value, lower, upper) of counted answers, each by its metric and in its unit; NULL without answers."""
    low, high = bounds(scale)
    share = wilson(top, n)
    difference = adjusted_wald(top, bad, n)
    mean = mean_interval(n, total, squares, low, high)

    def by_metric(nps: str, ces: str, csat: str) -> str:
        return f"multiIf({metric} = 'nps', {nps}, {metric} = 'ces', {ces}, {csat})"

    value = by_metric(
        f"100 * (toInt64({top}) - toInt64({bad})) / ({n})", f"({total}) / ({n})", f"100 * ({top}) / ({n})"
    )
    return (
        f"if(({n}) = 0, NULL, {value})",
        by_metric(f"100 * {difference[0]}", mean[0], f"100 * {share[0]}"),
        by_metric(f"100 * {difference[1]}", mean[1], f"100 * {share[1]}"),
    )


def bounds(scale: str) -> tuple[str, str]:
    """Lowest and highest answer of the scale a column names."""
    ids = _texts(LABELS)
    lows = ", ".join(str(SCALES[scale_id].low) for scale_id in LABELS)
    highs = ", ".join(str(SCALES[scale_id].high) for scale_id in LABELS)
    return f"transform({scale}, [{ids}], [{lows}], 0)", f"transform({scale}, [{ids}], [{highs}], 0)"


def change(now: tuple[str, str, str], before: tuple[str, str, str]) -> tuple[str, str, str]:
    """(difference, lower, upper) of two scores that share no answers, from their own 95 % intervals.

    NULL where either is unknown. The interval is of 99 %: many differences stand on one board, looked at many
    times a minute, and one in twenty would always cry. Beyond chance: both ends have the same sign.
    Source: G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures", Statistics in
        Medicine 27 (2008); for shares it is R. Newcombe's hybrid score interval (1998).
    """
    (v, low, high), (w, low_w, high_w) = now, before
    return (
        f"({v} - {w})",
        f"({v} - {w} - {WIDER} * sqrt(pow({v} - {low}, 2) + pow({high_w} - {w}, 2)))",
        f"({v} - {w} + {WIDER} * sqrt(pow({high} - {v}, 2) + pow({w} - {low_w}, 2)))",
    )


def better_sign(scale: str) -> str:
    """1 where a higher value is better, -1 where lower is."""
    lower = _texts(scale_id for scale_id in LABELS if not SCALES[scale_id].higher_is_better)
    return f"if({scale} IN ({lower}), -1, 1)"


def label(scale: str) -> str:
    """What the reader sees for the scale a column names."""
    return f"transform({scale}, [{_texts(LABELS)}], [{_texts(LABELS.values())}], {scale})"


def place_of(scale: str) -> str:
    """Place of the scale a column names in the order that readers know: CSAT, CES, NPS."""
    return f"indexOf([{_texts(LABELS)}], {scale})"


def shown(value: str, metric: str, unknown: str) -> str:
    """A value in words of its metric: 82.1 %, +39.8, 5.61; `unknown` where it is NULL: silence is not 0."""
    number = f"assumeNotNull({value})"
    return (
        f"multiIf(isNull({value}), {unknown}, {metric} = 'csat', concat(printf('%.1f', {number}), ' %'), "
        f"{metric} = 'ces', printf('%.2f', {number}), {signed(number)})"
    )


def shown_interval(lower: str, upper: str, metric: str) -> str:
    """An interval in words: 79.0 to 84.9; a dash where it is unknown."""
    low, high = f"assumeNotNull({lower})", f"assumeNotNull({upper})"

    def both(form: str) -> str:
        return f"concat(printf('{form}', {low}), ' to ', printf('{form}', {high}))"

    return (
        f"multiIf(isNull({lower}) OR isNull({upper}), '–', {metric} = 'csat', {both('%.1f')}, "
        f"{metric} = 'ces', {both('%.2f')}, concat({signed(low)}, ' to ', {signed(high)}))"
    )


def signed(number: str, digits: int = 1) -> str:
    """A number with its sign, as a true minus: +39.8, −3.0, and 0.0 without one."""
    zero = f"^[+-]0[.]0{{{digits}}}$" if digits else "^[+-]0$"
    text = f"printf('%+.{digits}f', {number})"
    return f"replaceOne(if(match({text}, '{zero}'), substring({text}, 2), {text}), '-', '−')"


def cell(net: str, n: str, *, turned: str, net_now: str, n_now: str, net_before: str) -> str:
    """Net experience and n in one text. Its first sign says what its colour says: ▲ good, ● fair, ▼ bad, ○ few.

    Where `turned` holds (the newest window differs from before beyond chance), it says how it is now.
    """
    steady = f"concat({_sign(net, n)}, ' ', {signed(net, 0)}, ' · n ', toString({n}))"
    now = (
        f"concat({_sign(net_now, n_now)}, ' ', {signed(net_now, 0)}, ' now · n ', toString({n_now}), ' · was ', "
        f"{signed(net_before, 0)})"
    )
    return f"if({turned}, {now}, {steady})"


def _sign(net: str, n: str) -> str:
    return f"multiIf({n} < {FEW_ANSWERS}, '○', {net} >= {NET_GOOD}, '▲', {net} >= {NET_FAIR}, '●', '▼')"


def _texts(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
