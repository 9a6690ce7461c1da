"""How many events a second one `score` process counts, beside its peers on the same log in the same run.

Runs take turns: ours, then each peer, then ours again, so that a machine that slows down slows all of them. Each of
our runs starts on a copy of the log (its results are part of its topics); a peer reads the first.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.edges.local_kafka import LocalKafka
from streams.edges.settings import Settings
from tests.bench import peer as peers
from tests.bench.log import Log, fill
from tests.bench.peer import Finding, NotInstalled, Peer, PeerFailed
from tests.bench.results import RATE, Result, at_least, at_most, not_run, told
from tests.bench.worker import Pace, count, counted

NAME = "score"
EVENTS_PER_S = 120_000
RATIOS = ((peers.FAUST, 30.0), (peers.BYTEWAX, 2.7), (peers.FLINK, 2.9), (peers.FETCH_ONLY, 0.6))
"""How many times a peer's rate ours shall be."""
TWO_PROCESSES_PCT = 15.0

Tell = Callable[[str], None]


@dataclass
class Runs:
    """All runs of one bench."""

    ours: list[Pace] = field(default_factory=list)
    two: list[Pace] = field(default_factory=list)
    peers: dict[Peer, list[Finding]] = field(default_factory=dict)
    why_not: dict[Peer, str] = field(default_factory=dict)


class CountedWrong(Exception):
    """Our own worker counted wrong: then its speed is worth nothing."""


async def ours(bootstrap: str, events: int, workers: int) -> tuple[Log, Pace]:
    """One checked run of our own worker on a fresh log.

    Raises:
        CountedWrong: its published counts are not those of the log.
    """
    settings = Settings(kafka_brokers=bootstrap, topic_prefix=f"b{uuid.uuid4().hex[:8]}.")
    log = await fill(settings, events)
    with tempfile.TemporaryFile() as quiet:  # a flood of bad answers is warned of, rightly, and not our subject
        pace = await count(log, workers=workers, stderr=quiet)
    counts, classes = await counted(settings)
    if wrong := peers.difference(counts, log.expected(log.ends)):
        raise CountedWrong(f"score counts wrong: {wrong}; classes {classes}")
    return log, pace


def measure(*, events: int, rounds: int, two_workers: bool, with_peers: Sequence[Peer], tell: Tell) -> Runs:
    """Ours and the peers, in turns.

    Args:
        events: in the log; at most a million, so that no partition is longer than a horizon: nothing is late.
        rounds: of all.
    """
    runs = Runs()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a worker that compiles its modules first starts seconds later
    with tempfile.TemporaryDirectory(prefix="bench-score-") as folder:
        (Path(folder) / "kafka").mkdir()
        with LocalKafka(Path(folder) / "kafka", throughput=True, heap_mb=1_024) as kafka:
            for number in range(rounds):
                tell(f"score, round {number + 1} of {rounds}: one process")
                log, pace = asyncio.run(ours(kafka.bootstrap, events, 1))
                runs.ours.append(pace)
                for each in with_peers:
                    if each not in runs.why_not:
                        tell(f"score, round {number + 1} of {rounds}: {each.name}")
                        _run(each, log, runs)
                if two_workers:
                    tell(f"score, round {number + 1} of {rounds}: two processes")
                    runs.two.append(asyncio.run(ours(kafka.bootstrap, events, 2))[1])
    return runs


def _run(each: Peer, log: Log, runs: Runs) -> None:
    try:
        runs.peers.setdefault(each, []).append(peers.run(each, log))
    except (NotInstalled, PeerFailed) as error:
        runs.why_not[each] = str(error)
        runs.peers.pop(each, None)


def results(runs: Runs, wanted: Sequence[Peer]) -> Iterator[Result]:
    """Figures and ratios; ratios are of the medians, and of each round."""
    rates = [pace.events_per_s for pace in runs.ours]
    yield at_least(NAME, "counted by one process, by the clock", rates, RATE, EVENTS_PER_S)
    yield told(NAME, "CPU for a million events", [pace.cpu_s_per_million for pace in runs.ours], "s")
    for each in wanted:
        what = f"peer: {each.name}"
        if each in runs.why_not:
            yield not_run(NAME, what, RATE, runs.why_not[each])
        else:
            found = runs.peers[each]
            cpu = sum(one.cpu_s for one in found) / sum(one.events for one in found) * 1e6
            yield told(NAME, what, [one.events_per_s for one in found], note=f"{cpu:.1f} CPU s a million")
    for each, goal in RATIOS:
        what = f"times {each.name}" if goal >= 1 else f"share of {each.name}"
        if each in runs.peers:
            yield at_least(NAME, what, ratios(rates, runs.peers[each]), "x", goal)
            own = [pace.cpu_s_per_million for pace in runs.ours]
            theirs = [1e6 * one.cpu_s / one.events for one in runs.peers[each]]
            over = [other / ours for ours, other in zip(own, theirs, strict=True)]
            yield told(NAME, f"CPU for an event, {each.name} over ours", over, "x")
        elif each in wanted:
            yield not_run(NAME, what, "x", runs.why_not[each], goal)
    if runs.two:
        one = [pace.cpu_s_per_million for pace in runs.ours]
        growth = [100 * (two.cpu_s_per_million / alone - 1) for two, alone in zip(runs.two, one, strict=True)]
        yield told(NAME, "counted by two processes, by the clock", [pace.events_per_s for pace in runs.two])
        what = "CPU for an event that two processes take more than one"
        yield at_most(NAME, what, growth, "%", TWO_PROCESSES_PCT)


def ratios(rates: Sequence[float], found: Sequence[Finding]) -> list[float]:
    """Ours over theirs, round by round."""
    return [ours / theirs.events_per_s for ours, theirs in zip(rates, found, strict=True)]


def bench(quick: bool, with_peers: Sequence[Peer], tell: Tell) -> Iterator[Result]:
    """The bench as `./run bench score` runs it."""
    events, rounds = (300_000, 1) if quick else (1_000_000, 3)
    runs = measure(events=events, rounds=rounds, two_workers=True, with_peers=with_peers, tell=tell)
    yield from results(runs, with_peers)
