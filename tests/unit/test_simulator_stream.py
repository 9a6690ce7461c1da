"""The simulated stream is what its declarations say, and the same each time."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from itertools import pairwise
from math import sqrt

import pytest

from streams.edges.simulator import FAULTS, RETAILER, Sent, busy, simulate, simulate_batch
from streams.edges.simulator.stream import FAULT_SHARE, LATE_SHARE, LOST_PHONE_SHARE, RETRY_SHARE

HOUR_MS = 3_600_000
NOON_MS = 1_760_004_000_000  # 2025-10-09 12:00 in Berlin
DROP_MS = NOON_MS - 10 * 60_000  # where a batch that ends at noon has its drop


@pytest.fixture(scope="module")
def history() -> list[Sent]:
    return simulate_batch(RETAILER, 1, NOON_MS)


def occurred_ms(sent: Sent) -> int:
    return round(datetime.fromisoformat(sent.event["occurred_at"]).timestamp() * 1_000)


def test_the_same_seed_gives_the_same_stream(history: list[Sent]) -> None:
    """A demo and a test can speak of the same customers."""
    assert simulate_batch(RETAILER, 1, NOON_MS) == history


def test_another_seed_gives_another_stream(history: list[Sent]) -> None:
    """No event id of one stream turns up in another, or the two would be taken for retries."""
    other = {sent.event["event_id"] for sent in simulate_batch(RETAILER, 2, NOON_MS)}
    assert not other & {sent.event["event_id"] for sent in history}


def test_the_future_drop_does_not_show_beforehand() -> None:
    """Up to the drop, a stream with and one without it are equal, so that the two can be compared."""
    start_ms = NOON_MS - HOUR_MS // 2
    calm = list(simulate(RETAILER, 3, start_ms, rate_per_s=5, drop_at_ms=None, end_ms=NOON_MS))
    bad = list(simulate(RETAILER, 3, start_ms, rate_per_s=5, drop_at_ms=DROP_MS, end_ms=NOON_MS))
    before = [sent for sent in calm if sent.send_ms < DROP_MS]
    assert before == [sent for sent in bad if sent.send_ms < DROP_MS]
    assert calm != bad


def test_a_batch_has_the_size_and_the_span_asked_for(history: list[Sent]) -> None:
    """A finite history ends where asked and spans about the minutes asked."""
    assert len(history) == 20_000
    assert history[-1].send_ms < NOON_MS
    assert NOON_MS - history[0].send_ms == pytest.approx(HOUR_MS, rel=0.1)


def test_a_small_batch_is_complete_too() -> None:
    """Chance has a larger say in few events: the batch still holds all of them."""
    assert [len(simulate_batch(RETAILER, seed, NOON_MS, minutes=5, events=40)) for seed in range(20)] == [40] * 20


def test_events_come_in_the_order_they_are_sent(history: list[Sent]) -> None:
    """Whoever plays the stream can sleep from one to the next."""
    assert all(one.send_ms <= other.send_ms for one, other in pairwise(history))


def test_events_occur_out_of_order_but_never_after_they_are_sent(history: list[Sent]) -> None:
    """Event time runs behind by seconds for some, ahead for none."""
    good = [sent for sent in history if not sent.fault]
    assert all(occurred_ms(sent) <= sent.send_ms for sent in good)
    out_of_order = sum(occurred_ms(one) > occurred_ms(other) for one, other in pairwise(good))
    assert out_of_order > 0.1 * len(good)


def test_stamps_carry_milliseconds_and_the_offset_of_the_place(history: list[Sent]) -> None:
    """RFC 3339 with an offset: summer time of the store, or of the company; one moment either way."""
    for sent in (sent for sent in history if sent.fault != "missing_zone"):
        sent_at = sent.event["sent_at"]
        assert round(datetime.fromisoformat(sent_at).timestamp() * 1_000) == sent.send_ms
        assert sent_at.endswith("+02:00")
        offset = "+01:00" if sent.event.get("location") == "store-london" else "+02:00"
        assert sent.event["occurred_at"].endswith(offset)


def test_events_are_plain_json(history: list[Sent]) -> None:
    """What goes out is what the contract's readers get: no NaN, no types of Python's own."""
    for sent in history:
        assert json.loads(json.dumps(sent.event, allow_nan=False)) == sent.event


def test_the_rate_is_the_mean_of_a_day() -> None:
    """One event a second is 86,400 a day, however they spread over its hours."""
    day_start_ms = NOON_MS - 12 * HOUR_MS
    sends = sum(1 for _ in simulate(RETAILER, 4, day_start_ms, rate_per_s=0.5, end_ms=day_start_ms + 24 * HOUR_MS))
    assert sends == pytest.approx(43_200, rel=0.03)


def test_the_rate_of_an_hour_follows_the_day_curve() -> None:
    """`busy` tells beforehand what an hour brings."""
    for hour in (-9, -3, 0, 8):
        start_ms = NOON_MS + hour * HOUR_MS
        sends = sum(1 for _ in simulate(RETAILER, 5, start_ms, rate_per_s=3, end_ms=start_ms + HOUR_MS))
        expected = 3 * 60 * sum(busy(RETAILER, start_ms + minute * 60_000) for minute in range(60))
        # Journeys come in clusters of about four: chance is twice that of single events.
        assert abs(sends - expected) < 5 * 2.2 * sqrt(expected)


def test_retries_repeat_the_answer_with_its_id_and_a_new_sending_time(history: list[Sent]) -> None:
    """About one event in a hundred is sent twice, seconds apart, equal in all but `sent_at`."""
    first: dict[str, Sent] = {}
    gaps_ms = []
    for sent in history:
        if sent.fault:
            continue
        twin = first.setdefault(sent.event["event_id"], sent)
        if twin is not sent:
            gaps_ms.append(sent.send_ms - twin.send_ms)
            assert sent.event | {"sent_at": ""} == twin.event | {"sent_at": ""}
            assert sent.event["sent_at"] > twin.event["sent_at"]
    assert within_chance(len(gaps_ms), RETRY_SHARE, len(history))
    assert max(gaps_ms) <= 20_000


def test_offline_tills_and_lost_phones_report_late(history: list[Sent]) -> None:
    """About one event in a hundred comes minutes late from stores, in bursts; a few more from phones."""
    late = [sent for sent in history if not sent.fault and sent.send_ms - occurred_ms(sent) > 300_000]
    of = Counter(sent.event["channel"] for sent in late)
    assert set(of) == {"app", "store"}
    # Twenty events come with each till: chance is that of the tills.
    assert abs(of["store"] - LATE_SHARE * len(history)) < 4 * sqrt(20 * LATE_SHARE * len(history))
    assert within_chance(of["app"], LOST_PHONE_SHARE, sum(one.event.get("channel") == "app" for one in history))
    assert all(sent.send_ms - occurred_ms(sent) < 41 * 60_000 for sent in late)


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_batch_holds_late_answers_at_any_hour(hour: int) -> None:
    """Shops are shut at night; a demo tried then must show late answers all the same."""
    batch = simulate_batch(RETAILER, 3, NOON_MS + hour * HOUR_MS, events=6_000)
    assert sum(not sent.fault and sent.send_ms - occurred_ms(sent) > 15 * 60_000 for sent in batch) >= 5


def test_faults_are_few_of_every_kind_and_told_beside_the_event(history: list[Sent]) -> None:
    """A test knows what must be refused; the event itself does not say."""
    faults = Counter(sent.fault for sent in history if sent.fault)
    assert set(faults) == set(FAULTS)
    assert within_chance(faults.total(), FAULT_SHARE, len(history))
    assert not any("fault" in sent.event for sent in history)


def test_some_faults_are_mended_and_sent_again(history: list[Sent]) -> None:
    """A mended event keeps its id and must count: the refused one is not remembered."""
    wrong = {sent.event["event_id"] for sent in history if sent.fault}
    mended = {sent.event["event_id"] for sent in history if not sent.fault} & wrong
    assert 0.2 < len(mended) / len(wrong) < 0.6


def within_chance(count: int, share: float, of: int) -> bool:
    """Whether a count is within four standard deviations of its share."""
    return abs(count - share * of) < 4 * sqrt(share * of)
