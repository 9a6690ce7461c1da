"""The settings of the wires fit together, or the start is refused with a sentence."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from streams.apps.base import make_app
from streams.edges.errors import SettingsError
from streams.edges.kafka_wire import faust_credentials, librdkafka, wire
from streams.edges.processes import environment
from streams.edges.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
SCRAM = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512", "KAFKA_USER": "shop",
         "KAFKA_PASSWORD": "a-password-nobody-may-see"}  # fmt: skip
TOKEN = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
         "KAFKA_TOKEN_URL": "https://id.example.org/token", "KAFKA_TOKEN_CLIENT_ID": "shop",
         "KAFKA_TOKEN_CLIENT_SECRET": "a-secret-nobody-may-see"}  # fmt: skip
FILE = {name: TOKEN[name] for name in ("KAFKA_SECURITY_PROTOCOL", "KAFKA_SASL_MECHANISM")} | {
    "KAFKA_TOKEN_URL": "file:///run/secrets/kafka/token"
}
CERTIFICATE = {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CERT_PATH": "c.pem", "KAFKA_KEY_PATH": "k.pem"}


def settings(given: dict[str, str]) -> Settings:
    return Settings.from_env({PREFIX + name: value for name, value in given.items()})


@pytest.mark.parametrize("given", [{}, SCRAM, TOKEN, FILE, CERTIFICATE, SCRAM | {"KAFKA_CA_PATH": "ca.pem"}])
def test_what_fits_together_is_taken_and_reaches_a_child_process(given: dict[str, str]) -> None:
    assert Settings.from_env(environment(settings(given))) == settings(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"KAFKA_PASSWORD": "x"}, "KAFKA_PASSWORD does nothing with .*=PLAINTEXT", id="never-sent"),
        pytest.param({"KAFKA_CA_PATH": "ca.pem"}, "KAFKA_CA_PATH does nothing with .*: use SSL", id="never-asked"),
        pytest.param(
            SCRAM | {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_CA_PATH": "ca.pem"},
            "KAFKA_CA_PATH does nothing with .*: use SASL_SSL",
            id="no-TLS-for-that-CA",
        ),
        pytest.param(
            {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_USER": "x"}, "needs .*_MECHANISM", id="no-mechanism"
        ),
        pytest.param({k: v for k, v in SCRAM.items() if k != "KAFKA_USER"}, "needs .*KAFKA_USER", id="no-user"),
        pytest.param(SCRAM | {"KAFKA_PASSWORD": ""}, "needs .*KAFKA_PASSWORD", id="no-password"),
        pytest.param(SCRAM | {"KAFKA_TOKEN_SCOPE": "x"}, "KAFKA_TOKEN_SCOPE does nothing", id="a-token-beside"),
        pytest.param(TOKEN | {"KAFKA_USER": "x"}, "KAFKA_USER does nothing with .*OAUTHBEARER", id="a-user-beside"),
        pytest.param(TOKEN | {"KAFKA_TOKEN_URL": ""}, "needs .*KAFKA_TOKEN_URL", id="nowhere-to-get-tokens"),
        pytest.param(
            TOKEN | {"KAFKA_TOKEN_CLIENT_SECRET": ""}, "needs .*KAFKA_TOKEN_CLIENT_SECRET", id="no-client-secret"
        ),
        pytest.param(
            FILE | {"KAFKA_TOKEN_CLIENT_ID": "x"}, "CLIENT_ID does nothing with .*file:", id="a-file-knows-none"
        ),
        pytest.param(FILE | {"KAFKA_TOKEN_URL": "ftp://x"}, "TOUCHPULSE_KAFKA_TOKEN_URL: ", id="no-such-address"),
        pytest.param(CERTIFICATE | {"KAFKA_KEY_PATH": ""}, "belong together", id="a-certificate-without-its-key"),
        pytest.param({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL: .*'SSL'", id="no-such-protocol"),
        pytest.param(
            {"KAFKA_SECURITY_PROTOCOL": "SSL", "MEMORY_BROKER": "1"}, "in-memory broker", id="the-demo-is-plain"
        ),
        pytest.param(
            {"CLICKHOUSE_URL": "http://a:1", "CLICKHOUSE_CA_PATH": "ca.pem"}, "begins with https", id="plain-store"
        ),
        pytest.param(
            {"CLICKHOUSE_URL": "https://a:1", "CLICKHOUSE_KEY_PATH": "k.pem"}, "belong together", id="only-a-key"
        ),
    ],
)
def test_what_contradicts_itself_is_refused_in_a_sentence(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        settings(given)
    assert "nobody-may-see" not in str(refused.value)


def test_every_kafka_client_of_the_product_takes_the_wire_from_one_place() -> None:
    """Or one of them would be left in the clear."""
    clients = {"AIOKafkaProducer", "AIOKafkaConsumer", "AIOKafkaAdminClient", "AIOKafkaClient", "create_conn"}
    found = 0
    for path in (*(ROOT / "streams").rglob("*.py"), *(ROOT / "dashboards").rglob("*.py")):
        text = path.read_text()
        if "kafka" not in text:
            continue
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in clients:
                spread = {ast.unparse(each.value).partition("(")[0] for each in call.keywords if each.arg is None}
                assert spread & {"wire", "security"}, f"{path.name}:{call.lineno} connects in its own way"
                assert "bootstrap_servers" not in {each.arg for each in call.keywords}, f"{path.name}:{call.lineno}"
                found += 1
        # librdkafka takes a dict, which cannot be followed so easily.
        assert text.count('"bootstrap.servers"') == (path.name == "kafka_wire.py"), (
            f"{path.name} connects in its own way"
        )
    assert found > 10


def test_all_three_clients_are_told_the_same() -> None:
    given = settings(SCRAM | {"KAFKA_BROKERS": "a:1,b:2"})
    ours, theirs, fausts = wire(given), librdkafka(given), faust_credentials(given)
    assert (ours["bootstrap_servers"], theirs["bootstrap.servers"]) == ("a:1,b:2", "a:1,b:2")
    assert ours["security_protocol"] == theirs["security.protocol"] == fausts.protocol.value == "SASL_SSL"  # type: ignore[union-attr]
    assert ours["sasl_mechanism"] == theirs["sasl.mechanism"] == fausts.mechanism.value == "SCRAM-SHA-512"  # type: ignore[union-attr]
    assert ours["sasl_plain_password"] == theirs["sasl.password"] == fausts.password == SCRAM["KAFKA_PASSWORD"]  # type: ignore[union-attr]
    assert ours["ssl_context"] is fausts.ssl_context  # type: ignore[union-attr]
    assert ours["ssl_context"].check_hostname
    assert vars(make_app("score", given).conf.broker_credentials)["username"] == "shop"


def test_plain_text_stays_what_it_was() -> None:
    given = settings({"KAFKA_BROKERS": "a:1"})
    assert wire(given) == {"bootstrap_servers": "a:1", "security_protocol": "PLAINTEXT"}
    assert faust_credentials(given) is None
