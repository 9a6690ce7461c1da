"""What the engine said is stored once, however often it says it, and tells what stands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from faust.types import TP

from streams.apps.archive import Archiving
from streams.apps.rules import Rules
from streams.apps.transport import Batch
from streams.edges import alert_story
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.alerting.messages import ChangeMessage, DeliveryMessage, PageMessage
from streams.pure.alerting.page import Facts
from streams.pure.cells import encode
from tests.kit.alerts import MINUTE, Scene, Told, paged
from tests.kit.logs import Stored

HOUR = 60 * MINUTE


@pytest.fixture
def store(alerts_store: Store) -> Store:
    return alerts_store


@pytest.fixture
def now_ms(store: Store) -> int:
    return store.now_us() // 1_000


class TestStoring:
    """By way of `archive`, from the records of Kafka."""

    @pytest.fixture
    def archive(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Hands records of a topic over and has them stored."""
        archiving = Archiving(Settings(), store, Rules(Settings(memory_broker=True)), lambda topic: "log")

        class Consumer:
            epoch = 1

            def durable(self, tp: TP, offset: int) -> None: ...

            async def log_starts(self, tps: Any) -> dict[TP, int]:
                return dict.fromkeys(tps, 0)

        async def handed(topic: str, *messages: Any, at_ms: int = 0) -> None:
            tp = TP(topic, 0)
            await archiving.positions(Consumer(), {tp: None})  # type: ignore[arg-type]
            records = [Stored(offset, at_ms, b"", encode(message)) for offset, message in enumerate(messages)]
            await archiving.handle(Batch(tp, records, 1))
            await archiving.flush(Consumer())  # type: ignore[arg-type]

        return lambda topic, *messages, at_ms=0: asyncio.run(handed(topic, *messages, at_ms=at_ms))

    def test_steps_pages_and_deliveries_are_stored_by_the_archive(
        self, store: Store, archive: Callable[..., None], now_ms: int
    ) -> None:
        """And the page in words, without what customers wrote."""
        scene = Messages()
        paged(scene, now_ms)
        archive("alerts", *scene.of(ChangeMessage, PageMessage), at_ms=now_ms)
        archive("deliveries", *scene.of(DeliveryMessage), at_ms=now_ms)
        assert store.rows("SELECT state, before, send FROM alert_history ORDER BY position") == [
            ("firing", "pending", ""),
            ("firing", "firing", "page"),
        ]
        (page,) = store.query("SELECT headline, body, page, severity FROM pages FINAL")
        assert page["headline"] == "app: bad CSAT answers rose from 10 % to 41 %"
        assert "It failed twice" not in page["page"] + page["body"]
        assert json.loads(page["page"])["harm"] == 31.0
        assert store.rows("SELECT receiver, state, tries FROM deliveries FINAL") == [("ops", "delivered", 1)]

    def test_the_topic_of_deliveries_is_among_those_it_reads(self, store: Store) -> None:
        archiving = Archiving(Settings(), store, Rules(Settings(memory_broker=True)), lambda topic: "log")
        assert "deliveries" in archiving.topics

    def test_signs_of_life_leave_no_history(self, store: Store, archive: Callable[..., None], now_ms: int) -> None:
        """Half a million rows a year that say nothing."""
        scene = Messages()
        scene.alert("touchpulse-alive", {}, now_ms, kind="heartbeat").fire(now_ms, "alive")
        archive("alerts", *scene.of(ChangeMessage, PageMessage))
        assert store.rows("SELECT count() FROM alert_history") == [(0,)]
        assert store.rows("SELECT count() FROM pages") == [(0,)]

    def test_what_is_said_again_after_a_crash_changes_nothing(
        self, store: Store, archive: Callable[..., None], now_ms: int
    ) -> None:
        """Steps that follow from the clock come with another time: the first is the one that is true."""
        scene = Messages()
        told = paged(scene, now_ms)
        told.step(now_ms - 20 * MINUTE, "recovering", "clear")
        told.resolve(now_ms - 10 * MINUTE, "clear for 3 slices")
        said = scene.of(ChangeMessage, PageMessage)
        archive("alerts", *said, at_ms=now_ms - 9 * MINUTE)
        before = store.rows("SELECT * FROM alert_history FINAL ORDER BY told_at, position")
        again = [message for message in said if not (isinstance(message, ChangeMessage) and message.change.send)]
        for message in said:
            if isinstance(message, ChangeMessage) and message.change.send:
                later = msgspec.structs.replace(message.change, at_ms=message.change.at_ms + 4_000)
                again.append(msgspec.structs.replace(message, change=later, seq=message.seq + 7))
        archive("alerts", *again, at_ms=now_ms)
        assert store.rows("SELECT * FROM alert_history FINAL ORDER BY told_at, position") == before
        assert store.rows("SELECT count() FROM pages FINAL") == [(2,)]

    def test_steps_of_the_same_kind_at_other_times_are_all_kept(
        self, store: Store, archive: Callable[..., None], now_ms: int
    ) -> None:
        """An alert may recover and fall back many times."""
        scene = Messages()
        told = scene.alert("channel-worsens", {"channel": "app"}, now_ms - HOUR).fire(now_ms - HOUR, "x")
        for minute in range(3):
            told.step(now_ms - (20 - minute) * MINUTE, "recovering", "clear")
            told.step(now_ms - (20 - minute) * MINUTE + 10_000, "firing", "not certain any more that it is over")
        archive("alerts", *scene.of(ChangeMessage))
        assert store.rows("SELECT count() FROM alert_history FINAL") == [(8,)]


