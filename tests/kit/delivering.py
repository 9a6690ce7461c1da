"""The role `deliver` without Kafka: a log of sendings, what was written down of them, and a clock that is set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from faust.types import TP

from streams.apps.deliver import Delivering
from streams.apps.lane import Lane
from streams.apps.transport import Batch
from streams.edges.errors import Unavailable
from streams.edges.receivers.comments import Comments
from streams.edges.receivers.make import Receiver, make_all
from streams.edges.receivers.spec import ReceiverFile, Webhook
from streams.edges.settings import Settings
from streams.pure.alerting.messages import DeliveryMessage, PageMessage
from streams.pure.cells import decode, encode
from tests.kit.logs import Stored
from tests.kit.sendings import AT_MS

ALERTS, DELIVERIES = TP("alerts", 0), TP("deliveries", 0)
SECRET = "0123456789abcdef0123456789abcdef"


class Cluster:
    """Both logs, and the offset that was committed: what outlives a worker."""

    def __init__(self) -> None:
        self.alerts: list[Stored] = []
        self.told: list[DeliveryMessage] = []
        self.committed: int | None = None
        self.away = False
        self.now_ms = AT_MS
        self.far_reads = 0

    def emit(self, *sendings: PageMessage) -> None:
        """What the alert engine says."""
        for one in sendings:
            self.alerts.append(Stored(len(self.alerts), one.page.at_ms, one.page.id.encode(), encode(one)))

    async def send(self, sendings: Sequence[tuple[str, int | None, bytes | None, bytes]]) -> None:
        """The way out."""
        if self.away:
            raise Unavailable("Kafka does not answer")
        for topic, _, key, value in sendings:
            message = decode(value)
            assert isinstance(message, DeliveryMessage)
            assert (topic, key) == ("deliveries", f"{message.page_id}|{message.receiver}".encode())
            self.told.append(message)

    async def far(self, offset: int, limit: int) -> tuple[Sequence[Stored], int]:
        """The log of sendings from any offset."""
        self.far_reads += 1
        found = self.alerts[offset : offset + limit]
        return found, offset + len(found)

    def states(self, page_id: str, receiver: str) -> list[str]:
        """What was written down of one sending at one receiver, in order."""
        return [one.state for one in self.told if (one.page_id, one.receiver) == (page_id, receiver)]


class Consumer:
    """What `deliver` asks of its consumer."""

    def __init__(self, cluster: Cluster) -> None:
        self.epoch = 1
        self._cluster = cluster

    async def log_starts(self, tps: Iterable[TP]) -> dict[TP, int]:
        return dict.fromkeys(tps, 0)

    async def log_ends(self, tps: Iterable[TP]) -> dict[TP, int]:
        cluster = self._cluster
        return {tp: len(cluster.alerts if tp == ALERTS else cluster.told) for tp in tps}

    async def offsets_since(self, tps: Iterable[TP], since_ms: int) -> dict[TP, int | None]:
        since = (one.offset for one in self._cluster.alerts if one.timestamp >= since_ms)
        return dict.fromkeys(tps, next(since, None))

    def durable(self, tp: TP, offset: int) -> None:
        assert tp == ALERTS
        self._cluster.committed = max(offset, self._cluster.committed or 0)


class Worker:
    """One `deliver` worker on a cluster; a second one takes over where the first is left."""

    def __init__(
        self, cluster: Cluster, *receivers: Any, default: Sequence[str] = (), comments: Comments | None = None,
        settings: Settings | None = None, file: ReceiverFile | None = None,
    ) -> None:  # fmt: skip
        self.cluster = cluster
        self.consumer = Consumer(cluster)
        by_name: dict[str, Receiver] = {one.name: one for one in receivers}
        # The file only names them here: they are in memory.
        specs = [
            Webhook.model_validate({"kind": "webhook", "name": name, "url": "http://localhost", "secret": SECRET})
            for name in by_name
        ]
        file = file or ReceiverFile.model_construct(
            version=1, default=list(default or by_name), receivers=specs, templates={}, board_url=None, board="grafana"
        )
        self.app = Delivering(
            settings or Settings(), file, by_name or make_all(file), cluster, cluster.far,  # type: ignore[arg-type]
            lambda: cluster.now_ms, comments,
        )  # fmt: skip
        self._read = 0

    async def start(self, *, read_back: bool = True) -> Worker:
        """Takes over, and reads back."""
        committed = {ALERTS: self.cluster.committed, DELIVERIES: None}
        wanted = await self.app.positions(self.consumer, committed)  # type: ignore[arg-type]
        self._read = wanted[ALERTS]
        if read_back:
            await self.read_back()
        await self.read()
        return self

    async def read_back(self) -> None:
        """What became of earlier sendings."""
        records = [Stored(number, 0, b"", encode(one)) for number, one in enumerate(self.cluster.told)]
        if records:
            await self.app.handle(Batch(DELIVERIES, records, 1))

    async def read(self) -> None:
        """What the engine said meanwhile."""
        fresh = self.cluster.alerts[self._read :]
        self._read = len(self.cluster.alerts)
        for first in range(0, len(fresh), 500):
            await self.app.handle(Batch(ALERTS, fresh[first : first + 500], 1))

    async def work(self) -> None:
        """All that is due at this moment."""
        for name in list(self.app.lanes):
            await self.work_at(name)
        self.app.commit(self.consumer)  # type: ignore[arg-type]

    async def work_at(self, name: str) -> int | None:
        """All that is due at this moment at one receiver; when to look again."""
        lane: Lane = self.app.lanes[name]
        while (again_ms := await lane.step()) is not None and again_ms <= self.cluster.now_ms:
            pass
        self.app.commit(self.consumer)  # type: ignore[arg-type]
        return again_ms

    async def pass_time(self, span_ms: int) -> None:
        """Lets time go by, working whenever something is due."""
        until_ms = self.cluster.now_ms + span_ms
        while True:
            due = [again_ms for name in list(self.app.lanes) if (again_ms := await self.work_at(name)) is not None]
            if not due or min(due) > until_ms:
                break
            self.cluster.now_ms = min(due)
        self.cluster.now_ms = until_ms
