"""One or more `score` workers on a filled log, timed and checked.

Times and CPU are read at the workers' commits, so that what is measured is what was made durable. The first commit
starts the clock (imports and joining do not count); the last full one stops it, because the last of all waits for its
second to be over while nothing is left to do.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.edges.processes import Process, end, spawn
from streams.edges.progress import Progress
from streams.edges.settings import Settings
from streams.pure.cells import CellMessage, MarkMessage, decode
from tests.bench.log import Cell, Log

POLL_S = 0.05
PATIENCE_S = 600


class Sample(NamedTuple):
    """The group's commits at one moment."""

    at_s: float
    cpu_s: float
    done: int


class Pace(NamedTuple):
    """What was counted between two commits."""

    events: int
    seconds: float
    cpu_s: float

    @property
    def events_per_s(self) -> float:
        """By the clock."""
        return self.events / self.seconds

    @property
    def cpu_s_per_million(self) -> float:
        """What a million events cost, whatever else the machine did."""
        return 1e6 * self.cpu_s / self.events


def cpu_s(pid: int) -> float:
    """CPU a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def pace(samples: Sequence[Sample], total: int) -> Pace:
    """From the first commit to the last full one.

    Args:
        samples: in order; the last has all.
        total: events in the log.
    Raises:
        ValueError: fewer than two commits: the log was too short to measure anything.
    """
    steps = [new for old, new in zip([None, *samples], samples, strict=False) if old is None or new.done > old.done]
    steps = [step for step in steps if step.done > 0]
    full = [step for step in steps if step.done < total]
    first, last = (full[0], full[-1]) if len(full) >= 3 else (steps[0], steps[-1])
    if last.done <= first.done:
        raise ValueError("the log was counted with a single commit: it is too short to measure")
    return Pace(last.done - first.done, last.at_s - first.at_s, last.cpu_s - first.cpu_s)


async def count(log: Log, *, workers: int = 1, stderr: IO[bytes] | None = None) -> Pace:
    """Counts a log with fresh workers, from its start to its end.

    With several workers the clock starts at the first commit after all of them have been given partitions.

    Raises:
        RuntimeError: a worker ended, or it took too long.
    """
    processes: list[Process] = []
    samples: list[Sample] = []
    async with Progress(log.settings, None) as progress:  # type: ignore[arg-type]  # no store is asked here
        ends = await progress.ends([log.topic])
        try:
            processes += [spawn(log.settings, "worker", "score", log=stderr) for _ in range(workers)]
            until = time.monotonic() + PATIENCE_S
            while not samples or samples[-1].done < log.events:
                if time.monotonic() > until:
                    raise RuntimeError(f"not counted within {PATIENCE_S} s")
                if ended := [one for one in processes if one.poll() is not None]:
                    raise RuntimeError(f"a worker ended with {ended[0].returncode}")
                await asyncio.sleep(POLL_S)
                done = sum((await progress.committed("score", ends)).values())
                used = sum(cpu_s(one.pid) for one in processes)
                if workers == 1 or samples or await _shared(progress, log.settings, workers):
                    samples.append(Sample(time.monotonic(), used, done))
        finally:
            end(processes)
    return pace(samples, log.events)


async def _shared(progress: Progress, settings: Settings, workers: int) -> bool:
    """Whether the group has so many members, each with partitions."""
    (answer,) = await progress._admin.describe_consumer_groups([settings.topic("touchpulse-score")])
    _, _, state, _, _, found = answer.groups[0][:6]
    return state == "Stable" and len([member for member in found if member[4]]) == workers


async def counted(settings: Settings) -> tuple[dict[Cell, int], dict[str, int]]:
    """What the workers published: answers by window, channel, metric and score; events by class."""
    cells: dict[Any, CellMessage] = {}
    marks: dict[Any, MarkMessage] = {}
    async with Progress(settings, None) as progress:  # type: ignore[arg-type]  # no store is asked here
        ends = await progress.ends([settings.topic("panes"), settings.topic("ledger")])
    async for value in records_until(settings, ends):
        _keep(decode(value), cells, marks)
    counts: Counter[Cell] = Counter()
    for cell in cells.values():
        for _, _, _, _, _, metric, _, bins in cell.series:
            for point, n, _, _ in bins:
                counts[cell.slice_ms // 1_000, cell.channel, metric, point] += n
    classes = {name: sum(getattr(mark, name) for mark in marks.values()) for name in CLASSES}
    return dict(counts), classes


async def records_until(settings: Settings, ends: Mapping[TopicPartition, int]) -> AsyncIterator[bytes]:
    """All values below some offsets, each partition in its order."""
    left = {tp: end for tp, end in ends.items() if end}
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.brokers(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(list(left))
        while left:
            for tp, records in (await consumer.getmany(timeout_ms=1_000)).items():
                for record in records:
                    yield record.value
                if tp in left and records[-1].offset + 1 >= left[tp]:
                    del left[tp]
    finally:
        await consumer.stop()


CLASSES = ("accepted", "duplicate", "late", "rejected")


def _keep(message: object, cells: dict[Any, CellMessage], marks: dict[Any, MarkMessage]) -> None:
    """Of each cell and block the highest version."""
    if isinstance(message, CellMessage):
        known = cells.get(message.place)
        if known is None or known.version <= message.version:
            cells[message.place] = message
    elif isinstance(message, MarkMessage):
        place = (message.log, message.partition, message.block)
        before = marks.get(place)
        if before is None or before.next_offset <= message.next_offset:
            marks[place] = message
