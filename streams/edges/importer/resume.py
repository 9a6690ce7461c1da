"""How far an import came, noted in a file, so that it can go on from there.

Importing everything again is harmless too; this only saves the time. The same file and mapping always give the
same events in the same order, so a number is enough.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from streams.edges.errors import FileError


class Progress:
    """Events acknowledged so far, by file, mapping and topic."""

    def __init__(self, state: Path, file: Path, mapping: Path, topic: str) -> None:
        """Read what an earlier run noted.

        Args:
            state: where it is noted; need not exist.
            file, mapping: a change of either begins anew.
            topic: full name.
        Raises:
            FileError: one of them cannot be read, or `state` is some other file.
        """
        self._state = state
        self._what = {"file": _digest(file), "mapping": _digest(mapping), "topic": topic}
        self.done = 0
        """Events to pass over."""
        if state.exists():
            try:
                noted = json.loads(state.read_text(encoding="utf-8"))
                what, done = noted["import"], int(noted["acknowledged"])
            except (OSError, ValueError, KeyError, TypeError):
                raise FileError(f"{state}: is no note of an import; name another file, or delete it") from None
            if what == self._what:
                self.done = done

    def note(self, sent: int) -> None:
        """Note that so many events were acknowledged since the start of this run.

        Raises:
            FileError: it cannot be written.
        """
        fresh = self._state.with_name(self._state.name + ".new")
        try:
            with fresh.open("w", encoding="utf-8") as out:
                json.dump({"import": self._what, "acknowledged": self.done + sent}, out)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self._state)
        except OSError as error:
            raise FileError(f"{self._state}: cannot be written ({error.strerror})") from None


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from None
