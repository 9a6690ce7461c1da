"""What a pretended company is: a value that the simulator is given, so that another company is another value.

Only declared facts, so that anyone can read what is true in the simulated world: who comes when, which place is
worse, what hurts at each touchpoint, and what breaks while somebody watches. Pulls are in standard deviations of a
feeling: -0.4 turns 8 % bad answers into about 16 %.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from streams.edges.simulator.journey import Journey
    from streams.edges.simulator.past import Past

ASPECTS = ("product", "service", "relationship", "price", "convenience", "brand")
"""Why people come, and what they rate: the contract's list."""
EXPECTATION_SOURCES = (
    "word_of_mouth",
    "promotion",
    "values",
    "situation",
    "experience_with_us",
    "experience_with_others",
)
"""Where an expectation comes from: the contract's list."""
LONGEST_MS = 160_000
"""No journey lasts longer than this."""
FOLLOWS_WITHIN_MS = 60_000
"""What a journey leads to begins so soon after it."""


class Place(NamedTuple):
    """One store or branch: how much it draws, how much better or worse people feel there, its clock and its money."""

    name: str
    visitors: float
    pull: float
    zone: str
    currency: str


class Segment(NamedTuple):
    """A group of customers: its size, its pull, and the weight its answers carry in weighted scores."""

    name: str
    share: float
    pull: float
    weight: float


class Kind(NamedTuple):
    """One kind of journey."""

    walk: Callable[[Journey], None]
    channel: str
    share: float
    """Of all events over a day."""
    events: float
    """Mean number of events one yields. A test holds the declared figure to the real one."""


@dataclass(frozen=True, kw_only=True)
class Drop:
    """What goes wrong while the demo is watched.

    Attributes:
        channel, touchpoint: where the broken release is met, and what it spoils.
        places: only there; empty: everywhere.
        share: of those who come to `channel` (and to `places`), how many get the release, 0..1.
        bad_share: share of bad answers at the touchpoint then, all who come there taken together; else 0.08.
        old_release, new_release: attribute `release` of the channel's events.
        comments: what people write about it.
        told: in words, for the mark on the graphs.
        watch: in words, for who starts the demo: where to look, and not why.
    """

    channel: str
    touchpoint: str
    places: frozenset[str] = frozenset()
    share: float = 1.0
    bad_share: float
    old_release: str
    new_release: str
    comments: tuple[str, ...]
    told: str
    watch: str


@dataclass(frozen=True, kw_only=True, eq=False)  # compared by identity: it is a key of caches
class Company:
    """A pretended company; names agree with its catalogue.

    Attributes:
        catalogue: file name in deploy/catalogue.
        zone: where it lives, and most of its customers.
        currency: of amounts, where no place says otherwise.
        producers: by channel: which system reports it.
        day_curves: by channel: traffic by local hour, 0 to 23; 1.0 is its mean over the day.
        places: stores or branches.
        at_places: channels that are met at one of them.
        segments: shares add up to 1.
        touchpoint_pull: what the usual customer feels at each touchpoint, beside the person and the place.
        amounts: what a purchase comes to.
        bad_words, good_words: what customers write, by touchpoint.
        kinds: the journeys people make; shares add up to 1.
        offline: the kind of journey whose device in a place may be offline for a while.
        drop: what breaks.
        past: what was before.
    """

    catalogue: str
    zone: str
    currency: str
    producers: Mapping[str, str]
    day_curves: Mapping[str, tuple[float, ...]]
    places: tuple[Place, ...]
    at_places: frozenset[str]
    segments: tuple[Segment, ...]
    touchpoint_pull: Mapping[str, float]
    amounts: tuple[float, ...]
    bad_words: Mapping[str, tuple[str, ...]]
    good_words: Mapping[str, tuple[str, ...]]
    kinds: tuple[Kind, ...]
    offline: Kind
    drop: Drop
    past: Past


def day_curve(*hours: int) -> tuple[float, ...]:
    """Traffic by local hour, 0 to 23, from 24 numbers in any unit: the mean becomes 1.0."""
    if len(hours) != 24:
        raise ValueError(f"a day has 24 hours, not {len(hours)}")
    return tuple(24 * value / sum(hours) for value in hours)
