"""What grew among bad answers: examples by hand."""

from __future__ import annotations

from math import log, sqrt

import pytest

from streams.pure.method.voices import rise, rises, terms


def test_words_are_split_at_blanks_and_chinese_in_pairs() -> None:
    """付款失败 is "payment failed"; without a dictionary its middle pair 款失 is a term too."""
    assert terms("The Payment failed, again: 付款失败!") == {"payment", "failed", "付款", "款失", "失败"}
    assert terms("I was at the 7") == frozenset()
    assert terms("call [phone], my phone broke") == {"call", "phone", "broke"}


def test_a_rise_by_hand() -> None:
    """Half of ten now, five of ninety before: the prior is ten answers, of which 10 % name it."""
    found = rise("pay", 5, 10, 5, 90)
    change = log(6 / 14) - log(6 / 94)
    assert found.log_odds == pytest.approx(change)
    assert found.z == pytest.approx(change / sqrt(1 / 6 + 1 / 6))
    assert found.grew


def test_one_angry_customer_is_one_answer() -> None:
    (one,) = rises([["pay", "pay", "pay"], ["till"]], [["till"]])[:1]
    assert (one.term, one.now, one.n_now) == ("pay", 1, 2)


def test_a_rare_word_does_not_lead_by_chance() -> None:
    """Said once now and never before, of a thousand: it rose without end, and means nothing."""
    now = [["till"]] * 99 + [["kiosk", "till"]]
    before = [["till"]] * 900 + [["shelf"]] * 100
    kiosk = next(one for one in rises(now, before) if one.term == "kiosk")
    assert kiosk.z is not None
    assert 0 < kiosk.z < 2.576
    assert not kiosk.grew


def test_what_every_answer_names_did_not_grow() -> None:
    (one,) = rises([["till"]], [["till"]])
    assert (one.log_odds, one.z, one.grew) == (None, None, False)
