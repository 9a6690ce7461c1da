"""TLS to ClickHouse: the right CA works, anything else is a sentence that says what to mend.

The tests' ClickHouse speaks plain HTTP; a small door before it does TLS, as a real server would.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from streams.edges.errors import SettingsError, Unavailable
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.kit.certificates import Authority, Signed

PASSWORD = "a-password-nobody-may-see"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@asynccontextmanager
async def tls_door(inside: str, server: Signed, *, clients_of: Path | None = None) -> AsyncIterator[str]:
    """An https address that leads to a plain one."""
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=clients_of)
    trust.load_cert_chain(server.certificate, server.key)
    trust.verify_mode = ssl.CERT_REQUIRED if clients_of else ssl.CERT_NONE
    place = urlsplit(inside)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await asyncio.open_connection(place.hostname, place.port)
        await asyncio.gather(pass_on(reader, their_writer), pass_on(their_reader, writer))

    door = await asyncio.start_server(enter, "127.0.0.1", 0, ssl=trust)
    # Not `async with`: it would wait for connections that the client keeps.
    try:
        yield f"https://127.0.0.1:{door.sockets[0].getsockname()[1]}"
    finally:
        door.close()


async def asked(url: str, **given: object) -> int:
    """What a store behind this address answers to a small question."""
    settings = Settings(clickhouse_url=url, clickhouse_database="default", clickhouse_password=PASSWORD, **given)  # type: ignore[arg-type]

    def ask() -> int:
        with Store.connect(settings) as store:
            return int(store.query("SELECT 40 + 2 AS n")[0]["n"])

    return await asyncio.to_thread(ask)


async def test_who_trusts_the_right_ca_is_answered(ca: Authority, clickhouse_url: str) -> None:
    async with tls_door(clickhouse_url, ca.sign("server")) as url:
        assert await asked(url, clickhouse_ca_path=ca.certificate) == 42


async def test_a_server_nobody_vouches_for_is_not_spoken_to(ca: Authority, clickhouse_url: str, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    async with tls_door(clickhouse_url, ca.sign("server")) as url:
        for given in ({}, {"clickhouse_ca_path": other.certificate}):
            with pytest.raises(SettingsError, match=r"TOUCHPULSE_CLICKHOUSE_CA_PATH") as refused:
                await asked(url, **given)
            assert PASSWORD not in str(refused.value)
    async with tls_door(clickhouse_url, ca.sign("elsewhere", kind="elsewhere")) as url:
        with pytest.raises(SettingsError, match=r"another name"):
            await asked(url, clickhouse_ca_path=ca.certificate)


async def test_a_server_that_asks_for_a_certificate_gets_ours(
    ca: Authority, clickhouse_url: str, tmp_path: Path
) -> None:
    ours, stranger = ca.sign("client"), Authority(tmp_path, "other").sign("stranger")
    async with tls_door(clickhouse_url, ca.sign("server"), clients_of=ca.certificate) as url:
        given = {"clickhouse_ca_path": ca.certificate}
        assert await asked(url, **given, clickhouse_cert_path=ours.certificate, clickhouse_key_path=ours.key) == 42
        for wrong in (
            {},
            {"clickhouse_cert_path": stranger.certificate, "clickhouse_key_path": stranger.key},
        ):
            # With TLS 1.3 a server may just break off, which may also be for another reason and pass.
            with pytest.raises((SettingsError, Unavailable), match=r"TOUCHPULSE_CLICKHOUSE_CERT_PATH"):
                await asked(url, **given, **wrong)


async def test_a_port_that_speaks_no_tls_and_files_of_no_use_are_named(
    ca: Authority, clickhouse_url: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"does not speak TLS as we do: is TOUCHPULSE_CLICKHOUSE_URL"):
        await asked(clickhouse_url.replace("http:", "https:"), clickhouse_ca_path=ca.certificate)
    with pytest.raises(SettingsError, match=r"TOUCHPULSE_CLICKHOUSE_CA_PATH: cannot read .*absent"):
        await asked("https://127.0.0.1:1", clickhouse_ca_path=tmp_path / "absent.pem")


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    for url in (f"https://me:{PASSWORD}@127.0.0.1:8443", f"https://me:{PASSWORD}@127.0.0.1:port"):
        with pytest.raises(SettingsError, match="must not hold user or password") as refused:
            Store.connect(Settings(clickhouse_url=url))
        assert PASSWORD not in str(refused.value)
