"""Many series, shared causes, and whether a share moved by mix or by rate."""

from __future__ import annotations

import pytest

from streams.pure.alerting.many import Firing, discoveries, discovery_rate, groups, is_parent
from streams.pure.alerting.mix import change


def test_one_series_of_one_fires_at_its_own_threshold() -> None:
    q = discovery_rate(1.0)
    assert discoveries({"a": q}, series=1, q=q) == {"a"}
    assert discoveries({"a": q * 1.01}, series=1, q=q) == set()


def test_the_hundredth_store_does_not_page_by_luck() -> None:
    q = discovery_rate(1.0)
    assert discoveries({"a": q}, series=100, q=q) == set()
    assert discoveries({"a": q / 200}, series=100, q=q) == {"a"}


def test_many_bad_stores_bear_each_other_out() -> None:
    q = discovery_rate(1.0)
    chances = {f"s{number}": q * 0.5 for number in range(60)}
    assert len(discoveries(chances, series=100, q=q)) == 60
    assert discoveries({"s0": q * 0.5}, series=100, q=q) == set()


def test_stores_of_one_region_make_one_page() -> None:
    alerts = [
        Firing("1", "r", {"location": "a"}, {"region": "north"}),
        Firing("2", "r", {"location": "b"}, {"region": "north"}),
        Firing("3", "other", {"channel": "app"}, {}),
    ]
    assert [(cause, [one.id for one in members]) for cause, members in groups(alerts)] == [
        ("region: north", ["1", "2"]),
        ("", ["3"]),
    ]


def test_a_channel_holds_its_touchpoints_and_no_other_channels() -> None:
    assert is_parent({"channel": "app"}, {"channel": "app", "touchpoint": "payment"})
    assert not is_parent({"channel": "web"}, {"channel": "app", "touchpoint": "payment"})
    assert not is_parent({"channel": "app"}, {"channel": "app"})


def test_customers_who_move_are_mix_and_customers_who_suffer_are_rate() -> None:
    before = {"good": (80.0, 4.0), "weak": (20.0, 6.0)}
    moved = change(before, {"good": (40.0, 2.0), "weak": (60.0, 18.0)})
    worse = change(before, {"good": (80.0, 16.0), "weak": (20.0, 9.0)})
    assert moved is not None
    assert worse is not None
    assert (moved.verdict, worse.verdict) == ("mix", "rate")
    assert moved.rate == pytest.approx(0)
    assert moved.total == pytest.approx(10.0)
    assert worse.rate + worse.mix + worse.both == pytest.approx(worse.total)


def test_nobody_before_or_now_is_no_change() -> None:
    assert change({}, {"a": (1.0, 0.0)}) is None
    assert change({"a": (1.0, 0.0)}, {}) is None
