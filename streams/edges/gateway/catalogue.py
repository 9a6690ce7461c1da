"""The catalogue as set, for the gateway and its links."""

from __future__ import annotations

from schemas.catalogue import Catalogue, CatalogueError
from streams.edges.errors import FileError
from streams.edges.settings import Settings


def load_catalogue(settings: Settings) -> Catalogue | None:
    """The catalogue; None where none is set.

    Raises:
        FileError: it cannot be read; names file, line and field.
    """
    try:
        return Catalogue.load(settings.catalogue_path) if settings.catalogue_path else None
    except CatalogueError as error:
        raise FileError(str(error)) from None
