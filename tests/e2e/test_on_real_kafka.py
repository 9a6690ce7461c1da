"""The whole product on a real broker and the real engine: shared work, kills, imports."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.edges.importer.found import Found
from streams.edges.importer.survey import Survey
from streams.edges.local_kafka import LocalKafka
from streams.edges.simulator import RETAILER, simulate_batch
from tests.kit.pipeline import installation, one_pass_truth, read_log, send_events, stored_histogram

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
SFO = Path(os.environ.get("TOUCHPULSE_TEST_SFO", ROOT.parent / "shared" / "data" / "sfo-2017.csv"))
MAPPING = ROOT / "deploy" / "mappings" / "sfo-2017.yaml"
SMALL_BLOCKS = {"block_size": 500, "horizon": 3_000, "max_age_ms": 1_200_000, "max_skew_ms": 2_000}


def simulated(events: int) -> list[dict[str, Any]]:
    """An hour of a shop's events, as fast as the broker takes them; the record time is the broker's."""
    end_ms = time.time_ns() // 1_000_000 - 2_000
    return [sent.event for sent in simulate_batch(RETAILER, 5, end_ms, minutes=10, events=events)]


@pytest.mark.deep
async def test_two_workers_share_partitions_and_killing_one_leaves_the_totals_right(
    kafka: LocalKafka, clickhouse_url: str, tmp_path: Path
) -> None:
    events = simulated(12_000)
    async with installation(kafka.bootstrap, clickhouse_url, tmp_path, **SMALL_BLOCKS) as running:
        _, doomed, *_ = running.start("score", "score", "roll", "notify", "archive")
        await running.wait_shared("score", 2)
        sent = await send_events(running.settings, "touchpoints", events[:6_000])
        await running.wait_committed("touchpoints", "score", 1_000)
        running.kill(doomed)
        sent += await send_events(running.settings, "touchpoints", events[6_000:])
        await running.wait_stored()
        classes, truth = one_pass_truth(await read_log(running.settings, "touchpoints"), running.settings)
        report = await asyncio.to_thread(running.report, sent)
        assert {name: report[name] for name in classes} == classes
        assert sum(classes.values()) == report["sent"] == 12_000
        assert min(classes.values()) > 0, "the stream must hold each class, or this proves little"
        assert stored_histogram(running.store) == truth


@pytest.fixture(scope="module")
def survey() -> Survey:
    if not SFO.exists():
        pytest.skip("the SFO survey is absent: the import's published figures are left unchecked")
    return Survey.open(SFO, MAPPING)


def overall(report: dict[str, Any], touchpoint: str) -> dict[str, Any]:
    (row,) = [row for row in report["scores"] if row["channel"] is None and row["touchpoint"] == touchpoint]
    return row


@pytest.mark.deep
async def test_the_survey_imported_twice_with_an_archiver_killed_gives_the_published_figures(
    kafka: LocalKafka, clickhouse_url: str, tmp_path: Path, survey: Survey
) -> None:
    async with installation(kafka.bootstrap, clickhouse_url, tmp_path) as running:
        doomed, *_ = running.start("archive", "archive", "score")
        await running.wait_shared("archive", 2)
        sent = await send_events(running.settings, "touchpoints.import", survey.events(Found()))
        await running.wait_committed("touchpoints.import", "archive", 1_000)
        running.kill(doomed)
        sent += await send_events(running.settings, "touchpoints.import", survey.events(Found()))
        await running.wait_stored(240)
        report = await asyncio.to_thread(running.report, sent)
        counts = {name: report[name] for name in ("sent", "accepted", "duplicate", "late", "rejected")}
        assert counts == {"sent": 111_678, "accepted": 55_839, "duplicate": 55_839, "late": 0, "rejected": 0}
        nps = overall(report, "netpro")
        assert (nps["promoters"], nps["passives"], nps["detractors"]) == (1436, 968, 342)
        assert nps["value"] == pytest.approx(39.84, abs=0.005)
        q7all = overall(report, "q7all")
        assert (q7all["n"], round(q7all["value"], 2), round(q7all["mean"], 4)) == (2688, 82.07, 4.0644)
        q7food = overall(report, "q7food")
        assert (q7food["n"], round(q7food["value"], 2)) == (2421, 55.72)
        # Every tier of history says the same, and none of it was paged about.
        for tier in ("panes_1m", "panes_1h"):
            assert stored_histogram(running.store, tier) == stored_histogram(running.store)
        assert running.store.rows("SELECT count() FROM alerts")[0][0] == 0


@pytest.mark.deep  # three runs of chaos hold every rejected record
async def test_bad_events_are_kept_with_their_reason_and_the_worker_goes_on(
    kafka: LocalKafka, clickhouse_url: str, tmp_path: Path
) -> None:
    good = itertools.islice((event for event in simulated(2_000) if event["kind"] == "csat"), 300)
    bad = list(bad_inputs())
    async with installation(kafka.bootstrap, clickhouse_url, tmp_path) as running:
        running.start("score", "archive")
        sent = await send_events(running.settings, "touchpoints", [*(raw for _, raw in bad), *good])
        await running.wait_stored()
        report = await asyncio.to_thread(running.report, sent)
        assert sum(report[name] for name in ("accepted", "duplicate", "late", "rejected")) == sent
        kept = running.store.query("SELECT hex(raw) AS raw, reason, message FROM rejected FINAL")
        by_raw = {bytes.fromhex(row["raw"]): row for row in kept}
        reasons = {name: by_raw[raw]["reason"] for name, raw in bad if raw in by_raw}
        assert len(reasons) == len(bad), "every bad event is kept with its very bytes"
        assert reasons == {name: name.split("/")[0] for name, _ in bad}
        assert all(row["message"] for row in kept)


def bad_inputs() -> Iterator[tuple[str, bytes]]:
    """(reason expected, bytes); what follows a slash tells cases of one reason apart."""
    base = (
        '{"kind":"csat","event_id":"bad-%s","occurred_at":"%s","producer":"till","channel":"web",'
        '"touchpoint":"checkout","scale":"%s","score":%s}'
    )
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    yield "not_json", b"{nonsense"
    yield "wrong_type", (base % ("a", now, "1-5", '"4"')).encode()
    yield "unknown_kind", (base % ("b", now, "1-5", "4")).replace('"csat"', '"csta"').encode()
    yield "off_scale", (base % ("c", now, "1-5", "6")).encode()
    yield "unknown_scale", (base % ("d", now, "1-6", "4")).encode()
    yield "no_time_zone", (base % ("e", now.rstrip("Z"), "1-5", "4")).encode()
    yield "far_future", (base % ("f", "2099-01-01T00:00:00Z", "1-5", "4")).encode()
    yield "too_large", (base % ("g", now, "1-5", "4")).replace("{", '{"comment":"' + "x" * 70_000 + '",', 1).encode()
    yield "too_deep", (base % ("h", now, "1-5", "4")).replace("{", '{"more":' + "[" * 50 + "]" * 50 + ",", 1).encode()
    yield "bad_utf8", (base % ("i", now, "1-5", "4")).encode().replace(b"till", b"t\xffll")
    yield "repeated_key", (base % ("j", now, "1-5", "4")).replace("{", '{"score":1,', 1).encode()
    yield "empty_value", (base % ("k", now, "1-5", "4")).replace('"till"', '""').encode()
    yield "not_json/nothing", b""
