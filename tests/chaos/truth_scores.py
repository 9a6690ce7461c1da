"""Scores of windows, computed once more from single answers with nothing but the formulas.

CSAT: share of the top box, Wilson's interval. NPS: promoters minus detractors, adjusted Wald (three answers added).
CES: mean, Student's t. Weighted twins rest on Kish's effective n.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, sqrt

from scipy.stats import t as student

from schemas.scales import SCALES

Z = 1.96
LIVE = ("csat", "ces", "nps")
Group = tuple[str, str, str, str, str]
"""(dimension, channel, member, metric, scale)."""
Answers = list[tuple[int, int]]
"""(scale point, weight in millionths) of each answer."""
Series = tuple[str, ...]
"""(channel, stage, touchpoint, location, segment, respondent, metric, scale)."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One live answer that counts."""

    appended_ms: int
    slice_ms: int
    series: Series
    """As named in its block: an invented name may have become `other`."""
    bin: int
    weight_micro: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """One score row."""

    n: int
    top: int
    neutral: int
    bad: int
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    weighted_value: float | None = None
    weighted_lower: float | None = None
    weighted_upper: float | None = None
    n_eff: float = 0.0


class Windows:
    """All windows one may ask for; what was asked once is known from then on."""

    def __init__(self, counted: Iterable[Counted]) -> None:
        self._by_slice: dict[int, list[Counted]] = defaultdict(list)
        for answer in counted:
            self._by_slice[answer.slice_ms].append(answer)
        self._known: dict[tuple[int, int, int | None], dict[Group, Answers]] = {}

    def window(
        self, start_ms: int, end_ms: int, *, width_ms: int, before_ms: int | None = None
    ) -> dict[Group, Answers]:
        """Answers of the window [start, end) by every grouping.

        Args:
            start_ms, end_ms: the window.
            width_ms: of its slices; a slice is in the window as a whole or not at all.
            before_ms: only what was appended before this time.
        """
        asked = (start_ms, end_ms, before_ms)
        if asked not in self._known:
            inside = [
                answer
                for slice_ms, answers in self._by_slice.items()
                if start_ms <= slice_ms // width_ms * width_ms < end_ms
                for answer in answers
                if before_ms is None or answer.appended_ms < before_ms
            ]
            self._known[asked] = _grouped(inside)
        return self._known[asked]


def _grouped(counted: Iterable[Counted]) -> dict[Group, Answers]:
    groups: dict[Group, Answers] = defaultdict(list)
    for answer in counted:
        channel, stage, touchpoint, location, segment, respondent, metric, scale = answer.series
        if metric not in LIVE or respondent != "customer":
            continue
        named = {"touchpoint": touchpoint, "stage": stage, "location": location, "segment": segment}
        places = [("channel", channel, ""), ("all", "", "")]
        places += [(dimension, channel, member) for dimension, member in named.items() if member]
        places += [("all", "", touchpoint)] if touchpoint else []
        for place in places:
            groups[*place, metric, scale].append((answer.bin, answer.weight_micro))
    return dict(groups)


def counts(scale_id: str, answers: Answers) -> tuple[int, int, int, int]:
    """(n, top, neutral, bad)."""
    boxes = [SCALES[scale_id].box(point) for point, _ in answers]
    return len(boxes), boxes.count(1), boxes.count(0), boxes.count(-1)


def numbers(metric: str, scale_id: str, answers: Answers) -> Numbers:
    """The score row of some answers."""
    n, top, neutral, bad = counts(scale_id, answers)
    if not n:
        return Numbers(0, 0, 0, 0)
    weights = [weight for _, weight in answers]
    # The stored squares are whole millionths, rounded down answer by answer.
    squares = sum(weight * weight // 1_000_000 for weight in weights)
    n_eff = (sum(weights) / 1e6) ** 2 / (squares / 1e6) if squares else 0.0
    plain = _score(metric, scale_id, [(point, 1) for point, _ in answers], n)
    weighted = _score(metric, scale_id, answers, n_eff)
    return Numbers(n, top, neutral, bad, *plain, *weighted, n_eff)


def _score(metric: str, scale_id: str, answers: Answers, n: float) -> tuple[float, float | None, float | None]:
    """(value, lower, upper) of weighted answers resting on an effective n."""
    scale = SCALES[scale_id]
    mass = sum(weight for _, weight in answers)
    top = sum(weight for point, weight in answers if scale.box(point) == 1) / mass
    bad = sum(weight for point, weight in answers if scale.box(point) == -1) / mass
    if metric == "csat":
        if n == 0:
            return 100 * top, None, None
        centre = (top + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * sqrt(top * (1 - top) / n + Z * Z / (4 * n * n))
        return 100 * top, 100 * max(0.0, centre - half), 100 * min(1.0, centre + half)
    if metric == "nps":
        if n == 0:
            return 100 * (top - bad), None, None
        p, d = (top * n + 0.75) / (n + 3), (bad * n + 0.75) / (n + 3)
        half = Z * sqrt((p + d - (p - d) ** 2) / (n + 3))
        return 100 * (top - bad), 100 * max(-1.0, p - d - half), 100 * min(1.0, p - d + half)
    mean = sum(point * weight for point, weight in answers) / mass
    if n < 2:
        return mean, None, None
    variance = sum(weight * (point - mean) ** 2 for point, weight in answers) / mass * n / (n - 1)
    degrees = floor(n - 1) if n - 1 <= 30 else n - 1
    half = float(student.ppf(0.975, degrees)) * sqrt(variance / n)
    return mean, max(scale.low, mean - half), min(scale.high, mean + half)