class Messages(Scene):
    """The same, kept as messages."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Any] = []

    def change(self, message: ChangeMessage) -> None:
        self.messages.append(message)

    def page(self, message: PageMessage) -> None:
        self.messages.append(message)

    def delivery(self, told: Told, receiver: str, state: str, at_ms: int, *, tries: int = 1, error: str = "") -> None:
        page_id = f"{told.id}-{told.sent}"
        self.messages.append(DeliveryMessage(page_id, told.id, told.rule, receiver, state, at_ms, tries, error))

    def of(self, *kinds: type) -> list[Any]:
        return [message for message in self.messages if isinstance(message, kinds)]


class TestStanding:
    """What stands now."""

    def test_the_worst_stands_first_and_what_is_held_last(self, store: Store, now_ms: int) -> None:
        scene = Scene()
        harm = Facts(value=20.0, baseline=10.0, n=400, bad=80, since_ms=now_ms - HOUR, until_ms=now_ms, harm=90.0)
        ticket = scene.alert("nps", {"channel": "web"}, now_ms - HOUR, facts=harm, severity="ticket")
        mild, worst = paged(scene, now_ms), scene.alert("channel-worsens", {"channel": "web"}, now_ms, facts=harm)
        part = scene.alert("touchpoint-worsens", {"channel": "app", "touchpoint": "pay"}, now_ms - HOUR)
        for told in (ticket.fire(now_ms - HOUR, "x"), worst.fire(now_ms - MINUTE, "x"), part):
            assert told
        part.step(now_ms - HOUR, "firing", "x").hold(now_ms - HOUR, "inhibited", "part of channel-worsens app")
        scene.lay(store.insert_columns)
        found = alert_story.standing(store, now_ms)
        assert [one.alert_id for one in found] == [worst.id, mild.id, ticket.id, part.id]
        assert (found[3].held, found[3].held_why) == ("inhibited", "part of channel-worsens app")

    def test_only_what_stands_is_listed(self, store: Store, now_ms: int) -> None:
        """Not what is over, not a suspicion, not a single bad answer, which is over at once; not what is to come.

        Nor what a rule in shadow would have said.
        """
        scene = Scene()
        scene.alert("new-rule", {"channel": "app"}, now_ms - HOUR, held="shadow").fire(now_ms - HOUR, "x")
        paged(scene, now_ms).resolve(now_ms - MINUTE, "clear for 3 slices")
        scene.alert("channel-worsens", {"channel": "web"}, now_ms - HOUR).step(now_ms, "resolved", "only a suspicion")
        scene.alert("gold-hurt", {}, now_ms - HOUR, kind="bad_answer").fire(now_ms - HOUR, "csat 1")
        stands = paged(scene, now_ms, channel="store")
        scene.lay(store.insert_columns)
        assert [one.alert_id for one in alert_story.standing(store, now_ms)] == [stands.id]
        assert alert_story.standing(store, now_ms - 35 * MINUTE) == []
        assert len(alert_story.lately(store, now_ms, 30)) == 4

    def test_somebody_who_has_it_is_named_and_a_word_is_no_step(self, store: Store, now_ms: int) -> None:
        """Somebody calls it useful after the step in which Kim took it: it stays hers."""
        scene = Scene()
        told = paged(scene, now_ms)
        told.step(now_ms - 20 * MINUTE, "acknowledged", "acknowledged by Kim").said(now_ms, "useful", "Lee")
        scene.lay(store.insert_columns)
        (one,) = alert_story.standing(store, now_ms)
        assert (one.state, one.who, one.word) == ("acknowledged", "Kim", "useful")

    def test_steps_are_in_the_order_they_were_told_in_not_by_their_time(self, store: Store, now_ms: int) -> None:
        """Slices lag behind the clock: an end may carry an earlier time than the page before it."""
        scene = Scene()
        told = scene.alert("channel-worsens", {"channel": "app"}, now_ms - HOUR)
        told.step(now_ms - 30_000, "firing", "x").step(now_ms - 5_000, "firing", "x", send="page")
        told.step(now_ms - 15_000, "recovering", "clear")
        scene.lay(store.insert_columns)
        # All within one answer of Kafka's.
        store.command("ALTER TABLE alert_history UPDATE told_at = now64(3) WHERE 1 SETTINGS mutations_sync = 2")
        assert alert_story.standing(store, now_ms)[0].state == "recovering"
