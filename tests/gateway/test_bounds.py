"""Clients that are slow, silent, huge or many: each is bounded, and honest ones are served meanwhile."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import orjson
import pytest

from streams.edges.gateway.limits import Limits
from streams.edges.settings import Settings
from tests.kit.gateway import Running, event, gateway

QUICK = Limits(
    header_timeout_s=0.5,
    body_timeout_s=0.5,
    idle_timeout_s=1.0,
    write_timeout_s=0.5,
    max_connections=50,
    max_requests=4,
)


PATIENT = Limits(header_timeout_s=60, body_timeout_s=60, idle_timeout_s=60, max_connections=50)


@pytest.fixture(scope="module")
def patient(settings: Settings) -> Iterator[Running]:
    """A gateway of much patience and little room: what is cut off here is cut off for another reason."""
    with gateway(settings, limits=PATIENT) as running:
        yield running


@pytest.fixture(scope="module")
def quick(settings: Settings) -> Iterator[Running]:
    """A gateway of little patience and room."""
    with gateway(settings, limits=QUICK) as running:
        yield running


def connect(running: Running) -> socket.socket:
    """A bare connection."""
    host, port = running.url.removeprefix("http://").split(":")
    found = socket.create_connection((host, int(port)), timeout=10)
    found.settimeout(10)
    return found


def drain(connection: socket.socket) -> bytes:
    """All that comes until the other side ends it."""
    found = b""
    try:
        while data := connection.recv(65_536):
            found += data
    except ConnectionError:
        pass
    return found


def head(running: Running, more: str, key: str | None = None) -> bytes:
    """The headers of a request."""
    key = running.key if key is None else key
    return f"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n{more}\r\n".encode()


def cut_off(connection: socket.socket, data: bytes, within_s: float) -> bool:
    """Whether the other side ends a connection to which this is sent again and again, and nothing read."""
    begun = time.monotonic()
    connection.settimeout(0.5)
    while time.monotonic() - begun < within_s:
        try:
            connection.sendall(data)
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /v1/touch", id="half-a-line"),
        pytest.param(b"\r\n", id="a-blank-line"),
        pytest.param(b"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\n", id="half-the-headers"),
    ],
)
def test_headers_that_do_not_come_end_the_connection(quick: Running, first: bytes) -> None:
    """Slowloris: thousands of connections with a byte now and then would else hold the gateway for ever."""
    with connect(quick) as slow:
        begun = time.monotonic()
        slow.sendall(first)
        assert drain(slow) == b""
        assert time.monotonic() - begun < 8


def test_headers_by_the_drop_are_ended_all_the_same(quick: Running) -> None:
    """The deadline is for all of the headers, not for the next byte."""
    with connect(quick) as slow:
        begun = time.monotonic()
        ended = False
        for byte in head(quick, "x: y\r\n" * 100):
            try:
                slow.sendall(bytes([byte]))
            except ConnectionError:
                ended = True
                break
            time.sleep(0.05)
        assert ended
        assert time.monotonic() - begun < 8


def test_headers_without_end_are_refused(patient: Running) -> None:
    """Not by time, which is long here, but by size."""
    with connect(patient) as large:
        assert cut_off(large, b"GET /healthz HTTP/1.1\r\nhost: x\r\n" + b"x: " + b"y" * 200_000, within_s=10)


def test_a_body_that_does_not_come_is_answered_with_408(quick: Running) -> None:
    with connect(quick) as slow:
        slow.sendall(head(quick, "content-length: 100\r\n") + b"{")
        assert drain(slow).startswith(b"HTTP/1.1 408")


def test_a_stranger_cannot_keep_a_connection_with_a_body_nobody_asked_for(quick: Running) -> None:
    """It is answered at once, and its body is waited for no longer than any."""
    with connect(quick) as slow:
        slow.sendall(head(quick, "content-length: 1000\r\n", key="no") + b"{")
        assert slow.recv(12) == b"HTTP/1.1 401"
        begun = time.monotonic()
        ended = False
        while not ended and time.monotonic() - begun < 5:
            time.sleep(0.05)
            try:
                slow.sendall(b" ")
            except ConnectionError:
                ended = True
        assert ended
    with connect(quick) as huge:
        huge.sendall(head(quick, "content-length: 1000000\r\n", key="no") + b"{")
        assert b"connection: close" in drain(huge)


def test_an_idle_connection_is_ended(quick: Running) -> None:
    with connect(quick) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert drain(idle).startswith(b"HTTP/1.1 200")


def test_idle_connections_make_room_for_who_has_something_to_say(patient: Running) -> None:
    """More connections than there is room for: the one idle longest goes, and an honest client is served."""
    with ExitStack() as undo:
        silent = [undo.enter_context(connect(patient)) for _ in range(3 * PATIENT.max_connections)]
        with patient.client() as honest:
            assert honest.post("/v1/touchpoints", json=event("e-1")).status_code == 200
        assert patient.door is not None
        assert len(patient.door.gateway.guards.open) <= PATIENT.max_connections
        assert drain(silent[0]) == b""
        with patient.client() as honest:
            assert honest.post("/v1/touchpoints", json=event("e-2")).status_code == 200


def test_more_requests_than_there_is_room_for_are_told_to_come_back(quick: Running) -> None:
    """What is taken in must be held until Kafka answers, so it is bounded at the door."""
    with ExitStack() as undo:
        for _ in range(QUICK.max_requests):
            slow = undo.enter_context(connect(quick))
            slow.sendall(head(quick, "content-length: 100\r\n") + b"{")
        assert quick.door is not None
        queue = quick.door.gateway.queue
        deadline = time.monotonic() + 3
        while queue.requests < QUICK.max_requests and time.monotonic() < deadline:
            time.sleep(0.005)
        with quick.client() as honest:
            answer = honest.post("/v1/touchpoints", json=event("q-1"))
        assert (answer.status_code, answer.json()["title"]) == (503, "busy")
        assert answer.headers["retry-after"] == "1"
    deadline = time.monotonic() + 5
    while queue.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (queue.requests, queue.bytes) == (0, 0)


def test_bodies_in_hand_are_bounded_in_bytes(settings: Settings) -> None:
    """Many bodies of an allowed size may together be too much."""
    with gateway(settings, limits=Limits(max_queue_bytes=10_000)) as small, small.client() as client:
        assert client.post("/v1/touchpoints", json=[event("b-1")]).status_code == 200
        answer = client.post("/v1/touchpoints", json=[event(f"b-{number}") for number in range(200)])
        assert (answer.status_code, answer.json()["title"]) == (503, "busy")
        assert small.door is not None
        assert small.door.gateway.queue.bytes == 0


def test_an_answer_nobody_reads_is_given_up(settings: Settings) -> None:
    """A client that asks and never reads would else hold its answers in memory."""
    patient = Limits(write_timeout_s=0.3, max_pipelined=1_000)
    with gateway(settings, limits=patient) as running, connect(running) as deaf:
        deaf.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 500)  # more than any socket buffers
        assert running.door is not None
        guards = running.door.gateway.guards
        deadline = time.monotonic() + 15
        while not guards.timed_out and time.monotonic() < deadline:
            time.sleep(0.02)
        assert guards.timed_out == 1
        while guards.open and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not guards.open


def test_requests_sent_far_ahead_are_not_queued_without_end(quick: Running) -> None:
    """One connection could else fill the memory with requests that wait for their turn."""
    with connect(quick) as hasty:
        assert cut_off(hasty, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 1_000, within_s=10)
    with connect(quick) as modest:
        modest.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 10)
        assert drain(modest).count(b"HTTP/1.1 200") == 10


def test_an_offer_to_speak_another_protocol_is_ignored(patient: Running) -> None:
    """Java's client offers HTTP/2 with each request: the event must be taken all the same."""
    body = orjson.dumps(event("h2c"))
    offer = f"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\nContent-Length: {len(body)}\r\n"
    with connect(patient) as connection:
        connection.sendall(head(patient, offer, patient.key) + body)
        assert drain(connection).startswith(b"HTTP/1.1 200 ")
