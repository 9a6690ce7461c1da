"""Seeded streams of answers for the alert bench: day and week curves, gathering, mixes that shift, real drops.

An hour is a pair of arrays (answers, bad ones) by slice and stratum; slices without answers are left out, as the
product never sees them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

SLICES = 360
"""Slices of ten seconds an hour."""
HOUR_MS, SLICE_MS = 3_600_000, 10_000
FIRST_MS = 1_700_006_400_000
"""A Wednesday, 0:00 UTC."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """One channel.

    Attributes:
        a_month: answers in 30 days, on average.
        share: bad share on ordinary days, on average over its strata and hours.
        swing: the bad share's own day curve, in log-odds: 0.0 is none; 0.4 is from two thirds to one and a half.
        gather: standard deviation of slow moods in log-odds, and for how many answers one lasts.
        strata: bad share of each stratum in units of `share`, and its part of the answers.
    """

    a_month: int
    share: float = 0.10
    swing: float = 0.0
    gather: tuple[float, float] = (0.0, 40.0)
    strata: tuple[tuple[float, float], ...] = ((1.0, 1.0),)


@dataclass(frozen=True)
class Hour:
    """One hour: where its slices start, and (answers, bad ones) of slices x strata."""

    start_ms: int
    slices: Ints
    n: Ints
    bad: Ints


def traffic(hour: int) -> float:
    """Part of an average hour's answers: nights are quiet, weekends busier. Averages to 1 over a week."""
    day, of_day = (hour // 24) % 7, hour % 24
    by_day = 0.05 + 0.95 * max(0.0, np.sin(np.pi * (of_day - 6) / 17)) if 6 <= of_day < 23 else 0.05
    return by_day * (1.0, 0.95, 0.95, 1.0, 1.15, 1.3, 0.9)[day] / MEAN


MEAN = 1.0
MEAN = float(np.mean([traffic(hour) for hour in range(168)]))


def logit(share: float) -> float:
    """Log-odds of a share."""
    return float(np.log(share / (1 - share)))


def moods(rnd: np.random.Generator, world: World, n: int, at: float) -> tuple[NDArray[np.float64], float]:
    """Slow moods of n answers after one another, and where they end (a mean-reverting walk)."""
    deviation, lasts = world.gather
    keep = np.exp(-1 / lasts)
    steps = rnd.normal(0, deviation * np.sqrt(1 - keep * keep), n)
    found = np.empty(n)
    for index in range(n):
        at = found[index] = at * keep + steps[index]
    return found, at


def hours(
    world: World, seed: tuple[int, ...], first: int, last: int, *, drop: float = 0.0, mix: tuple[float, ...] = ()
) -> Iterator[Hour]:
    """Hours [first, last) of a stream.

    Args:
        seed: the same seed, the same stream.
        drop: by how much each bad share rises, in share points of the average (0.10: from 10 % to 20 %).
        mix: parts of the strata instead of the world's.
    """
    rnd = np.random.default_rng(seed)
    parts = np.array(mix or [part for _, part in world.strata])
    mood = 0.0
    shift = logit(world.share + drop) - logit(world.share)
    base = np.array([logit(min(0.9, world.share * times)) for times, _ in world.strata]) + shift
    for hour in range(first, last):
        mean = world.a_month / 720 * traffic(hour)
        swing = world.swing * np.sin(2 * np.pi * (hour % 24 - 9) / 24)
        n = rnd.poisson(mean)
        if not n:
            continue
        at = np.sort(rnd.integers(0, SLICES, n))
        stratum = rnd.choice(len(parts), n, p=parts / parts.sum()) if len(parts) > 1 else np.zeros(n, np.int64)
        chance = base[stratum] + swing
        if world.gather[0]:
            walk, mood = moods(rnd, world, n, mood)
            chance = chance + walk
        bad = rnd.random(n) < 1 / (1 + np.exp(-chance))
        slices, where = np.unique(at, return_inverse=True)
        shape = (len(slices), len(parts))
        cell = where * len(parts) + stratum
        yield Hour(
            FIRST_MS + hour * HOUR_MS,
            slices,
            np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape),
            np.bincount(cell[bad], minlength=shape[0] * shape[1]).reshape(shape),
        )


def one_by_one(hour: Hour) -> Iterator[tuple[int, dict[str, tuple[int, int]]]]:
    """(start of the slice, counts by stratum) of each slice, as the product gets them."""
    for index, number in enumerate(hour.slices.tolist()):
        counts = {
            f"s{stratum}": (int(n), int(hour.bad[index, stratum])) for stratum, n in enumerate(hour.n[index]) if n
        }
        yield hour.start_ms + number * SLICE_MS, counts


def quiet(world: World) -> World:
    """The same channel without moods: independent answers."""
    return replace(world, gather=(0.0, 40.0))
