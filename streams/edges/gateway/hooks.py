"""Webhooks of survey tools: an import mapping, applied to the JSON they send.

The same mappings as for files, so that an answer that comes by webhook today and in an export tomorrow has one
id and counts once. A cell that cannot be read is answered, and kept, like any rejected event.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from schemas.decode import Decoder, Rejection
from schemas.names import KnownNames
from schemas.reasons import Reason, ScreenError, cut
from schemas.screen import load
from streams.edges.errors import FileError
from streams.edges.gateway.answers import RETRY_AFTER_S, Refused
from streams.edges.gateway.contract import Contract
from streams.edges.importer.check import check
from streams.edges.importer.convert import Converter
from streams.edges.importer.found import Found
from streams.edges.importer.mapping import ImportMapping
from streams.edges.settings import Settings

log = logging.getLogger("touchpulse")

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class BadRow:
    """A row, or a cell of one, that made no event."""

    raw: bytes
    why: Rejection


class Hooks:
    """The mappings at hand, each read when it is first asked for and again when its file or the rules change."""

    def __init__(self, settings: Settings, contract: Contract) -> None:
        self._folder = settings.mappings_path or Path(str(resources.files("deploy"))) / "mappings"
        self._contract = contract
        self._ready: dict[str, tuple[tuple[int, Decoder], Converter]] = {}

    def converter(self, name: str, now_ms: int) -> Converter:
        """What turns this hook's rows into events.

        Raises:
            Refused: 404 there is no such mapping; 503 its file is wrong.
        """
        path = self._folder / f"{name}.yaml"
        if not NAME.fullmatch(name) or not path.is_file():
            known = KnownNames(sorted(found.stem for found in self._folder.glob("*.yaml")))
            near = known.nearest(name)
            hint = f"did you mean {near!r}?" if near else "put NAME.yaml into the folder of mappings."
            raise Refused(404, "unknown_mapping", f"There is no mapping {name[:64]!r}: {hint}")
        decoder = self._contract.at(now_ms).decoder
        changed = (path.stat().st_mtime_ns, decoder)
        found = self._ready.get(name)
        if found is None or found[0] != changed:
            try:
                mapping = ImportMapping.read(path)
                check(mapping, decoder)
                found = self._ready[name] = (changed, Converter(mapping))
            except FileError as error:
                log.error("webhook %s is refused: %s", name, error)
                detail = f"The mapping {name!r} is wrong; the gateway's log says where."
                raise Refused(503, "bad_mapping", detail, retry_after_s=60 * RETRY_AFTER_S) from None
        return found[1]


def made(converter: Converter, raws: list[bytes], producer: str) -> tuple[list[dict[str, Any]], list[BadRow]]:
    """Events of rows, and what could not be read.

    Args:
        converter: of the mapping.
        raws: one JSON object each, flat.
        producer: whose key it was.
    Returns:
        Events in the order of the rows; rows or cells that made none.
    """
    events: list[dict[str, Any]] = []
    bad: list[BadRow] = []
    for number, raw in enumerate(raws, start=1):
        try:
            row = load(raw)
        except ScreenError as error:
            bad.append(BadRow(raw, Rejection(str(error.reason), error.field, "", "", error.problem, producer)))
            continue
        converter.found = Found()
        events += converter.row(number, row)
        for cell in converter.found.bad_cells:
            message = f"{cell.column} {cell.problem}."
            why = Rejection(str(Reason.BAD_VALUE), cell.column, cut(cell.value), "", message, producer)
            bad.append(BadRow(raw, why))
    return events, bad
