"""`deliver`: hands sendings over to whoever is to be told.

One worker owns the topic `alerts`; others stand by. It holds no state of its own: after each assignment it reads the
topic `deliveries` back, and goes on where every receiver was done. Each receiver has a lane of its own
(streams/apps/lane.py), so that one that is down or hangs delays no other, and the offset of `alerts` moves only as far
as all of them are done.

Deciding what is sent, and when, is not done here; nor does anything here wait for the store.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping, Sequence

from faust.types import TP

from streams.apps.base import consume, consumer_of, every, fail, log, make_app, messages
from streams.apps.delivery_book import Book
from streams.apps.lane import Desk, Lane
from streams.apps.outbox import Outbox
from streams.apps.page_log import Far, PageLog, sending_at
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges import metrics
from streams.edges.errors import SettingsError, UserError
from streams.edges.links.door import LinkDoor, listener_of
from streams.edges.log_read import LogReader
from streams.edges.receivers.comments import Comments, Rows
from streams.edges.receivers.file import load
from streams.edges.receivers.make import Receiver, make, make_all
from streams.edges.receivers.note import Links, Note, Notes, replace_page
from streams.edges.receivers.spec import ReceiverFile
from streams.edges.settings import PREFIX, Settings
from streams.pure.alerting.inputs import Act
from streams.pure.alerting.messages import DeliveryMessage, PageMessage
from streams.pure.cells import encode

TICK_S = 0.2
RELOAD_S = 5.0
FORGET_S = 3_600.0
END_S = 3.0
"""How long what is under way may take when partitions are handed out anew."""
FIRST_MS = 3_600_000
"""Before the very first start nobody was told of anything: of so long before it people are told all the same."""
BACK_MS = 25 * 3_600_000
"""Where the group's place is lost: as far back as sendings are told one by one."""


