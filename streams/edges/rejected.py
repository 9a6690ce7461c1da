"""Rejected events: find them, look at one, and send those again that the contract takes by now.

Sent are the very bytes that came, to the topic they came to, keyed as their producer should have keyed them. A
rejected id was never remembered, so the first replay counts; the next one is an ordinary retry of it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.decode import Rejection, event_key
from streams.edges.errors import Unavailable, UserError
from streams.edges.rulebook import Reader
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.counting import far_future
from streams.pure.policies import Regime

KEPT_BYTES = 262_144
"""Bytes kept of a rejected record at most: of a longer one the rest is not there to be sent."""
GATEWAY = "gateway"
"""Said instead of a topic where an event never came so far."""
PORTION = 1_000
ACK_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rejected events; '' and None are no condition.

    Attributes:
        since_ms: appended at or after, ms UTC.
        ids: of the form log/partition/offset; other conditions hold beside them.
        limit: the newest so many.
    """

    producer: str = ""
    reason: str = ""
    since_ms: int | None = None
    ids: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """One rejected event as it is kept."""

    topic: str
    log_id: str
    partition: int
    offset: int
    appended_ms: int
    producer: str
    reason: str
    field: str
    value: str
    nearest: str
    message: str
    raw: bytes

    @property
    def id(self) -> str:
        """Where it lies in the log; what `show` and `replay` take."""
        return f"{self.log_id}/{self.partition}/{self.offset}"

    def as_json(self, *, with_bytes: bool = False) -> dict[str, Any]:
        """For machines; the bytes, where wanted, as text with what is not UTF-8 escaped."""
        row = {"id": self.id, **asdict(self)}
        row["raw"] = self.raw.decode(errors="backslashreplace")
        row["bytes"] = len(self.raw)
        if not with_bytes:
            del row["raw"]
        return row


@dataclass(slots=True)
class Replay:
    """What a replay did, or would do.

    Attributes:
        looked_at: rejected events found.
        sent: their ids, acknowledged by all brokers (dry run: those that would be sent).
        refused: (id, why) of the others.
    """

    looked_at: int = 0
    sent: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def find(store: Store, filters: Filters) -> list[Reject]:
    """Rejected events, newest first.

    Raises:
        UserError: an id is malformed.
        Unavailable: the store is away.
    """
    where, params = _where(filters)
    return _rows(store, where, params, "appended_at DESC, log_id, partition, offset DESC", filters.limit)


def each(store: Store, filters: Filters) -> Iterator[Reject]:
    """All of them, however many: read portion by portion, in the order of their place in the log.

    With a limit, the newest so many.
    """
    if filters.limit:
        yield from reversed(find(store, filters))
        return
    where, params = _where(filters)
    place = "(topic, log_id, partition, offset)"
    portion = _rows(store, where, params, place, PORTION)
    while portion:
        yield from portion
        last = portion[-1]
        params |= {"topic": last.topic, "log": last.log_id, "partition": last.partition, "offset": last.offset}
        after = f"{place} > ({{topic:String}}, {{log:String}}, {{partition:Int32}}, {{offset:Int64}})"
        portion = _rows(store, f"{where} AND {after}", params, place, PORTION)


def count(store: Store, filters: Filters) -> int:
    """How many there are, whatever the limit."""
    where, params = _where(filters)
    return int(store.rows(f"SELECT count() FROM rejected FINAL WHERE {where}", params)[0][0])


def find_one(store: Store, reject_id: str) -> Reject:
    """The rejected event of an id.

    Raises:
        UserError: there is none, or the id is malformed.
    """
    found = find(store, Filters(ids=(reject_id,)))
    if not found:
        raise UserError(f"no rejected event {reject_id} is stored: they are kept for two weeks; see `rejected list`")
    return found[0]


def _where(filters: Filters) -> tuple[str, dict[str, Any]]:
    conditions, params = ["1"], dict[str, Any]()
    for name in ("producer", "reason"):
        if getattr(filters, name):
            conditions.append(f"{name} = {{{name}:String}}")
            params[name] = getattr(filters, name)
    if filters.since_ms is not None:
        conditions.append("appended_at >= fromUnixTimestamp64Milli({since:Int64})")
        params["since"] = filters.since_ms
    if filters.ids:
        parts = [_parsed(one) for one in filters.ids]
        names = ", ".join(f"({{log{n}:String}}, {part[1]}, {part[2]})" for n, part in enumerate(parts))
        conditions.append(f"(log_id, partition, offset) IN ({names})")
        params |= {f"log{n}": part[0] for n, part in enumerate(parts)}
    return " AND ".join(conditions), params


