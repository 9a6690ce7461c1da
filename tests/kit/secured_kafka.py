"""One real broker with a listener for each way of security, and the settings that lead through each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it exports more than it says
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from streams.edges.local_kafka import LocalKafka
from streams.edges.settings import Settings
from tests.kit.certificates import Authority
from tests.kit.token_server import CLIENT, SCOPE, TokenServer

USER = "touchpulse"
PASSWORD = "Ein=Passwort, mit+Zeichen&67"
_LOGIN = "org.apache.kafka.common.security"

WAYS: dict[str, dict[str, Any]] = {
    "tls": {"kafka_security_protocol": "SSL"},
    "own-certificate": {"kafka_security_protocol": "SSL"},
    "scram-256": {"kafka_security_protocol": "SASL_PLAINTEXT", "kafka_sasl_mechanism": "SCRAM-SHA-256"},
    "plain-tls": {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "PLAIN"},
    "scram-512-tls": {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "SCRAM-SHA-512"},
    "token-tls": {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "OAUTHBEARER"},
}
"""What each way of security is called here, and its settings so far."""
_LISTENERS = {"TLS": "SSL", "MTLS": "SSL", "NAMED": "SASL_PLAINTEXT", "NAMEDTLS": "SASL_SSL", "TOKEN": "SASL_SSL"}
_OF = {"tls": "TLS", "own-certificate": "MTLS", "scram-256": "NAMED", "plain-tls": "NAMEDTLS",
       "scram-512-tls": "NAMEDTLS", "token-tls": "TOKEN"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SecuredKafka:
    """The broker, its CA and the server of its tokens."""

    broker: LocalKafka
    ca: Authority
    folder: Path
    tokens: TokenServer

    def settings(self, way: str, **changes: Any) -> Settings:
        """Settings that lead through a way of security, in Settings' own words."""
        given: dict[str, Any] = {"kafka_brokers": self.broker.at(_OF[way]), "kafka_session_timeout_ms": 6_000}
        given |= WAYS[way]
        if given["kafka_security_protocol"].endswith("SSL"):
            given["kafka_ca_path"] = self.ca.certificate
        if way == "own-certificate":
            given |= {"kafka_cert_path": self.folder / "client.pem", "kafka_key_path": self.folder / "client.key"}
        elif way == "token-tls":
            given |= {"kafka_token_url": self.tokens.url, "kafka_token_client_id": CLIENT, "kafka_token_scope": SCOPE}
            given["kafka_token_client_secret"] = self.tokens.secret
        elif "kafka_sasl_mechanism" in given:
            given |= {"kafka_user": USER, "kafka_password": PASSWORD}
        return Settings.checked({key: value for key, value in (given | changes).items() if value is not None})


@contextmanager
def secured_kafka(folder: Path, jars: Path, *, life_s: float = 3_600, reauth_ms: int = 0) -> Iterator[SecuredKafka]:
    """Starts it all.

    Args:
        life_s: of the tokens.
        reauth_ms: how long the broker keeps a connection that came with a token; 0: for ever.
    """
    ca = Authority(folder)
    ca.sign("client")
    plain = f'{_LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    scram, token = f"{_LOGIN}.scram.ScramLoginModule required;", "listener.name.token.oauthbearer"
    with TokenServer(folder, secret=PASSWORD, life_s=life_s) as tokens:
        settings = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(ca.sign("broker").both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(ca.certificate),
            "listener.name.mtls.ssl.client.auth": "required",
            "listener.name.named.sasl.enabled.mechanisms": "SCRAM-SHA-256",
            "listener.name.namedtls.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "listener.name.namedtls.plain.sasl.jaas.config": plain,
            "listener.name.token.sasl.enabled.mechanisms": "OAUTHBEARER",
            f"{token}.sasl.jaas.config": f"{_LOGIN}.oauthbearer.OAuthBearerLoginModule required;",
            f"{token}.sasl.server.callback.handler.class": f"{_LOGIN}.oauthbearer.OAuthBearerValidatorCallbackHandler",
            f"{token}.connections.max.reauth.ms": str(reauth_ms),
            "sasl.oauthbearer.jwks.endpoint.url": tokens.keys_url,
            "sasl.oauthbearer.expected.audience": "kafka",
            "sasl.oauthbearer.expected.issuer": "tests",
            "listener.name.named.scram-sha-256.sasl.jaas.config": scram,
            "listener.name.namedtls.scram-sha-512.sasl.jaas.config": scram,
        }
        # Since 4.0 a broker asks only addresses for keys that were allowed when it was started.
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={tokens.keys_url}"
        with LocalKafka(folder, jars=jars, settings=settings, listeners=_LISTENERS, jvm=(allowed,)) as broker:
            admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
            for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):  # one a request
                credential = ScramCredentialInfo(mechanism, 4_096)
                made = admin.alter_user_scram_credentials(
                    [UserScramCredentialUpsertion(USER, credential, PASSWORD.encode())]
                )
                made[USER].result(30)
            yield SecuredKafka(broker, ca, folder, tokens)
