"""Tests of alert rules: small streams of events in, alerts out; silence is a result too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.decode import Decoder
from streams.edges.rules_file import Case, Expected, Loaded, TestFile, events_of, load, load_tests, made, starts_ms
from streams.pure.alerting.engine import Engine
from streams.pure.alerting.page import Page
from streams.pure.alerting.replay import Answered, replay


@dataclass(frozen=True)
class Outcome:
    """What became of one test; `problem` is '' where it passed."""

    name: str
    problem: str
    pages: list[Page]


def trial(path: Path) -> Iterator[Outcome]:
    """Runs the tests of a file, one after the other.

    Raises:
        FileError: the file, its rules or its events are wrong.
    """
    tests = load_tests(path)
    rules = load(path.parent / tests.rules)
    for case in tests.tests:
        yield run(case, tests, rules, path.parent)


def run(case: Case, tests: TestFile, rules: Loaded, folder: Path) -> Outcome:
    """One test."""
    decoder = Decoder()
    start_ms = after_ms = starts_ms(tests)
    events: list[Answered] = []
    if case.usual:
        events, after_ms = made(case.usual, start_ms, case.name, decoder)
    at_ms = after_ms
    for blocks in case.then:
        more, at_ms = made(blocks, at_ms, case.name, decoder)
        events += more
    if case.events is not None:
        events += events_of(folder / case.events, decoder)
    events.sort(key=lambda event: (event.at_ms, event.id))
    steps = replay(Engine(rules.rules), events)
    heartbeats = {rule.name for rule in rules.rules.rules if rule.kind == "heartbeat"}
    pages = [
        step.page
        for step in steps
        if step.page is not None and step.page.at_ms >= after_ms and step.page.rule not in heartbeats
    ]
    return Outcome(case.name, _problem(case.alerts, pages, after_ms), pages)


def _problem(wanted: list[Expected], pages: list[Page], after_ms: int) -> str:
    for place, page in enumerate(pages):
        if place >= len(wanted):
            return f"sent more than expected: {_short(page)}"
        one = wanted[place]
        fits = one.rule == page.rule and one.send == page.send
        if not fits or any(page.scope.get(name) != value for name, value in one.scope.items()):
            where = f" at {' / '.join(one.scope.values())}" if one.scope else ""
            return f"expected {one.send} of {one.rule}{where}, got {_short(page)}"
        minutes = (page.at_ms - after_ms) / 60_000
        if one.within_minutes is not None and minutes > one.within_minutes:
            return f"{one.send} of {one.rule} came after {minutes:.0f} minutes, expected within {one.within_minutes:g}"
    if len(pages) < len(wanted):
        missing = wanted[len(pages)]
        return f"{missing.send} of {missing.rule} was never sent"
    return ""


def _short(page: Page) -> str:
    return f"{page.send} of {page.rule} at {' / '.join(page.scope.values()) or 'all'}: {page.reason}"
