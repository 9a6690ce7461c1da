"""Sudden worsening: whether the bad answers of one series are more than its past explains.

Why evidence and not an average: an average over five minutes of a quiet store is noise, over a day it is late. Evidence
gathers answer by answer, at whatever pace they come, and its threshold is a promise: at most so many false pages a
month.

The life of a series, as seen from here:

    learning ──▶ quiet ⇄ suspicious ──▶ alarming ──settle()──▶ quiet
                  │           │              │
                  learns      waits          learns nothing: a drop must not become normal

What came in under suspicion is learnt when the suspicion is over, all of it: to learn only from calm hours would make
the baseline too good, and every ordinary hour a page.
"""

from __future__ import annotations

from math import expm1, log

import msgspec

from streams.pure.alerting.baseline import Baseline, Counts
from streams.pure.alerting.chart import answers_per_page, drift, looked_at_less, threshold_for, weights, widened
from streams.pure.alerting.season import HOUR_MS

LEARN_ANSWERS = 200
"""Answers before a series gathers evidence at all: what is normal in fewer is a guess."""
LEARN_AT_ONCE = 1_000
"""Answers on the first day, likewise: so busy a series soon looks often enough to be deceived by its first 200."""
MONTH_DAYS = 30.0
MARGIN = 1.2
"""The threshold is for so many times the answers promised: what the model of a day misses pages a little, too."""
CLEAR = log(20)
"""An alarm is over when the answers since are twenty times more likely from ordinary days than from the drop."""


class Worsening(msgspec.Struct, frozen=True):
    """What a rule asks of a chart.

    Attributes:
        false_pages_a_month: by chance, in each series.
        odds: growth of the odds of a bad answer that is to be found soonest; 2.25 is from 10 % to 20 %.
    """

    false_pages_a_month: float = 1.0
    odds: float = 2.25


class Reading(msgspec.Struct):
    """What one slice made of a series.

    Attributes:
        breach: the evidence stands beyond its threshold (or did, and nothing speaks for an end yet).
        clear: alarming, and the answers since speak for ordinary days.
        evidence, threshold: in units of log likelihood, divided by the dispersion.
        began_ms: start of the slice in which the evidence began to gather.
        n, bad: answers since, and the bad ones.
        expected: bad ones that ordinary days would have had of them.
    """

    breach: bool
    clear: bool
    evidence: float
    threshold: float
    began_ms: int
    n: int
    bad: int
    expected: float


