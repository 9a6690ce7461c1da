"""Pseudonyms, their keys, and what an event may still tell of a customer."""

from __future__ import annotations

import orjson
import pytest

from streams.edges.errors import SettingsError
from streams.edges.privacy import privacy_of
from streams.edges.settings import Settings
from streams.pure.cells import RejectedMessage
from streams.pure.privacy import Privacy, PrivacyKey

OLD, NEW = PrivacyKey("k1", b"a" * 32), PrivacyKey("k2", b"b" * 32)


def test_a_pseudonym_is_known_for_ever() -> None:
    """Were the rule to change, every customer would be a new one; computed apart with `openssl dgst -hmac`."""
    assert Privacy([OLD]).pseudonym("4711") == "cust-k1-1c7a1be8d27708d679d24d7f"


def test_after_a_rotation_new_answers_carry_the_new_key_and_old_names_stay() -> None:
    """Both must still be found when the customer is to be forgotten."""
    rotated = Privacy([NEW, OLD])
    before = Privacy([OLD]).pseudonym("4711")
    assert rotated.pseudonym("4711").startswith("cust-k2-")
    assert rotated.pseudonym(before) == before
    assert before in rotated.pseudonyms("4711")


def test_without_a_key_only_what_plainly_finds_a_person_is_left_out() -> None:
    """The contract asks for a pseudonym; an address is none, and no hash without a key hides it."""
    privacy = Privacy()
    assert privacy.cleaned({"customer": "c-17"}) == {"customer": "c-17"}
    assert privacy.cleaned({"customer": "anna@example.org", "score": 9}) == {"score": 9}
    assert privacy.cleaned({"customer": "+491701234567"}) == {}


def test_an_event_with_nothing_to_clean_is_handed_back_as_it_is() -> None:
    """The usual event costs no copy."""
    event = {"kind": "nps", "score": 9, "comment": "第一次来,很好"}
    assert Privacy([OLD]).cleaned(event) is event


def test_what_the_contract_refuses_is_left_for_it_to_refuse() -> None:
    """A customer that is no name would otherwise be hashed into one, and its sender would never learn."""
    for wrong in (4711, None, "", " ", "a|b", "x" * 200, ["a"]):
        assert Privacy([OLD]).cleaned({"customer": wrong}) == {"customer": wrong}


def test_only_allowed_attributes_stay_and_their_texts_are_scrubbed() -> None:
    """A device id finds a person as well as a name does."""
    privacy = Privacy(allowed_attributes=["app_version", "note"])
    event = {"attributes": {"app_version": "3.1", "note": "call 13800138000", "device_id": "a1b2"}}
    assert privacy.cleaned(event) == {"attributes": {"app_version": "3.1", "note": "call [phone]"}}


def test_refused_bytes_lose_persons_and_keep_what_they_are_found_by() -> None:
    """Misspelt fields hold comments too, and an event id may look like a card."""
    raw = orjson.dumps(
        {
            "event_id": "4111111111111111",
            "customer": "4711",
            "coment": "mail anna@example.org",
            "x": {"y": ["0170 1234567"]},
        }
    )
    cleaned = orjson.loads(Privacy([OLD]).cleaned_bytes(raw))
    assert cleaned == {
        "event_id": "4111111111111111", "customer": Privacy([OLD]).pseudonym("4711"), "coment": "mail [mail]",
        "x": {"y": ["[phone]"]},
    }  # fmt: skip
    broken = b'{"customer": "4711", "comment": "call 13800138000 \xff'
    assert Privacy([OLD]).cleaned_bytes(broken) == (
        b'{"customer": "' + Privacy([OLD]).pseudonym("4711").encode() + b'", "comment": "call [phone] \xff'
    )
    assert Privacy([OLD]).cleaned_bytes(b'{"score": 11,  "kind":"nps"}') == b'{"score": 11,  "kind":"nps"}'


def test_the_record_of_a_refused_event_quotes_nobody() -> None:
    """The offending value may be the customer."""
    message = RejectedMessage(
        "log", "touchpoints", 0, 1, 2, "till", "too_long", "customer", '"anna@example.org…"', "",
        "customer has 200 characters", b'{"customer":"anna@example.org"}',
    )  # fmt: skip
    cleaned = Privacy([OLD]).cleaned_rejection(message)
    assert cleaned.value == ""
    assert b"anna" not in cleaned.raw
    assert (cleaned.reason, cleaned.field, cleaned.offset) == ("too_long", "customer", 1)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("secretsecretsecret", "key 1 has no id"),
        ("k1:short", "the secret of key k1 is shorter than 16"),
        ("k1:" + "x" * 16 + ",k1:" + "y" * 16, "two keys are called k1"),
    ],
)
def test_a_wrong_key_stops_the_start_and_is_not_repeated(keys: str, said: str) -> None:
    """The message lands in a log."""
    with pytest.raises(SettingsError, match=said) as caught:
        privacy_of(Settings.from_env({"TOUCHPULSE_PRIVACY_KEYS": keys}))
    assert "xxxx" not in str(caught.value)
    assert "secretsecret" not in str(caught.value)


def test_settings_lead_to_the_rules() -> None:
    """From the environment to a cleaned event."""
    settings = Settings.from_env(
        {"TOUCHPULSE_PRIVACY_KEYS": "k1:" + "a" * 32, "TOUCHPULSE_PRIVACY_REGIONS": "GB",
         "TOUCHPULSE_ATTRIBUTES_ALLOWED": "build"}
    )  # fmt: skip
    event = {"customer": "4711", "comment": "0170 1234567", "attributes": {"build": "7", "release": "8"}}
    assert privacy_of(settings).cleaned(event) == {
        "customer": Privacy([OLD]).pseudonym("4711"), "comment": "0170 1234567", "attributes": {"build": "7"},
    }  # fmt: skip
    with pytest.raises(SettingsError, match="unknown country XX"):
        privacy_of(Settings(privacy_regions=("XX",)))
