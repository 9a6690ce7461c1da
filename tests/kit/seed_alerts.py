"""Alerts that every panel of their board has something true to show of, all within the last hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streams.pure.alerting.page import Facts
from streams.pure.alerting.silences import Silence
from tests.kit.alerts import MINUTE, Scene, Told

HOUR = 60 * MINUTE


@dataclass
class Alerted:
    """The scene, and its alerts by what they show."""

    scene: Scene
    paged: Told
    part: Told
    taken: Told
    over: Told
    silenced: Told
    shadow: Told

    @property
    def rules(self) -> list[str]:
        """Every rule with an alert, in the order of the alphabet."""
        told = (self.paged, self.part, self.taken, self.over, self.silenced, self.shadow)
        return sorted({one.rule for one in told})

    @property
    def chosen(self) -> str:
        """The paged alert, as an address may name it."""
        return f"chosen · {self.paged.id}"


def alerted(now_ms: int) -> Alerted:
    """A channel that pages, its part held by it, a ticket that Kim has, two that are over, one silenced, one in shadow.

    Said so far: the store's alert was useful once and useless once; the channel's useful. One receiver does not answer.
    """
    scene = Scene()
    paged = scene.alert("channel-worsens", {"channel": "app"}, now_ms - 40 * MINUTE)
    paged.fire(now_ms - 30 * MINUTE, "41 bad of 100, 10.0 expected; evidence 5.10, threshold 4.60")
    scene.delivery(paged, "ops", "delivered", now_ms - 30 * MINUTE + 900)
    scene.delivery(paged, "wecom", "failed", now_ms - 2 * MINUTE, tries=9, error="HTTP 500")
    paged.said(now_ms - 20 * MINUTE, "useful", "Lee")

    part = scene.alert("touchpoint-worsens", {"channel": "app", "touchpoint": "checkout"}, now_ms - 38 * MINUTE)
    part.step(now_ms - 29 * MINUTE, "firing", "38 bad of 60, 6.0 expected")
    part.hold(now_ms - 29 * MINUTE + 8_000, "inhibited", "part of channel-worsens app")

    goal = Facts(value=79.2, baseline=85.0, lower=76.0, upper=82.1, n=640, bad=90, since_ms=now_ms - 24 * HOUR,
                 until_ms=now_ms - 25 * MINUTE, harm=90.0)  # fmt: skip
    taken = scene.alert("pickup-below-goal", {"touchpoint": "pickup"}, now_ms - 24 * HOUR, kind="level", facts=goal,
                        severity="ticket")  # fmt: skip
    taken.fire(now_ms - 25 * MINUTE, "score 79.2 (76.0 to 82.1) of 640, goal 85")
    taken.step(now_ms - 20 * MINUTE, "acknowledged", "acknowledged by Kim")
    scene.delivery(taken, "ops", "delivered", now_ms - 25 * MINUTE)

    store = {"channel": "store", "location": "Harbour"}
    for minutes, flaps, word in ((55, 0, "useful"), (45, 1, "useless")):
        over = scene.alert("store-worsens", store, now_ms - (minutes + 5) * MINUTE, flaps=flaps)
        over.fire(now_ms - minutes * MINUTE, "20 bad of 60, 6.0 expected").resolve(
            now_ms - (minutes - 5) * MINUTE, "5 bad of 60, 6.0 expected"
        )
        over.said(now_ms - 10 * MINUTE, word, "Kim")

    silence = Silence("s-7", "Kim", "tills are being changed", now_ms - 50 * MINUTE, now_ms + 30 * MINUTE, "",
                      {"location": "Old Town"})  # fmt: skip
    scene.silence(silence, at_ms=silence.from_ms)
    silenced = scene.alert("store-worsens", {"channel": "store", "location": "Old Town"}, now_ms - 30 * MINUTE)
    silenced.step(now_ms - 15 * MINUTE, "firing", "30 bad of 60, 6.0 expected")
    silenced.hold(now_ms - 15 * MINUTE + 8_000, "silenced", "silence s-7 by Kim: tills are being changed")

    shadow = scene.alert("nps-worsens", {"channel": "web"}, now_ms - 30 * MINUTE, held="shadow", severity="ticket")
    shadow.fire(now_ms - 12 * MINUTE, "30 bad of 60, 6.0 expected")
    return Alerted(scene, paged, part, taken, over, silenced, shadow)


def lay_alerts(insert: Callable[[str, dict[str, list[Any]]], object], now_ms: int) -> Alerted:
    """Stores them."""
    found = alerted(now_ms)
    found.scene.lay(insert)
    return found
