"""What may be known of a customer: a keyed pseudonym, a text without addresses and numbers, a few facts.

Why one module: an event is cleaned where it comes in, once more before it is stored (for producers that write
to Kafka themselves), and once more before a page is sent. All three must agree, and cleaning twice must be
cleaning once, or the same customer would have two names.

A pseudonym is an HMAC of the raw id, so that nobody without the key can try ids out. It names its key: after
a rotation new answers carry new pseudonyms, old ones stay what they are, and both can still be forgotten.
Without a key nothing is hashed, as a bare hash of a phone number is found by trying all of them; the value is
taken for the pseudonym the contract asks for, unless it plainly is none.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from msgspec import structs

from schemas.fields import check_name
from schemas.reasons import FieldError, ScreenError
from schemas.screen import load
from schemas.wire import Complaint, Emotion, Event
from streams.pure.cells import RejectedMessage
from streams.pure.scrub import REGIONS, scrub

KEY_ID = re.compile(r"[a-z0-9]{1,16}")
LEAST_SECRET = 16
"""Characters a key must have at least; shorter ones can be tried out."""
_PSEUDONYM = re.compile(r"cust-[a-z0-9]{1,16}-[0-9a-f]{24}")
_DIGITS = 24
"""96 bits: two of a billion customers share a pseudonym with a chance of one in 10^11."""

TEXTS = ("comment", "action", "need", "topic")
"""Fields of any kind of event that hold a person's own words."""
_KEPT = frozenset(("event_id", "about_event_id", "case_id", "occurred_at", "sent_at"))
"""Fields whose digits are no numbers of a person: by them a refused event is found and mended."""
_CUSTOMER = re.compile(r'("customer"\s*:\s*)"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class PrivacyKey:
    """One key of the pseudonyms."""

    id: str
    """Stands in each pseudonym: 1 to 16 of a-z and 0-9."""
    secret: bytes

    def __repr__(self) -> str:
        return f"PrivacyKey({self.id!r})"


def is_pseudonym(customer: str) -> bool:
    """Whether a value has the form of our pseudonyms."""
    return _PSEUDONYM.fullmatch(customer) is not None


class Privacy:
    """Cleans events, texts and refused bytes. Cleaning twice is cleaning once."""

    def __init__(
        self,
        keys: Sequence[PrivacyKey] = (),
        allowed_attributes: Collection[str] = (),
        regions: Collection[str] = REGIONS,
    ) -> None:
        """How to clean.

        Args:
            keys: the one in force first, then those whose pseudonyms may still have to be forgotten.
            allowed_attributes: names of attributes that may be kept; all others are left out.
            regions: countries whose phone and id numbers are looked for; see `scrub`.
        """
        self._keys = tuple(keys)
        self._allowed = frozenset(allowed_attributes)
        self._regions = tuple(regions)

    @property
    def keyed(self) -> bool:
        """Whether raw ids become pseudonyms; if not, they are stored as they are sent."""
        return bool(self._keys)

    def pseudonym(self, customer: str) -> str:
        """What a customer is called here.

        Args:
            customer: raw id, or one of our pseudonyms, which stays.
        Returns:
            `cust-KEY-HEX`. Without a key: the value itself, or '' if it is an address or a number of a person.
        """
        if _PSEUDONYM.fullmatch(customer) is not None:
            return customer
        if self._keys:
            return _made(self._keys[0], customer)
        return customer if scrub(customer, self._regions) == customer else ""

    def pseudonyms(self, customer: str) -> tuple[str, ...]:
        """All names a customer may have been stored under: by each key, and the value itself."""
        if is_pseudonym(customer):
            return (customer,)
        return (*(_made(key, customer) for key in self._keys), customer)

    def scrubbed(self, text: str) -> str:
        """A text for a page or a store: see `scrub`."""
        return scrub(text, self._regions)

    def cleaned(self, fields: dict[str, Any]) -> dict[str, Any]:
        """An event as JSON, before or after it was held against the contract.

        Args:
            fields: of any types: what the contract would refuse is left for it to refuse.
        Returns:
            The same object where nothing had to be changed, else a changed copy.
        """
        new: dict[str, Any] = {}
        customer = fields.get("customer")
        if customer.__class__ is str and customer and _is_name(customer):
            new["customer"] = self.pseudonym(customer) or None
        for name in TEXTS:
            text = fields.get(name)
            if text.__class__ is str and text:
                new[name] = self.scrubbed(text)
        attributes = fields.get("attributes")
        if attributes.__class__ is dict and attributes:
            new["attributes"] = self._attributes(attributes)
        if all(fields[name] == value for name, value in new.items()):
            return fields
        return {name: value for name, value in (fields | new).items() if value is not None or name not in new}

    def clean_event(self, event: Event, forgotten: Container[str] = frozenset()) -> None:
        """A decoded event, in place; costs next to nothing where customer, texts and attributes are absent.

        Args:
            forgotten: names of customers whose events lose customer, texts and attributes. All names of the
                event's customer are looked up, so that a rotation of keys does not bring anyone back.
        """
        if event.customer:
            if forgotten and any(name in forgotten for name in self.pseudonyms(event.customer)):
                event.customer = event.comment = ""
                event.attributes = {}
                if isinstance(event, Emotion):
                    event.action = event.need = None
                return
            event.customer = self.pseudonym(event.customer)
        if event.comment:
            event.comment = self.scrubbed(event.comment)
        if event.attributes:
            event.attributes = self._attributes(event.attributes)
        if isinstance(event, Emotion):
            event.action = event.action and self.scrubbed(event.action)
            event.need = event.need and self.scrubbed(event.need)
        elif isinstance(event, Complaint) and event.topic:
            event.topic = self.scrubbed(event.topic)

    def cleaned_bytes(self, raw: bytes) -> bytes:
        """Refused bytes, as well as can be: what is no JSON is scrubbed as text.

        Returns:
            The same bytes where nothing was found; else JSON written anew, which may mend what was wrong with
            its form (a repeated key).
        """
        try:
            fields = load(raw)
        except ScreenError:
            text = raw.decode("utf-8", "surrogateescape")
            cleaned = self.scrubbed(_CUSTOMER.sub(self._masked, text))
            return raw if cleaned == text else cleaned.encode("utf-8", "surrogateescape")
        known = self.cleaned(fields)
        mended = {name: value if name in _KEPT else self._leaves(value) for name, value in known.items()}
        return raw if mended == fields else orjson.dumps(mended)

    def cleaned_rejection(self, message: RejectedMessage) -> RejectedMessage:
        """The record of a refused event: its bytes, and what it quotes of them."""
        private = message.field.partition(".")[0] in ("customer", "attributes", *TEXTS)
        return structs.replace(
            message,
            raw=self.cleaned_bytes(message.raw),
            value="" if private else message.value if message.field in _KEPT else self.scrubbed(message.value),
            message=self.scrubbed(message.message),
        )

    def _attributes(self, attributes: dict[str, Any]) -> dict[str, Any]:
        return {
            name: self.scrubbed(value) if value.__class__ is str else value
            for name, value in attributes.items()
            if name in self._allowed
        }

    def _leaves(self, value: Any) -> Any:
        """Scrub every text at any depth; the raw screen bounds the depth."""
        if isinstance(value, str):
            return self.scrubbed(value)
        if isinstance(value, list):
            return [self._leaves(item) for item in value]
        return {key: self._leaves(item) for key, item in value.items()} if isinstance(value, dict) else value

    def _masked(self, match: re.Match[str]) -> str:
        return f'{match[1]}"{self.pseudonym(match[2])}"'


def _made(key: PrivacyKey, customer: str) -> str:
    # Refused bytes need not be UTF-8.
    digest = hmac.digest(key.secret, customer.encode("utf-8", "surrogateescape"), "sha256")
    return f"cust-{key.id}-{digest.hex()[:_DIGITS]}"


def _is_name(customer: str) -> bool:
    """Whether the contract takes it; what it refuses must be seen to be refused, not hashed away."""
    try:
        check_name(customer)
    except FieldError:
        return False
    return True
