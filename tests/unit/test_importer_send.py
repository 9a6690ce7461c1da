"""Events reach Kafka once, in portions, under their key; and the command tells what it did."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError
from typer.testing import CliRunner

from schemas.decode import event_key
from streams.cli import app
from streams.edges.errors import FileError, SettingsError, Unavailable
from streams.edges.importer.send import PORTION, TOPIC, running_producer, send
from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings

PARTITIONS = 3
MAPPING = """\
producer: panel
event_id: "{ID}-{column}"
occurred_at: {text: "{DAY}", zone: UTC}
channel: web
answers:
  - {kind: nps, columns: [NET]}
"""


@pytest.fixture
def broker() -> Iterator[MemoryBroker]:
    with MemoryBroker({f"t.{TOPIC}": PARTITIONS}) as running:
        yield running


def settings(broker: MemoryBroker) -> Settings:
    return Settings(kafka_brokers=broker.bootstrap, topic_prefix="t.", memory_broker=True)


def answers(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"producer": "panel", "event_id": f"answer {number}", "kind": "nps", "score": number % 11}


async def stored(broker: MemoryBroker, count: int) -> list[tuple[int, bytes, dict[str, Any]]]:
    """Partition, key and event of the first records of the topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(f"t.{TOPIC}", number) for number in range(PARTITIONS)])
        return [(r.partition, r.key, orjson.loads(r.value)) for r in [await anext(consumer) for _ in range(count)]]
    finally:
        await consumer.stop()


async def test_each_event_is_stored_under_producer_and_id(broker: MemoryBroker) -> None:
    """Twins meet in one partition only if every sender keys and spreads them alike."""
    events = list(answers(50))
    async with running_producer(settings(broker)) as producer:
        assert await send(events * 2, producer, f"t.{TOPIC}") == 100
    records = await stored(broker, 100)
    assert sorted(e["event_id"] for _, _, e in records) == sorted(e["event_id"] for e in events * 2)
    assert all(key == event_key("panel", event["event_id"]) for _, key, event in records)
    places = {(key, partition) for partition, key, _ in records}
    assert len(places) == 50, "an event sent twice lies twice in the same partition"
    assert {partition for _, partition in places} == set(range(PARTITIONS))


async def test_the_feeder_is_held_after_each_portion(broker: MemoryBroker) -> None:
    """The in-memory broker drops what nobody has read, so its feeder must be able to wait for the readers."""
    taken: list[int] = []
    seen: list[tuple[int, int]] = []

    def counted() -> Iterator[dict[str, Any]]:
        for event in answers(PORTION + 10):
            taken.append(1)
            yield event

    async def wait(sent: int) -> None:
        seen.append((sent, len(taken)))

    async with running_producer(settings(broker)) as producer:
        await send(counted(), producer, f"t.{TOPIC}", wait=wait)
    assert seen == [(PORTION, PORTION), (PORTION + 10, PORTION + 10)]


async def test_nothing_to_send_is_no_error(broker: MemoryBroker) -> None:
    """A file without answers ends with 0 events, and nobody is asked to wait."""
    async with running_producer(settings(broker)) as producer:
        assert await send([], producer, f"t.{TOPIC}") == 0


async def test_a_broker_that_goes_away_ends_the_import_with_what_was_taken(broker: MemoryBroker) -> None:
    """aiokafka would retry for ever; people must learn that they may simply import again."""

    async def stop(sent: int) -> None:
        broker.stop()

    with pytest.raises(Unavailable, match=rf"took {PORTION:,} events .* import the file again"):
        async with running_producer(settings(broker), stop_timeout_s=0.2) as producer:
            await send(answers(2 * PORTION), producer, f"t.{TOPIC}", wait=stop, ack_timeout_s=4)


class DeafProducer:
    """A producer whose broker knows no topic."""

    async def partitions_for(self, topic: str) -> None:
        raise KafkaConnectionError("no such topic")


