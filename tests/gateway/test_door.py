"""What producers see of the gateway, through the real server; Kafka is the in-memory one."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from aiokafka.partitioner import DefaultPartitioner

from schemas.decode import Decoder, Event
from streams.edges.errors import SettingsError
from streams.edges.gateway.examples import CLOUD_EVENT, EVENTS, HOOK
from streams.edges.gateway.serve import prepare
from streams.edges.settings import Settings
from streams.pure.cells import RejectedMessage, decode
from tests.kit.gateway import Running, event, gateway, make_key, records

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

POST = "/v1/touchpoints"


@pytest.fixture
def client(running: Running) -> Any:
    """A producer with a key."""
    with running.client() as found:
        yield found


def sent(settings: Settings, event_id: str) -> list[dict[str, Any]]:
    """The events with an id that are in Kafka."""
    found = [orjson.loads(record.value) for record in records(settings, "touchpoints")]
    return [fields for fields in found if fields["event_id"] == event_id]


def kept(settings: Settings, reason: str) -> list[RejectedMessage]:
    """The rejections of a reason that are in Kafka."""
    found = [decode(record.value) for record in records(settings, "rejected")]
    return [message for message in found if isinstance(message, RejectedMessage) and message.reason == reason]


def test_an_accepted_event_is_in_kafka_under_its_key_with_the_producer_of_the_key(
    client: httpx.Client, settings: Settings
) -> None:
    """Whatever an event says of its producer, the key decides; its partition is the one Java clients choose."""
    answer = client.post(POST, json=event("own-1", producer="somebody-else"))
    assert (answer.status_code, answer.json()["events"]) == (200, [{"status": "accepted", "event_id": "own-1"}])
    (record,) = [r for r in records(settings, "touchpoints") if r.key == b"shop-app:own-1"]
    assert orjson.loads(record.value)["producer"] == "shop-app"
    assert record.partition == DefaultPartitioner()(record.key, [0, 1, 2, 3], [0, 1, 2, 3])


def test_each_event_gets_its_own_verdict_in_the_order_sent(client: httpx.Client, settings: Settings) -> None:
    """One bad event spoils none of its neighbours, and its sender learns what to mend."""
    answer = client.post(POST, json=[event("v-1"), event("v-2", score=6), event("v-3", channel="ap")])
    body = answer.json()
    assert answer.status_code == 207
    assert [verdict["status"] for verdict in body["events"]] == ["accepted", "rejected", "rejected"]
    assert body["events"][1] | {"message": ""} == {
        "status": "rejected", "event_id": "v-2", "reason": "off_scale", "field": "score", "value": "6", "message": "",
    }  # fmt: skip
    assert body["events"][2]["nearest"] == "app"
    assert (body["accepted"], body["rejected"], body["unavailable"]) == (1, 2, 0)
    (one,) = kept(settings, "off_scale")
    assert (one.topic, one.producer, orjson.loads(one.raw)["event_id"]) == ("gateway", "shop-app", "v-2")


def test_a_rejected_single_event_is_an_error_to_who_looks_at_the_status_only(client: httpx.Client) -> None:
    """curl -f must fail."""
    assert client.post(POST, json=event("s-1", score=9)).status_code == 422


def test_an_id_seen_lately_is_called_a_duplicate_and_still_sent(client: httpx.Client, settings: Settings) -> None:
    """The counting decides what is a duplicate; the answer only tells the sender early."""
    first, second = (client.post(POST, json=event("d-1")).json()["events"][0] for _ in range(2))
    assert "duplicate" not in first
    assert second == {"status": "accepted", "event_id": "d-1", "duplicate": True}
    assert len(sent(settings, "d-1")) == 2


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("application/json", lambda e: orjson.dumps(e[0]), id="one"),
        pytest.param("application/json", orjson.dumps, id="array"),
        pytest.param("application/x-ndjson", lambda e: b"\n".join(map(orjson.dumps, e)) + b"\n\n", id="lines"),
        pytest.param("text/plain;charset=UTF-8", orjson.dumps, id="as-sendBeacon-sends-it"),
        pytest.param("", orjson.dumps, id="no-type"),
    ],
)
@pytest.mark.parametrize("packing", ["identity", "gzip", "zstd"])
def test_every_form_of_body_is_taken(client: httpx.Client, kind: str, body: Any, packing: str) -> None:
    events = [event(f"f-{kind}-{packing}-{number}".replace("/", "-").replace(";", "-")) for number in range(3)]
    raw: bytes = body(events)
    packed = {"identity": bytes, "gzip": gzip.compress, "zstd": zstd.compress}[packing](raw)
    headers = {"content-encoding": packing} | ({"content-type": kind} if kind else {})
    answer = client.post(POST, content=packed, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] in (1, 3)


def test_the_example_of_every_kind_in_the_document_is_accepted(client: httpx.Client) -> None:
    """An example that fails is worse than none."""
    answer = client.post(POST, json=[example["value"] for example in EVENTS.values()])
    assert answer.status_code == 200, answer.text
    assert client.post("/v1/hooks/generic", json=HOOK).status_code == 200


def test_a_cloud_event_is_understood(client: httpx.Client, settings: Settings) -> None:
    """What the data leave out comes from the envelope; source and id together are the id."""
    kind = {"content-type": "application/cloudevents+json"}
    answer = client.post(POST, json=CLOUD_EVENT, headers=kind)
    assert answer.status_code == 200, answer.text
    (fields,) = sent(settings, "/shop/app#41")
    assert (fields["kind"], fields["occurred_at"], fields["score"]) == ("csat", CLOUD_EVENT["time"], 4)
    kind["content-type"] = "application/cloudevents-batch+json"
    batch = client.post(POST, json=[CLOUD_EVENT | {"id": "42"}, CLOUD_EVENT | {"data": 4}, {"data": {}}], headers=kind)
    assert [v["status"] for v in batch.json()["events"]] == ["accepted", "rejected", "rejected"]
    assert batch.json()["events"][1]["field"] == "data"


def test_a_wrong_clock_is_put_right_and_the_original_can_be_had_back(client: httpx.Client, settings: Settings) -> None:
    """A phone that is two hours ahead would have its answers refused as being from the future."""
    ahead = datetime.now(UTC) + timedelta(hours=2)
    fields = {"occurred_at": (ahead - timedelta(minutes=3)).isoformat(), "sent_at": ahead.isoformat()}
    verdict = client.post(POST, json=event("c-1", **fields)).json()["events"][0]
    assert verdict["status"] == "accepted"
    assert verdict["clock_offset_ms"] == pytest.approx(-7_200_000, abs=4_000)
    (stored,) = sent(settings, "c-1")
    read = Decoder().decode(orjson.dumps(stored))
    assert isinstance(read, Event)
    original_ms = read.occurred_ms - (read.clock_offset_ms or 0)
    assert original_ms == int((ahead - timedelta(minutes=3)).timestamp() * 1000)
    assert read.occurred_ms == pytest.approx(datetime.now(UTC).timestamp() * 1000 - 180_000, abs=5_000)


def test_what_the_counting_would_refuse_as_future_is_not_accepted_here(client: httpx.Client) -> None:
    """Accepted must not turn into rejected later."""
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    assert client.post(POST, json=event("u-1", occurred_at=soon)).json()["events"][0]["reason"] == "far_future"


def test_personal_data_does_not_get_into_kafka(client: httpx.Client, settings: Settings) -> None:
    """Neither with accepted events nor with rejected ones."""
    mine = event("p-1", comment="write to me at someone@example.org", attributes={"secret_thing": "x"})
    client.post(POST, json=[mine, mine | {"event_id": "p-2", "score": 77}])
    client.post(POST, content=b'{"comment": "someone@example.org', headers={"content-type": "application/json"})
    client.post(POST, json={"comment": "someone@example.org", "kind": "someone@example.org"})
    everything = b"".join(record.value for name in ("touchpoints", "rejected") for record in records(settings, name))
    assert b"someone@example.org" not in everything
    (fields,) = sent(settings, "p-1")
    assert "secret_thing" not in fields.get("attributes", {})


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        pytest.param(b"", {}, 400, id="nothing"),
        pytest.param(b"[]", {}, 400, id="empty-array"),
        pytest.param(b"{", {}, 400, id="half-an-object"),
        pytest.param(b"[{},", {}, 400, id="half-an-array"),
        pytest.param(b"[" * 200_000, {}, 400, id="deep-array"),
        pytest.param(b'{"a":' * 100_000, {}, 400, id="deep-object"),
        pytest.param(b'[{"a":' + b"[" * 500 + b"]" * 500 + b"}]", {}, 422, id="deep-event"),
        pytest.param(b"5", {}, 422, id="a-number"),
        pytest.param(b"\xff\xfe", {}, 400, id="no-utf8"),
        pytest.param(b"{}", {"content-type": "application/xml"}, 415, id="unknown-type"),
        pytest.param(b"{}", {"content-type": "application/x-www-form-urlencoded"}, 415, id="curl-default"),
        pytest.param(b"{}", {"content-encoding": "br"}, 415, id="unknown-packing"),
        pytest.param(b"{}", {"content-encoding": "gzip"}, 400, id="not-gzip"),
        pytest.param(b"{}", {"content-encoding": "zstd"}, 400, id="not-zstd"),
        pytest.param(gzip.compress(b"{}")[:-3], {"content-encoding": "gzip"}, 400, id="cut-off-gzip"),
        pytest.param(gzip.compress(b"{}") + b"x", {"content-encoding": "gzip"}, 400, id="more-than-gzip"),
        pytest.param(gzip.compress(b" " * 50_000_000), {"content-encoding": "gzip"}, 413, id="gzip-bomb"),
        pytest.param(zstd.compress(b" " * 500_000_000), {"content-encoding": "zstd"}, 413, id="zstd-bomb"),
        pytest.param(b" " * 3_000_000, {}, 413, id="huge"),
        pytest.param(b"[" + b"{}," * 1000 + b"{}]", {}, 413, id="too-many"),
    ],
)
def test_a_body_that_cannot_be_taken_is_refused_with_a_reason(
    client: httpx.Client, content: bytes, headers: dict[str, str], status: int
) -> None:
    """Nothing a body holds may cost more than reading it, and every refusal says what to do."""
    answer = client.post(POST, content=content, headers={"content-type": "application/json"} | headers)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["detail"] if "detail" in body else body["events"][0]["message"]


def test_a_body_without_a_length_is_bounded_too(client: httpx.Client) -> None:
    """Chunked bodies say nothing of their size."""
    answer = client.post(POST, content=(b" " * 65_536 for _ in range(64)), headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_unreadable_bodies_are_kept_for_their_producer(client: httpx.Client, settings: Settings) -> None:
    """A team that sends garbage finds it in `rejected`, under its own name."""
    client.post(POST, content=b'{"garbage-1', headers={"content-type": "application/json"})
    assert [m.producer for m in kept(settings, "not_json") if m.raw == b'{"garbage-1'] == ["shop-app"]


@pytest.mark.parametrize("path", [POST, "/v1/hooks/generic", "/v1/tokens"])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"authorization": "Bearer"}, id="empty"),
        pytest.param({"authorization": "Bearer tpk_abcdef_" + "0" * 48}, id="unknown"),
        pytest.param({"authorization": "Basic eDp5"}, id="basic"),
        pytest.param({"authorization": "Bearer tpt_e30.AAAA"}, id="forged-token"),
        pytest.param({"authorization": "Bearer \xff"}, id="odd-bytes"),
    ],
)
def test_without_a_key_nothing_is_read(running: Running, path: str, headers: dict[str, str]) -> None:
    with running.client(key="") as stranger:
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = stranger.post(path, json=event("x"), headers=raw)
    assert answer.status_code == 401
    assert "www-authenticate" in answer.headers


def test_a_key_in_the_url_opens_nothing(running: Running) -> None:
    """URLs are written down by proxies."""
    with running.client(key="") as stranger:
        assert stranger.post(f"{POST}?token={running.key}", json=event("x")).status_code == 401


def test_a_survey_tool_may_send_its_key_as_a_password(running: Running) -> None:
    """Many webhooks can send nothing else."""
    with running.client(key="") as tool:
        answer = tool.post("/v1/hooks/generic", json=HOOK | {"id": "1002"}, auth=("anyone", running.key))
    assert answer.status_code == 200


def test_a_key_sends_what_it_may_and_nothing_else(running: Running, settings: Settings) -> None:
    """Per event: a wrong location must not stop the right ones."""
    assert settings.keys_path is not None
    key = make_key(settings.keys_path, "till", locations=("store-1",), kinds=("csat",))
    running.door.gateway.keyring.refresh()  # type: ignore[union-attr]  # runs in this process
    with running.client(key) as till:
        events = [event("k-1", location="store-1"), event("k-2", location="store-2"), event("k-3")]
        verdicts = till.post(POST, json=[*events, event("k-4", kind="nps", location="store-1")]).json()["events"]
    assert [v.get("field", "accepted") for v in verdicts] == ["accepted", "location", "location", "kind"]
    assert {v["reason"] for v in verdicts[1:]} == {"not_allowed"}


def test_a_key_that_sends_too_much_is_told_when_to_come_back(running: Running, settings: Settings) -> None:
    assert settings.keys_path is not None
    key = make_key(settings.keys_path, "flood", rate=0.01, burst=3)
    running.door.gateway.keyring.refresh()  # type: ignore[union-attr]  # runs in this process
    with running.client(key) as flood:
        assert flood.post(POST, json=[event(f"r-{n}") for n in range(5)]).status_code == 200
        answer = flood.post(POST, json=event("r-9"))
    assert answer.status_code == 429
    assert 200 < int(answer.headers["retry-after"]) <= 300


def test_a_token_sends_for_a_page_what_it_was_made_for(client: httpx.Client, running: Running) -> None:
    """In the header, or in the URL for sendBeacon; and it makes no further tokens."""
    made = client.post("/v1/tokens", json={"minutes": 5, "channels": ["web"], "kinds": ["signal"]})
    assert made.status_code == 201
    token = made.json()["token"]
    signal = {"kind": "signal", "signal": "rage_tap", "channel": "web"}
    fields = {name: value for name, value in event("t-1").items() if name not in ("score", "scale")} | signal
    with running.client(token) as page:
        answer = page.post(POST, json=[fields, fields | {"channel": "app", "event_id": "t-2"}])
        assert [v["status"] for v in answer.json()["events"]] == ["accepted", "rejected"]
        assert page.post("/v1/tokens", json={}).status_code == 401
    with running.client("") as beacon:
        text = orjson.dumps(fields | {"event_id": "t-3"})
        sent_text = beacon.post(f"{POST}?token={token}", content=text, headers={"content-type": "text/plain"})
        assert sent_text.status_code == 200
        assert beacon.post(f"{POST}?token={token[:-2]}xx", content=text).status_code == 401


def test_only_named_origins_may_send_from_pages(client: httpx.Client) -> None:
    ask = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    mine = client.options(POST, headers=ask | {"origin": "https://shop.example.org"})
    assert mine.headers["access-control-allow-origin"] == "https://shop.example.org"
    assert (
        "access-control-allow-origin"
        not in client.options(POST, headers=ask | {"origin": "https://evil.example"}).headers
    )


def test_a_webhook_is_mapped_like_a_file(client: httpx.Client, settings: Settings) -> None:
    """The same answer by webhook and in an export is one event: its id is made the same way."""
    rows = [HOOK | {"id": "2001", "csat": 5}, HOOK | {"id": "2002", "nps": 99}, HOOK | {"id": "2003", "nps": ""}]
    answer = client.post("/v1/hooks/generic", json=rows)
    assert answer.status_code == 207
    assert [(v["status"], v.get("event_id", "")) for v in answer.json()["events"]] == [
        ("accepted", "2001-csat"), ("accepted", "2001-nps"), ("rejected", ""),
    ]  # fmt: skip
    assert answer.json()["events"][2]["field"] == "nps"
    assert sent(settings, "2001-nps")[0]["score"] == 9
    assert client.post("/v1/hooks/generc", json=HOOK).json()["detail"].endswith("did you mean 'generic'?")
    assert client.post("/v1/hooks/..%2fgeneric", json=HOOK).status_code == 404


def test_health_readiness_and_metrics_are_told(client: httpx.Client, running: Running) -> None:
    """Metrics name producers: through a proxy they need a key."""
    client.post(POST, json=event("m-1"))
    with running.client("") as stranger:
        assert stranger.get("/healthz").status_code == 200
        assert stranger.get("/readyz").status_code == 200
        text = stranger.get("/metrics").text
        assert 'touchpulse_gateway_events_total{producer="shop-app",verdict="accepted"}' in text
        assert stranger.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 401


def test_rejections_of_two_gateways_never_share_a_place(settings: Settings) -> None:
    """The store keeps one row for each (topic, log, partition, offset): a restart must not write over the old ones."""
    for _ in range(2):
        with gateway(settings) as fresh, fresh.client() as client:
            for _ in range(2):
                client.post(POST, json=event("n-1", score=55))
    found = [m for m in kept(settings, "off_scale") if orjson.loads(m.raw)["event_id"] == "n-1"]
    assert len({(m.topic, m.log, m.partition, m.offset) for m in found}) == 4


def test_a_zstd_window_larger_than_any_reader_must_have_is_refused(client: httpx.Client) -> None:
    """The frame asks for the memory, so a small body could ask for 128 MiB."""
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=options)
    packed = compressor.compress(orjson.dumps(event("w-1"))) + compressor.flush()
    assert client.post(POST, content=packed, headers={"content-encoding": "zstd"}).status_code == 400


def test_it_speaks_tls_where_a_certificate_is_set(settings: Settings, tmp_path: Path) -> None:
    """And a half-set or broken pair is found at the start."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)
    with gateway(settings.model_copy(update={"tls_cert_path": cert, "tls_key_path": key})) as running:
        assert running.url.startswith("https://")
        with running.client(verify=ssl.create_default_context(cafile=str(cert))) as client:
            assert client.post(POST, json=event("tls-1")).status_code == 200
    for wrong in ({"tls_cert_path": cert}, {"tls_cert_path": key, "tls_key_path": cert}):
        with pytest.raises(SettingsError, match="TLS_CERT_PATH"), gateway(settings.model_copy(update=wrong)):
            pass


def test_a_start_without_keys_says_how_to_make_one(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="touchpulse keys make"):
        prepare(settings.model_copy(update={"keys_path": None}), host="127.0.0.1", port=0)
