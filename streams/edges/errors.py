"""Errors named by what the reader should do.

TouchpulseError
├── UserError            say it in one sentence, exit non-zero, no traceback
│   ├── SettingsError    a setting is missing or wrong: mend it and start again
│   └── FileError        a file is missing or wrong: names file, line and field
└── Unavailable          a broker or a store is away: keep the work, try again later
"""

from __future__ import annotations


class TouchpulseError(Exception):
    """Anything this product raises on purpose."""


class UserError(TouchpulseError):
    """A mistake outside the product: shown as one sentence, without a traceback."""


class SettingsError(UserError):
    """A setting is missing or wrong. Mend it and start again."""


class FileError(UserError):
    """An input file is missing or wrong. The text names file, line and field where known."""


class Unavailable(TouchpulseError):
    """A broker or store does not answer. It may later: keep the work and retry, commit nothing."""

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
