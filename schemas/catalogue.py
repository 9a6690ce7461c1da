"""Placeholder, see below."""

from __future__ import annotations

from schemas.events import CHANNELS
from schemas.reasons import FieldError, Reason, nearest_name


class Catalogue:
    def resolve(self, channel: str, touchpoint: str, location: str) -> tuple[str, str]:
        return "", ""


def check_builtin_channel(channel: str) -> None:
    if channel not in CHANNELS:
        near = nearest_name(channel, CHANNELS)
        raise FieldError(Reason.UNKNOWN_NAME, "is not known", field="channel", nearest=near)
