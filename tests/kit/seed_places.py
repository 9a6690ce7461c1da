"""What the boards of places, segments, service and drivers need: one channel's morning, with known numbers.

Laid down beside `small_world` on the channel that is silent there, from a producer of its own, so that no number of
the other boards changes.
"""

from __future__ import annotations

from typing import Any

from streams.edges.store import Store
from tests.kit.method import Scene
from tests.kit.seed import TIERS

PLACES = {
    "store-berlin-mitte": (190, 0, 10, "new"),
    "store-berlin-tegel": (60, 0, 40, "regular"),
    "store-muenchen": (297, 0, 3, "loyal"),
    "store-hamburg": (54, 6, 0, "business"),
    "store-koeln": (0, 0, 6, None),
    "store-wien": (4, 0, 0, None),
}
"""Satisfied, neutral and unhappy customers by place, and the segment of all of them. Regions are the example's."""
CHANNEL = "phone_in"


def morning(now_ms: int) -> Scene:
    """Twenty-five minutes ago, and what was different twenty minutes before that."""
    scene = Scene(end_ms=now_ms)
    # A producer of its own: ids of events are unique per producer only, and the other scene begins at the same one.
    here: dict[str, Any] = {"channel": CHANNEL, "producer": "morning"}
    now: dict[str, Any] = {"minutes_ago": 25}
    before: dict[str, Any] = {"minutes_ago": 45}
    for place, (*counts, segment) in PLACES.items():
        for score, times in zip((5, 3, 1), counts, strict=True):
            for number in range(times):
                who: dict[str, Any] = {"customer": f"{place}-{score}-{number}", "segment": segment}
                scene.add("csat", scale="1-5", score=score, location=place, **who, **here, **now)
    # Who is unhappy with the pick-up is unhappy on the whole; returns move nothing. Two of the sixty think otherwise.
    for number in range(60):
        who = {"customer": f"d{number}", "stage": "after_sale", **here, **now}
        scene.add("csat", scale="1-5", score=1 + number % 3, touchpoint="pickup", **who)
        scene.add("csat", scale="1-5", score=3 + number // 20, touchpoint="return", **who)
        scene.add("nps", score=9 if number < 2 else 4 * (number % 3), **who)
    for number in range(40):
        who = {"customer": f"w{number}", **here}
        scene.add("interaction", wait_s=400, first_contact=number < 10, touchpoint="support_call", **who, **now)
        scene.add("interaction", wait_s=20, self_service=number < 30, touchpoint="advice", **who, **now)
        scene.add("signal", signal="rage_tap", touchpoint="advice", size=2, unit="taps", **who, **now)
    scene.add("signal", signal="refund", touchpoint="return", times=2, **here, **before)
    scene.add("interaction", wait_s=20, first_contact=True, touchpoint="support_call", times=40, **here, **before)
    scene.add("csat", scale="1-5", score=1, touchpoint="support_call", stage="after_sale", times=50, **here, **before)
    scene.add("complaint", severity=2, touchpoint="support_call", times=2, **here, **before)
    scene.add("complaint", severity=1, touchpoint="support_call", times=30, **here, **now)
    return scene


def lay_morning(store: Store, now_ms: int) -> None:
    """All of it, counted in every tier."""
    morning(now_ms).add_to(store, TIERS)