class Delivering:
    """The lanes of all receivers.

    Args:
        settings: the topics' names.
        file: receivers.
        receivers: the same, ready to use.
        far: reads the topic `alerts` from any offset.
    """

    def __init__(
        self,
        settings: Settings,
        file: ReceiverFile,
        receivers: Mapping[str, Receiver],
        outbox: Outbox,
        far: Far,
        now_ms: Callable[[], int],
        comments: Comments | None = None,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._now_ms = now_ms
        self._comments = comments
        self._links = Links(settings.links_url, settings.links_secret.get_secret_value())
        self._alerts = TP(settings.topic("alerts"), 0)
        self._deliveries = settings.topic("deliveries")
        self.topics = [self._alerts.topic, self._deliveries]
        self.pages = PageLog(self._alerts, far)
        self.desk = Desk(
            file, receivers, self._notes(file), self.pages, Book(), self._tell, now_ms,
            where=str(settings.receivers_path or "the file of receivers"),
        )  # fmt: skip
        self.lanes: dict[str, Lane] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._behind: dict[TP, int] = {}
        self._owns = False
        self._epoch = 0
        self._read_at_ns = self._changed_ns()

    def _notes(self, file: ReceiverFile) -> Notes:
        return Notes(file, self._links, self._comments, self._settings.hide_under)

    async def _tell(self, told: Sequence[DeliveryMessage]) -> None:
        await self._outbox.send(
            [("deliveries", None, f"{one.page_id}|{one.receiver}".encode(), encode(one)) for one in told]
        )

    # -- reading -------------------------------------------------------------------------------------

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """All deliveries ever told of, and the sendings that some receiver is not done with."""
        await self.end()
        self._epoch = consumer.epoch
        self.desk.book = Book()
        self._owns = self._alerts in committed
        starts, ends = await consumer.log_starts(committed), await consumer.log_ends(committed)
        wanted = {tp: starts[tp] for tp in committed}
        self._behind = {tp: ends[tp] for tp in committed if tp.topic == self._deliveries and ends[tp] > starts[tp]}
        if self._owns:
            begin = committed[self._alerts]
            if begin is None and not self._settings.memory_broker:
                span_ms = BACK_MS if self._behind else FIRST_MS
                since = await consumer.offsets_since([self._alerts], self._now_ms() - span_ms)
                begin = ends[self._alerts] if since[self._alerts] is None else since[self._alerts]
            wanted[self._alerts] = max(starts[self._alerts], begin or 0)
            self.pages.begin(wanted[self._alerts])
            for name in self.desk.receivers:
                self.lanes[name] = Lane(name, self.desk, wanted[self._alerts])
        return wanted

    async def handle(self, batch: Batch) -> None:
        """Takes sendings in, and what became of earlier ones."""
        if batch.tp.topic == self._deliveries:
            for message in messages(batch):
                if isinstance(message, DeliveryMessage):
                    self.desk.book.note(message, self._now_ms())
            if batch.next_offset >= self._behind.get(batch.tp, 0):
                self._behind.pop(batch.tp, None)
            return
        for offset, sending in self.pages.add(batch):
            for name in self.desk.told(sending) - self.lanes.keys():
                log.error("%s is for %r, and there is no such receiver in %s", sending.page.id, name, self.desk.where)
                self.lanes[name] = Lane(name, self.desk, offset)
        for lane in self.lanes.values():
            lane.wake()

    # -- jobs ----------------------------------------------------------------------------------------

    async def tick(self, consumer: BatchConsumer) -> None:
        """Starts the lanes once it is known what became of earlier sendings, and lets the offset move."""
        if self._behind or not self._owns or consumer.epoch != self._epoch:
            return
        for name, lane in list(self.lanes.items()):
            task = self._tasks.get(name)
            if task is None:
                self._tasks[name] = asyncio.create_task(lane.run(), name=f"receiver {name}")
            elif task.done():
                task.result()  # raises what ended it: only a mistake of ours does
            metrics.PAGES_WAITING.labels(name).set(len(lane.hand))
        self.commit(consumer)

    def commit(self, consumer: BatchConsumer) -> None:
        """Lets the offset move as far as every receiver is done."""
        reached = min((lane.open_from for lane in self.lanes.values()), default=self.pages.end)
        consumer.durable(self._alerts, min(reached, self.pages.end))

    async def reload(self) -> None:
        """Reads the file of receivers again if it changed; a bad one changes nothing, and is told."""
        changed_ns, path = self._changed_ns(), self._settings.receivers_path
        if path is None or changed_ns == self._read_at_ns:
            return
        self._read_at_ns = changed_ns
        try:
            file = await asyncio.to_thread(load, path)
            await self._take(file)
        except UserError as error:
            log.error("the receivers stay as they were: %s", error)

    async def _take(self, file: ReceiverFile) -> None:
        before = {spec.name: spec for spec in self.desk.file.receivers}
        old = dict(self.desk.receivers)
        kept = {spec.name: old[spec.name] for spec in file.receivers if before.get(spec.name) == spec}
        made = {spec.name: make(spec) for spec in file.receivers if spec.name not in kept}
        self.desk.file, self.desk.receivers, self.desk.notes = file, {**kept, **made}, self._notes(file)
        log.warning("receivers read again: %s", ", ".join(sorted(file.names)))
        for name in made:
            if self._owns and name not in self.lanes:
                self.lanes[name] = Lane(name, self.desk, self.pages.end)
        for name, lane in self.lanes.items():
            if name not in kept:
                lane.hasten()
        for name, receiver in old.items():
            if name not in kept:
                await receiver.close()

    def in_words(self, sending: PageMessage) -> Note:
        """A sending as it would be told now; without comments, which are read only by whom it was sent to."""
        shown = self.desk.notes.shown(sending.page)
        return self.desk.notes.note(replace_page(sending, shown), -1, self._now_ms())

    async def forget(self) -> None:
        """Drops what nobody will ask for."""
        self.desk.book.forget(self._now_ms())

    async def end(self) -> None:
        """Ends the lanes; what is under way may end by itself for a moment."""
        tasks, lanes = list(self._tasks.values()), self.lanes
        self._tasks, self.lanes = {}, {}
        for lane in lanes.values():
            lane.end()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=END_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Ends the lanes and lets go of all receivers."""
        await self.end()
        for receiver in self.desk.receivers.values():
            await receiver.close()
        if self._comments is not None:
            self._comments.close()

    def _changed_ns(self) -> int:
        path = self._settings.receivers_path
        try:
            return path.stat().st_mtime_ns if path is not None else 0
        except OSError:
            return 0


def build(settings: Settings) -> BatchApp:
    """The Faust app of `deliver`.

    Raises:
        UserError: the file of receivers, a package that one of them needs, or the port of the links.
    """
    if settings.receivers_path is None:
        raise SettingsError(f"{PREFIX}RECEIVERS_PATH is not set: it is the file that says who is told of alerts")
    file = load(settings.receivers_path)
    receivers = make_all(file)
    app = make_app("deliver", settings)
    outbox, reader, now_ms = Outbox(settings), LogReader(settings, "alerts"), lambda: time.time_ns() // 1_000_000
    comments = Comments(settings, lambda: _store(settings)) if settings.clickhouse_url else None
    delivering = Delivering(settings, file, receivers, outbox, reader.read, now_ms, comments)
    app.positions = delivering
    consume(app, delivering.topics, delivering.handle, "deliver")
    every(app, TICK_S, lambda: delivering.tick(consumer_of(app)), "tick")
    every(app, RELOAD_S, delivering.reload, "reload")
    every(app, FORGET_S, delivering.forget, "forget")
    links_reader = LogReader(settings, "alerts")  # of its own: who looks at a page must not hold up who sends one
    door = _door(settings, delivering, outbox, links_reader.read, now_ms)
    if door is not None:
        listener = listener_of(settings.links_port)

        async def serve() -> None:
            try:
                await door.serve(listener)
            except OSError as error:
                await fail(app, error, "links")

        app.task(serve)

    async def stop(*_: object, **__: object) -> None:
        if door is not None:
            await door.close()
        await delivering.close()
        await reader.stop()
        await links_reader.stop()
        await outbox.stop()

    app.on_before_shutdown.connect(stop)
    return app


def _door(
    settings: Settings, delivering: Delivering, outbox: Outbox, far: Far, now_ms: Callable[[], int]
) -> LinkDoor | None:
    """Who answers the links; None where no port is set."""
    if not settings.links_port:
        return None
    secret = settings.links_secret.get_secret_value()
    if not (secret and settings.links_url):
        raise SettingsError(f"{PREFIX}LINKS_PORT needs {PREFIX}LINKS_URL and {PREFIX}LINKS_SECRET beside it")

    async def take(act: Act) -> None:
        await outbox.send([("signals", None, f"act|{uuid.uuid4().hex}".encode(), encode(act))])

    async def at(offset: int) -> PageMessage | None:
        return await sending_at(TP(settings.topic("alerts"), 0), offset, far)

    return LinkDoor(secret, settings.links_url, at=at, told=delivering.in_words, take=take, now_ms=now_ms)


def _store(settings: Settings) -> Rows:
    from streams.edges.store import Store

    return Store.connect(settings)
