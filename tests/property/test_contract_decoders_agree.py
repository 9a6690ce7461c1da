"""The fast decoder and the pydantic contract are one: accept for accept, reject for reject, value for value."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from schemas.catalogue import BUILT_IN, Catalogue
from schemas.decode import Decoder, Event, Rejection, detail
from schemas.reasons import Reason
from tests.kit.contract import as_the_contract_reads_it, messages

CATALOGUE = Catalogue.model_validate(
    {
        "channels": {"store": {"medium": "store"}, "app": {"medium": "app"}, "Laden": {"medium": "store"}},
        "touchpoints": {
            "checkout": {"stage": "purchase", "element": "behaviour"},
            "网上商店": {"stage": "pre_purchase"},
        },
    }
)
# Shared over all examples on purpose: what a decoder remembers must never change what it says.
PLAIN, WITH_CATALOGUE = Decoder(), Decoder(CATALOGUE)


def settled(event: Event) -> dict[str, Any]:
    """A decoded event as plain values."""
    names = (
        "kind", "event_id", "producer", "channel", "occurred_ms", "sent_ms", "stage", "element", "respondent",
        "weight_micro", "question_id", "question_version", "attributes", "test", "answers", "touchpoint", "location",
        "segment", "customer", "comment",
    )  # fmt: skip
    values = {name: getattr(event, name) for name in names}
    assert event.series == tuple(
        values[n] for n in ("channel", "stage", "touchpoint", "location", "segment", "respondent")
    )
    return {**values, "detail": detail(event)}


def check(raw: bytes, decoder: Decoder, names: Any) -> None:
    """Both read the bytes alike."""
    try:
        expected = as_the_contract_reads_it(raw, names)
    except ValueError:
        expected = None
    found = decoder.decode(raw)
    if expected is None:
        assert isinstance(found, Rejection), found
        assert found.reason in set(Reason)
        assert found.message
        assert not found.message.startswith("The event could not be read")
    else:
        assert isinstance(found, Event), found
        got = settled(found)
        assert got == expected
        assert repr(got) == repr(expected)  # 4 and 4.0, 1 and True are equal, and are not the same


@settings(max_examples=1500, deadline=None)
@given(raw=messages())
def test_both_decoders_read_any_bytes_alike(raw: bytes) -> None:
    """A faster answer must be the same answer."""
    check(raw, PLAIN, BUILT_IN)
    check(raw, WITH_CATALOGUE, CATALOGUE)
