"""Each kind of receiver against a real server on this machine: what it sends, and what it makes of the answers."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from streams.edges.errors import UserError
from streams.edges.receivers.alertmanager import alerts
from streams.edges.receivers.chat import quiet
from streams.edges.receivers.make import Receiver, make
from streams.edges.receivers.note import Links, Note, Notes
from streams.edges.receivers.outcome import NotTaken, Refused
from streams.edges.receivers.spec import ReceiverFile
from streams.edges.receivers.trial import trial
from tests.kit.delivering import SECRET, Cluster, Worker
from tests.kit.sendings import AT_MS, sending
from tests.kit.takers import Taker, taker

KEY = "t0p-s3cret-routing-key"


@pytest.fixture
def server() -> Iterator[Taker]:
    with taker() as found:
        yield found


def spec(server: Taker, kind: str, **more: Any) -> dict[str, Any]:
    own = {
        "alertmanager": {"url": server.url + "/am"},
        "webhook": {"url": server.url + "/hooks/secret-path", "secret": SECRET},
        "apprise": {"url": server.url.replace("http", "json") + f"/{KEY}"},
        "grafana": {"url": server.url + "/grafana", "token": KEY},
        "pagerduty": {"url": server.url, "routing_key": KEY},
    }[kind]
    return {"name": "one", "kind": kind, **own, **more}


def file_of(*receivers: dict[str, Any], **more: Any) -> ReceiverFile:
    return ReceiverFile.model_validate({"version": 1, "default": ["one"], "receivers": list(receivers), **more})


def receiver(server: Taker, kind: str, **more: Any) -> Receiver:
    return make(file_of(spec(server, kind, **more)).receivers[0])


def note(alert: str = "a", send: str = "page", step: int = 1, **more: Any) -> Note:
    notes = Notes(
        file_of(_ANY, board_url="https://grafana.example.org"), Links("https://a.example.org", SECRET), None, 5
    )
    return notes.note(sending(alert, send, step, **more), 7, AT_MS + 1_000)


_ANY = {"name": "one", "kind": "alertmanager", "url": "http://localhost:9093"}


# -- Alertmanager ------------------------------------------------------------------------------------


async def test_alertmanager_gets_what_its_api_asks_for(server: Taker) -> None:
    """Fields and forms of `postableAlert` in version 2 of its API."""
    one = receiver(server, "alertmanager", user="u", password=KEY)
    assert await one.hand_over(note()) == "answered 200"
    await one.close()
    (request,) = server.got
    assert (request.method, request.path) == ("POST", "/am/api/v2/alerts")
    assert request.headers["Authorization"].startswith("Basic ")
    (alert,) = request.json
    assert alert.keys() == {"labels", "annotations", "startsAt", "endsAt", "generatorURL"}
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in {**alert["labels"], **alert["annotations"]})
    assert all(isinstance(text, str) and text for text in {**alert["labels"], **alert["annotations"]}.values())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", alert["startsAt"])
    assert alert["startsAt"] < alert["endsAt"]
    assert alert["labels"] == {
        "alertname": "TouchpulseWorsening", "rule": "channel-worsens", "severity": "page", "alert_id": "a",
        "metric": "csat", "scale": "csat-1-5", "channel": "app",
    }  # fmt: skip
    assert "app: bad CSAT answers rose" in alert["annotations"]["headline"]
    assert alert["generatorURL"].startswith("https://grafana.example.org/d/touchpulse-channel?")


def test_alertmanager_knows_an_alert_by_labels_that_never_change() -> None:
    first, later = (
        note(),
        note("a", "repeat", 2, value=40.0, n=900, until_ms=AT_MS + 9, at_ms=AT_MS + 9, contributors=[]),
    )
    (one, *_), (other, *_) = alerts(first, 1, 1), alerts(later, 1, 1)
    assert one["labels"] == other["labels"]


def test_alertmanager_sees_a_ticket_that_became_a_page_end_and_the_alerts_end_ends_both() -> None:
    (ticket,) = alerts(note("a", "ticket"), 1, 1)
    page, ended = alerts(note("a", "page", 2), 1, 1)
    assert ticket["labels"]["severity"] == ended["labels"]["severity"] == "ticket"
    assert ended["labels"] == ticket["labels"]
    assert ended["endsAt"] < page["endsAt"]
    over = alerts(note("a", "resolve", 3), 1, 1)
    assert {str(one["labels"]) for one in over} == {str(ticket["labels"]), str(page["labels"])}
    assert all(one["startsAt"] <= one["endsAt"] <= "2026-09-21T14:13:20.000Z" for one in over)


def test_all_signs_of_life_are_one_alert_that_ends_when_they_stop() -> None:
    (one,) = alerts(note("b1", kind="heartbeat", scope={}, since_ms=0), 1, 900_000)
    (other,) = alerts(note("b2", kind="heartbeat", scope={}, since_ms=0, at_ms=AT_MS + 60_000), 1, 900_000)
    assert one["labels"] == other["labels"]
    assert one["endsAt"] < other["endsAt"]


# -- webhook -----------------------------------------------------------------------------------------


async def test_a_webhook_is_signed_and_keyed(server: Taker) -> None:
    one = receiver(server, "webhook")
    await one.hand_over(note())
    await one.close()
    (request,) = server.got
    assert request.headers["Idempotency-Key"] == "a-1"
    at_s, digest = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", request.headers["Touchpulse-Signature"]).groups()  # type: ignore[union-attr]
    signed = hmac.new(SECRET.encode(), f"{at_s}.".encode() + request.body, "sha256").hexdigest()
    assert hmac.compare_digest(signed, digest)
    assert int(at_s) == AT_MS // 1000 + 1
    told = request.json
    assert (told["event"], told["alert_id"], told["page"]["n"]) == ("page", "a", 180)
    assert told["answer_url"].startswith("https://a.example.org/a/a?page=a-1&at=7&")


# -- the others --------------------------------------------------------------------------------------


async def test_pagerduty_gets_one_incident_an_alert(server: Taker) -> None:
    server.status = 202
    one = receiver(server, "pagerduty")
    for send, step in (("page", 1), ("repeat", 2), ("resolve", 3)):
        await one.hand_over(note("a", send, step))
    await one.close()
    events = [request.json for request in server.got]
    assert [event["event_action"] for event in events] == ["trigger", "trigger", "resolve"]
    assert {event["dedup_key"] for event in events} == {"a"}
    assert {event["routing_key"] for event in events} == {KEY}
    assert len(events[0]["payload"]["summary"]) <= 1_024
    with pytest.raises(Refused, match="sign of life"):
        await one.hand_over(note("b", kind="heartbeat"))


async def test_people_get_headline_body_and_links_through_apprise(server: Taker) -> None:
    one = receiver(server, "apprise")
    assert await one.hand_over(note()) == "taken"
    await one.close()
    (request,) = server.got
    told = request.json
    assert told["title"].startswith("app: bad CSAT answers rose from 10 % to 21 %")
    assert "Board: https://grafana.example.org/d/" in told["message"]
    assert "https://a.example.org/a/a?" in told["message"]


def test_nothing_a_customer_or_producer_wrote_calls_a_whole_chat() -> None:
    assert "@channel" not in quiet("look @channel and @所有人")
    assert "<!" not in quiet("<!channel> <@U123>")
    assert quiet("a@example.org, 5 < 6") == "a@example.org, 5 < 6"


async def test_grafana_gets_one_mark_an_alert_and_its_end_moves_it(server: Taker) -> None:
    one = receiver(server, "grafana")
    server.said = b"[]"
    await one.hand_over(note())
    server.said = b'[{"id": 41, "time": 1789998200000}]'
    await one.hand_over(note("a", "resolve", 2, at_ms=AT_MS + 60_000))
    await one.close()
    looked, made, again, moved = server.got
    assert parse_qs(urlsplit(looked.path).query)["tags"] == ["alert:a"]
    assert (made.method, made.path) == ("POST", "/grafana/api/annotations")
    assert made.headers["Authorization"] == f"Bearer {KEY}"
    assert {"touchpulse", "alert:a", "rule:channel-worsens", "app"} == set(made.json["tags"])
    assert made.json["time"] == AT_MS - 1_800_000
    assert made.json["timeEnd"] == AT_MS
    assert again.method == "GET"
    assert (moved.method, moved.path) == ("PATCH", "/grafana/api/annotations/41")
    assert moved.json["timeEnd"] == AT_MS + 60_000


# -- answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["alertmanager", "webhook", "apprise", "grafana", "pagerduty"])
@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_what_may_pass_is_tried_again(server: Taker, kind: str, status: int) -> None:
    server.status, server.headers = status, {"Retry-After": "120"}
    one = receiver(server, kind)
    with pytest.raises(NotTaken, match=str(status)) as failure:
        await one.hand_over(note())
    await one.close()
    if kind not in ("apprise", "grafana"):
        assert failure.value.retry_after_s == 120
        assert failure.value.unclear == (status == 500), "who failed inside may have done it all the same"


@pytest.mark.parametrize("kind", ["alertmanager", "webhook", "apprise", "grafana", "pagerduty"])
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_our_own_settings_cause_waits_until_they_are_mended(server: Taker, kind: str, status: int) -> None:
    """A token that was changed at night must not cost a page."""
    server.status = status
    one = receiver(server, kind)
    with pytest.raises(NotTaken, match=f"{status}.*mend it in the file of receivers"):
        await one.hand_over(note())
    await one.close()


@pytest.mark.parametrize("kind", ["alertmanager", "webhook", "apprise", "grafana", "pagerduty"])
@pytest.mark.parametrize("status", [400, 413, 422])
async def test_what_will_never_be_taken_is_refused_at_once(server: Taker, kind: str, status: int) -> None:
    server.status = status
    one = receiver(server, kind)
    with pytest.raises(Refused, match=str(status)):
        await one.hand_over(note())
    await one.close()


async def test_a_redirection_is_not_followed(server: Taker) -> None:
    """It would carry the signature, or a password, to another host."""
    server.status, server.headers = 302, {"Location": server.url + "/elsewhere"}
    one = receiver(server, "webhook")
    with pytest.raises(NotTaken, match="redirection"):
        await one.hand_over(note())
    await one.close()
    assert len(server.got) == 1


@pytest.mark.parametrize("kind", ["alertmanager", "webhook", "grafana"])
async def test_a_server_that_hangs_or_is_not_there_is_left_after_its_time(server: Taker, kind: str) -> None:
    server.hangs = threading.Event()
    one = receiver(server, kind, timeout_s=0.2)
    with pytest.raises(NotTaken, match=r"did not answer within 0\.2 s"):
        await one.hand_over(note())
    server.hangs.set()
    await one.close()
    nobody = make(file_of(spec(Taker(url="http://127.0.0.1:1"), kind)).receivers[0])
    with pytest.raises(NotTaken, match="cannot be reached"):
        await nobody.hand_over(note())
    await nobody.close()


async def test_a_library_that_hangs_blocks_only_its_own_receiver(server: Taker) -> None:
    server.hangs = threading.Event()
    one = receiver(server, "grafana", timeout_s=5.0)
    first = asyncio.create_task(one.hand_over(note()))
    async with asyncio.timeout(5):
        while not server.got:
            await asyncio.sleep(0.01)
    with pytest.raises(NotTaken, match="attempt before"):
        await one.hand_over(note())
    server.said = b"[]"
    server.hangs.set()
    await first
    await one.close()


class Heard(logging.Handler):
    """What reaches the root logger, and so the worker's log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.name}: {record.getMessage()} {record.exc_info}\n"


