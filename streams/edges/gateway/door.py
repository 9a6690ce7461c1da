"""What all routes of the gateway share: keys, bounds, Kafka, the judge, and how a request is answered."""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

from schemas.decode import Rejection
from schemas.reasons import Reason
from streams.edges.gateway import tokens
from streams.edges.gateway.answers import RETRY_AFTER_S, Problem, Refused, answer, encode
from streams.edges.gateway.batch import Batch, Judge
from streams.edges.gateway.body import Gone, read
from streams.edges.gateway.catalogue import CatalogueFile
from streams.edges.gateway.contract import Contract
from streams.edges.gateway.grants import Grant
from streams.edges.gateway.guard import Guards
from streams.edges.gateway.hooks import Hooks
from streams.edges.gateway.kafka import EventLog
from streams.edges.gateway.keys import Keyring
from streams.edges.gateway.limits import Limits
from streams.edges.gateway.metrics import Metrics
from streams.edges.gateway.queue import Queue, Slot
from streams.edges.gateway.seen import Seen
from streams.edges.privacy import privacy_of
from streams.edges.settings import Settings

_UNREAD_BYTES = 65_536
_REFRESH_S = 1.0
Work = Callable[[], Awaitable[Response]]


class Gateway:
    """All that the routes share.

    Args:
        settings: topics' prefix, tolerances, secrets.
        catalogue: questions of the survey page, and the names to know until the rules in force are read.
        keyring: who may send.
        kafka: where events go.
        limits: bounds.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: CatalogueFile,
        keyring: Keyring,
        kafka: EventLog,
        limits: Limits | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.contract = Contract(settings, catalogue.content)
        self.settings = settings
        self.limits = limits or Limits()
        self.keyring = keyring
        self.kafka = kafka
        self.tokens = tokens.Tokens(settings.gateway_secret.get_secret_value(), keyring)
        self.queue = Queue(self.limits)
        self.judge = Judge(settings, self.contract, Seen(self.limits.remembered_ids), privacy_of(settings))
        self.hooks = Hooks(settings, self.contract)
        self.guards = Guards(self.limits)
        self.metrics = Metrics()
        watch = self.metrics.watch
        watch("requests_in_flight", "Requests between their headers and their answer.", lambda: self.queue.requests)
        watch("queue_bytes", "Bytes of bodies being read or waiting for Kafka.", lambda: self.queue.bytes)
        watch("queue_records", "Records Kafka has not acknowledged yet.", lambda: self.kafka.depth)
        watch("connections", "Open connections.", lambda: len(self.guards.open))
        watch("connections_evicted", "Connections closed to make room.", lambda: self.guards.evicted)
        watch("connections_too_slow", "Connections closed for their slowness.", lambda: self.guards.timed_out)
        watch("ready", "0 or 1: whether Kafka is there.", lambda: self.kafka.there)
        watch(
            "policy", "Policy events are judged by; 0: it could not be read.", lambda: self.contract.number(_now_ms())
        )
        watch("keys_file_failures", "Changed keys files that could not be read.", lambda: self.keyring.failures)

    def grant(self, request: Request, *, token: bool = True) -> Grant:
        """What the request may do.

        Args:
            token: whether a token will do, or a key is needed.
        Raises:
            Refused: 401 or 403.
        """
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":  # all that some survey tools can send
            presented = _password(presented)
        elif scheme.lower() != "bearer":
            presented = ""
        if not presented and token:
            # sendBeacon sends no headers. Keys never go into a URL: proxies write those down.
            found = request.query_params.get("token", "")
            presented = found if found.startswith(tokens.PREFIX) else ""
        now_ms = _now_ms()
        if token and presented.startswith(tokens.PREFIX):
            return self.tokens.open(presented, now_ms)
        return self.keyring.open(presented.strip(), now_ms)

    async def body(self, request: Request, grant: Grant, slot: Slot) -> bytes:
        """The body of a request that may send something, if there is anywhere to put it.

        Raises:
            Refused, Gone.
        """
        grant.check_rate(time.monotonic())
        self.check_kafka()
        body = await read(request.receive, request.headers, slot, self.limits)
        request.state.read = True
        self.metrics.read(len(body))
        return body

    def check_kafka(self) -> None:
        """Before anything is taken.

        Raises:
            Refused: 503, Kafka is away.
        """
        if not self.kafka.there:
            detail = "Kafka is away, nothing was taken: send the same again, with the same event_ids."
            raise Refused(503, "kafka_away", detail, retry_after_s=RETRY_AFTER_S)

    async def take(self, batch: Batch, grant: Grant) -> Response:
        """Give a batch to Kafka and answer."""
        verdicts = self.judge.settle(batch, await self.kafka.send(batch.messages))
        self.metrics.judged(grant.producer, verdicts)
        status, body = answer(verdicts)
        headers = {"retry-after": str(RETRY_AFTER_S)} if body.unavailable else None
        return Response(encode(body), status, headers, "application/json")

    async def keep_unreadable(self, raw: bytes, why: Problem, grant: Grant) -> None:
        """A body in which no event can be told apart is kept as one rejection."""
        reason = Reason.TOO_DEEP if why.title == Reason.TOO_DEEP else Reason.NOT_JSON
        batch = Batch()
        rejection = Rejection(str(reason), "", "", "", why.detail, grant.producer)
        self.judge.refuse(batch, raw, rejection, "", _now_ms())
        verdicts = self.judge.settle(batch, await self.kafka.send(batch.messages))
        self.metrics.judged(grant.producer, verdicts)

    async def answered(self, route: str, request: Request, work: Work) -> Response:
        """Do the work of a route; a refusal becomes its answer."""
        begun = time.perf_counter()
        try:
            response = await work()
        except Refused as refused:
            response = _refusal(request, refused.problem)
        except Gone:
            response = Response(status_code=400)  # nobody reads it
        self.metrics.answered(route, response.status_code, time.perf_counter() - begun)
        return response

    @asynccontextmanager
    async def running(self, _: FastAPI) -> AsyncIterator[None]:
        """Kafka connected, keys and rules kept fresh, for as long as the server runs."""

        async def refresh() -> None:
            while True:
                await asyncio.sleep(_REFRESH_S)
                await asyncio.to_thread(self.keyring.refresh)
                await asyncio.to_thread(self.catalogue.refresh)

        await self.kafka.start()
        await self.contract.refresh(self.kafka.exists)
        tasks = [asyncio.create_task(refresh()), asyncio.create_task(self.contract.follow(self.kafka.exists))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.contract.stop()
            await self.kafka.stop()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _refusal(request: Request, problem: Problem) -> Response:
    headers = {}
    if problem.status == 401:
        headers["www-authenticate"] = 'Bearer realm="touchpulse"'
    if problem.retry_after_s:
        headers["retry-after"] = str(problem.retry_after_s)
    long = "transfer-encoding" in request.headers or int(request.headers.get("content-length", 0)) > _UNREAD_BYTES
    if long and not getattr(request.state, "read", False):
        headers["connection"] = "close"  # a long body that nobody wants is not waited for
    return Response(encode(problem), problem.status, headers, "application/problem+json")


def _password(credentials: str) -> str:
    """The password of basic credentials; '' if there is none."""
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except (Base64Error, UnicodeDecodeError):
        return ""
