"""The pretended company: an electronics retailer with eight stores, a web shop and an app.

Only declared data, so that anyone can read what is true in the simulated world: who comes when, which
store is worse, what hurts at each touchpoint. Names agree with `deploy/catalogue/example.yaml`.
Pulls are in standard deviations of a feeling: -0.4 turns 8 % bad answers into about 16 %.
"""

from __future__ import annotations

from typing import NamedTuple

ZONE = "Europe/Berlin"
"""Where the company lives, and most of its customers."""


class Store(NamedTuple):
    """One branch: how much it draws, how much better or worse people feel there, its clock and its money."""

    name: str
    visitors: float
    pull: float
    zone: str = ZONE
    currency: str = "EUR"


STORES = (
    Store("store-berlin-mitte", 2.0, 0.05),
    Store("store-berlin-tegel", 1.0, -0.35),
    Store("store-hamburg", 1.4, 0.15),
    Store("store-koeln", 1.2, 0.0),
    Store("store-muenchen", 1.6, 0.30),
    Store("store-wien", 1.1, -0.10, "Europe/Vienna"),
    Store("store-zuerich", 0.9, 0.20, "Europe/Zurich", "CHF"),
    Store("store-london", 1.3, -0.15, "Europe/London", "GBP"),
)


class Segment(NamedTuple):
    """A group of customers: its size, its pull, and the weight its answers carry in weighted scores."""

    name: str
    share: float
    pull: float
    weight: float


SEGMENTS = (
    Segment("new", 0.30, -0.08, 1.0),
    Segment("regular", 0.45, 0.0, 1.0),
    Segment("loyal", 0.17, 0.22, 1.5),
    Segment("business", 0.08, -0.12, 2.5),
)

TOUCHPOINT_PULL = {
    "search": -0.05,
    "product_page": 0.10,
    "advice": 0.15,
    "checkout": 0.0,
    "payment": 0.0,
    "delivery": -0.15,
    "pickup": 0.10,
    "unboxing": 0.25,
    "first_use": 0.05,
    "manual": -0.30,
    "support_call": -0.20,
    "repair": -0.15,
    "return": -0.25,
    "newsletter": 0.0,
}
"""What the usual customer feels at each touchpoint, beside the person and the place."""

PRODUCERS = {
    "web": "web-shop",
    "app": "shop-app",
    "store": "store-tills",
    "phone_in": "call-centre",
    "chat": "chat-desk",
    "email": "mail-survey",
    "field_service": "service-visits",
}
"""Which system reports a channel."""

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
BASKETS = (19.9, 29.9, 49.0, 79.0, 129.0, 249.0, 399.0, 899.0)
"""What a purchase or a refund comes to, in euro."""

OLD_RELEASE, NEW_RELEASE = "7.3.2", "7.4.0"
"""Releases of the pages the app loads. The scripted drop comes with the new one."""

# Traffic by local hour, 0 to 23, in any unit. Answers to a link on the receipt come at night as well,
# so that no channel is ever quite silent.
_SHOP = (2, 1, 1, 1, 1, 1, 2, 3, 5, 8, 14, 18, 20, 19, 18, 19, 22, 25, 24, 17, 9, 6, 4, 3)
_SCREEN = (7, 4, 3, 2, 2, 3, 6, 10, 12, 13, 13, 14, 17, 16, 14, 14, 15, 17, 20, 24, 27, 25, 19, 12)
_DESK = (2, 1, 1, 1, 1, 1, 2, 6, 16, 22, 23, 20, 16, 18, 20, 20, 19, 16, 11, 7, 4, 3, 2, 2)
_MAIL = (3, 2, 2, 2, 2, 4, 9, 14, 16, 18, 16, 13, 13, 12, 11, 11, 12, 14, 16, 18, 18, 14, 8, 5)


def _mean_one(hours: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(24 * value / sum(hours) for value in hours)


DAY_CURVES = {
    "web": _mean_one(_SCREEN),
    "app": _mean_one(_SCREEN),
    "store": _mean_one(_SHOP),
    "phone_in": _mean_one(_DESK),
    "chat": _mean_one(_DESK),
    "field_service": _mean_one(_DESK),
    "email": _mean_one(_MAIL),
}
"""Traffic of each channel by local hour; 1.0 is its mean over the day."""
