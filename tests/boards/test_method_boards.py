"""The boards of the method show the worked examples' figures, and only what they may show."""

from __future__ import annotations

import pytest

from dashboards.consistency import CONSISTENCY
from dashboards.cost import COST
from dashboards.journey import JOURNEY
from dashboards.key_experience import KEY_EXPERIENCE
from dashboards.loyalty import LOYALTY
from dashboards.matrix import MATRIX
from dashboards.trust import TRUST
from dashboards.words import money, number
from tests.boards.conftest import Seeded
from tests.kit.seed import DAY

YEAR = 366 * DAY


def test_key_experience_and_its_gap_are_on_the_screen(small: Seeded) -> None:
    """Convenience: weighted satisfaction -18, gap to the ideal -5; what nobody was asked is unknown."""
    key, mend = small.ask(KEY_EXPERIENCE, KEY_EXPERIENCE.panel(1))
    assert (key["shown"], mend["shown"]) == ("convenience", "convenience")
    assert mend["note"].startswith("weighted satisfaction −18 ")
    rows = {row["aspect"]: row for row in small.ask(KEY_EXPERIENCE, KEY_EXPERIENCE.panel(2))}
    assert rows["convenience"]["gap_shown"].startswith("−5.0 ")
    assert rows["service"]["satisfaction_shown"] == "unknown: no answers"


def test_the_cost_is_on_the_screen(small: Seeded) -> None:
    """61,600 of those who complain, 4,851,000 without a word; more complaints lower the loss."""
    shown = {row["title"]: row["shown"] for row in small.ask(COST, COST.panel(1))}
    assert shown["lost of those who complained"] == "61,600 EUR"
    assert shown["lost without a word"] == "4,851,000 EUR"
    assert shown["lost in a year"] == "4,912,600 EUR"
    assert {row["what"]: row["saved"] for row in small.ask(COST, COST.panel(3))} == {
        "fewer negative experiences": "223,300",
        "more complainers won back": "22,000",
        "more complaints": "37,400",
    }


def test_trust_is_more_than_liking(small: Seeded) -> None:
    (row,) = small.ask(TRUST, TRUST.panel(1))
    assert (row["channel"], row["quadrant"]) == ("app", "trusted, not liked")


def test_the_matrix_hides_a_cell_of_four_customers(small: Seeded) -> None:
    """A number about four people is about somebody; it keeps its place and says why."""
    cells = {(row["row_name"], row["column_name"]): row for row in small.ask(MATRIX, MATRIX.panel(1))}
    assert cells["store", "Purchase"]["cell"] == "○ < 5 customers"
    assert cells["store", "Purchase"]["net"] is None
    assert cells["app", "Before purchase"]["cell"] == "▲ +75 · n 80"


def test_what_is_hidden_cannot_be_read_off_the_others(small: Seeded) -> None:
    """At the checkout only the four are beside the app: how far it is from them would tell what they said."""
    rows = {(row["touchpoint"], row["channel"]): row for row in small.ask(CONSISTENCY, CONSISTENCY.panel(1))}
    assert ("checkout", "store") not in rows
    assert rows["checkout", "app"]["apart_shown"].startswith("hidden")
    assert rows["checkout", "app"]["apart_value"] is None


def test_loyalty_counts_whose_time_is_over(small: Seeded) -> None:
    """Five bought first today: too young. Of last year's forty customers thirty bought twice for 200 this year."""
    (row,) = small.ask(LOYALTY, LOYALTY.panel(1), span_ms=YEAR)
    assert (row["shown"], row["note"]) == ("unknown", "unknown: no answers · 5 too young")
    (row,) = small.ask(LOYALTY, LOYALTY.panel(2), span_ms=YEAR)
    assert row["retention_shown"].startswith("75.0 % (")
    assert row["value_exact"] == pytest.approx(200 * (65 / 35) * 4)


def test_the_journey_shows_feeling_words_and_leaving(small: Seeded) -> None:
    """Twenty minutes after a bad moment nobody has left yet; an hour is set as the end of a journey."""
    rows = {row["touchpoint"]: row for row in small.ask(JOURNEY, JOURNEY.panel(1))}
    parking = rows["parking"]
    assert (parking["at_stage"], parking["curve"], parking["they_do"]) == ("Purchase", "▼▼▼", "parks (40)")
    assert parking["valence_shown"].startswith("−0.50 ")
    assert parking["left_exact"] is None


@pytest.mark.parametrize(
    ("value", "text"), [("4851000.4", "4,851,000"), ("999.5", "1,000"), ("0", "0"), ("-1234.0", "−1,234")]
)
def test_money_is_read_at_a_glance(small: Seeded, value: str, text: str) -> None:
    assert small.store.rows(f"SELECT {money(value)}") == [(text,)]


def test_a_number_in_words_says_what_it_rests_on(small: Seeded) -> None:
    """Grey sign for few, no interval where none is known, a reason where there is no number."""
    cases = "(0.5, 0.25, 0.75, 40, ''), (0.5, NULL, NULL, 1, 'few answers'), (NULL, NULL, NULL, 0, 'no answers')"
    columns = "x Nullable(Float64), x_lower Nullable(Float64), x_upper Nullable(Float64), x_n UInt64, x_reason String"
    told = number("x", 0, times=100, unit=" %")
    assert [row[0] for row in small.store.rows(f"SELECT {told} FROM values('{columns}', {cases})")] == [
        "50 % (25 to 75) · n 40",
        "○ 50 % · n 1",
        "unknown: no answers",
    ]
