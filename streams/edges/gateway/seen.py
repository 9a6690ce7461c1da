"""Ids of late, so that a sender can be told of a duplicate at once. Advisory: the counting decides.

Two generations of a bounded size: when the younger is full it becomes the older, and the older is forgotten.
Kept beside each id: the clock correction it got, so that a retry gets the same and both name one moment.
"""

from __future__ import annotations


class Seen:
    """Remembers at least the last `capacity / 2` ids, at most `capacity`."""

    def __init__(self, capacity: int) -> None:
        self._half = max(1, capacity // 2)
        self._young: dict[int, int] = {}
        self._old: dict[int, int] = {}

    def recall(self, key: bytes) -> int | None:
        """The clock correction (ms) an id was given; None if it was not here lately."""
        number = hash(key)  # 64 bits, salted anew in each process: nobody can aim at a collision
        found = self._young.get(number)
        return self._old.get(number) if found is None else found

    def remember(self, key: bytes, clock_offset_ms: int) -> None:
        """Note an id."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[hash(key)] = clock_offset_ms

    def forget(self, key: bytes) -> None:
        """Forget an id: its event was not taken after all."""
        self._young.pop(hash(key), None)
        self._old.pop(hash(key), None)
