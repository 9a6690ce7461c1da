"""The client between a program and a gateway that is not always there: nothing is lost, nothing is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from touchpulse_client import AsyncClient, Client, InvalidEvent, Rejected, SpoolBroken, SpoolFull, SpoolInUse
from touchpulse_client import delivery as delivery_module
from touchpulse_client.delivery import MOST_WAIT_S, TryLater, pause_s, retry_after_s

from tests.client.gateway import Gateway, log_in_page, no_network, refused, too_many, verdicts

EVENT: dict[str, Any] = {"kind": "csat", "score": 4, "scale": "1-5", "channel": "store"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting between attempts, in milliseconds; how long it is has tests of its own."""
    monkeypatch.setattr(delivery_module, "LEAST_WAIT_S", 0.002)


def numbered(*numbers: int) -> Iterator[dict[str, Any]]:
    return ({**EVENT, "event_id": f"e{number}"} for number in numbers)


def client_of(gateway: Gateway, **options: Any) -> Client:
    return Client("https://gateway.example.org", "tp_key", transport=gateway.transport, **options)


def test_events_arrive_in_order_complete_and_under_the_key() -> None:
    """What the program left out is filled in; `sent_at` tells the sender's clock."""
    gateway = Gateway()
    with client_of(gateway) as client:
        ids = client.send_many([EVENT, {**EVENT, "occurred_at": "2026-03-02T10:15:00Z", "comment": None}])
        assert client.flush(5) == 0
    assert gateway.taken == ids
    first, second = [event for batch in gateway.batches for event in batch]
    assert {"event_id", "occurred_at", "sent_at", "producer"} <= first.keys()
    assert second["occurred_at"] == "2026-03-02T10:15:00Z"
    assert "comment" not in second
    assert gateway.keys == {"Bearer tp_key"}


@pytest.mark.parametrize(
    "trouble",
    [no_network, log_in_page, refused(503), refused(500), refused(502), refused(429), refused(401), refused(404),
     verdicts(e1="unavailable", e2="unavailable", e3="unavailable")],
    ids=["no-network", "log-in-page", "503", "500", "502", "429", "401", "404", "kafka-away"],
)  # fmt: skip
def test_whatever_is_no_verdict_leaves_the_events_waiting(trouble: Any) -> None:
    """A network's own page, a proxy's error, a key that is mended later: the same ids come again."""
    gateway = Gateway(trouble, trouble, trouble)
    with client_of(gateway) as client:
        client.send_many(numbered(1, 2, 3))
        assert client.flush(5) == 0
        assert client.problem == ""
    assert gateway.taken == ["e1", "e2", "e3"]
    assert len(gateway.batches) == 4


def test_only_what_was_not_taken_is_sent_again() -> None:
    """A verdict on each event, so half a batch is no reason to repeat the other half."""
    gateway = Gateway(verdicts(e1="unavailable", e3="unavailable"))
    with client_of(gateway) as client:
        client.send_many(numbered(1, 2, 3))
        assert client.flush(5) == 0
    assert [[event["event_id"] for event in batch] for batch in gateway.batches] == [["e1", "e2", "e3"], ["e1", "e3"]]


def test_verdicts_on_other_events_are_none() -> None:
    """A confused cache must not make events vanish."""
    gateway = Gateway(lambda events: verdicts()([{"event_id": "x"} for _ in events]))
    with client_of(gateway) as client:
        client.send_many(numbered(1))
        assert client.flush(5) == 0
    assert gateway.taken[-1] == "e1"
    assert len(gateway.batches) == 2


def test_a_rejected_event_is_told_and_does_not_hold_up_the_others() -> None:
    """It will never be taken; its producer learns why. A handler that fails does not stop the sending."""
    told: list[Rejected] = []

    def tell(rejected: Rejected) -> None:
        told.append(rejected)
        raise RuntimeError("handler")

    gateway = Gateway(verdicts(e2="rejected"))
    with client_of(gateway, on_rejected=tell) as client:
        client.send_many(numbered(1, 2, 3))
        assert client.flush(5) == 0
    assert told == [Rejected("e2", "unknown_name", "channel", "channel is not a known name.")]
    assert gateway.taken == ["e1", "e3"]


def test_a_batch_that_is_too_large_is_divided() -> None:
    """Down to a single event, which alone can then be at fault."""
    gateway = Gateway(*[too_many(2)] * 20)
    with client_of(gateway) as client:
        client.send_many(numbered(*range(9)))
        assert client.flush(5) == 0
    assert gateway.taken == [f"e{n}" for n in range(9)]
    told: list[Rejected] = []
    gateway = Gateway(*[too_many(0)] * 3)
    with client_of(gateway, on_rejected=told.append) as client:
        client.send_many(numbered(1, 2))
        assert client.flush(5) == 0
    assert [rejected.event_id for rejected in told] == ["e1", "e2"]
    assert told[0].reason == "too_large"


