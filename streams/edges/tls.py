"""Whom a wire trusts, and our own certificate, from the files that the settings name.

Read and tried before anything connects, so that a wrong file is named in a sentence, for all clients alike.
"""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path
from typing import Literal

from streams.edges.errors import SettingsError
from streams.edges.settings import PREFIX


@cache
def context(
    wire: Literal["KAFKA", "CLICKHOUSE"], ca: Path | None, certificate: Path | None, key: Path | None
) -> ssl.SSLContext:
    """How to speak TLS to servers; the same object for all that ask in this process.

    Args:
        wire: whose settings these are, for the messages.
        ca: certificates of CAs; None: those the system trusts.
        certificate, key: ours; both or neither.
    Raises:
        SettingsError: a file cannot be read, or is not what it should be.
    """
    try:
        made = ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise SettingsError(f"{PREFIX}{wire}_CA_PATH: {_unusable(ca, error)}") from None
    if certificate is not None:
        try:
            # A password that is none: else OpenSSL would ask for one at the terminal, and wait.
            made.load_cert_chain(certificate, key, password="")
        except OSError as error:
            path = certificate if error.filename is None else error.filename
            both = f"{PREFIX}{wire}_CERT_PATH and {PREFIX}{wire}_KEY_PATH"
            raise SettingsError(f"{both}: {_unusable(path, error)}") from None
    return made


def _unusable(path: object, error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        return f"cannot read {str(path)!r} ({error.strerror})"
    return f"{str(path)!r} cannot be used ({error.reason or 'not in PEM form, or the key has a password'})"
