"""Footprints of the logs a worker reads, in files, so that its next start need not read the logs back.

Nothing depends on them: a file that is missing, cut off, damaged, or of another version of the program is passed over,
and the log itself is read instead. They hold for one log (its id is part of their path), and no other process writes
into them. The one thing they take for granted is that Kafka never changes what lies at an offset: see
`unclean.leader.election.enable` in `touchpulse topics check`.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

import schemas
from streams.edges.settings import Settings
from streams.pure.trail import Footprint, Recall, framed, read, recall

log = structlog.get_logger("touchpulse.trails")

SEGMENT = 65_536
"""Offsets in one file, more or less: what can be thrown away at once."""


def _stamp() -> bytes:
    """First line of each file: what decides which events are remembered. Another contract may have refused others."""
    sources = sorted(Path(schemas.__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    return f"touchpulse trail 1, contract {digest}\n".encode()


STAMP = _stamp()


@dataclass(slots=True)
class _Open:
    """The file under way of one partition."""

    path: Path
    file: BinaryIO
    first: int


class Trails:
    """Files of one worker and role.

    Args:
        folder: theirs alone; made if missing.
    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._open: dict[Path, _Open] = {}
        self._last: dict[Path, int] = {}
        self._failed = False

    def recall(self, log_id: str, partition: int) -> Recall:
        """What is known of this partition."""
        place = self._place(log_id, partition)

        def known(start: int, end: int) -> Sequence[Footprint]:
            if (under_way := self._open.pop(place, None)) is not None:
                under_way.file.close()
            return recall(self._read(place), start, end)

        return known

    def _read(self, place: Path) -> Iterator[Footprint]:
        for path in sorted(place.glob("*.trail")):
            try:
                data = path.read_bytes()
            except OSError as error:
                log.warning("the log is read back instead of %s: %s", path.name, error.strerror)
                continue
            last = -1
            if data.startswith(STAMP):
                for footprint in read(data[len(STAMP) :]):
                    last = footprint.last
                    yield footprint
            self._last[path] = last

    def keep(self, log_id: str, partition: int, footprints: Iterable[Footprint], *, needed_from: int) -> None:
        """Writes footprints down, the next of this partition, and throws away files that end before `needed_from`.

        A disk that is full or broken is told once; from then on nothing is kept.
        """
        if self._failed:
            return
        place = self._place(log_id, partition)
        try:
            for footprint in footprints:
                self._append(place, footprint)
            if place in self._open:
                self._open[place].file.flush()
            for path, last in list(self._last.items()):
                if path.parent == place and last < needed_from:
                    path.unlink(missing_ok=True)
                    del self._last[path]
        except OSError as error:
            self._failed = True
            log.warning("footprints are no longer kept, the next start reads the log back: %s", error.strerror)

    def _append(self, place: Path, footprint: Footprint) -> None:
        under_way = self._open.get(place)
        if under_way is not None and footprint.last - under_way.first >= SEGMENT:
            under_way.file.close()
            under_way = None
        if under_way is None:
            place.mkdir(parents=True, exist_ok=True)
            path = place / f"{footprint.first:020d}-{os.getpid()}-{uuid.uuid4().hex[:8]}.trail"
            under_way = self._open[place] = _Open(path, path.open("xb"), footprint.first)
            under_way.file.write(STAMP)
        under_way.file.write(framed(footprint))
        self._last[under_way.path] = footprint.last

    def _place(self, log_id: str, partition: int) -> Path:
        return self._folder / log_id / str(partition)


def trails_of(settings: Settings, role: str) -> Trails | None:
    """Trails of a worker; None where it has no folder for them, or cannot write there."""
    folder = settings.state_path
    if folder is None or settings.memory_broker:  # an in-memory log is gone before its trail is of use
        return None
    try:
        return Trails(folder / role)
    except OSError as error:
        log.warning("footprints are not kept, each start reads the log back: %s: %s", folder, error.strerror)
        return None
