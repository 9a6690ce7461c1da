"""What bad share is normal here and now: by kind of answer, by hour of the week, from few or many answers.

Why a module of its own: a drop is a drop against something. Against one number, every evening would page, and so
would every shift of customers from a good touchpoint to a weak one. So the expected share of an answer is

    odds(stratum, hour) = odds(stratum) x factor(hour of the week)

A *stratum* is what the rule adjusts for (a touchpoint, a segment): more answers from a weak touchpoint raise what
is expected with what is seen, so a mix that shifts alone is no evidence. Factors are shrunk: an hour with few
answers says little, and believes the hour of the day, then the whole week. How much is not chosen but measured: as
much as hours differ beyond chance (empirical Bayes).

Answers that gather (a group at one till, a bad afternoon) vary more than independent ones. That *dispersion* is
measured too, and divides the evidence of each answer.

Sources: C. Morris, "Parametric empirical Bayes inference", JASA 78 (1983); R. DerSimonian, N. Laird, "Meta-analysis in
clinical trials", Controlled Clinical Trials 7 (1986), for the spread between cells; R. Wedderburn, "Quasi-likelihood
functions", Biometrika 61 (1974), for the dispersion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.pure.alerting.chart import HIGH_SHARE, LOW_SHARE
from streams.pure.alerting.season import CELLS, CLOSED, DAY_MS

OTHER = "(other)"
MAX_STRATA = 64
"""Strata told apart; further ones are one, `(other)`."""
HALF_LIFE_MS = 56 * DAY_MS
"""What is this old counts half: eight weeks, each hour of the week eight times."""
PRIOR_N = 20.0
"""A stratum starts with the weight of so many answers like the whole series."""
LEAST_IN_STRATUM = 50
"""Answers before a stratum counts as evidence: nobody can say what is normal for a touchpoint opened today."""
BLOCKS = (20, 80, 320)
"""Sizes of the runs of answers whose spread is looked at: gathering may be short or long."""
DOUBT = 1.0
"""So many standard errors are taken off a dispersion: more than 1 is believed only beyond doubt."""
LOOKED_AT = 400
"""Answers of an hour whose spread is looked at: enough to know, and the cost of a busy hour stays small."""
REFIT_MS = DAY_MS
LEAST_DAYS = 1 / 144
"""A pace is not told from less than ten minutes: what was caught up with may be minutes of answers in one slice."""

Counts = Mapping[str, tuple[int, int]]
"""By stratum: (answers, bad ones)."""


class Gathered(msgspec.Struct):
    """Runs of answers of one size: the run that is open, and what the runs so far spread."""

    n: int = 0
    bad: float = 0.0
    expected: float = 0.0
    variance: float = 0.0
    runs: float = 0.0
    spread: float = 0.0


class Baseline(msgspec.Struct):
    """What is normal in one series; plain data, so that it can be stored and taken up again.

    Attributes:
        seen: (answers, bad ones) by stratum and cell, fading with age.
        n: answers in all, likewise.
        days: days they were gathered over, likewise.
        slices: (answers, sum of answers squared) of the slices whose spread was looked at.
        odds, factors: the fit; `doubt` is the variance of a factor, on average over the answers.
    """

    seen: dict[str, dict[int, list[float]]] = {}
    n: float = 0.0
    bad: float = 0.0
    days: float = 0.0
    fitted_n: float = 0.0
    fitted_ms: int = 0
    learnt_ms: int = 0
    odds: dict[str, float] = {}
    factors: list[float] = []
    doubt: float = 0.0
    gathered: list[Gathered] = []
    gathered_in_hour: int = 0
    slices: tuple[float, float] = (0.0, 0.0)

    @property
    def share(self) -> float:
        """Bad share over everything learnt, with a little belief in 10 % so that the first answers do not rule."""
        return (self.bad + 2.0) / (self.n + 20.0)

    @property
    def in_slice(self) -> float:
        """Answers in the slice of an answer, on average; at least 1.0."""
        answers, squares = self.slices
        return max(1.0, squares / answers) if answers else 1.0

    @property
    def per_day(self) -> float:
        """Answers a day, at the pace seen so far; 0.0 before any."""
        return self.n / max(self.days, LEAST_DAYS)

    def stratum(self, name: str) -> str:
        """The name a stratum is kept under."""
        return name if name in self.seen or len(self.seen) < MAX_STRATA else OTHER

    def knows(self, name: str) -> bool:
        """Whether enough was learnt of a stratum to judge its answers."""
        return name in self.odds

    def expected(self, name: str, cell: int) -> float:
        """Bad share expected in a stratum at an hour of the week, 0..1."""
        odds = self.odds.get(name)
        if odds is None:
            odds = self.share / (1 - self.share)
        odds *= self.factors[cell] if self.factors else 1.0
        return min(max(odds / (1 + odds), LOW_SHARE), HIGH_SHARE)

    def learn(self, cell: int, counts: Counts, at_ms: int) -> None:
        """Takes answers in as normal. Call it with what is behind us, never with what is under suspicion."""
        if self.learnt_ms and at_ms > self.learnt_ms:
            self.days += (at_ms - self.learnt_ms) / DAY_MS
        self.learnt_ms = max(self.learnt_ms, at_ms)
        for name, (n, bad) in counts.items():
            kept = self.seen.setdefault(self.stratum(name), {}).setdefault(cell, [0.0, 0.0])
            kept[0] += n
            kept[1] += bad
            self.n += n
            self.bad += bad
        if self.n >= 1.25 * self.fitted_n or at_ms - self.fitted_ms >= REFIT_MS:
            self.fit(at_ms)

    def skip(self, until_ms: int) -> None:
        """Time passed of which nothing is learnt: it is not counted as quiet."""
        self.learnt_ms = max(self.learnt_ms, until_ms)

    # -- the fit -------------------------------------------------------------------------------------

    def fit(self, now_ms: int) -> None:
        """Odds of the strata and factors of the hours, from all that was learnt; what is old fades."""
        self._fade(now_ms)
        self.fitted_n, self.fitted_ms = self.n, now_ms
        names = [name for name, cells in self.seen.items() if sum(n for n, _ in cells.values()) >= LEAST_IN_STRATUM]
        if not names or self.n < LEAST_IN_STRATUM:
            self.odds, self.factors, self.doubt = {}, [], 0.0
            return
        n, bad = np.zeros((len(names), CELLS)), np.zeros((len(names), CELLS))
        for row, name in enumerate(names):
            for cell, (seen, worse) in self.seen[name].items():
                n[row, cell], bad[row, cell] = seen, worse
        factors = np.ones(CELLS)
        odds = np.zeros(len(names))
        for _ in range(3):
            odds = _strata(n, bad, factors, self.share)
            factors, self.doubt = _hours(n, bad, odds, self.dispersion)
        self.odds = dict(zip(names, odds.tolist(), strict=True))
        self.factors = factors.tolist()

    def _fade(self, now_ms: int) -> None:
        keep = 0.5 ** (max(0, now_ms - self.fitted_ms) / HALF_LIFE_MS) if self.fitted_ms else 1.0
        if keep == 1.0:
            return
        self.n, self.bad, self.days = self.n * keep, self.bad * keep, self.days * keep
        for cells in self.seen.values():
            for kept in cells.values():
                kept[0] *= keep
                kept[1] *= keep
        self.seen = {name: cells for name, cells in self.seen.items() if sum(n for n, _ in cells.values()) >= 0.5}
        self.slices = (self.slices[0] * keep, self.slices[1] * keep)
        for run in self.gathered:
            run.runs, run.spread = run.runs * keep, run.spread * keep

    # -- dispersion ----------------------------------------------------------------------------------

    def gather(self, n: int, bad: int, expected: float, variance: float) -> None:
        """Notes how far answers lay from what was expected of them, in their order; the first of each hour."""
        if self.gathered_in_hour >= LOOKED_AT:
            return
        self.slices = (self.slices[0] + n, self.slices[1] + n * n)
        self.gathered_in_hour += n
        if not self.gathered:
            self.gathered = [Gathered() for _ in BLOCKS]
        for size, run in zip(BLOCKS, self.gathered, strict=True):
            run.n += n
            run.bad += bad
            run.expected += expected
            run.variance += variance
            if run.n >= size:
                # The baseline's own error adds to the spread of long runs: it is not the answers'.
                own = 1 + run.n / max(self.n, 1.0)
                run.spread += (run.bad - run.expected) ** 2 / (run.variance * own)
                run.runs += 1
                run.n, run.bad, run.expected, run.variance = 0, 0.0, 0.0, 0.0

    def ungather(self) -> None:
        """The open runs belong to a drop: they say nothing of ordinary days."""
        for run in self.gathered:
            run.n, run.bad, run.expected, run.variance = 0, 0.0, 0.0, 0.0

    @property
    def dispersion(self) -> float:
        """Variance of counts of bad answers, in units of independent answers; 1.0 unless more is beyond doubt."""
        most = 1.0
        for run in self.gathered:
            if run.runs >= 8:
                mean = run.spread / run.runs
                most = max(most, mean * (1 - DOUBT * (2 / run.runs) ** 0.5))
        return most


Floats = NDArray[np.float64]


def _strata(n: Floats, bad: Floats, factors: Floats, share: float) -> Floats:
    """Odds of each stratum, given the factors of the hours: such that as many bad are expected as were seen."""
    start = (bad.sum(1) + PRIOR_N * share) / (n.sum(1) + PRIOR_N)
    odds: Floats = start / (1 - start)
    for _ in range(4):
        grown = odds[:, None] * factors[None, :]
        chance = grown / (1 + grown)
        expected = (n * chance).sum(1) + PRIOR_N * share
        odds = odds * ((bad.sum(1) + PRIOR_N * share) / expected)
    return odds


def _hours(n: Floats, bad: Floats, odds: Floats, dispersion: float) -> tuple[Floats, float]:
    """Factor of each cell, shrunk: first the hour of the day, then the hour of the week against it; and their doubt."""
    factors, doubt = np.ones(CELLS), 0.0
    answers = n.sum(0)
    hour = np.append(np.arange(CLOSED) % 24, 24)
    for groups in (hour, np.arange(CELLS)):
        grown = odds[:, None] * factors[None, :]
        chance = grown / (1 + grown)
        expected: Floats = np.bincount(groups, (n * chance).sum(0)).astype(np.float64)
        variance: Floats = np.bincount(groups, (n * chance * (1 - chance)).sum(0)).astype(np.float64)
        seen = np.bincount(groups, bad.sum(0))
        found, left = _shrunk(seen.astype(np.float64), expected, variance * dispersion)
        # A ratio of shares, told as a ratio of odds.
        share = np.divide(expected, np.bincount(groups, answers), out=np.zeros(len(expected)), where=expected > 0)
        share = np.minimum(share, 0.9 / np.maximum(found, 1.0))
        factors = factors * (found * (1 - share) / (1 - found * share))[groups]
        doubt += float((left[groups] * answers).sum() / answers.sum())
    return np.clip(factors, 0.1, 10.0), doubt


def _shrunk(seen: Floats, expected: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """seen / expected of each cell, drawn towards 1 as far as chance alone could have moved it; and its variance."""
    factors, left = np.ones(len(seen)), np.zeros(len(seen))
    known = variance > 0
    if known.sum() < 2:
        return factors, left
    ratio = seen[known] / expected[known]
    error = variance[known] / expected[known] ** 2
    precision = 1 / error
    centre = (precision * ratio).sum() / precision.sum()
    chance = (precision * (ratio - centre) ** 2).sum() - (known.sum() - 1)
    scale = precision.sum() - (precision**2).sum() / precision.sum()
    spread = max(0.0, float(chance / scale))
    factors[known] = 1 + (ratio - 1) * spread / (spread + error)
    left[known] = spread * error / (spread + error)
    return factors, left


def merged(parts: Iterable[Counts]) -> dict[str, tuple[int, int]]:
    """Counts of several slices as one."""
    total: dict[str, tuple[int, int]] = {}
    for part in parts:
        for name, (n, bad) in part.items():
            before = total.get(name, (0, 0))
            total[name] = (before[0] + n, before[1] + bad)
    return total
