"""Posting to a receiver. One session a receiver, so that one that hangs holds up no other's connections.

Why aiohttp: it is in every worker already, under Faust.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import aiohttp
from yarl import URL

from streams.edges.receivers.outcome import NotTaken, judged

READ_BYTES = 2_048
"""Of an answer: enough for a reason."""


class Poster:
    """Sends POST requests to one receiver.

    Args:
        url: where to; it may be a secret.
        secrets: never repeated, with the address and its path.
        timeout_s: for one whole exchange.
        auth: user and password, or a bearer token, if any.
    """

    def __init__(
        self, url: str, *, secrets: Collection[str], timeout_s: float, auth: tuple[str, str] | str = ""
    ) -> None:
        self._url = url
        self._secrets = [*secrets, url, *filter(None, [URL(url).raw_path_qs.strip("/")])]
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._headers: dict[str, str] = {}
        if isinstance(auth, tuple):
            self._headers["Authorization"] = aiohttp.encode_basic_auth(*auth)
        elif auth:
            self._headers["Authorization"] = f"Bearer {auth}"
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> str:
        """Sends JSON; what came back, in words.

        Raises:
            NotTaken, Refused: see `outcome`.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=True)
        sent = {"Content-Type": "application/json", **self._headers, **(headers or {})}
        try:
            async with self._session.post(self._url, data=body, headers=sent, allow_redirects=False) as answer:
                said = (await answer.content.read(READ_BYTES)).decode(errors="replace")
                return judged(answer.status, said, answer.headers, self._secrets)
        except aiohttp.ClientConnectorCertificateError:
            raise NotTaken("its certificate is not one we trust") from None
        except aiohttp.ClientConnectorError as error:
            why = error.os_error.strerror if isinstance(error.os_error.errno, int) else ""
            raise NotTaken(f"cannot be reached ({why or type(error.os_error).__name__})") from None
        except aiohttp.InvalidURL:
            raise NotTaken("its address cannot be used: mend it in the file of receivers") from None
        except TimeoutError:
            raise NotTaken(f"did not answer within {self._timeout.total:g} s", unclear=True) from None
        except aiohttp.ClientError as error:
            raise NotTaken(f"broke the connection off ({type(error).__name__})", unclear=True) from None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
