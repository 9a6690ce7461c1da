"""Errors named by what the caller should do.

ClientError
├── InvalidEvent   mend the event: it breaks the contract
├── SpoolFull      keep the event, or give it up: too many are waiting
├── SpoolInUse     give each process a spool of its own
└── SpoolBroken    move the file away; it is no spool, or damaged
"""

from __future__ import annotations


class ClientError(Exception):
    """Anything this package raises on purpose."""


class InvalidEvent(ClientError):
    """The event breaks the contract and was not taken. Sending it again as it is will not help."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}" if field else problem)
        self.field = field
        """Path of the offending field, such as `question.id`; '' if the event as a whole is wrong."""


class SpoolFull(ClientError):
    """So many bytes of events are waiting that this one was not taken. Those that wait are safe."""


class SpoolInUse(ClientError):
    """Another process uses this spool."""


class SpoolBroken(ClientError):
    """The file cannot be used as a spool."""