def _parsed(reject_id: str) -> tuple[str, int, int]:
    log_id, _, rest = reject_id.partition("/")
    partition, _, offset = rest.partition("/")
    if not (log_id and partition.isascii() and partition.isdigit() and offset.isascii() and offset.isdigit()):
        raise UserError(f"an id is log/partition/offset as `rejected list` shows it, not {reject_id!r}")
    return log_id, int(partition), int(offset)


def _rows(store: Store, where: str, params: dict[str, Any], order: str, limit: int | None) -> list[Reject]:
    # As hex: the bytes need not be text.
    found = store.query(
        "SELECT topic, log_id, partition, offset, toUnixTimestamp64Milli(appended_at) AS appended_ms, producer, "
        f"reason, field, value, nearest, message, hex(raw) AS raw FROM rejected FINAL WHERE {where} ORDER BY {order}"
        + (f" LIMIT {limit}" if limit else ""),
        params,
    )
    return [Reject(**{**row, "raw": bytes.fromhex(row["raw"])}) for row in found]


async def contract_in_force(settings: Settings, now_ms: int) -> Regime:
    """The policy that counts what comes now, with its contract: of the workers, whatever this process has as settings.

    Raises:
        Unavailable: no broker answers.
        UserError: no rules are written down.
    """
    reader = Reader(settings)
    try:
        await reader.refresh()
    finally:
        await reader.stop()
    if not reader.book.policies:
        raise UserError("no rules of counting are written down yet: run `touchpulse topics apply` first")
    return reader.book.rulebook().at(now_ms)


def judge(reject: Reject, contract: Regime, now_ms: int, topics: Sequence[str]) -> bytes | str:
    """The key to send an event with; or in words why it cannot be sent.

    Args:
        contract: what holds now.
        topics: this installation's topics of events.
    """
    if reject.topic == GATEWAY:
        return "was refused at the gateway, which told its sender at once: it is the sender's to mend and send"
    if reject.topic not in topics:
        return f"came from {reject.topic}, which is no topic of this installation"
    if len(reject.raw) >= KEPT_BYTES:
        return f"only its first {KEPT_BYTES:,} bytes were kept"
    if not reject.raw:
        return "there are no bytes: it came empty, or they were blanked when a customer was forgotten"
    event = contract.decode(reject.raw)
    if not isinstance(event, Rejection) and event.occurred_ms > now_ms + contract.policy.max_skew_ms:
        event = far_future(event, now_ms, contract.policy.max_skew_ms)
    if isinstance(event, Rejection):
        return f"still rejected ({event.reason}): {event.message}"
    return event_key(event.producer, event.event_id)


async def replay(
    rejects: Iterable[Reject],
    contract: Regime,
    *,
    topics: Sequence[str],
    now_ms: Callable[[], int],
    producer: AIOKafkaProducer | None,
    told: Callable[[int], None] = lambda _: None,
) -> Replay:
    """Sends again what the contract takes by now.

    Args:
        producer: started, with acks=all; None: a dry run.
        told: called with the number looked at so far.
    Raises:
        Unavailable: the broker went away; says how far it came. Replaying again is harmless.
    """
    result = Replay()
    pending: list[tuple[str, asyncio.Future[Any]]] = []
    for reject in rejects:
        result.looked_at += 1
        key = judge(reject, contract, now_ms(), topics)
        if isinstance(key, str):
            result.refused.append((reject.id, key))
        elif producer is None:
            result.sent.append(reject.id)
        else:
            async with _reporting(result):
                pending.append((reject.id, await producer.send(reject.topic, reject.raw, key=key)))
        if len(pending) >= PORTION:
            await _acknowledged(pending, result)
        told(result.looked_at)
    await _acknowledged(pending, result)
    return result


async def _acknowledged(pending: list[tuple[str, asyncio.Future[Any]]], result: Replay) -> None:
    async with _reporting(result):
        await asyncio.gather(*(future for _, future in pending))
    result.sent += [name for name, _ in pending]
    pending.clear()


@asynccontextmanager
async def _reporting(result: Replay) -> AsyncIterator[None]:
    """Turns the client's failures into one sentence that says how far the replay came."""
    try:
        async with asyncio.timeout(ACK_TIMEOUT_S):
            yield
    except (KafkaError, TimeoutError) as error:
        raise Unavailable(
            f"Kafka took {len(result.sent):,} events and then failed ({error!r}): replay again when it is back; no "
            "answer counts twice"
        ) from None


def as_text(raw: bytes) -> str:
    """Bytes for a person: JSON laid out, anything else as it is with odd bytes escaped."""
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except ValueError:
        return raw.decode(errors="backslashreplace")