class Watch(msgspec.Struct):
    """Bernoulli CUSUM of one series against its own, seasonal, risk-adjusted past. Plain data: can be stored.

    Attributes:
        began_ms, n, bad, expected: since the evidence began to gather; `parts` the same by stratum.
        waiting: answers under suspicion, by cell and stratum; `ready` once the suspicion is over: learnt each
            hour, or on the first day when `ready_n`, the answers of it, are many.
    """

    rule: Worsening
    baseline: Baseline = msgspec.field(default_factory=Baseline)
    evidence: float = 0.0
    recovery: float = 0.0
    threshold: float = 0.0
    widened_by: float = 0.0
    dispersion: float = 1.0
    alarming: bool = False
    began_ms: int = 0
    n: int = 0
    bad: int = 0
    expected: float = 0.0
    parts: dict[str, tuple[int, int, float]] = {}
    hour_ms: int = -1
    cell: int = -1
    shares: dict[str, tuple[float, float, float]] = {}
    waiting: dict[int, dict[str, tuple[int, int]]] = {}
    ready: dict[int, dict[str, tuple[int, int]]] = {}
    ready_n: int = 0

    @property
    def learning(self) -> bool:
        """Whether too little is known yet to judge anything."""
        return self.baseline.n < self._enough

    def slice(self, start_ms: int, cell: int, counts: Counts) -> Reading | None:
        """Takes a closed slice in.

        Args:
            start_ms: start of the slice; slices come in order.
            cell: its hour of the week; see `season`.
            counts: answers and bad ones by stratum.
        Returns:
            What it means; None while learning and for a slice without answers.
        """
        if start_ms // HOUR_MS != self.hour_ms or cell != self.cell or self._learnt_enough():
            self._turn(start_ms, cell)
        if self.evidence == 0.0 and not self.alarming:
            self.began_ms, self.n, self.bad, self.expected, self.parts = start_ms, 0, 0, 0.0, {}
        gain = expected = variance = 0.0
        total = worse = 0
        for name, (n, bad) in counts.items():
            if not self.alarming:
                self._wait(cell, name, n, bad)
            if (known := self._known(name)) is None:
                continue  # still learning of this stratum
            share, up, down = known
            gain += bad * up + (n - bad) * down
            before = self.parts.get(name, (0, 0, 0.0))
            self.parts[name] = (before[0] + n, before[1] + bad, before[2] + n * share)
            expected += n * share
            variance += n * share * (1 - share)
            total += n
            worse += bad
        reading = None
        if total and not self.learning:
            reading = self._judge(total, worse, expected, variance, gain / self.dispersion)
        if self.evidence == 0.0 and self.waiting:
            self._cleared()
        return reading

    def _judge(self, n: int, bad: int, expected: float, variance: float, gain: float) -> Reading:
        self.n += n
        self.bad += bad
        self.expected += expected
        self.evidence = max(0.0, self.evidence + gain)
        if self.alarming:
            self.recovery = max(0.0, self.recovery - gain)
            # What lies far beyond the threshold says nothing more.
            self.evidence = min(self.evidence, 2 * self.threshold)
        else:
            self.baseline.gather(n, bad, expected, variance)
            if self.evidence >= self.threshold:
                self.alarming, self.recovery = True, 0.0
                self.waiting = {}
                self.baseline.ungather()
        return self._reading()

    def _reading(self) -> Reading:
        clear = self.alarming and self.recovery >= CLEAR
        return Reading(
            self.alarming and not clear, clear, self.evidence, self.threshold, self.began_ms,
            self.n, self.bad, self.expected,
        )  # fmt: skip

    def chance_in_a_day(self) -> float:
        """Chance that evidence gets as high as it is now within a day, if all is well; 1.0 without evidence."""
        if self.evidence <= 0:
            return 1.0
        evidence = max(0.0, self.evidence - self.widened_by)
        length = answers_per_page(evidence, self.baseline.share, self.rule.odds)
        looks = self.baseline.per_day / self.dispersion
        return -expm1(-looks / length)

    def settle(self, at_ms: int) -> None:
        """The alarm is over: evidence starts anew, and what comes is learnt again."""
        self.alarming = False
        self.evidence = self.recovery = 0.0
        self.waiting = {}
        self.baseline.skip(at_ms)

    def rebase(self, at_ms: int) -> None:
        """People say that this is how it is now: the past is forgotten, and learning begins anew."""
        self.baseline = Baseline()
        self.settle(at_ms)
        self.hour_ms = -1

    def bequeath(self, at_ms: int) -> Baseline:
        """All that is beyond suspicion at the end of a history, for `inherit`."""
        self._turn(at_ms, self.cell)
        self.baseline.fit(at_ms)
        return self.baseline

    def inherit(self, past: Baseline, at_ms: int) -> None:
        """Begins with what is known of the past, unless a drop is under way or more was learnt here already.

        How answers gather within slices is left out of it: slices of history are longer than those to come.
        """
        if self.alarming or self.baseline.n >= past.n:
            return
        past.slices, past.gathered_in_hour = (0.0, 0.0), 0
        self.baseline = past
        self.settle(at_ms)
        self.ready, self.ready_n = {}, 0
        self.hour_ms = -1

    def _learnt_enough(self) -> bool:
        """On the first day what is known need not wait for the hour to turn: it is learnt whenever a quarter is new."""
        return self.baseline.days < 1 and self.ready_n >= max(self._enough - self.baseline.n, self.baseline.n / 4)

    @property
    def _enough(self) -> int:
        return LEARN_AT_ONCE if self.baseline.days < 1 else LEARN_ANSWERS

    # -- once an hour --------------------------------------------------------------------------------

    def _turn(self, start_ms: int, cell: int) -> None:
        """A new hour: what is beyond suspicion is learnt, and what is expected is looked up again."""
        if self.alarming:
            self.baseline.skip(start_ms)
        for hour, counts in self.ready.items():
            self.baseline.learn(hour, counts, start_ms)
        self.ready, self.ready_n = {}, 0
        if not self.baseline.learnt_ms:
            self.baseline.skip(start_ms)
        self.hour_ms, self.cell = start_ms // HOUR_MS, cell
        self.baseline.gathered_in_hour = 0
        self.shares = {}
        if not self.alarming and not self.learning:
            self._set_threshold()  # nothing is judged before

    def _set_threshold(self) -> None:
        baseline, odds = self.baseline, self.rule.odds
        share, a_day = baseline.share, baseline.per_day
        self.dispersion = baseline.dispersion
        answers = MARGIN * a_day * MONTH_DAYS / self.rule.false_pages_a_month
        plain = threshold_for(answers / self.dispersion, share, odds)
        unseen = looked_at_less(share=share, odds=odds, in_slice=baseline.in_slice) / self.dispersion**0.5
        # The errors of the hours even out over as many hours as a drop takes to be found.
        hours = min(max(plain / drift(share, odds) * self.dispersion / a_day * 24, 1.0), 24.0)
        error = self.dispersion / max(1.0, baseline.n) + baseline.doubt * share / (1 - share) / hours
        self.threshold = widened(plain, share=share, odds=odds, answers=1 / error) - unseen
        self.widened_by = self.threshold - plain

    def _known(self, name: str) -> tuple[float, float, float] | None:
        """(expected share, up, down) of a stratum in this hour; None if it is not known well enough."""
        name = self.baseline.stratum(name)
        found = self.shares.get(name)
        if found is None:
            if not self.baseline.knows(name):
                return None
            share = self.baseline.expected(name, self.cell)
            found = self.shares[name] = (share, *weights(share, self.rule.odds))
        return found

    def _wait(self, cell: int, name: str, n: int, bad: int) -> None:
        _add(self.waiting, cell, name, n, bad)

    def _cleared(self) -> None:
        """What waited is beyond suspicion."""
        for cell, hour in self.waiting.items():
            for name, (n, bad) in hour.items():
                _add(self.ready, cell, name, n, bad)
                self.ready_n += n
        self.waiting = {}


def _add(kept: dict[int, dict[str, tuple[int, int]]], cell: int, name: str, n: int, bad: int) -> None:
    hour = kept.setdefault(cell, {})
    before = hour.get(name, (0, 0))
    hour[name] = (before[0] + n, before[1] + bad)
