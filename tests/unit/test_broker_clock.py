"""Completeness on the brokers' clocks: never ahead of them, whatever ours says."""

from __future__ import annotations

from streams.pure.broker_clock import SPAN_MS, BrokerClock

NOON = 1_790_000_000_000


def test_a_stamp_that_was_long_under_way_does_not_pull_the_bound_back() -> None:
    clock = BrokerClock()
    clock.learn(1, NOON, 1_000)
    clock.learn(1, NOON + 500, 9_000)
    assert clock.at_least(1, 10_000) == NOON + 9_000


def test_the_bound_is_never_ahead_of_the_broker() -> None:
    """A stamp proves that the clock had reached it; how long it was under way can only make the bound lower."""
    clock = BrokerClock()
    for at_ms, under_way_ms in ((1_000, 3), (2_000, 800), (3_000, 0), (4_000, 40)):
        clock.learn(1, NOON + at_ms - under_way_ms, at_ms)
        bound = clock.at_least(1, 5_000)
        assert bound is not None
        assert bound <= NOON + 5_000
    assert clock.at_least(1, 5_000) == NOON + 5_000


def test_a_clock_that_was_set_back_is_believed_after_two_spans() -> None:
    clock = BrokerClock()
    clock.learn(1, NOON, 0)
    for at_ms in (SPAN_MS, 2 * SPAN_MS):
        clock.learn(1, NOON + at_ms - 7_000, at_ms)
    assert clock.at_least(1, 2 * SPAN_MS) == NOON + 2 * SPAN_MS - 7_000


def test_a_broker_that_stamped_nothing_is_taken_for_the_slowest() -> None:
    clock = BrokerClock()
    assert clock.at_least(1, 0) is None
    clock.learn(1, NOON, 0)
    clock.learn(2, NOON - 300, 0)
    assert clock.at_least(3, 10) == NOON - 290
