"""How far evidence must go before it may wake someone: the threshold of a CUSUM, from false pages a month.

Why a module of its own: a threshold is not taste. It follows from how often a series may page by chance, how many
answers it gets and how many of them are bad, and anyone must be able to compute it again.

The chart. Each answer adds its log likelihood ratio (up for a bad one, down for another), the sum never falls
below zero, and passing the threshold is a page:

    evidence      threshold ─────────────────────────╱─ page
                       ╱╲        ╱╲╱╲    ╱╲    ╱╲╱╲╱
        ────╱╲──────╱─╱──╲──╱╲─╱──────╲╱──────╱────────▶ answers

Sources: M. Reynolds, Z. Stoumbos, "A CUSUM chart for monitoring a proportion when inspecting continuously", J. Quality
Technology 31 (1999), for the chart; D. Brook, D. Evans, "An approach to the probability distribution of CUSUM run
length", Biometrika 59 (1972), for its run length as a Markov chain; S. Steiner, R. Cook, V. Farewell, T. Treasure,
"Monitoring surgical performance using risk-adjusted cumulative sum charts", Biostatistics 1 (2000), for weights that
differ from answer to answer.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from math import exp, log

import numpy as np

LOW_SHARE, HIGH_SHARE = 0.002, 0.9
"""Bad shares a chart is drawn for; beyond, a handful of answers would decide."""
STATES = 400
"""Steps the evidence is cut into; 1,200 change the run length by 1 %."""
LADDER = (1.5, 2.0, 3.0, 4.5, 6.5, 9.0)
"""Thresholds the chain is solved for. Between them ln(run length) - threshold is all but constant; beyond, it is."""
LEAST_ANSWERS = 1_000
"""A false page is allowed at most every so many answers, however small the traffic: below, two bad answers page."""

LEAST_SEEN = 1.0
"""Whatever the slices, a threshold is lowered by at most this: a factor e of false pages."""


def weights(share: float, odds: float) -> tuple[float, float]:
    """What a bad answer and any other add to the evidence.

    Args:
        share: bad share when all is well, 0..1; taken into [LOW_SHARE, HIGH_SHARE].
        odds: by how much the odds of a bad answer grow in the drop to be found, > 1 (2.25: from 10 % to 20 %).
    Returns:
        (up > 0, down < 0), log likelihood ratios.
    """
    share = min(max(share, LOW_SHARE), HIGH_SHARE)
    worse = worse_share(share, odds)
    return log(worse / share), log((1 - worse) / (1 - share))


def worse_share(share: float, odds: float) -> float:
    """Bad share after its odds grew `odds` times."""
    grown = odds * share / (1 - share)
    return grown / (1 + grown)


def run_length(share: float, odds: float, threshold: float, *, truth: float | None = None) -> float:
    """Answers until a page, on average, from no evidence on.

    Args:
        truth: the bad share there really is; None: `share`, so that the page is a false one.
    """
    up, down = weights(share, odds)
    truth = share if truth is None else truth
    step = threshold / STATES
    chain = np.eye(STATES)
    state = np.arange(STATES)
    for add, chance in ((up, truth), (down, 1 - truth)):
        # A step that ends between two states goes to each with the chance that keeps the mean.
        to = np.maximum(state * step + add, 0.0) / step
        below = np.floor(to + 1e-9).astype(np.int64)
        above = to - below
        for target, part in ((below, 1 - above), (below + 1, above)):
            inside = target < STATES
            np.subtract.at(chain, (state[inside], target[inside]), chance * part[inside])
    return float(np.linalg.solve(chain, np.ones(STATES))[0])


@lru_cache(maxsize=1_024)
def _ladder(share: float, odds: float) -> tuple[float, ...]:
    """ln(answers per false page) - threshold, at each rung of LADDER."""
    return tuple(log(run_length(share, odds, rung)) - rung for rung in LADDER)


def _rounded(share: float) -> float:
    """The next share on a grid of 5 %: the ladder is solved once for each."""
    share = min(max(share, LOW_SHARE), HIGH_SHARE)
    return min(max(exp(round(log(share) * 20) / 20), LOW_SHARE), HIGH_SHARE)


def answers_per_page(threshold: float, share: float, odds: float) -> float:
    """Answers per false page at a threshold: the run length, read off the ladder. Grows with the threshold."""
    constants = _ladder(_rounded(share), odds)
    if threshold <= LADDER[0]:
        return exp(threshold + constants[0])
    rung = bisect_right(LADDER, threshold)
    if rung == len(LADDER):
        return exp(threshold + constants[-1])
    low, high = LADDER[rung - 1], LADDER[rung]
    part = (threshold - low) / (high - low)
    return exp(threshold + constants[rung - 1] * (1 - part) + constants[rung] * part)


def threshold_for(answers: float, share: float, odds: float) -> float:
    """The threshold at which chance alone pages once in so many answers.

    Args:
        answers: answers per false page wanted; less than LEAST_ANSWERS is taken as that.
        share, odds: as in `weights`.
    """
    wanted = log(max(answers, LEAST_ANSWERS))
    constants = _ladder(_rounded(share), odds)
    lengths = [rung + constant for rung, constant in zip(LADDER, constants, strict=True)]
    rung = bisect_right(lengths, wanted)
    if rung == 0:
        return max(0.0, wanted - constants[0])
    if rung == len(LADDER):
        return wanted - constants[-1]
    part = (wanted - lengths[rung - 1]) / (lengths[rung] - lengths[rung - 1])
    return LADDER[rung - 1] + part * (LADDER[rung] - LADDER[rung - 1])


def looked_at_less(*, share: float, odds: float, in_slice: float) -> float:
    """By how much a threshold may be lower because the evidence is only looked at at the end of slices.

    Between two looks the evidence may pass the threshold and fall back, or touch zero and be lifted, unseen. Both ends
    of its way lie as much further off as it overshoots them: 0.583 standard deviations of a step.

    Args:
        in_slice: answers in the slice of an answer, on average, >= 1.
    Returns:
        0.0 for one answer a slice; at most LEAST_SEEN.
    Source: D. Siegmund, Sequential Analysis, 1985, chapter X (corrected diffusion approximations).
    """
    deviation = log(odds) * (share * (1 - share)) ** 0.5
    return min(float(2 * 0.583 * deviation * (in_slice**0.5 - 1)), LEAST_SEEN)


def drift(share: float, odds: float) -> float:
    """What an answer adds to the evidence on average once the drop has happened."""
    up, down = weights(share, odds)
    worse = worse_share(min(max(share, LOW_SHARE), HIGH_SHARE), odds)
    return worse * up + (1 - worse) * down


def widened(threshold: float, *, share: float, odds: float, answers: float) -> float:
    """The threshold for a baseline that is itself an estimate.

    A baseline that happens to be too low pages more often than one too high pages less: the rate grows like
    exp(u) with the error, u = -2 drift / variance of the evidence x threshold, whose mean over a normal error
    is exp(sd(u)^2 / 2). The threshold makes up for just that.

    Args:
        answers: the baseline rests on so many (effective) answers, > 0.
    Returns:
        At least `threshold`, at most two and a half times as much.
    """
    share = min(max(share, LOW_SHARE), HIGH_SHARE)
    spread = 2 * threshold / (log(odds) * (share * (1 - share) * answers) ** 0.5)
    return float(threshold + min(spread * spread / 2, 1.5 * threshold))
