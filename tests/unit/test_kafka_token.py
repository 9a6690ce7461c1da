"""Tokens for Kafka: renewed in time, never shown, and each failure is a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from streams.edges.kafka_token import NoToken, Tokens
from tests.kit.token_server import CLIENT, SCOPE, TokenServer

SECRET = "a:secret+with%signs&nobody=may see"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenServer]:
    with TokenServer(tmp_path_factory.mktemp("tokens"), SECRET, life_s=100) as running:
        yield running


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def tokens(server: TokenServer, clock: Clock, secret: str = SECRET, scope: str = SCOPE, path: str = "") -> Tokens:
    return Tokens(server.url + path, client_id=CLIENT, client_secret=SecretStr(secret), scope=scope, clock=clock)


def test_a_token_is_asked_for_once_and_again_before_it_ends(server: TokenServer) -> None:
    clock = Clock()
    ours = tokens(server, clock)
    first = ours.now()
    assert (first.text, first.ends_s) == (server.given[-1], 100)
    clock.now_s = 79
    assert ours.now() is first
    clock.now_s = 81
    assert ours.now().ends_s == 181
    assert ours.for_librdkafka("") == (server.given[-1], 181)
    assert asyncio.run(ours.token()) == server.given[-1]
    assert first.text not in repr(first)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"secret": "not-it"}, "TOUCHPULSE_KAFKA_TOKEN_CLIENT_SECRET", id="wrong-secret"),
        pytest.param({"scope": "all"}, "TOUCHPULSE_KAFKA_TOKEN_SCOPE", id="wrong-scope"),
    ],
)
def test_a_refusal_says_which_setting_to_look_at(server: TokenServer, changes: dict[str, str], said: str) -> None:
    with pytest.raises(NoToken, match=said) as refused:
        tokens(server, Clock(), **changes).now()
    assert "not-it" not in str(refused.value)


def test_what_is_no_token_endpoint_is_named(server: TokenServer) -> None:
    with pytest.raises(NoToken, match="does not answer as a token endpoint does"):
        Tokens(server.keys_url, client_id=CLIENT, client_secret=SecretStr(SECRET), scope="keys").now()
    with pytest.raises(NoToken, match=r"TOUCHPULSE_KAFKA_TOKEN_URL.*refused"):
        Tokens("http://127.0.0.1:1/token", client_id="a", client_secret=SecretStr(SECRET)).now()


def test_a_file_is_read_each_time_and_a_jwt_says_when_it_ends(server: TokenServer, tmp_path: Path) -> None:
    """Kubernetes puts a new one there before the old one ends."""
    path = tmp_path / "a token"
    ours = Tokens(path.as_uri(), clock=Clock())
    for ends_s in (500, 700):
        path.write_text(server.token(exp=ends_s) + "\n")
        assert ours.now().ends_s == ends_s
    path.write_text("no-jwt")
    assert ours.now().text == "no-jwt"
    path.write_text(" \n")
    with pytest.raises(NoToken, match="is empty"):
        ours.now()
    path.unlink()
    with pytest.raises(NoToken, match=r"cannot read the token in .*a token.*No such file"):
        ours.now()
