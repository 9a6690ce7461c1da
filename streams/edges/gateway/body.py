"""The bytes of a request's body: read in bounded time, unpacked in bounded memory.

Why unpacked piece by piece with a limit each time: a few kilobytes can unpack to gigabytes, and a limit that
is checked afterwards comes too late. zstd's window, which a frame may ask for, is bounded too.
"""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from streams.edges.gateway.answers import Refused
from streams.edges.gateway.limits import Limits
from streams.edges.gateway.queue import Slot

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Receive = Callable[[], Awaitable[Any]]
_GZIP = 31  # zlib's way of saying: a gzip header, nothing else
_WINDOW_LOG = 23  # 8 MiB, what every zstd decoder must support (RFC 8878, section 3.1.1.1.2)


class Gone(Exception):
    """The client hung up before its body was complete: there is nobody to answer."""


class _Unpacker(Protocol):
    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """The next bytes, at most so many."""


class _Zstd:
    """zstd with a bounded window."""

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return bytes(self._inner.decompress(data, max_length))

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data)


_UNPACKERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(_GZIP),
    "x-gzip": lambda: zlib.decompressobj(_GZIP),
    "zstd": _Zstd,
}


async def read(receive: Receive, headers: Mapping[str, str], slot: Slot, limits: Limits) -> bytes:
    """The whole body, unpacked.

    Args:
        receive: of the ASGI request.
        headers: names in lower case.
        slot: counts the bytes that are held.
    Raises:
        Refused: 408 too slow, 413 too large, 415 unknown packing, 400 cannot be unpacked, 503 no room.
        Gone: the client hung up.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower() or "identity"
    if encoding not in _UNPACKERS and encoding != "identity":
        raise Refused(415, "unknown_encoding", f"Content-Encoding {encoding[:40]!r} is unknown: send gzip or zstd.")
    if int(headers.get("content-length", 0)) > limits.max_body_bytes:  # the server has checked that it is a number
        raise _too_large(limits)
    unpacker: _Unpacker | None = _UNPACKERS[encoding]() if encoding in _UNPACKERS else None
    parts: list[bytes] = []
    packed = size = 0
    try:
        async with asyncio.timeout(limits.body_timeout_s):
            async for chunk in _chunks(receive):
                packed += len(chunk)
                room = limits.max_body_bytes - size
                if unpacker is not None:
                    room = min(room, limits.free_ratio_bytes + limits.max_ratio * packed - size)
                    chunk = _unpacked(unpacker, chunk, encoding, room + 1)
                if len(chunk) > room or packed > limits.max_body_bytes:
                    raise _too_large(limits)
                slot.take(len(chunk))
                size += len(chunk)
                parts.append(chunk)
    except TimeoutError:
        detail = f"The body did not arrive within {limits.body_timeout_s:g} s: send smaller ones."
        raise Refused(408, "too_slow", detail) from None
    if unpacker is not None and not unpacker.eof:
        raise _bad_packing(encoding, "it ends too early")
    return b"".join(parts)


async def _chunks(receive: Receive) -> Any:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


def _unpacked(unpacker: _Unpacker, chunk: bytes, encoding: str, most: int) -> bytes:
    if unpacker.eof:
        raise _bad_packing(encoding, "something follows its end")
    try:
        data = unpacker.decompress(bytes(chunk), most)
    except (zlib.error, zstd.ZstdError):
        raise _bad_packing(encoding, "it is damaged, or its window is above 8 MiB") from None
    if unpacker.unused_data:
        raise _bad_packing(encoding, "something follows its end")
    return data


def _bad_packing(encoding: str, why: str) -> Refused:
    return Refused(400, "bad_encoding", f"The body is not {encoding} that can be unpacked: {why}.")


def _too_large(limits: Limits) -> Refused:
    size = f"{limits.max_body_bytes // 1024:,} kB unpacked, {limits.max_ratio} times what was sent"
    return Refused(413, "too_large", f"The body is too large ({size} at most): send fewer events at once.")
