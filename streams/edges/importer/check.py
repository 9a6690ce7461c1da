"""Holding a mapping against the contract before a single row is read.

Made-up events with the mapping's constants and mapped values go through the contract's own decoder. So a
stage that does not exist is found on its line of the mapping file, and no rule is written down twice.
"""

from __future__ import annotations

from typing import Any

import orjson

from schemas.decode import Decoder
from schemas.events import MODELS, Common
from schemas.reasons import Rejection
from streams.edges.importer.cells import number
from streams.edges.importer.convert import Converter
from streams.edges.importer.mapping import Answers, ImportMapping
from streams.edges.importer.marked_yaml import Place, nearest
from streams.edges.importer.parts import Source
from streams.edges.importer.plan import FIELDS
from streams.edges.importer.scores import score_reader

GUESSED = "1"
"""Stands for a cell whose value is not known yet."""


def check(mapping: ImportMapping, decoder: Decoder) -> None:
    """Refuse a mapping that could not make valid events.

    Raises:
        FileError: names file, line and field, and the nearest known name.
    """
    for index, entry in enumerate(mapping.answers):
        _check_names(mapping, index, entry)
    Converter(mapping)
    for index, entry in enumerate(mapping.answers):
        _check_entry(mapping, index, entry, decoder)


def _check_names(mapping: ImportMapping, index: int, entry: Answers) -> None:
    """Unknown fields are ignored by the contract, so a misspelt one must be caught here."""
    place: Place = ("answers", index)
    if entry.kind not in MODELS:
        raise mapping.error(
            (*place, "kind"),
            f"unknown kind {entry.kind!r}{nearest(entry.kind, MODELS)}; known: {', '.join(MODELS)}",
        )
    known = [name for name in MODELS[entry.kind].model_fields if name not in Common.model_fields and name != "kind"]
    for part, names in (
        ("field", [entry.field] if entry.field else []),
        ("texts", entry.texts),
        ("numbers", entry.numbers),
    ):
        for name in names:
            if name not in known:
                where = (*place, part) if part == "field" else (*place, part, name)
                raise mapping.error(
                    where,
                    f"{entry.kind} has no field {name!r}{nearest(name, known)}; it has: {', '.join(known)}",
                )


def _check_entry(mapping: ImportMapping, index: int, entry: Answers, decoder: Decoder) -> None:
    """Every constant and mapped value of one entry, one by one, in an event that is else complete."""
    event: dict[str, Any] = {
        "event_id": "x",
        "occurred_at": "2017-05-13T12:00:00Z",
        "producer": mapping.producer,
        "channel": "other",
        "kind": entry.kind,
    }
    event |= {name: value for name in ("scale", "direction") if (value := getattr(entry, name)) is not None}
    if field := entry.cell_field():
        event[field] = score_reader(mapping, index).example
    if problem := _problem(decoder, event, "producer"):
        raise mapping.error(("producer",), problem)
    guessed: set[str] = set()
    for name, source, place in _sources(mapping, index, entry):
        values = _values(source, place)
        for value, value_place in values:
            event[name] = number(value) if name == "weight" or name in entry.numbers else value
            problem = _problem(decoder, event, name)
            if problem:
                raise mapping.error(value_place, f"{value!r}: {problem}")
        if not values:
            guessed.add(name)
            if name in entry.texts or name in entry.numbers:  # the kind may ask for it
                event[name] = int(GUESSED) if name in entry.numbers else GUESSED
    if mapping.channel is None and entry.channel is None:
        raise mapping.error(("answers", index), "no channel: give one here or at the top of the mapping")
    rejection = decoder.decode(orjson.dumps(event))
    if isinstance(rejection, Rejection) and rejection.field.split(".")[0] not in guessed:
        raise mapping.error(("answers", index), rejection.message)


def _sources(mapping: ImportMapping, index: int, entry: Answers) -> list[tuple[str, Source, Place]]:
    """The simple fields of an entry, its own or the mapping's, with their places."""
    found: list[tuple[str, Source, Place]] = []
    # The kind's own fields first: while one of them is missing, nothing else of the event would be looked at.
    for part in ("texts", "numbers"):
        found += [(name, source, ("answers", index, part, name)) for name, source in getattr(entry, part).items()]
    for name in FIELDS:
        own = getattr(entry, name)
        source = own if own is not None else getattr(mapping, name)
        if isinstance(source, Source):
            found.append((name, source, ("answers", index, name) if own is not None else (name,)))
    return found


def _values(source: Source, place: Place) -> list[tuple[str, Place]]:
    """Values a field will have, as far as the mapping alone tells, with their places."""
    if source.map is not None:
        return [(value, (*place, "map", code)) for code, value in source.map.items()]
    return [] if source.columns() or source.names_the_answer() else [(source.text or "", place)]


def _problem(decoder: Decoder, event: dict[str, Any], name: str) -> str:
    """What the contract says of one field of an event; "" where it does not mind."""
    outcome = decoder.decode(orjson.dumps(event))
    if isinstance(outcome, Rejection) and outcome.field.split(".")[0] == name:
        return outcome.message
    return ""
