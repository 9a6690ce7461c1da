"""Known names and the one most like a misspelt name.

Why a class: a flood of invented names must stay cheap, so the search is a fast one and its answers
are remembered, boundedly.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

_LEAST_LIKENESS = 60.0  # per cent; below it a suggestion would be a guess
_MAX_REMEMBERED = 4_096
_MAX_CHARS = 128


class KnownNames:
    """A set of names, in the order in which they were declared."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self._set = frozenset(self.names)
        self._folded = [name.casefold() for name in self.names]
        self._nearest: dict[str, str] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._set

    def __bool__(self) -> bool:
        return bool(self.names)

    def nearest(self, name: str) -> str:
        """The known name most like `name`; '' if none is near enough to be meant."""
        name = name[:_MAX_CHARS].casefold()
        found = self._nearest.get(name)
        if found is None:
            best = process.extractOne(name, self._folded, scorer=fuzz.ratio, score_cutoff=_LEAST_LIKENESS)
            found = "" if best is None else self.names[best[2]]
            if len(self._nearest) >= _MAX_REMEMBERED:
                self._nearest.clear()
            self._nearest[name] = found
        return found
