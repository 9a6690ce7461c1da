"""What a stretch of a log leaves behind for whoever must know it later without reading it again.

A new owner of a partition needs the ids and record times of a whole horizon, for which it would decode every event of
it: some ten seconds for a million records, while live answers wait. A footprint holds just these: a fact of the log,
whoever noted it, so that any worker may use any worker's. Reading them back takes a twentieth of the time.

Kept in files a crash may cut off: each is framed with its length and checksum, and what follows a broken frame is not
believed.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from zlib import crc32

import msgspec

_FRAME = 8
"""Bytes before each footprint: its length and its checksum, four each."""


class Footprint(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Records of one stretch: where they lie, when they were appended, which event each was.

    Attributes:
        since: offset up to which the log was known before: what lies between it and the first record holds none.
        first, last: offsets of the first and the last record.
        inner: offsets of all records where some between them are missing; None if none is.
        times: record times in ms since 1970 UTC, eight bytes each, of this machine's byte order.
        keys: key of each event; b"" if the record holds none that is to be remembered.
    """

    since: int
    first: int
    last: int
    inner: list[int] | None
    times: bytes
    keys: list[bytes]

    @classmethod
    def of(cls, since: int, offsets: Sequence[int], times: array[int], keys: list[bytes]) -> Footprint:
        """Footprint of records given one by one; at least one."""
        inner = None if isinstance(offsets, range) else list(offsets)
        return cls(since, offsets[0], offsets[-1], inner, times.tobytes(), keys)

    def offsets(self) -> Sequence[int]:
        """Offset of each record, rising."""
        return range(self.first, self.last + 1) if self.inner is None else self.inner

    def times_ms(self) -> array[int]:
        """Record time of each."""
        times = array("q")
        times.frombytes(self.times)
        return times

    def within(self, start: int, end: int) -> Footprint | None:
        """The part with start <= offset < end; None if it holds no record."""
        if start <= self.first and self.last < end:
            return self
        kept = [place for place, offset in enumerate(self.offsets()) if start <= offset < end]
        if not kept:
            return None
        lo, hi = kept[0], kept[-1] + 1
        offsets = self.offsets()[lo:hi]
        return Footprint.of(max(self.since, start), offsets, self.times_ms()[lo:hi], self.keys[lo:hi])


Recall = Callable[[int, int], Sequence[Footprint]]
"""What is known of one partition between two offsets; see `recall`."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Footprint).decode


def framed(footprint: Footprint) -> bytes:
    """The footprint as it is kept."""
    body = _encode(footprint)
    return len(body).to_bytes(4, "big") + crc32(body).to_bytes(4, "big") + body


def read(data: bytes) -> Iterator[Footprint]:
    """Footprints of one file, up to the first that is cut off or damaged."""
    at = 0
    while at + _FRAME <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + _FRAME : at + _FRAME + length]
        if len(body) < length or crc32(body).to_bytes(4, "big") != data[at + 4 : at + _FRAME]:
            return
        yield _decode(body)
        at += _FRAME + length


def recall(footprints: Iterable[Footprint], start: int, end: int) -> list[Footprint]:
    """What is known of the log from `start` on, as far as it is known without a gap, and not beyond `end`.

    Args:
        footprints: in any order; several may tell of the same records.
        start, end: offsets, start <= end.
    Returns:
        In the order of the log, no offset twice; empty if the first offsets are not known.
    """
    found: list[Footprint] = []
    reached = start
    for footprint in sorted(footprints, key=lambda each: (each.since, each.last)):
        if footprint.since > reached:
            break
        part = footprint.within(reached, end) if footprint.last >= reached else None
        if part is not None:
            found.append(part)
            reached = part.last + 1
    return found
