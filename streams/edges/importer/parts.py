"""The parts mappings are made of: where a value comes from, how a file is written, how a moment is read."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from streams.edges.importer.marked_yaml import Part, nearest

ANSWER_COLUMN = "column"
"""`{column}` in a text stands for the name of the answer's own column, in lower case."""
TEMPLATE = re.compile(r"\{([^{}]+)\}")


class Source(Part):
    """Where a field's value comes from. A plain text is short for `text`."""

    text: str | None = None
    """A constant, or a text with columns in it: `sfo-2017-{RESPNUM}`."""
    column: str | None = None
    """A column whose cell is the value; an empty cell leaves the field out."""
    map: dict[str, str] | None = None
    """With `column`: what each code of the file means. A code that is not here is a bad cell."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.column is None):
            raise ValueError("give either a text or a `column`")
        if self.map is not None and self.column is None:
            raise ValueError("`map` needs a `column`")
        if self.text is not None and set("{}") & set(TEMPLATE.sub("", self.text)):
            raise ValueError(f"{self.text!r} has a brace without its partner; columns are written {{NAME}}")
        return self

    def columns(self) -> list[str]:
        """Columns the value needs, without the answer's own."""
        if self.column is not None:
            return [self.column]
        return [name for name in TEMPLATE.findall(self.text or "") if name != ANSWER_COLUMN]

    def names_the_answer(self) -> bool:
        """Whether the value differs from one answer of a row to the next."""
        return f"{{{ANSWER_COLUMN}}}" in (self.text or "")


class FileShape(Part):
    """How the file is written."""

    encoding: str = "utf-8"
    """A Python encoding name; utf-8 also takes the mark some programs put in front."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """The sign between two cells."""
    skip: int = Field(default=0, ge=0, le=100)
    """Rows under the header that are no answers: some tools repeat the questions there."""
    sheet: str | None = None
    """Of a spreadsheet file: name of the sheet; the first one by default."""

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError:
            known = ("utf-8", "utf-16", "latin-1", "cp1252", "cp1250", "cp1251", "gb18030", "big5", "shift_jis")
            raise ValueError(f"unknown encoding {name!r}{nearest(name, known)}") from None
        return name


class When(Part):
    """Moment of the answer. A date in several columns is put together in `text`."""

    text: Source
    """Like `2017-05-{DAY} {TIME}`: columns and fixed parts."""
    formats: tuple[str, ...] = ("iso",)
    """Tried in order: `iso`, or Python's strptime directives such as `%d.%m.%Y %H:%M`."""
    zone: str | None = None
    """IANA zone for texts without an offset. Of an hour that comes twice in autumn, the first is taken."""

    @field_validator("formats")
    @classmethod
    def _readable(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        if not formats:
            raise ValueError("give at least one format, such as iso")
        for name in formats:
            if name == "iso":
                continue
            if not re.search("%[YyGcx]", name):
                raise ValueError(f"format {name!r} has no year (%Y): each answer would fall into 1900")
            if "%Z" in name:
                raise ValueError(f"format {name!r}: %Z forgets what it reads; use %z, or `zone`")
            try:
                datetime.strptime(datetime(2017, 5, 13, 12).strftime(name), name)
            except (ValueError, re.error) as error:
                raise ValueError(f"format {name!r} cannot be used: {error}") from None
        return formats

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        try:
            ZoneInfo(zone or "UTC")
        except (ValueError, OSError, LookupError):
            raise ValueError(f"unknown time zone {zone!r}{nearest(str(zone), available_timezones())}") from None
        return zone

    def tzinfo(self) -> ZoneInfo | None:
        """The zone as an object."""
        return ZoneInfo(self.zone) if self.zone else None