def test_an_event_that_breaks_the_contract_is_refused_at_once_and_none_of_its_batch_is_taken() -> None:
    """The program's mistake shows where it is made."""
    gateway = Gateway()
    with client_of(gateway) as client:
        with pytest.raises(InvalidEvent) as caught:
            client.send_many([EVENT, {**EVENT, "score": 9}])
        assert caught.value.field == "score"
        assert client.waiting == 0


def test_a_full_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    """Nothing is dropped to make room: the caller decides."""
    gateway = Gateway(*[refused(503)] * 1_000)
    with client_of(gateway, spool=tmp_path / "spool", max_bytes=1_000) as client:
        client.send_many(numbered(*range(4)))
        with pytest.raises(SpoolFull, match=r"4 events .* are waiting: there is no room"):
            client.send_many(numbered(*range(4, 10)))
        assert client.waiting == 4
        gateway.fates.clear()
        assert client.flush(5) == 0
        client.send(EVENT)
    assert gateway.taken[:4] == [f"e{n}" for n in range(4)]


def test_what_could_not_be_sent_is_sent_by_the_next_process_in_order(tmp_path: Path) -> None:
    """Closing while offline leaves the events in the file."""
    spool = tmp_path / "spool"
    offline = client_of(Gateway(*[no_network] * 1_000), spool=spool)
    offline.send_many(numbered(*range(1_200)))
    assert offline.close(timeout_s=0.05) == 1_200
    gateway = Gateway()
    with client_of(gateway, spool=spool) as client:
        client.send({**EVENT, "event_id": "new"})
        assert client.flush(10) == 0
    assert gateway.taken == [*(f"e{n}" for n in range(1_200)), "new"]


def test_a_spool_is_for_one_process_and_for_spools_only(tmp_path: Path) -> None:
    """Two would send everything twice; another program's file must stay as it is."""
    spool = tmp_path / "spool"
    with client_of(Gateway(), spool=spool), pytest.raises(SpoolInUse):
        client_of(Gateway(), spool=spool)
    strange = tmp_path / "notes.txt"
    strange.write_text("not a spool at all, but somebody's notes" * 100)
    with pytest.raises(SpoolBroken, match="move it away"):
        client_of(Gateway(), spool=strange)
    assert strange.read_text().startswith("not a spool")
    with pytest.raises(SpoolBroken, match="cannot be opened"):
        client_of(Gateway(), spool=tmp_path / "no" / "folder")


async def test_the_asynchronous_client_does_the_same(tmp_path: Path) -> None:
    """One logic, two ways of waiting."""
    gateway = Gateway(no_network, log_in_page, verdicts(e1="unavailable"), refused(429))
    spool = tmp_path / "spool"
    async with AsyncClient("https://g.example.org", "k", spool=spool, transport=gateway.transport) as client:
        await client.send_many(numbered(0, 1, 2))
        assert await client.flush(5) == 0
        assert client.waiting == 0
        assert client.problem == ""
        with pytest.raises(InvalidEvent):
            await client.send({"kind": "csat"})
    assert sorted(gateway.taken) == ["e0", "e1", "e2"]
    offline = AsyncClient("https://g.example.org", "k", spool=spool, transport=Gateway(*[no_network] * 999).transport)
    offline.start()
    await offline.send_many(numbered(3, 4))
    assert await offline.close(timeout_s=0.05) == 2
    gateway = Gateway()
    async with AsyncClient("https://g.example.org", "k", spool=spool, transport=gateway.transport) as client:
        assert await client.flush(5) == 0
    assert gateway.taken == ["e3", "e4"]


def test_waiting_grows_is_bounded_and_honours_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand tills that come back at once would put the gateway down again."""
    monkeypatch.setattr(delivery_module, "LEAST_WAIT_S", 0.5)
    waits = [pause_s(attempt, TryLater("x")) for attempt in range(1, 30)]
    assert 0.25 <= waits[0] <= 0.5
    assert MOST_WAIT_S / 2 <= waits[-1] <= MOST_WAIT_S
    assert len({pause_s(5, TryLater("x")) for _ in range(5)}) == 5
    assert 120 <= pause_s(1, TryLater("x", 120.0)) <= 144
    assert pause_s(1, TryLater("x", 1e9)) <= 1.2 * 3_600
    assert retry_after_s({"retry-after": "7"}) == 7
    assert retry_after_s({"retry-after": "soon"}) == 0
    assert retry_after_s({}) == 0
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90))
    assert 80 < retry_after_s({"retry-after": later}) <= 90


def test_large_batches_are_packed() -> None:
    """Tills pay for what they send; the stand-in unpacks."""
    packed: list[str] = []
    gateway = Gateway()

    def watch(events: list[dict[str, Any]]) -> Any:
        packed.append(json.dumps(len(events)))
        return verdicts()(events)

    gateway.fates = [watch]
    with client_of(gateway) as client:
        client.send_many(numbered(*range(100)))
        assert client.flush(5) == 0
    assert packed == ["100"]
