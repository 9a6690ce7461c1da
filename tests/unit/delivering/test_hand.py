"""What waits for one receiver: order, urgency, pauses, and what is no longer worth telling."""

from __future__ import annotations

import random

import pytest

from streams.pure.alerting.hand import (
    DIGEST_FROM,
    GIVEN_UP_MS,
    MOST_PAUSE_MS,
    OUTAGE,
    QUIET_MS,
    STALE_BEAT_MS,
    Hand,
    Item,
    is_old,
    pause_ms,
)
from tests.kit.sendings import sending

NOW = 1_790_000_000_000


def item(offset: int, alert: str, send: str = "page", step: int = 1, **more: object) -> Item:
    return Item(offset, sending(alert, send, step, **more))


def ids(items: list[Item]) -> list[str]:
    return [one.page.id for one in items]


def test_a_page_goes_before_tickets_that_came_earlier() -> None:
    hand = Hand()
    for number in range(3):
        hand.take(item(number, f"t{number}", "ticket"))
    hand.take(item(3, "p"))
    assert ids(hand.choose(NOW)) == ["p-1"]


def test_the_end_of_an_alert_waits_for_its_page_and_goes_after_it() -> None:
    hand = Hand()
    page, end = item(0, "a"), item(1, "a", "resolve", 2)
    hand.take(page)
    hand.take(end)
    hand.failed([page], NOW, "500")
    assert hand.choose(NOW) == [], "the end may not go alone"
    assert hand.choose(NOW + pause_ms(1)) == [page]
    hand.delivered([page], NOW)
    assert hand.choose(NOW) == [end]


def test_one_odd_sending_holds_up_only_its_own_alert() -> None:
    hand = Hand()
    odd, other = item(0, "odd"), item(1, "other")
    hand.take(odd)
    hand.take(other)
    odd.tries = 1
    hand.failed([odd], NOW, "500")
    assert hand.choose(NOW) == [other]


def test_pauses_grow_to_five_minutes_and_a_receiver_may_ask_for_more() -> None:
    assert [pause_ms(tries) for tries in (0, 1, 2, 3)] == [1_000, 1_000, 2_000, 4_000]
    assert pause_ms(10) == pause_ms(10**6) == MOST_PAUSE_MS
    hand = Hand()
    hand.take(one := item(0, "a"))
    hand.failed([one], NOW, "429", asked_ms=600_000)
    assert hand.due_ms() == NOW + 600_000
    assert hand.choose(NOW + 599_999) == []


def test_a_receiver_that_takes_nothing_is_asked_twice_a_minute_however_much_waits() -> None:
    hand, attempts, now_ms = Hand(), 0, NOW
    for number in range(50):
        hand.take(item(number, f"a{number}"))
    while now_ms < NOW + 3_600_000:
        if chosen := hand.choose(now_ms):
            attempts += 1
            chosen[0].tries += 1
            hand.failed(chosen, now_ms, "500")
        now_ms += 1_000
    assert 60 <= attempts <= 3_600_000 / QUIET_MS + 10


def test_after_an_outage_all_goes_at_once_when_the_receiver_is_back() -> None:
    hand = Hand()
    items = [item(number, f"a{number}") for number in range(OUTAGE + 1)]
    for one in items:
        one.tries = 9
        hand.take(one)
        hand.failed([one], NOW, "500")
    hand.delivered(items[:1], NOW)
    assert hand.choose(NOW) == [items[1]]


def test_a_repeat_that_could_not_be_sent_is_replaced_by_what_came_after_it() -> None:
    hand = Hand()
    hand.take(item(0, "a"))
    assert hand.take(old := item(1, "a", "repeat", 2)) == []
    assert hand.take(new := item(2, "a", "repeat", 3)) == [old]
    assert hand.take(item(3, "a", "resolve", 4)) == [new]
    assert hand.first_offset == 0
    assert [one.page.send for one in hand] == ["page", "resolve"]


def test_of_signs_of_life_only_the_last_is_worth_sending() -> None:
    hand = Hand()
    hand.take(old := item(0, "b1", kind="heartbeat"))
    assert hand.take(item(1, "b2", kind="heartbeat")) == [old]
    assert is_old(sending("b", kind="heartbeat", at_ms=NOW - STALE_BEAT_MS - 1).page, NOW)
    assert not is_old(sending("b", at_ms=NOW - STALE_BEAT_MS - 1).page, NOW)


def test_what_is_under_way_is_neither_replaced_nor_given_up_nor_sent_twice() -> None:
    hand = Hand()
    hand.take(old := item(0, "a", "repeat", at_ms=NOW))
    old.sending = True
    assert hand.take(item(1, "a", "repeat", 2, at_ms=NOW)) == []
    assert hand.choose(NOW) == []
    assert ids(hand.expired(NOW + GIVEN_UP_MS + 1)) == ["a-2"]


def test_many_waiting_notices_are_told_to_people_as_one_but_pages_by_themselves() -> None:
    hand = Hand()
    hand.take(page := item(0, "p"))
    hand.take(item(1, "p", "resolve", 2))
    for number in range(DIGEST_FROM):
        hand.take(item(2 + number, f"t{number}", "ticket"))
    assert hand.choose(NOW, digest=True) == [page]
    page.sending = True
    together = ids(hand.choose(NOW, digest=True))
    assert len(together) == DIGEST_FROM
    assert "p-2" not in together, "its page is not delivered yet"
    assert len(hand.choose(NOW)) == 1, "a program gets one at a time"


@pytest.mark.parametrize("seed", range(20))
def test_whatever_fails_sendings_of_an_alert_keep_their_order_and_none_is_lost(seed: int) -> None:
    rnd, hand, now_ms = random.Random(seed), Hand(room=40), NOW
    steps: dict[str, int] = {}
    sent: dict[str, list[int]] = {}
    offset = 0
    while offset < 120 or len(hand):
        if offset < 120 and hand.room:
            alert = f"a{rnd.randrange(12)}"
            steps[alert] = steps.get(alert, 0) + 1
            hand.take(item(offset, alert, rnd.choice(["page", "ticket", "resolve"]), steps[alert], at_ms=now_ms))
            offset += 1
        now_ms += rnd.randrange(20_000)
        chosen = hand.choose(now_ms, digest=rnd.random() < 0.5)
        for one in chosen:
            one.tries += 1
        if chosen and rnd.random() < 0.5:
            hand.failed(chosen, now_ms, "500")
        elif chosen:
            for one in chosen:
                alert, _, step = one.page.id.rpartition("-")
                sent.setdefault(alert, []).append(int(step))
            hand.delivered(chosen, now_ms)
    assert sent == {alert: list(range(1, count + 1)) for alert, count in steps.items()}
