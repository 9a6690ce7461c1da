"""Why our Kafka clients cannot connect, in a sentence.

A client that is not let in says only that no broker answers, or nothing at all. So whoever could not connect has this
knock once at each broker, and look at what comes back.
"""

from __future__ import annotations

import asyncio
import logging
import ssl

from aiokafka import errors
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.protocol.metadata import MetadataRequest

from streams.edges.errors import SettingsError
from streams.edges.kafka_token import NoToken
from streams.edges.kafka_wire import security
from streams.edges.settings import PREFIX, Settings

KNOCK_S = 5.0
"""How long a broker may take to answer."""
OUT_OF_REACH = (errors.KafkaError, OSError, TimeoutError, ValueError)
"""What aiokafka raises where it cannot connect; ValueError: not host:port."""


async def why_not(settings: Settings) -> SettingsError:
    """Why our clients cannot connect, in a sentence that says what to mend."""
    reason = await refusal(settings)
    return SettingsError(reason or f"{PREFIX}KAFKA_BROKERS: no Kafka broker answers at {settings.brokers()!r}")


async def refusal(settings: Settings, *, knock_s: float = KNOCK_S) -> str:
    """What brokers that can be reached have against us; '' where none can be, or nothing is wrong."""
    client_log = logging.getLogger("aiokafka")
    level = client_log.level
    client_log.setLevel(logging.CRITICAL)
    try:
        hosts = collect_hosts(settings.brokers(), randomize=False)
        told = await asyncio.gather(*[_knock(settings, host, port, knock_s) for host, port, _ in hosts])
        return next(filter(None, told), "")
    except ValueError:  # not host:port
        return ""
    finally:
        client_log.setLevel(level)


async def _knock(settings: Settings, host: str, port: int, knock_s: float) -> str:
    """What a broker that can be reached has against us; '' where nothing answers, or all is well."""
    at = f"{host}:{port}"
    try:
        connection = await create_conn(host, port, request_timeout_ms=int(1000 * knock_s), **security(settings))
    except SettingsError:
        raise
    except Exception as error:
        return _told(settings, at, error)
    try:
        # Whoever came by a door that asks for more than it gave hears of it only now.
        await connection.send(MetadataRequest([]))
    except (errors.KafkaError, OSError, TimeoutError) as error:
        return _told(settings, at, error)
    finally:
        connection.close()
    return ""


def _told(settings: Settings, at: str, error: BaseException) -> str:
    """A broker's refusal in words; '' where there was no broker."""
    protocol = f"{PREFIX}KAFKA_SECURITY_PROTOCOL={settings.kafka_security_protocol}"
    cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    if isinstance(error, NoToken):
        return str(error.args[0])
    if isinstance(cause, ssl.SSLCertVerificationError):
        if "match" in cause.verify_message:
            return f"the certificate of {at} is not for that name: write {PREFIX}KAFKA_BROKERS as it has them"
        return (
            f"the certificate of {at} is signed by nobody we trust ({cause.verify_message}): put the CA's certificate"
            f" (PEM) into {PREFIX}KAFKA_CA_PATH"
        )
    if isinstance(cause, ssl.SSLError):
        if "CERTIFICATE" in (cause.reason or "") or "UNKNOWN_CA" in (cause.reason or ""):
            return (
                f"{at} does not accept our certificate ({cause.reason}): {PREFIX}KAFKA_CERT_PATH and"
                f" {PREFIX}KAFKA_KEY_PATH must hold one that a CA of the broker signed"
            )
        return f"{at} does not speak TLS as we do ({cause.reason}), but {protocol}"
    if isinstance(error, (errors.UnsupportedSaslMechanismError, errors.IllegalSaslStateError)):
        return f"{at} does not offer {PREFIX}KAFKA_SASL_MECHANISM={settings.kafka_sasl_mechanism} where {protocol}"
    if isinstance(error, errors.SaslAuthenticationFailed):
        if settings.kafka_sasl_mechanism == "OAUTHBEARER":
            return (
                f"{at} does not take the token from {PREFIX}KAFKA_TOKEN_URL: the broker's own log says what it wants of"
                " issuer, audience, scope and signature"
            )
        return (
            f"{at} does not know us: {PREFIX}KAFKA_USER or {PREFIX}KAFKA_PASSWORD is wrong, or that user has no"
            f" {settings.kafka_sasl_mechanism} password"
        )
    broken = isinstance(error, errors.KafkaConnectionError) and "closed" in str(error)
    if broken or isinstance(error, ConnectionResetError):
        return f"{at} closes the connection: does it ask for another protocol? We use {protocol}"
    return ""
