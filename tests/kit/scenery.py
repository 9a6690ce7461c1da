"""A believable hour and a half of a retailer, for looking at boards: seeded, so that a picture can be repeated."""

from __future__ import annotations

import random

from schemas.scales import SCALES
from tests.kit.seed import HOUR, MINUTE, Answer, World


def believable_world(now_ms: int, *, seed: int = 7, hours: float = 1.5) -> World:
    """Shops, an app, a web shop and a call centre over an hour and a half; the app's checkout drops at the end."""
    chance = random.Random(seed)
    world = World(now_ms)
    start_ms = now_ms - int(hours * HOUR)
    for channel, per_minute, mood, places in _CHANNELS:
        touchpoints = _TOUCHPOINTS[channel]
        at = float(start_ms)
        while at < now_ms:
            at += chance.expovariate(per_minute / MINUTE)
            if at >= now_ms:
                break
            touchpoint, stage, ease = chance.choice(touchpoints)
            broken = channel == "app" and touchpoint == "checkout" and at > now_ms - 7 * MINUTE
            good = mood + ease - (0.7 if broken else 0.0)
            location = chance.choice(places) if places else ""
            if location == "Harbour":
                good -= 0.16
            world.answers.append(_felt(chance, int(at), channel, touchpoint, stage, location, good, broken=broken))
    world.alert(
        "worsening", now_ms - 4 * MINUTE, "app", "csat-1-5",
        "app: bad CSAT answers rose from 9 % to 41 % (37 of 90 answers); more than chance explains",
        value=41.0, baseline=9.0, n=90,
    )  # fmt: skip
    for answer in sorted(world.answers, key=lambda a: -a.at_ms):
        if answer.box < 0 and answer.point <= 1 and len(world.alerts) < 12:
            where = " / ".join(part for part in (answer.channel, answer.touchpoint, answer.location) if part)
            scale = SCALES[answer.scale]
            words = f"{answer.metric.upper()} {answer.point} on {scale.low}-{scale.high} at {where}"
            world.alert("bad_answer", answer.at_ms, answer.channel, answer.scale, words)
    return world


_CHANNELS = (
    ("web", 46.0, 0.80, ()),
    ("app", 54.0, 0.83, ()),
    ("store", 38.0, 0.86, ("Market Square", "Old Town", "Harbour", "North Gate", "Station", "Airport")),
    ("phone_in", 15.0, 0.74, ("Team East", "Team West")),
    ("email", 0.3, 0.78, ()),
)
_TOUCHPOINTS = {
    "web": (
        ("search", "pre_purchase", 0.0),
        ("product page", "pre_purchase", 0.05),
        ("checkout", "purchase", -0.04),
        ("returns", "after_sale", -0.14),
    ),
    "app": (
        ("browse", "pre_purchase", 0.04),
        ("checkout", "purchase", 0.02),
        ("checkout", "purchase", 0.02),
        ("tracking", "use", 0.06),
        ("returns", "after_sale", -0.08),
    ),
    "store": (
        ("shop window", "pre_purchase", 0.02),
        ("advice", "purchase", 0.05),
        ("till", "purchase", -0.03),
        ("repair", "after_sale", -0.10),
    ),
    "phone_in": (
        ("enquiry", "pre_purchase", 0.04),
        ("order", "purchase", 0.03),
        ("complaint", "after_sale", -0.20),
    ),
    "email": (("newsletter", "pre_purchase", 0.0), ("order mail", "use", 0.05)),
}
"""Touchpoints by channel: name, stage, and how much better than the channel it feels."""
_WORDS = (
    "Payment failed twice, then the basket was empty.", "Kept spinning after I pressed pay.",
    "Nobody could tell me where my parcel is.", "Waited far too long.", "Had to explain everything three times.",
    "", "", "",
)  # fmt: skip


def _felt(
    chance: random.Random,
    at_ms: int,
    channel: str,
    touchpoint: str,
    stage: str,
    location: str,
    good: float,
    *,
    broken: bool,
) -> Answer:
    scale = chance.choices(("csat-1-5", "ces-agreement-1-7", "nps-0-10"), (6, 3, 3))[0]
    spread = SCALES[scale].high - SCALES[scale].low
    if scale == "nps-0-10":
        good += 0.06
    felt = good + chance.gauss(0.0, 0.2)
    point = SCALES[scale].low + max(0, min(spread, round(felt * spread)))
    comment = ""
    if SCALES[scale].box(point) < 0:
        comment = _WORDS[chance.randrange(2)] if broken else chance.choice(_WORDS[2:])
    return Answer(at_ms, channel, scale, point, touchpoint, stage, location, comment)
