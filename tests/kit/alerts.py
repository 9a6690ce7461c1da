"""Alerts, sendings and silences as the workers tell of them, laid down in the store as `archive` would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.apps.alert_columns import add_change, add_delivery, add_page
from streams.apps.columns import Table
from streams.pure.alerting.life import Change, alert_id
from streams.pure.alerting.messages import ChangeMessage, DeliveryMessage, PageMessage
from streams.pure.alerting.page import Contributor, Facts, Member, Page
from streams.pure.alerting.silence_steps import MADE, silence_step
from streams.pure.alerting.silences import Silence
from tests.kit.logs import Stored

MINUTE = 60_000


@dataclass
class Told:
    """One alert, and what is told of it step by step."""

    scene: Scene
    rule: str
    scope: dict[str, str]
    kind: str
    began_ms: int
    facts: Facts
    severity: str = "page"
    group: str = ""
    flaps: int = 0
    state: str = ""
    held: str = ""
    sent: int = 0
    zone: str = "UTC"
    members: list[Member] = field(default_factory=list)
    promised: float | None = None

    @property
    def id(self) -> str:
        """As the engine makes it."""
        return alert_id(self.rule, tuple(self.scope.values()), self.began_ms)

    def step(self, at_ms: int, state: str, why: str, *, send: str = "", who: str = "") -> Told:
        """Its next step; `send` makes it a sending."""
        send_id = ""
        if send:
            self.sent += 1
            send_id = f"{self.id}-{self.sent}"
        before, self.state = (state if send else self.state or "pending"), state
        change = Change(
            self.id, self.rule, tuple(self.scope.values()), state, before, at_ms, send, send_id, self.held, why  # type: ignore[arg-type]
        )  # fmt: skip
        self.scene.change(self._message(change, who=who))
        if send:
            self.scene.page(PageMessage(self._page(change), [], zone=self.zone))
        return self

    def fire(self, at_ms: int, why: str) -> Told:
        """It fires, and is sent at once unless it is held."""
        self.step(at_ms, "firing", why)
        return self if self.held and self.held != "shadow" else self.step(at_ms, "firing", why, send=self.severity)

    def hold(self, at_ms: int, held: str, why: str) -> Told:
        """Why nothing is sent; '' when the hold ends."""
        self.held = held
        return self.step(at_ms, self.state, why)

    def resolve(self, at_ms: int, why: str) -> Told:
        """It is over, and that is told."""
        return self.step(at_ms, "resolved", why, send="resolve" if self.sent else "")

    def said(self, at_ms: int, word: str, who: str) -> Told:
        """Somebody's word on it; whoever takes it knows the alert's id only."""
        self.scene.seq += 1
        change = Change(self.id, "", (), "resolved", "", at_ms, "", "", "", f"{word}, says {who}")
        self.scene.change(ChangeMessage(change, self.scene.seq, "", {}, said=word, who=who))
        return self

    def _message(self, change: Change, **more: Any) -> ChangeMessage:
        self.scene.seq += 1
        metric, scale = ("csat", "csat-1-5") if self.kind in ("worsening", "level", "burn", "bad_answer") else ("", "")
        return ChangeMessage(
            change, self.scene.seq, self.kind, self.scope, severity=self.severity, metric=metric, scale=scale,
            facts=self.facts, group=self.group, flaps=self.flaps, **more,
        )  # fmt: skip

    def _page(self, change: Change) -> Page:
        facts = self.facts
        return Page(
            id=change.send_id, alert_id=self.id, rule=self.rule, kind=self.kind, send=change.send, at_ms=change.at_ms,
            scope=self.scope, metric="csat", scale="csat-1-5", unit=facts.unit, value=facts.value,
            baseline=facts.baseline, lower=facts.lower, upper=facts.upper, n=facts.n, bad=facts.bad,
            since_ms=facts.since_ms, until_ms=facts.until_ms, contributors=facts.contributors, verdict=facts.verdict,
            harm=facts.harm, harm_ahead=facts.harm_ahead, flaps=self.flaps, shadow=self.held == "shadow",
            members=self.members, promised=self.promised, comments=["It failed twice"], reason=change.why,
        )  # fmt: skip


@dataclass
class Scene:
    """What is told, in the rows of the tables."""

    tables: dict[str, Table] = field(default_factory=dict)
    seq: int = 0

    def alert(
        self, rule: str, scope: Mapping[str, str], began_ms: int, *, kind: str = "worsening", **more: Any
    ) -> Told:
        """An alert, not told of yet. `more`: fields of Told; `facts` are 41 bad of 100, 10 usual, unless given."""
        usual = Facts(
            value=41.0, baseline=10.0, lower=31.9, upper=50.8, n=100, bad=41, since_ms=began_ms,
            until_ms=began_ms + 10 * MINUTE, unit="%", contributors=[Contributor("checkout", 60, 38, 32.0)],
            verdict="rate", harm=31.0, harm_ahead=12.0,
        )  # fmt: skip
        return Told(self, rule, dict(scope), kind, began_ms, **{"facts": usual, **more})

    def change(self, message: ChangeMessage) -> None:
        """A step."""
        add_change(self._table("alert_history"), message, self._record(message.change.at_ms))

    def page(self, message: PageMessage) -> None:
        """A sending."""
        add_page(self._table("pages"), message, self._record(message.page.at_ms))

    def delivery(self, told: Told, receiver: str, state: str, at_ms: int, *, tries: int = 1, error: str = "") -> None:
        """What became of its latest sending."""
        page_id = f"{told.id}-{told.sent}"
        add_delivery(
            self._table("deliveries"),
            DeliveryMessage(page_id, told.id, told.rule, receiver, state, at_ms, tries, error),
        )

    def silence(self, silence: Silence, what: str = MADE, *, at_ms: int, by: str = "") -> None:
        """A step of a silence."""
        self.seq += 1
        self.change(silence_step(silence, what, at_ms=at_ms, seq=self.seq, by=by))

    def lay(self, insert: Callable[[str, dict[str, list[Any]]], object]) -> None:
        """Stores all of it."""
        for name, table in self.tables.items():
            insert(name, dict(table))

    def _record(self, at_ms: int) -> Stored:
        return Stored(self.seq, at_ms, b"", b"")

    def _table(self, name: str) -> Table:
        return self.tables.setdefault(name, Table())


def paged(scene: Scene, now_ms: int, **scope: str) -> Told:
    """An alert that paged 30 minutes ago, and was delivered; of the app unless its scope is given."""
    told = scene.alert("channel-worsens", scope or {"channel": "app"}, now_ms - 40 * MINUTE)
    told.fire(now_ms - 30 * MINUTE, "41 bad of 100, 10.0 expected; evidence 5.10, threshold 4.60")
    scene.delivery(told, "ops", "trying", now_ms - 30 * MINUTE, tries=0)
    scene.delivery(told, "ops", "delivered", now_ms - 30 * MINUTE)
    return told