@pytest.fixture
def heard() -> Iterator[Heard]:
    root, handler = logging.getLogger(), Heard()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.parametrize("kind", ["alertmanager", "webhook", "apprise", "grafana", "pagerduty"])
async def test_secrets_are_in_no_log_no_error_and_nothing_that_is_kept(
    server: Taker, kind: str, heard: Heard, capfd: pytest.CaptureFixture[str]
) -> None:
    """Servers repeat what they were sent, and libraries say what they called."""
    more = {"user": "u", "password": KEY} if kind == "alertmanager" else {}
    secrets = [SECRET, "secret-path"] if kind == "webhook" else [KEY]
    server.status = 500
    server.said = f'{{"message": "no: {secrets[0]} {server.url}/hooks/{secrets[-1]}"}}'.encode()
    cluster = Cluster()
    cluster.emit(sending("a"))
    worker = await Worker(cluster, file=file_of(spec(server, kind, **more))).start()
    await worker.work()
    server.status = 400
    await worker.pass_time(60_000)
    await worker.app.close()
    assert [one.state for one in cluster.told] == ["trying", "failed", "trying", "refused"]
    kept = "".join(one.error for one in cluster.told)
    said = heard.text + kept + repr(worker.app.desk.file) + "".join(capfd.readouterr())
    assert not {word for word in secrets if word in said}
    assert "answered 500" in kept
    assert "refuses a-1" in heard.text


async def test_an_address_that_apprise_does_not_know_is_told_without_it(
    heard: Heard, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = {"name": "one", "kind": "apprise", "url": "slakc://token-one/token-two"}
    with pytest.raises(UserError, match="'one'") as refusal:
        make(file_of(wrong).receivers[0])
    assert "token" not in str(refusal.value) + heard.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("kind", ["alertmanager", "webhook", "apprise", "pagerduty"])
async def test_a_trial_sends_a_page_and_its_end_and_says_what_came_back(server: Taker, kind: str) -> None:
    file = file_of(spec(server, kind))
    outcomes = await trial(make(file.receivers[0]), file, "zh", AT_MS)
    assert [(what, taken) for what, taken, _ in outcomes] == [("page", True), ("its end", True)]
    assert "测试" in server.got[0].body.decode() or "\\u6d4b" in server.got[0].body.decode()
    server.status = 404
    assert (await trial(make(file.receivers[0]), file, "en", AT_MS))[0][1] is False