async def test_a_topic_that_is_not_there_is_named() -> None:
    """Most often the prefix is wrong; without a sentence the import would hang and then fail oddly."""
    with pytest.raises(Unavailable, match=r"t\.touchpoints\.import.*TOPIC_PREFIX"):
        await send(answers(1), DeafProducer(), f"t.{TOPIC}")


async def test_no_broker_is_one_sentence() -> None:
    """A wrong address is named together with its setting."""
    with pytest.raises(Unavailable, match=r"TOUCHPULSE_KAFKA_BROKERS: no Kafka broker answers at '127\.0\.0\.1:1'"):
        async with running_producer(Settings(kafka_brokers="127.0.0.1:1")):
            pass


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments that import a small file; no settings from outside."""
    for name in [name for name in os.environ if name.startswith("TOUCHPULSE_")]:
        monkeypatch.delenv(name)
    (tmp_path / "f.csv").write_text("ID,DAY,NET\n1,2026-03-02,9\n2,2026-03-02,\n3,2026-03-02,12\n4,2026-03-04,3\n")
    (tmp_path / "m.yaml").write_text(MAPPING)
    return ["import", str(tmp_path / "f.csv"), "--mapping", str(tmp_path / "m.yaml")]


def test_a_dry_run_shows_what_would_be_sent_and_needs_no_broker(files: list[str]) -> None:
    """Blanks, bad cells, dates and counts are seen before anything leaves the machine."""
    result = CliRunner().invoke(app, [*files, "--dry-run"])
    assert result.exit_code == 0
    for text in (
        "Rows: 4 · events: 2 · blanks: 1 · bad cells: 1",
        "row 4, NET: '12' is not a whole number from 0 to 10",
        "from 2026-03-02T00:00:00Z to 2026-03-04T00:00:00Z",
        "nothing was sent",
    ):
        assert text in result.stdout


def test_a_dry_run_fails_where_the_workers_would_refuse(files: list[str], tmp_path: Path) -> None:
    """A name that only the rows show to be unknown is found without sending it."""
    (tmp_path / "m.yaml").write_text(MAPPING.replace("channel: web", "channel: {column: DAY}"))
    result = CliRunner().invoke(app, [*files, "--dry-run"])
    assert result.exit_code == 1
    assert "would be rejected: 2" in result.stdout


def test_a_dry_run_tells_of_ids_that_repeat(files: list[str], tmp_path: Path) -> None:
    """An id that does not tell two answers apart would make one of them a duplicate."""
    (tmp_path / "m.yaml").write_text(MAPPING.replace("{ID}", "{DAY}"))
    result = CliRunner().invoke(app, [*files, "--dry-run", "--limit", "4"])
    assert "earlier one" not in result.stdout
    (tmp_path / "f.csv").write_text("ID,DAY,NET\n1,2026-03-02,9\n2,2026-03-02,8\n")
    result = CliRunner().invoke(app, [*files, "--dry-run"])
    assert "earlier one: 1 (such as 2026-03-02-net)" in result.stdout


def test_an_import_sends_and_sums_up(files: list[str], broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary stands on stdout, the progress elsewhere; --limit counts rows."""
    monkeypatch.setenv("TOUCHPULSE_KAFKA_BROKERS", broker.bootstrap)
    monkeypatch.setenv("TOUCHPULSE_TOPIC_PREFIX", "t.")
    result = CliRunner().invoke(app, [*files, "--limit", "3"])
    assert result.exit_code == 0
    assert "Rows: 3 · events: 1 · blanks: 1 · bad cells: 1" in result.stdout
    assert "Sent 1 events to t.touchpoints.import" in result.stdout


def test_a_wrong_mapping_or_a_missing_broker_stops_before_anything_is_sent(files: list[str], tmp_path: Path) -> None:
    """Errors are of the kind that `main` shows as one sentence with exit code 1."""
    assert isinstance(CliRunner().invoke(app, files).exception, SettingsError)
    for wrong in (MAPPING.replace("NET", "NETT"), MAPPING.replace("channel: web", "channel: wbe")):
        (tmp_path / "m.yaml").write_text(wrong)
        assert isinstance(CliRunner().invoke(app, files).exception, FileError)
