"""Negative experience: which single answer is clearly bad, and when a bad share has risen beyond chance.

Why a module of its own: an alert must be explainable and repeatable. Nothing here knows Kafka or the
clock; the same slices in the same order give the same alarms.

This is the first form. Rules as code, seasonal baselines, grouping and the life of an alert build on the
same two inputs: single answers, and closed slices in slice order.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

from schemas.scales import SCALES


def clearly_bad(scale_id: str, point: int) -> bool:
    """Whether one answer lies in the worst fifth of its scale (CSAT 1 of 5, NPS 0-2, effort 5 of 5).

    Narrower than the bad box: a box that holds every tenth answer pages nobody for long. Only asked scales
    of satisfaction, effort and recommendation qualify.
    """
    worst = WORST.get(scale_id)
    return worst is not None and worst[0] <= point <= worst[1]


def _worst_fifth(scale_id: str) -> tuple[int, int]:
    scale = SCALES[scale_id]
    points = max(1, (scale.high - scale.low + 1) // 5)
    if scale.higher_is_better:
        return scale.low, scale.low + points - 1
    return scale.high - points + 1, scale.high


WORST = {scale_id: _worst_fifth(scale_id) for scale_id in SCALES if scale_id.startswith(("csat-", "ces-", "nps-"))}


CLEARLY_BAD = frozenset((scale_id, point) for scale_id, (low, high) in WORST.items() for point in range(low, high + 1))
"""The same as a set, for who asks once an answer."""


@dataclass(slots=True)
class Alarm:
    """A channel's bad share rose beyond chance.

    Attributes:
        began_ms: start of the slice in which the evidence began to gather.
        at_ms: end of the slice that settled it.
        n, bad: answers since `began_ms`.
        baseline: bad share before, 0..1.
        evidence: the statistic, in units of log likelihood; over THRESHOLD.
    """

    began_ms: int
    at_ms: int
    n: int
    bad: int
    baseline: float
    evidence: float


class WorseningWatch:
    """Bernoulli CUSUM of one series against its own past.

    Each answer adds ln(p1/p0) if bad, ln((1-p1)/(1-p0)) otherwise, never below zero; an alarm when the sum
    passes the threshold. p0 is the bad share before, taken one standard error higher: a baseline from few
    answers must not cry wolf by its own error. p1 is twice its odds. The baseline learns slowly, after the
    first answers only while the evidence is low, and is frozen while alarming: a drop must not become the
    new normal. The alarm ends when the evidence is back at zero.

    Source: M. Reynolds, Z. Stoumbos, "A CUSUM chart for monitoring a proportion when inspecting
        continuously", J. Quality Technology 31 (1999).
    """

    THRESHOLD = 5.5
    """Simulated, slices of 10 answers: one false alarm in 14,000 to 48,000 answers at 8 to 40 % bad; odds grown to
    2.5 times are told after 60 to 100 answers (median)."""
    LEARN_ANSWERS = 200
    """Answers before the watch gathers evidence at all: a baseline from less is a guess."""
    MEMORY_ANSWERS = 5_000
    """The baseline forgets at this pace."""
    PRIOR_BAD, PRIOR_N = 2.0, 20.0
    """A little belief in 10 % bad, so that the first answers do not set the baseline alone."""

    def __init__(self) -> None:
        self._bad, self._n = self.PRIOR_BAD, self.PRIOR_N
        self._sum = 0.0
        self._began_ms = 0
        self._since_n = self._since_bad = 0
        self.alarming = False

    @property
    def baseline(self) -> float:
        """Bad share believed normal, in (0, 1)."""
        return self._bad / self._n

    def slice(self, start_ms: int, end_ms: int, n: int, bad: int) -> Alarm | None:
        """Takes a closed slice in; an alarm if this one settled it.

        Args:
            start_ms, end_ms: the slice; slices come in order.
            n, bad: answers in it and the bad ones, 0 <= bad <= n.
        """
        if n == 0:
            return None
        if self._n < self.LEARN_ANSWERS:
            self._learn(n, bad)
            return None
        error = sqrt(self.baseline * (1 - self.baseline) / self._n)
        p0 = min(max(self.baseline + error, 0.005), 0.6)
        odds = 2 * p0 / (1 - p0)
        p1 = odds / (1 + odds)
        if self._sum == 0.0:
            self._began_ms, self._since_n, self._since_bad = start_ms, 0, 0
        self._since_n += n
        self._since_bad += bad
        self._sum = max(0.0, self._sum + bad * log(p1 / p0) + (n - bad) * log((1 - p1) / (1 - p0)))
        # A long alarm must be able to end: evidence beyond twice the threshold says nothing more.
        self._sum = min(self._sum, 2 * self.THRESHOLD)
        if self._sum == 0.0:
            self.alarming = False
        if self._sum < self.THRESHOLD and not self.alarming:
            if self._sum < self.THRESHOLD / 2:
                self._learn(n, bad)
            return None
        if self.alarming:
            return None
        self.alarming = True
        return Alarm(self._began_ms, end_ms, self._since_n, self._since_bad, self.baseline, self._sum)

    def _learn(self, n: int, bad: int) -> None:
        keep = min(1.0, self.MEMORY_ANSWERS / (self._n + n))
        self._n = (self._n + n) * keep
        self._bad = (self._bad + bad) * keep
