"""What the boards of the method need beside answers to the three questions: the retailer of the worked example.

Laid down beside `small_world`, from a producer of its own, so that no number of the other boards changes.
"""

from __future__ import annotations

from pathlib import Path

import deploy
from schemas.catalogue import Catalogue
from streams.edges.store import Store
from streams.edges.targets import store_targets
from tests.kit.method import DAY_MS, RETAILER, WEEK_MS, Scene
from tests.kit.seed import TIERS

EXAMPLE = Path(deploy.__file__).parent / "catalogue" / "example.yaml"


def retailer(now_ms: int) -> Scene:
    """Twenty minutes ago forty customers rated everything as in the worked example; two touchpoints are behind it."""
    scene, ago = Scene(end_ms=now_ms), {"minutes_ago": 20, "channel": "app"}
    for aspect, (experience, expectation, importance) in RETAILER.items():
        for number in range(40):
            where = "parking" if number % 2 else "delivery"
            behind = {"touchpoint": where, "stage": "purchase", "customer": f"m{number}"}
            answers = {"experience": experience, "expectation": expectation, "importance": importance}
            source = "promotion" if expectation and number < 30 else None
            scene.add("rating", aspect=aspect, expectation_from=source, **answers, **behind, **ago)
        scene.add("rating", aspect=aspect, experience=8, respondent="manager", times=30, **ago)
        scene.add("rating", aspect=aspect, experience=experience, times=30, touchpoint="parking", channel="web",
                  stage="purchase", minutes_ago=20)  # fmt: skip
    for number in range(40):
        who = {"customer": f"m{number}", **ago}
        scene.add("trust", integrity=8, ability=9, affinity=3, consistency=7, **who)
        scene.add("emotion", valence=-0.5, touchpoint="parking", stage="purchase", action="parks", need="room", **who)
        for days in (500, 120, 1) if number < 30 else (500,):
            scene.add("purchase", amount=200, currency="EUR", reason="price", customer=f"m{number}", channel="app",
                      days_ago=days)  # fmt: skip
    for number in range(5):
        scene.add("purchase", amount=200, currency="EUR", customer=f"new{number}", **ago)
    scene.add("signal", signal="failed_checkout", stage="purchase", times=3, **ago)
    # Unhappy in small_world, and said so.
    scene.add("complaint", severity=1, customer="customer-20", **ago)
    complaint = scene.events[-1]
    about = {"about_event_id": complaint.event_id, "about_producer": complaint.producer}
    scene.add("case", case_id="case-1", state="closed", outcome="kept", **about, **ago)
    return scene


def lay_method(store: Store, now_ms: int) -> None:
    """Ratings, trust, feelings, purchases, a complaint, an action, and the example's targets."""
    retailer(now_ms).add_to(store, TIERS)
    example = Catalogue.load(EXAMPLE)
    store_targets(store, example.targets, example.locations)
    at_ms = now_ms - 2 * WEEK_MS - DAY_MS
    action = {"action_id": "1", "what": "second till", "at": at_ms, "channel": "", "touchpoint": "parking", "cost": 9.0}
    row = {**action, "removed": 0, "version": 1}
    store.insert_columns("actions", {name: [value] for name, value in row.items()})
