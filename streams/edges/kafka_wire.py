"""How each of our Kafka clients connects: one place for aiokafka, Faust and librdkafka.

Whoever makes a client takes its parameters from here, so that none is left in the clear by oversight.
"""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from streams.edges import tls
from streams.edges.kafka_token import Tokens
from streams.edges.settings import Settings

if TYPE_CHECKING:
    from faust.auth import Credentials


def wire(settings: Settings) -> dict[str, Any]:
    """Parameters of any aiokafka client: where the brokers are, who we are, whom we trust.

    Raises:
        SettingsError: no brokers are set, or a file of certificates cannot be used.
    """
    return {"bootstrap_servers": settings.brokers(), **security(settings)}


def librdkafka(settings: Settings) -> dict[str, Any]:
    """The same for confluent-kafka. Raises as `wire`."""
    found: dict[str, Any] = {
        "bootstrap.servers": settings.brokers(),
        "security.protocol": settings.kafka_security_protocol,
    }
    if _tls(settings):
        _context(settings)  # says in a sentence what is wrong with the files
        for name, path in (
            ("ssl.ca.location", settings.kafka_ca_path),
            ("ssl.certificate.location", settings.kafka_cert_path),
            ("ssl.key.location", settings.kafka_key_path),
        ):
            found |= {name: str(path)} if path else {}
    if settings.kafka_sasl_mechanism:
        found["sasl.mechanism"] = settings.kafka_sasl_mechanism
        if settings.kafka_sasl_mechanism == "OAUTHBEARER":
            found["oauth_cb"] = _tokens(settings).for_librdkafka
        else:
            found |= {
                "sasl.username": settings.kafka_user,
                "sasl.password": settings.kafka_password.get_secret_value(),
            }
    return found


def faust_credentials(settings: Settings) -> Credentials | None:
    """The same for a Faust app; None for plain text. Raises as `wire`."""
    from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials

    context = _context(settings) if _tls(settings) else None
    if settings.kafka_sasl_mechanism == "OAUTHBEARER":
        return OAuthCredentials(oauth_cb=_tokens(settings), ssl_context=context)
    if settings.kafka_sasl_mechanism:
        return SASLCredentials(
            username=settings.kafka_user,
            password=settings.kafka_password.get_secret_value(),
            mechanism=settings.kafka_sasl_mechanism,
            ssl_context=context,
        )
    return SSLCredentials(context) if context else None


def security(settings: Settings) -> dict[str, Any]:
    """`wire` without the addresses. Raises as `wire`."""
    found: dict[str, Any] = {"security_protocol": settings.kafka_security_protocol}
    if _tls(settings):
        found["ssl_context"] = _context(settings)
    if settings.kafka_sasl_mechanism:
        found["sasl_mechanism"] = settings.kafka_sasl_mechanism
        if settings.kafka_sasl_mechanism == "OAUTHBEARER":
            found["sasl_oauth_token_provider"] = _tokens(settings)
        else:
            found["sasl_plain_username"] = settings.kafka_user
            found["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return found


def _tls(settings: Settings) -> bool:
    return settings.kafka_security_protocol.endswith("SSL")


def _context(settings: Settings) -> ssl.SSLContext:
    """Whom we trust, and our own certificate; read once a process."""
    return tls.context("KAFKA", settings.kafka_ca_path, settings.kafka_cert_path, settings.kafka_key_path)


@cache
def _made_tokens(url: str, client_id: str, secret: SecretStr, scope: str, ca: Path | None) -> Tokens:
    trust = ssl.create_default_context()
    if ca is not None:
        trust.load_verify_locations(ca)
    return Tokens(url, client_id=client_id, client_secret=secret, scope=scope, trust=trust)


def _tokens(settings: Settings) -> Tokens:
    """Our tokens, the same for all clients of a process."""
    if settings.kafka_ca_path is not None:
        _context(settings)  # says in a sentence what is wrong with the file
    return _made_tokens(
        settings.kafka_token_url,
        settings.kafka_token_client_id,
        settings.kafka_token_client_secret,
        settings.kafka_token_scope,
        settings.kafka_ca_path,
    )
