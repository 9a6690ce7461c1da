"""The settings of the wires to Kafka and ClickHouse: where they are, who we are there, whom we trust.

Apart from the other settings because they must fit together: a password that is never sent, or a certificate that is
never asked for, would look like safety. What does not fit is refused at the start, in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from streams.edges.errors import SettingsError

PREFIX = "TOUCHPULSE_"


class WireSettings(BaseModel):
    """What a process needs to know to reach Kafka and ClickHouse."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kafka_brokers: str = ""
    """Comma-separated host:port. No default: a guessed broker hides mistakes."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How brokers are spoken to, as Kafka calls it: SSL is TLS, SASL says who we are. SASL_PLAINTEXT is for networks
    nobody else is on."""
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = ""
    """How we say who we are, with SASL_PLAINTEXT and SASL_SSL. No default: brokers offer what they were given."""
    kafka_user: str = ""
    """User for PLAIN and SCRAM."""
    kafka_password: SecretStr = SecretStr("")
    """Its password."""
    kafka_ca_path: Path | None = None
    """Certificates (PEM) of the CAs that brokers, and the server of the tokens, may be signed by. None: those the
    system trusts."""
    kafka_cert_path: Path | None = None
    """Our certificate chain (PEM), where brokers ask clients for one. This and the two files beside it are read at the
    start: start anew after a renewal."""
    kafka_key_path: Path | None = None
    """Its private key (PEM, without a password)."""
    kafka_token_url: str = Field(default="", pattern=r"^(https?://[^\s]+|file:///[^\s]+)?$")
    """Where tokens for OAUTHBEARER come from, as with Kafka's own clients: the token endpoint of an OAuth 2 server,
    asked with our client credentials; or file:///path of a token that somebody keeps renewing, such as Kubernetes."""
    kafka_token_client_id: str = ""
    """Client id at the token endpoint."""
    kafka_token_client_secret: SecretStr = SecretStr("")
    """Its secret."""
    kafka_token_scope: str = ""
    """Scope asked for at the token endpoint. Empty: none."""
    topic_prefix: str = ""
    """Put before each topic and consumer group, so that two installations can share a cluster."""
    kafka_session_timeout_ms: int = Field(default=10_000, ge=1_000, le=90_000)
    """How long a dead worker's partitions stay unread. Brokers allow 6 s and more, unless their
    group.min.session.timeout.ms is lowered."""
    memory_broker: bool = False
    """The broker is librdkafka's in-memory one: topics appear by themselves, no time look-ups."""

    clickhouse_url: str = ""
    """http(s)://host:port, or chdb:///folder for the embedded engine (one process a folder)."""
    clickhouse_database: str = Field(default="touchpulse", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")
    """Database that holds the tables."""
    clickhouse_cluster: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]{0,64}$")
    """Cluster of one shard, as the servers' settings name it, on whose replicas `touchpulse migrate` makes replicated
    tables. Empty: plain tables on one server. Never change it for a store that is there."""
    clickhouse_user: str = "default"
    """User for reading and writing."""
    clickhouse_password: SecretStr = SecretStr("")
    """Its password."""
    clickhouse_ca_path: Path | None = None
    """Certificates (PEM) of the CAs that ClickHouse's may be signed by. None: those the system trusts."""
    clickhouse_cert_path: Path | None = None
    """Our certificate chain (PEM), where ClickHouse asks for one. Without a password it also says who we are."""
    clickhouse_key_path: Path | None = None
    """Its private key (PEM, without a password)."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        for wrong in _contradictions(self):
            raise SettingsError(wrong)
        return self


def _contradictions(wires: WireSettings) -> Iterator[str]:
    """What does not fit together, each as a sentence that says what to do."""
    protocol, mechanism = wires.kafka_security_protocol, wires.kafka_sasl_mechanism
    tls, sasl = protocol.endswith("SSL"), protocol.startswith("SASL")
    said = f"{PREFIX}KAFKA_SECURITY_PROTOCOL={protocol}"
    if wires.memory_broker and protocol != "PLAINTEXT":
        yield f"{said}: the in-memory broker knows PLAINTEXT only"
    if not tls:
        for name in _set(wires, "kafka_ca_path", "kafka_cert_path", "kafka_key_path"):
            yield f"{name} does nothing with {said}: use {'SASL_SSL' if sasl else 'SSL'}, or leave it out"
    if not sasl:
        for name in _set(wires, "kafka_sasl_mechanism", *_NAMED, *_TOKEN):
            yield f"{name} does nothing with {said}: use {'SASL_SSL' if tls else 'SASL_SSL or SASL_PLAINTEXT'}, or leave it out"  # noqa: E501
    elif not mechanism:
        yield f"{said} needs {PREFIX}KAFKA_SASL_MECHANISM: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
    else:
        yield from _who_we_are(wires, mechanism)
    yield from _pair(wires, "kafka")
    if not wires.clickhouse_url.startswith("https://"):
        for name in _set(wires, "clickhouse_ca_path", "clickhouse_cert_path", "clickhouse_key_path"):
            yield f"{name} does nothing unless {PREFIX}CLICKHOUSE_URL begins with https://"
    yield from _pair(wires, "clickhouse")


_NAMED = ("kafka_user", "kafka_password")
_CLIENT = ("kafka_token_client_id", "kafka_token_client_secret")
_TOKEN = ("kafka_token_url", *_CLIENT, "kafka_token_scope")


def _who_we_are(wires: WireSettings, mechanism: str) -> Iterator[str]:
    asked = f"{PREFIX}KAFKA_SASL_MECHANISM={mechanism}"
    needed, useless = (("kafka_token_url",), _NAMED) if mechanism == "OAUTHBEARER" else (_NAMED, _TOKEN)
    if wires.kafka_token_url.startswith("file:"):
        useless = (*useless, *_CLIENT, "kafka_token_scope")
        asked += f" and {PREFIX}KAFKA_TOKEN_URL=file:..."
    elif wires.kafka_token_url:
        needed = (*needed, *_CLIENT)
    for name in needed:
        if not _set(wires, name):
            yield f"{asked} needs {PREFIX}{name.upper()}"
    for name in _set(wires, *useless):
        yield f"{name} does nothing with {asked}: leave it out"


def _pair(wires: WireSettings, wire: str) -> Iterator[str]:
    given = _set(wires, f"{wire}_cert_path", f"{wire}_key_path")
    if len(given) == 1:
        kind = wire.upper()
        yield f"{PREFIX}{kind}_CERT_PATH and {PREFIX}{kind}_KEY_PATH belong together: only {given[0]} is set"


def _set(wires: WireSettings, *names: str) -> list[str]:
    """Variables of those of these settings that have a value."""
    values = ((name, getattr(wires, name)) for name in names)
    return [PREFIX + name.upper() for name, value in values
            if (value.get_secret_value() if isinstance(value, SecretStr) else value)]  # fmt: skip
