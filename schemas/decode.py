"""From the bytes of one Kafka record to an event that can be counted, or to the reason it can not.

Why two decoders: the contract is pydantic's, and every reason comes from it; but it takes several
times as long. So an event is first read into a struct (`schemas.wire`), with the same checks. Only
what that refuses is shown to pydantic, which says why. A property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

from msgspec import MsgspecError, convert
from msgspec.json import Decoder as JsonDecoder

from schemas.answers import SCORED, Answer, answers_of
from schemas.catalogue import BUILT_IN, Catalogue
from schemas.explain import Names, explain
from schemas.fields import (
    check_attributes,
    check_currency,
    check_id,
    check_name,
    check_producer,
    check_short_name,
    check_text,
)
from schemas.reasons import FieldError, Reason, Rejection
from schemas.screen import MAX_BYTES, load
from schemas.times import epoch_ms
from schemas.wire import ONE_MICRO, STRUCTS, Ces, Csat, Event, Nps, Question, detail

__all__ = ["SCORED_KINDS", "Decoder", "Event", "Reason", "Rejection", "detail", "event_key"]

_MAX_CACHED = 20_000
_CHECKS: dict[str, Callable[[str], object]] = {
    "topic": check_name,
    "case_id": check_id,
    "about_event_id": check_id,
    "about_producer": check_producer,
    "signal": check_name,
    "unit": check_short_name,
    "currency": check_currency,
    "survey": check_name,
    "action": check_text,
    "need": check_text,
}
"""Checks of the fields that belong to one kind and that a type alone cannot make."""

_CHECKS_BY_KIND = {
    kind: tuple((name, _CHECKS[name]) for name in struct.__struct_fields__ if name in _CHECKS)
    for kind, struct in STRUCTS.items()
}

_AT_LEAST_ONE = {
    "rating": frozenset(("experience", "expectation", "importance")),
    "trust": frozenset(("integrity", "ability", "affinity", "consistency")),
    "emotion": frozenset(("valence", "feeling")),
    "interaction": frozenset(("wait_s", "duration_s", "first_contact", "self_service")),
}
"""Kinds that need at least one of these."""

_CSAT: dict[str, dict[int, tuple[Answer, ...]]] = {}
for (_kind, _scale, _direction, _score), _answers in SCORED.items():
    if _kind == "csat":
        _CSAT.setdefault(_scale, {})[_score] = _answers
_NPS: dict[int, tuple[Answer, ...]] = {score: a for (kind, _, _, score), a in SCORED.items() if kind == "nps"}

_Sent = tuple[str | None, ...]
_Settled = tuple[tuple[str, str, str, str, str, str], str, bool, int]
"""(series, element, whether a name differs from what was sent, how many keys they are with the event's own)."""

_READ = JsonDecoder(Union[tuple(STRUCTS.values())]).decode  # noqa: UP007  # made at run time
_REFUSALS = (ValueError, KeyError, TypeError, RecursionError, MsgspecError)
_BACKSLASH, _DEL, _COLON = b"\\\x7f:"
SCORED_KINDS = frozenset(("csat", "ces", "nps"))
"""Kinds that are one point on a scale and nothing else."""
_REQUIRED = 5  # kind, event_id, occurred_at, producer, channel


def event_key(producer: str, event_id: str) -> bytes:
    """Key of the event's Kafka record, so that a retry meets its twin in one partition."""
    return f"{producer}:{event_id}".encode()


class Decoder:
    """Reads events. Remembers the names it has seen, boundedly, so that known ones cost one look-up."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        """A decoder that knows these names.

        Args:
            catalogue: names to know and to fill in; None: the built-in channels, other names as sent.
        """
        self._names: Names = BUILT_IN if catalogue is None else catalogue
        self._settled: dict[_Sent, _Settled] = {}

    def decode(self, raw: bytes | None) -> Event | Rejection:
        """One event, or why it is refused.

        Args:
            raw: value of the Kafka record; None, a record without a value, is refused like an empty one.
        Returns:
            The event, its times, weight, names and answers settled; else the reason. Bad bytes never raise.
        """
        # The quick way. Without a backslash or DEL no text holds a control character, and each `:` of the
        # bytes stands in a text or follows a key. If the keys and texts of the event account for all of
        # them, no key was repeated and none was unknown, at any depth. Else the raw screen must have a look.
        raw = raw or b""
        if len(raw) <= MAX_BYTES and _BACKSLASH not in raw and _DEL not in raw:
            try:
                event: Event = _READ(raw)
                if self._finish(event) != raw.count(_COLON):
                    load(raw)
                return event
            except _REFUSALS:
                pass
        try:
            data = load(raw)
            event = convert(data, STRUCTS[data["kind"]])
            check_id(event.event_id)
            if event.customer:
                check_name(event.customer)
            self._finish(event)
        except _REFUSALS as error:
            return self._explain(raw, error)
        return event

    def _finish(self, event: Event) -> int:
        """Check what types cannot, and put derived values in the place of raw ones.

        Returns:
            How many colons the fields account for in the event's JSON, where no text is escaped.
        Raises:
            FieldError, KeyError: the contract refuses the event.
        """
        sent = (
            event.producer,
            event.channel,
            event.touchpoint,
            event.stage,
            event.location,
            event.segment,
            event.respondent_sent,
            event.element,
        )
        series, element, changed, colons = self._settled.get(sent) or self._settle(sent)
        event.series = series
        if changed:
            _, event.stage, event.touchpoint, event.location, event.segment, _ = series
            event.element = element
        event_id = event.event_id
        if not event_id.isascii() or " " in event_id:
            check_id(event_id)
        customer = event.customer
        if customer:
            colons += 1
            if not customer.isascii() or " " in customer or "|" in customer:
                check_name(customer)
        elif customer is None:
            colons += 1
            event.customer = ""
        at: str = event.occurred_ms  # type: ignore[assignment]  # still the text that was sent
        event.occurred_ms = epoch_ms(at)
        colons += 3 if at[-3] == ":" else 2
        if event.sent_ms is not None:
            at = event.sent_ms  # type: ignore[assignment]  # likewise
            event.sent_ms = epoch_ms(at)
            colons += 4 if at[-3] == ":" else 3
        weight = event.weight_micro
        if weight is not ONE_MICRO:
            colons += 1
            event.weight_micro = ONE_MICRO if weight is None else round(weight * 1_000_000)
        if event.comment:
            colons += 1 + event.comment.count(":")
        elif event.comment is None:
            colons += 1
            event.comment = ""
        if event.test is None:
            event.test = False
        else:
            colons += 1
        if event.attributes:
            colons += 1 + len(event.attributes)
            check_attributes(event.attributes)
            if any(v.__class__ is int and not -(2**63) <= v < 2**64 for v in event.attributes.values()):
                raise ValueError("such a number is a float to the raw screen, which decides")
        elif event.attributes is None:
            colons += 1
            event.attributes = {}
        if event.question is not None:
            colons += 2 + (event.question.version is not None)
            _check_question(event.question)
        if event.clock_offset_ms is not None and event.kind in SCORED_KINDS:
            colons += 1  # among the details of the other kinds
        if isinstance(event, Csat):
            event.answers = _CSAT[event.scale][event.score]
            return colons + 2
        if isinstance(event, Nps):
            event.answers = _NPS[event.score]
            return colons + 1
        if isinstance(event, Ces):
            event.answers = SCORED["ces", event.scale, event.direction, event.score]
            return colons + 3
        given = detail(event)
        _check_details(event.kind, given)
        event.answers = answers_of(event)
        return colons + len(given)

    def _settle(self, sent: _Sent) -> _Settled:
        """Check the names of an event and fill in what the catalogue knows; remembered."""
        producer, channel, touchpoint, stage, location, segment, respondent, element = (n or "" for n in sent)
        check_producer(producer)
        check_short_name(channel)
        for name in (touchpoint, location, segment):
            if name:
                check_name(name)
        known_stage, known_element = self._names.resolve(channel, touchpoint, location)
        stage, element = stage or known_stage, element or known_element
        series = (channel, stage, touchpoint, location, segment, respondent or "customer")
        changed = (touchpoint, stage, location, segment, element) != (*sent[2:6], sent[7])
        keys = _REQUIRED + sum(name != "" for name in sent[2:])
        if len(self._settled) >= _MAX_CACHED:
            self._settled.clear()
        settled = self._settled[sent] = (series, element, changed, keys)
        return settled

    def _explain(self, raw: bytes, error: Exception) -> Rejection:
        """The reason, from the contract itself."""
        refusal = explain(raw, self._names)
        if refusal is None:
            # The decoders disagree, which the property test is there to prevent. Refusing keeps the bytes.
            return Rejection(Reason.BAD_VALUE, "", "", "", f"The event could not be read: {error}.", "")
        return refusal


def _check_question(question: Question) -> None:
    """Names of a question."""
    check_name(question.id)
    if isinstance(question.version, str):
        check_name(question.version)


def _check_details(kind: str, given: dict[str, Any]) -> None:
    """What the models check beyond types, for the kinds that are no plain scores."""
    for name, check in _CHECKS_BY_KIND[kind]:
        if name in given:
            check(given[name])
    wanted = _AT_LEAST_ONE.get(kind)
    if wanted is not None and wanted.isdisjoint(given):
        raise FieldError(Reason.MISSING_FIELD, f"one of {', '.join(wanted)} is missing")
    if "valence" in given and "feeling" in given:
        raise FieldError(Reason.BAD_VALUE, "valence and feeling exclude each other")
