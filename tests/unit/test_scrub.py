"""What is taken out of comments, and what stays: a small corpus of both, each line a case."""

from __future__ import annotations

import pytest

from streams.pure.scrub import IDS, known_regions, scrub

PERSONAL = [
    ("write to anna.b+shop@example.org please", "write to [mail] please"),
    ("请联系anna@example.org谢谢", "请联系[mail]谢谢"),
    ("schreiben Sie müller@example.de.", "schreiben Sie [mail]."),
    ("ａｎｎａ＠example．org", "[mail]"),
    ("call +49 170 1234567 after six", "call [phone] after six"),
    ("call 0049 170 1234567", "call [phone]"),
    ("ring me: 0170 1234567", "ring me: [phone]"),
    ("我的电话13800138000请回电", "我的电话[phone]请回电"),
    ("手机１３８００１３８０００", "手机[phone]"),
    ("座机 010-62345678", "座机 [phone]"),
    ("(415) 555-2671 is mine", "[phone] is mine"),
    ("415-555-2671", "[phone]"),
    ("mon numéro: 06 12 34 56 78", "mon numéro: [phone]"),
    ("on 020 7946 0958 all day", "on [phone] all day"),
    ("card 4111 1111 1111 1111 was charged twice", "card [card] was charged twice"),
    ("card 4111-1111-1111-1111", "card [card]"),
    ("5555555555554444", "[card]"),
    ("amex 3782 822463 10005", "amex [card]"),
    ("银联6200000000000005", "银联[card]"),
    ("refund to DE89 3704 0044 0532 0130 00", "refund to [iban]"),
    ("GB29NWBK60161331926819 is the account", "[iban] is the account"),
    ("身份证11010519491231002X", "身份证[id]"),
    ("my SSN is 536-90-4399", "my SSN is [id]"),
    ("Steuer-ID 36 574 261 809", "Steuer-ID [id]"),
    ("NIR 2 95 10 99 126 111 93", "NIR [id]"),
    ("NI number AB 12 34 56 C", "NI number [id]"),
]
INNOCENT = [
    "",
    "great, 5 stars, 10/10",
    "9 9 8 10 7 6 5 4 3 2 1 5 4 3 5 5",
    "5 4 3 5 5 4 3 2 1 5 4 3 4 5 5 5",
    "order 20240113445566 never came",
    "Bestellung 2024-0113-4455 fehlt",
    "order no. 4003219876",
    "ticket #8812345, gate 22, flight LH1234",
    "on 2026-03-02 at 10:15:00 I paid 129.99 instead of 119.99",
    "02.03.2026 10:15 bis 02.03.2026 11:45",
    "tracking 1Z999AA10123456784",
    "EAN 4006381333931 is out of stock",
    "serial 3512345678901",
    "IMEI 356938035643809",
    "version 10.2.34.5561 crashed",
    "model 5551234 and 5551235",
    "invoice 100200300",
    "1,299,000 people, 1.299.000 Leute",
    "from 10:15-12:30, 13:00-14:45",
    "等了20分钟,花了1299元,订单号202401135566",
    "customer no 4111111111111112",  # fails the checksum of cards
    "@touchpulse is great @ the store",
    "latitude 52.520008, longitude 13.404954",
    "IP 192.168.100.200",
    "3,14159265358979",
    "uuid 550e8400-e29b-41d4-a716-446655440000",
]


@pytest.mark.parametrize(("text", "clean"), PERSONAL)
def test_what_finds_a_person_is_taken_out(text: str, clean: str) -> None:
    """Each kind, in the scripts and forms people type."""
    assert scrub(text) == clean


@pytest.mark.parametrize("text", INNOCENT)
def test_what_finds_nobody_stays(text: str) -> None:
    """An order number is what a complaint can be mended by."""
    assert scrub(text) == text


def test_bare_mobile_numbers_are_taken_for_phones_and_bare_landlines_are_not() -> None:
    """A choice: ten digits without a sign are mostly an order, eleven that begin like a mobile mostly a phone."""
    assert scrub("order 18612345678") == "order [phone]"
    assert scrub("order 2125551234") == "order 2125551234"


def test_national_numbers_are_looked_for_only_in_the_countries_that_are_set() -> None:
    """Each further country means more numbers that look like one of its own."""
    assert scrub("ring me: 0170 1234567", ["GB"]) == "ring me: 0170 1234567"
    assert scrub("PESEL 44051401359", ["PL"]) == "PESEL [id]"
    assert scrub("PESEL 44051401359") == "PESEL 44051401359"
    assert scrub("call +49 170 1234567", []) == "call [phone]"


@pytest.mark.parametrize(
    ("region", "text"),
    [
        ("AT", "1237 010180"),
        ("BE", "85.07.30-033.28"),
        ("BR", "390.533.447-05"),
        ("CH", "756.9217.0769.85"),
        ("ES", "54362315-K"),
        ("ES", "X-2482300-W"),
        ("IN", "2341 2341 2346"),
        ("IT", "RCCMNL83S18D969H"),
        ("KR", "971013-9019902"),
        ("NL", "1112.22.333"),
        ("SE", "880320-0016"),
    ],
)
def test_each_country_with_an_id_number_finds_its_own(region: str, text: str) -> None:
    """A shape that meets no checksum would silently find nothing."""
    assert scrub(f"id {text}!", [region]) == "id [id]!"


def test_every_id_belongs_to_a_known_country() -> None:
    """The setting refuses unknown countries: these must be among them."""
    assert set(IDS) <= known_regions()


@pytest.mark.parametrize(
    "text",
    ["1" * 4_000, "1 " * 2_000, "a@" * 2_000, "a@" + "a." * 1_999, "(" * 3_990 + "1234567", "DE89 " * 800,
     "030 1234567 " * 330, "2026-03-02 " * 360, "415-555-2671 " * 300, ("1" * 17 + " ") * 222],
)  # fmt: skip
def test_a_hostile_comment_takes_no_more_than_a_moment(text: str) -> None:
    """No text of the longest length may stop the worker; measured at most 0.2 s, most under 0.06."""
    import time

    began = time.process_time()
    scrub(text[:4_000])
    assert time.process_time() - began < 2
