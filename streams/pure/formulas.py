"""Formulas in words, with the figures put in: what a receipt shows so that anyone can compute the number again.

The numbers come from streams/pure/scores.py; here is only said how. A test computes each shown formula anew and
holds it to the score.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.scales import SCALES, Scale
from streams.pure.intervals import Z, student_t
from streams.pure.scores import Score, is_mean

Bins = list[tuple[int, int]]
"""(scale point, answers), by scale point."""


@dataclass(frozen=True, slots=True)
class Formula:
    """How a score and its interval come about.

    Attributes:
        value: in words, with the figures; ends in the number.
        value_source: where the definition is from.
        interval: likewise; '' where there is none.
        interval_source: who is to be cited.
    """

    value: str
    value_source: str
    interval: str
    interval_source: str


def formula(metric: str, scale_id: str, bins: Bins, result: Score) -> Formula:
    """How the plain (unweighted) score of some answers is computed.

    Args:
        metric: decides the kind of number, as in `scores.score`.
        bins: answers by scale point; they must be those of `result`.
    """
    tally, scale = result.tally, SCALES[scale_id]
    if result.value is None:
        return Formula(f"no number: {result.reason}", "silence is not a score", "", "")
    if metric == "nps":
        return _difference(result)
    if is_mean(metric):
        return _mean(metric, scale, bins, result)
    return Formula(
        f"answers in the top box ({_box(scale.top)} on {scale.low}-{scale.high}) / answers x 100 "
        f"= {tally.top} / {tally.n} x 100 = {result.value:.4g} %",
        f"top box of the scale {scale.id}: {scale.meaning}",
        _wilson(tally.top, tally.n, result),
        'E. B. Wilson, "Probable inference", JASA 22 (1927)',
    )


def _box(box: tuple[int, int] | None) -> str:
    return "none" if box is None else str(box[0]) if box[0] == box[1] else f"{box[0]} to {box[1]}"


def _wilson(hits: int, n: int, result: Score) -> str:
    return (
        f"(p + z^2/2n -+ z sqrt(p(1 - p)/n + z^2/4n^2)) / (1 + z^2/n) with p = {hits}/{n}, n = {n}, z = {Z} "
        f"= {result.lower:.4g} to {result.upper:.4g} %"
    )


def _difference(result: Score) -> Formula:
    tally = result.tally
    return Formula(
        f"(promoters, 9 to 10, - detractors, 0 to 6) / answers x 100 = ({tally.top} - {tally.bad}) / {tally.n} x 100 "
        f"= {result.value:+.4g}",
        'F. Reichheld, "The One Number You Need to Grow", HBR, December 2003',
        f"p = ({tally.top} + 0.75)/({tally.n} + 3), d = ({tally.bad} + 0.75)/({tally.n} + 3): "
        f"100 (p - d -+ {Z} sqrt((p + d - (p - d)^2)/({tally.n} + 3))) = {result.lower:+.4g} to {result.upper:+.4g}",
        'B. Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70 (2016)',
    )


def _mean(metric: str, scale: Scale, bins: Bins, result: Score) -> Formula:
    tally = result.tally
    products = " + ".join(f"{n} x {point}" for point, n in bins)
    if result.lower is None or result.upper is None:
        interval = "one answer says nothing of how far answers spread"
    else:
        interval = (
            f"mean -+ t s / sqrt(n), cut to {scale.low}..{scale.high}, with t({tally.n - 1}) = "
            f"{student_t(tally.n - 1):.4f}, s^2 = (sum of squares / n - mean^2) n / (n - 1), sum of squares = "
            f"{tally.squares}, n = {tally.n} = {result.lower:.4g} to {result.upper:.4g}"
        )
    return Formula(
        f"sum of answers / answers = ({products}) / {tally.n} = {tally.total} / {tally.n} = {result.value:.4g}",
        f"mean answer on the scale {scale.id}: {scale.meaning}",
        interval,
        "Student's t: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7",
    )
