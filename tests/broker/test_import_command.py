"""`touchpulse import` on a broker: what is sent, and what a second run passes over."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.importer.resume import Progress
from streams.edges.memory_broker import MemoryBroker

MAPPING = """
producer: till
event_id: "{id}"
occurred_at: {text: "2026-03-02T10:15:00Z"}
channel: store
customer: {column: who}
comment: {column: said}
answers: [{kind: nps, columns: [nps]}]
"""


def _read(bootstrap: str) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        consumer = AIOKafkaConsumer("touchpoints.import", bootstrap_servers=bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            events = []
            for _ in range(sum(ends.values())):
                record = await consumer.getone()
                events.append(json.loads(record.value or b""))
            return events
        finally:
            await consumer.stop()

    return sorted(asyncio.run(read()), key=lambda event: str(event["event_id"]))


def test_an_import_that_stopped_goes_on_and_lays_down_no_raw_id(
    memory_broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first two events count as acknowledged by an earlier run; a third run has nothing to do."""
    memory_broker.create_topic("touchpoints.import", partitions=2)
    monkeypatch.setenv("TOUCHPULSE_KAFKA_BROKERS", memory_broker.bootstrap)
    monkeypatch.setenv("TOUCHPULSE_MEMORY_BROKER", "true")
    monkeypatch.setenv("TOUCHPULSE_PRIVACY_KEYS", "k1:" + "a" * 32)
    file, mapping, state = tmp_path / "a.csv", tmp_path / "m.yaml", tmp_path / "state.json"
    mapping.write_text(MAPPING)
    file.write_text("id,who,said,nps\n" + "".join(f"{n},4711,call 13800138000,9\n" for n in range(5)))
    Progress(state, file, mapping, "touchpoints.import").note(2)
    command = ["import", str(file), "--mapping", str(mapping), "--resume", str(state)]
    run = CliRunner().invoke(app, command)
    assert run.exit_code == 0, run.output
    assert "Passed over 2 events" in run.output
    assert "Sent 3 events" in run.output
    events = _read(memory_broker.bootstrap)
    assert [event["event_id"] for event in events] == ["2", "3", "4"]
    assert events[0]["customer"] == "cust-k1-1c7a1be8d27708d679d24d7f"
    assert events[0]["comment"] == "call [phone]"
    again = CliRunner().invoke(app, command)
    assert "Sent 0 events" in again.output
    assert len(_read(memory_broker.bootstrap)) == 3
