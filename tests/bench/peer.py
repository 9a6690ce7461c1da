"""The peers: programs that do the same counting on the same log, each in an environment and a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench.environments import PEERS, NotInstalled, flink, python
from tests.bench.log import Cell, Log

LIMIT_S = 900
AIOKAFKA = ("aiokafka==0.14.0", "cramjam==2.14.0", "orjson==3.13.0")
"""cramjam: without it aiokafka reads lz4 by way of slower packages, or not at all."""


class PeerFailed(Exception):
    """A peer ended in error or told nothing; the text is the end of what it said."""


@dataclass(frozen=True)
class Peer:
    """One competitor.

    Attributes:
        name: as the table shows it.
        command: its program and arguments for a task; installs what is missing.
        most: events it is given at most: the slow ones would keep the bench for many minutes.
        counts: whether it counts at all, and can be held against the truth.
        usual: whether it runs without `--peers all`.
    """

    name: str
    command: Callable[[Mapping[str, Any]], list[str]]
    most: int = 10_000_000
    counts: bool = True
    usual: bool = True


@dataclass(frozen=True)
class Finding:
    """What one run of a peer told."""

    events: int
    seconds: float
    cpu_s: float
    counts: dict[Cell, int]

    @property
    def events_per_s(self) -> float:
        """From the first event in hand to the last one counted."""
        return self.events / self.seconds


def _script(name: str, *packages: str) -> Callable[[Mapping[str, Any]], list[str]]:
    def command(task: Mapping[str, Any]) -> list[str]:
        return [str(python(name, packages)), str(PEERS / f"{name}.py"), json.dumps(task)]

    return command


def _flink(task: Mapping[str, Any]) -> list[str]:
    # Its serializer reaches into the JDK, as Flink's own start scripts allow it to.
    opens = [f"--add-opens=java.base/java.{each}=ALL-UNNAMED" for each in ("util", "lang", "time", "nio")]
    ends = ";".join(f"partition:{partition},offset:{end}" for partition, end in task["ends"].items())
    return ["java", "-Xmx2g", *opens, "-cp", flink(), "Count", task["brokers"], task["topic"], ends]


FETCH_ONLY = Peer("fetch only: aiokafka's ConsumerRecords", _script("fetch_only", *AIOKAFKA), counts=False)
LOOP = Peer("a plain aiokafka loop", _script("aiokafka_loop", *AIOKAFKA))
FAUST = Peer("a plain Faust agent", _script("faust_agent", "faust-streaming==0.15.3", *AIOKAFKA), most=60_000)
BYTEWAX = Peer("Bytewax", _script("bytewax_flow", "bytewax[kafka]==0.21.1", "confluent-kafka==2.16.1", AIOKAFKA[2]))
QUIX = Peer("Quix Streams", _script("quix_app", "quixstreams==3.28.1", AIOKAFKA[2]), most=60_000, usual=False)
FLINK = Peer("Flink SQL, one slot, warm", _flink, usual=False)
ALL = (FETCH_ONLY, LOOP, FAUST, BYTEWAX, QUIX, FLINK)


def run(peer: Peer, log: Log) -> Finding:
    """One run of a peer over the log, or its part of it; counts are checked.

    Raises:
        NotInstalled: it cannot run here.
        PeerFailed: it ended in error, or counted wrong.
    """
    ends = log.part(peer.most)
    task = {
        "brokers": log.settings.brokers(),
        "topic": log.topic,
        "group": f"peer-{uuid.uuid4().hex[:12]}",
        "ends": ends,
    }
    command = peer.command(task)
    # Its own scratch folder, since some leave without tidying up.
    with tempfile.TemporaryDirectory(prefix="bench-peer-") as scratch:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False,
                env={**os.environ, "TMPDIR": scratch},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise PeerFailed(f"it took longer than {LIMIT_S} s") from None
    finding = parsed(done.stdout)
    if done.returncode or finding is None:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["nothing"]
        raise PeerFailed(f"it ended with {done.returncode} and said: {said[-1][:200]}")
    if peer.counts and (wrong := difference(finding.counts, log.expected(ends))):
        raise PeerFailed(f"it counts wrong: {wrong}")
    if finding.events < sum(ends.values()):
        raise PeerFailed(f"it read {finding.events} of {sum(ends.values())} events")
    return finding


def parsed(said: str) -> Finding | None:
    """A peer's last line; None where that is no finding."""
    try:
        told = json.loads(said.strip().splitlines()[-1])
        counts = {(row[0], row[1], row[2], row[3]): row[4] for row in told["counts"]}
        return Finding(told["events"], told["seconds"], told["cpu_s"], counts)
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def difference(found: Mapping[Cell, int], wanted: Mapping[Cell, int]) -> str:
    """The first count that is not as it must be, in words; empty if all are."""
    for cell in sorted({*found, *wanted}):
        if found.get(cell, 0) != wanted.get(cell, 0):
            return f"{cell} has {found.get(cell, 0)}, not {wanted.get(cell, 0)}"
    return ""


__all__ = ["ALL", "BYTEWAX", "FAUST", "FETCH_ONLY", "FLINK", "Finding", "NotInstalled", "Peer", "PeerFailed", "run"]
