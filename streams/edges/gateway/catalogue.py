"""The catalogue's file, for the gateway and its links: the questions of the survey page, read again when it changes.

Questions decide nothing that is counted, so they are not in the rules written down in Kafka (see contract.py).
"""

from __future__ import annotations

import logging

from schemas.catalogue import Catalogue, CatalogueError, Survey
from streams.edges.errors import FileError
from streams.edges.settings import Settings

log = logging.getLogger("touchpulse")


def load_catalogue(settings: Settings) -> Catalogue | None:
    """The catalogue; None where none is set.

    Raises:
        FileError: it cannot be read; names file, line and field.
    """
    try:
        return Catalogue.load(settings.catalogue_path) if settings.catalogue_path else None
    except CatalogueError as error:
        raise FileError(str(error)) from None


class CatalogueFile:
    """What the file says now.

    Raises:
        FileError: it cannot be read. Later, a wrong file leaves the old questions in force.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mark = self._look()
        self.content = load_catalogue(settings)

    def survey(self, touchpoint: str) -> Survey | None:
        """The question asked at a touchpoint; None: none."""
        info = self.content.touchpoints.get(touchpoint) if self.content is not None else None
        return info.survey if info is not None else None

    def refresh(self) -> None:
        """Take over a changed file; call it every second or so."""
        mark = self._look()
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self.content = load_catalogue(self._settings)
        except FileError as error:
            log.error("the old questions stay in force: %s", error)

    def _look(self) -> tuple[int, int, int]:
        """Changes whenever the file does, also when another is moved into its place."""
        try:
            stat = self._settings.catalogue_path.stat() if self._settings.catalogue_path else None
        except OSError:
            stat = None
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size) if stat else (0, 0, 0)
