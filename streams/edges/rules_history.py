"""History for a backtest: a survey file, or the answers stored in ClickHouse; and the catalogue they belong to."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import orjson

from schemas.catalogue import Catalogue, CatalogueError
from schemas.decode import Decoder, Rejection
from streams.edges.errors import FileError
from streams.edges.importer.found import Found
from streams.edges.importer.survey import Survey
from streams.edges.rules_file import answered
from streams.edges.settings import Settings
from streams.pure.alerting.engine import Engine
from streams.pure.alerting.replay import Answered
from streams.pure.alerting.rules import RuleFile
from streams.pure.alerting.season import Calendar


def catalogue_of(settings: Settings) -> Catalogue | None:
    """The catalogue in force; None without one.

    Raises:
        FileError: it is wrong; names file, line and field.
    """
    if settings.catalogue_path is None:
        return None
    try:
        return Catalogue.load(settings.catalogue_path)
    except CatalogueError as error:
        raise FileError(str(error)) from None


def engine_maker(rules: RuleFile, settings: Settings) -> Callable[..., Engine]:
    """Makes engines that know the catalogue's local times, opening hours and regions."""
    catalogue = catalogue_of(settings)
    known = catalogue.locations if catalogue else {}
    calendars = {
        name: Calendar(place.time_zone, place.hours, frozenset(place.holidays)) for name, place in known.items()
    }
    regions = {name: place.region for name, place in known.items() if place.region}
    return lambda state=None: Engine(rules, calendars=calendars, places=regions, state=state)


def from_file(file: Path, mapping: Path, settings: Settings) -> list[Answered]:
    """Answers of a survey export, in order of time.

    Raises:
        FileError: file or mapping is wrong; names line or row, and field.
    """
    decoder = Decoder(catalogue_of(settings))
    found = []
    for event in Survey.open(file, mapping, decoder).events(Found()):
        decoded = decoder.decode(orjson.dumps(event))
        if not isinstance(decoded, Rejection):
            found.append(answered(decoded))
    return sorted(found, key=lambda event: (event.at_ms, event.id))


def from_store(settings: Settings, since: str, until: str) -> list[Answered]:
    """Stored answers of customers, live, late and imported, in order of time.

    Raises:
        UserError: a moment is not one.
        Unavailable: ClickHouse does not answer.
    """
    from streams.cli.moments import moment_ms
    from streams.edges.store import Store

    now_ms = time.time_ns() // 1_000_000
    span = {"from_ms": moment_ms(since, now_ms, "--from"), "to_ms": moment_ms(until, now_ms, "--to")}
    with Store.connect(settings, answer_timeout_s=600) as store:
        rows = store.rows(
            "SELECT event_id, toUnixTimestamp64Milli(occurred_at), channel, stage, touchpoint, location, segment, "
            "producer, arrayZip(metrics, scales, bins) FROM touchpoints FINAL "
            "WHERE occurred_at >= fromUnixTimestamp64Milli({from_ms:Int64}) "
            "AND occurred_at < fromUnixTimestamp64Milli({to_ms:Int64}) "
            "AND respondent = 'customer' AND class != 'test' AND notEmpty(metrics) ORDER BY occurred_at, event_id",
            span,
        )
    found = []
    for event_id, at_ms, channel, stage, touchpoint, location, segment, producer, answers in rows:
        place = (str(channel), str(stage), str(touchpoint), str(location), str(segment), str(producer))
        given = tuple((str(metric), str(scale), int(point)) for metric, scale, point in answers)
        found.append(Answered(str(event_id), int(at_ms), *place, answers=given))
    return found
