"""The account of a real run: it balances, answers for every number, tells what changed, and can be made to fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.edges.importer.send import running_producer
from streams.edges.local_kafka import LocalKafka
from streams.edges.log_reach import ask
from streams.edges.rebuild import rebuild
from streams.edges.receipt import receipts
from streams.edges.reconcile import Reconciliation, doubts, reconcile, unreconciled
from streams.edges.rejected import Filters, Replay, contract_in_force, each, replay
from streams.edges.revisions import revisions
from tests.kit.logs import event
from tests.kit.pipeline import Installation, installation, one_pass_truth, read_log, send_events, stored_histogram

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SMALL_BLOCKS = {"block_size": 50, "horizon": 200, "max_age_ms": 600_000, "max_skew_ms": 2_000}
DEADLINE_S = 90


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def until(found: Callable[[], Any]) -> Any:
    """What `found` gives once it is true."""
    async with asyncio.timeout(DEADLINE_S):
        while not (result := await asyncio.to_thread(found)):
            await asyncio.sleep(0.2)
    return result


async def account(running: Installation) -> Reconciliation:
    """As the command makes it: the store's word, and the broker's about what the store cannot explain."""
    asked = {"from_ms": now_ms() - 3_600_000, "to_ms": now_ms(), "now_ms": now_ms()}
    topics = [running.settings.topic(name) for name in ("touchpoints", "touchpoints.import")]
    log = await ask(running.settings, topics, doubts(running.store, **asked))
    return reconcile(running.store, **asked, live_topic=topics[0], log=log)


async def replay_all(running: Installation) -> Replay:
    """`touchpulse rejected replay`."""
    topics = [running.settings.topic("touchpoints")]
    contract = await contract_in_force(running.settings, now_ms())
    async with running_producer(running.settings) as producer:
        rejects = each(running.store, Filters())
        return await replay(rejects, contract, topics=topics, now_ms=now_ms, producer=producer)


def counted(running: Installation) -> tuple[int, int]:
    """(answers in history, records counted as duplicate or late)."""
    (n,) = running.store.rows("SELECT sum(n) FROM panes_10s FINAL WHERE respondent = 'customer'")[0]
    (again,) = running.store.rows("SELECT sum(duplicate + late) FROM ledger FINAL")[0]
    return int(n), int(again)


@pytest.mark.deep
async def test_a_run_can_be_accounted_for_to_the_last_offset(
    kafka: LocalKafka, clickhouse_url: str, tmp_path: Path
) -> None:
    """Sent, stored, late, imported, refused, sent again, explained, and found out when a row is taken away."""
    async with installation(kafka.bootstrap, clickhouse_url, tmp_path, **SMALL_BLOCKS) as running:
        running.start("score", "roll", "notify", "archive")
        start_ms = now_ms()
        bodies: list[dict[str, Any] | bytes] = [event(f"e{n}", start_ms, score=1 + n % 5) for n in range(600)]
        bodies += [event(f"e{n}", start_ms, score=1 + n % 5) for n in range(30)]  # retries
        bodies += [event(f"late-{n}", start_ms - 3_600_000, score=2) for n in range(5)]
        bodies += [event("off", start_ms, score=9), b"{nonsense"]
        # Its sender's clock goes five seconds ahead: refused now, good in a moment.
        bodies += [event("ahead", now_ms() + 5_000)]
        sent = await send_events(running.settings, "touchpoints", bodies)
        survey = [event(f"s{n}", start_ms - 86_400_000, score=4) for n in range(40)]
        sent += await send_events(running.settings, "touchpoints.import", [*survey, *survey])
        await running.wait_stored()

        # Nothing is missing, and the classes are those of a plain count of the log.
        result = await account(running)
        assert result.line.startswith(f"nothing missing: {sent} offsets"), (result.line, result.troubles)
        classes, truth = one_pass_truth(await read_log(running.settings, "touchpoints"), running.settings)
        live = [hour for hour in result.hours if hour.topic == running.settings.topic("touchpoints")]
        assert {name: sum(getattr(hour, name) for hour in live) for name in classes} == classes
        assert unreconciled(running.store) == 0

        # Late and imported answers are in history, visibly.
        told = revisions(running.store, from_ms=0, to_ms=now_ms(), metric="csat", scale="csat-1-5")
        assert {one.why for one in told} == {"late", "import"}
        gained = {why: sum(one.n - one.n_before for one in told if one.why == why) for why in ("late", "import")}
        assert gained == {"late": 5, "import": 40}
        truth[("web", "checkout", "csat", "csat-1-5", 4)] += 40
        assert stored_histogram(running.store) == truth

        # What was refused is sent again once it is good, and counts once however often it is sent.
        before = await asyncio.to_thread(counted, running)
        first = Replay()
        async with asyncio.timeout(DEADLINE_S):
            while not first.sent:
                first = await replay_all(running)
        assert len(first.sent) == 1
        assert sorted(why.partition(":")[0] for _, why in first.refused) == [
            "still rejected (not_json)", "still rejected (off_scale)",
        ]  # fmt: skip
        await running.wait_stored()
        assert await asyncio.to_thread(counted, running) == (before[0] + 1, before[1])
        assert len((await replay_all(running)).sent) == 1
        await running.wait_stored()
        assert await asyncio.to_thread(counted, running) == (before[0] + 1, before[1] + 1)

        # Every number has its receipt; every tier is what the answers add up to.
        asked = {"channel": "web", "place": {}, "window_s": 300, "live_topic": running.settings.topic("touchpoints")}
        (receipt,) = await asyncio.to_thread(
            lambda: receipts(running.store, "csat", at_ms=now_ms(), now_ms=now_ms(), **asked)  # type: ignore[arg-type]
        )
        assert sum(origin.answers for origin in receipt.stretches) == receipt.live.tally.n == 601
        assert receipt.complete_until_ms
        orjson.dumps(receipt.as_json())

        def rebuilt() -> Any:
            return rebuild(running.store, from_ms=start_ms - 2 * 86_400_000, to_ms=now_ms(), now_ms=now_ms() + 60_000)

        history = await until(lambda: (one := rebuilt()).same and one)
        assert len(history.compared) == 6
        scores = await asyncio.to_thread(running.store.rows, "SELECT count() FROM scores FINAL WHERE complete")
        assert scores[0][0] > 0

        # And the account can fail.
        running.store.command("ALTER TABLE touchpoints DELETE WHERE event_id = 'e17' SETTINGS mutations_sync = 2")
        assert (await account(running)).line.startswith("MISSING: 1 do not add up")
        assert not (await asyncio.to_thread(rebuilt)).same
