"""Answers with known numbers, laid down in the store's tables as the workers would lay them.

Why by hand and not through the workers: a board is right or wrong whatever filled the tables, and a test
must be able to say by itself what a number has to be. `World.answers` is the truth; rows are made from it
here, and expected values are counted from it again by plain loops.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.scales import SCALES
from streams.pure.scores import Tally, as_row, score

Row = dict[str, Any]
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
SLICE = 10 * SECOND
WINDOWS_S = (300, 3_600, 86_400)
TIERS = {"panes_10s": SLICE, "panes_1m": MINUTE, "panes_1h": HOUR}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one customer."""

    at_ms: int
    channel: str
    scale: str
    point: int
    touchpoint: str = ""
    stage: str = ""
    location: str = ""
    comment: str = ""
    respondent: str = "customer"
    kept_as: str = "accepted"

    @property
    def metric(self) -> str:
        """csat, ces or nps; the scale's family where it is none of them."""
        return self.scale.partition("-")[0]

    @property
    def box(self) -> int:
        """-1 bad, 0 neutral, 1 top."""
        return SCALES[self.scale].box(self.point)


@dataclass(slots=True)
class World:
    """All answers up to `now_ms`, and the alerts told of them."""

    now_ms: int
    answers: list[Answer] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)
    heard_ms: int | None = None
    """Up to when every source was heard; None: up to now."""

    def add(self, at_ms: int, channel: str, scale: str, points: Iterable[int], **more: Any) -> None:
        """Answers of one moment."""
        self.answers += [Answer(at_ms, channel, scale, point, **more) for point in points]

    # -- rows of the tables --------------------------------------------------------------------------

    def tables(self, as_ofs_ms: Sequence[int] | None = None) -> Iterator[tuple[str, list[Row]]]:
        """All tables with their rows. `as_ofs_ms`: ends of the rolling windows; default: now alone."""
        for tier, width_ms in TIERS.items():
            yield tier, list(self.panes(width_ms, coarse=tier != "panes_10s"))
        yield "scores", list(self.scores(as_ofs_ms or [self.window_end_ms()]))
        yield "touchpoints", list(self.touchpoints())
        yield "rejected", list(self.rejected())
        yield "alerts", self.alerts
        yield "names", list(self.names())
        yield "ledger", list(self.ledger())
        yield "revisions", list(self.revisions())

    def window_end_ms(self) -> int:
        """End of the slice that now lies in."""
        return self.now_ms - self.now_ms % SLICE + SLICE

    def panes(self, width_ms: int, *, coarse: bool) -> Iterator[Row]:
        """Counted answers by slice."""
        counts: dict[tuple[Any, ...], int] = defaultdict(int)
        for a in self.answers:
            if a.kept_as != "test":
                key = (
                    a.at_ms - a.at_ms % width_ms,
                    a.channel,
                    a.stage,
                    a.touchpoint,
                    a.location,
                    a.respondent,
                )
                counts[(*key, a.metric, a.scale, a.point, a.box)] += 1
        for (
            start,
            channel,
            stage,
            touchpoint,
            location,
            respondent,
            metric,
            scale,
            point,
            box,
        ), n in counts.items():
            row: Row = {
                "slice": start, "channel": channel, "stage": stage, "touchpoint": touchpoint, "location": location,
                "segment": "", "respondent": respondent, "metric": metric, "scale": scale, "bin": point, "box": box,
                "n": n, "w_micro": n * 1_000_000, "w2_micro": n * 1_000_000, "lane": "live", "version": 1,
            }  # fmt: skip
            if not coarse:
                row |= {"log_id": "log", "partition": 0, "block": 0, "policy": 1}
            yield row

    def scores(self, as_ofs_ms: Sequence[int]) -> Iterator[Row]:
        """Rolling scores at each of these ends, for each channel and for all."""
        places = sorted({(a.channel, a.scale) for a in self.answers if a.scale.startswith(("csat", "ces", "nps"))})
        keys = [("channel", channel, scale) for channel, scale in places]
        keys += [("all", "", scale) for scale in sorted({scale for _, scale in places})]
        heard = self.now_ms if self.heard_ms is None else self.heard_ms
        for window_s in WINDOWS_S:
            for dimension, channel, scale in keys:
                times = self._times(channel, scale)
                for end in as_ofs_ms:
                    tally = _between(times, scale, end - window_s * SECOND, end)
                    metric = scale.partition("-")[0]
                    yield {
                        "window_s": window_s, "dimension": dimension, "channel": channel, "member": "",
                        "metric": metric, "scale": scale, "as_of": end, **as_row(score(metric, scale, tally)),
                        "independence": 1, "complete_until": min(heard, end), "complete": int(heard >= end),
                        "computed_ms": min(end, self.now_ms),
                    }  # fmt: skip

    def _times(self, channel: str, scale: str) -> dict[int, list[int]]:
        """Sorted times of customers' answers by scale point."""
        times: dict[int, list[int]] = defaultdict(list)
        for a in sorted(self.answers, key=lambda a: a.at_ms):
            if a.scale == scale and a.respondent == "customer" and a.kept_as != "test" and channel in ("", a.channel):
                times[a.point].append(a.at_ms)
        return times

    def touchpoints(self) -> Iterator[Row]:
        """Events, one an answer."""
        for number, a in enumerate(self.answers):
            yield {
                "class": a.kept_as, "rank": 1, "log_id": "log", "topic": "touchpoints", "partition": 0,
                "offset": number, "appended_at": a.at_ms, "stored_at": max(a.at_ms, self.now_ms - DAY),
                "producer": "seed", "event_id": f"event-{number}", "kind": a.metric, "occurred_at": a.at_ms,
                "sent_at": None, "channel": a.channel, "touchpoint": a.touchpoint, "stage": a.stage,
                "location": a.location, "segment": "", "customer": f"customer-{number}", "respondent": a.respondent,
                "weight_micro": 1_000_000, "question_id": "", "question_version": "", "element": "",
                "comment": a.comment, "attributes": {}, "metrics": [a.metric], "scales": [a.scale],
                "bins": [a.point], "boxes": [a.box], "detail": "{}",
            }  # fmt: skip

    def ledger(self) -> Iterator[Row]:
        """The one block all events lie in, as it stood after each minute."""
        counts = dict.fromkeys(("accepted", "late", "test"), 0)
        minutes: dict[int, list[Answer]] = defaultdict(list)
        for a in self.answers:
            minutes[a.at_ms // MINUTE].append(a)
        for _, answers in sorted(minutes.items()):
            for a in answers:
                counts["late" if a.kept_as in ("late", "import") else "accepted"] += 1
                counts["test"] += a.kept_as == "test"
            reached = counts["accepted"] + counts["late"]
            yield {
                "topic": "touchpoints", "log_id": "log", "partition": 0, "block": 0, "first_offset": 0,
                "next_offset": reached, "record_time": max(a.at_ms for a in answers), "policy": 1, "closed": 0,
                "heard_until": self.now_ms if self.heard_ms is None else self.heard_ms, **counts, "duplicate": 0,
                "rejected": 0, "writer": "seed", "version": reached,
            }  # fmt: skip

    def revisions(self) -> Iterator[Row]:
        """History of the first answer's slice, changed a minute ago by a late one."""
        for a in self.answers[:1]:
            yield {
                "slice": a.at_ms - a.at_ms % SLICE, "width_s": 10, "channel": a.channel, "touchpoint": a.touchpoint,
                "metric": a.metric, "scale": a.scale, "lane": "late", "why": "late", "n_before": 0, "top_before": 0,
                "bad_before": 0, "n": 1, "top": 0, "bad": 1, "base": 0, "version": 1,
                "revised_at": self.now_ms - MINUTE,
            }  # fmt: skip

    def names(self) -> Iterator[Row]:
        """What the drop-downs offer."""
        for dimension in ("channel", "touchpoint", "location"):
            for name in sorted({getattr(answer, dimension) for answer in self.answers} - {""}):
                yield {"dimension": dimension, "name": name, "last_seen": self.now_ms}
        yield {"dimension": "producer", "name": "seed", "last_seen": self.now_ms}

    def rejected(self) -> Iterator[Row]:
        """Events nobody could take: three of one kind, one of another."""
        for number, (reason, name) in enumerate([("unknown_name", "channel")] * 3 + [("off_scale", "score")]):
            yield {
                "topic": "touchpoints", "log_id": "log", "partition": 0, "offset": 10_000_000 + number,
                "appended_at": self.now_ms - MINUTE + number, "producer": "seed", "reason": reason, "field": name,
                "value": '"stoer"', "nearest": "store", "message": f"{name} is wrong.", "raw": "{}",
            }  # fmt: skip

    def alert(self, kind: str, at_ms: int, channel: str, scale: str, words: str, **more: Any) -> None:
        """An alert, as `notify` tells it."""
        self.alerts.append(
            {
                "alert_id": f"{kind}|{channel}|{scale}|{at_ms}|{len(self.alerts)}",
                "rule": kind,
                "kind": kind,
                "severity": "warning" if kind == "worsening" else "info",
                "state": "firing" if kind == "worsening" else "noted",
                "at": at_ms,
                "channel": channel,
                "touchpoint": "",
                "location": "",
                "segment": "",
                "metric": scale.partition("-")[0],
                "scale": scale,
                "value": None,
                "baseline": None,
                "n": 1,
                "reason": words,
                "detail": "{}",
                "version": 1,
                **more,
            }
        )


def _between(times: dict[int, list[int]], scale: str, since_ms: int, until_ms: int) -> Tally:
    counts = {point: bisect_left(at, until_ms) - bisect_left(at, since_ms) for point, at in times.items()}
    return Tally.of(SCALES[scale], [(p, n, n * 1_000_000, n * 1_000_000) for p, n in counts.items() if n])


Insert = Callable[[str, dict[str, list[Any]]], object]
"""Puts columns into a table: `Store.insert_columns`."""


def fill(insert: Insert, world: World, as_ofs_ms: Sequence[int] | None = None) -> None:
    """Lays a world down in the store."""
    for table, rows in world.tables(as_ofs_ms):
        if rows:
            insert(table, {name: [row[name] for row in rows] for name in rows[0]})


def small_world(now_ms: int) -> World:
    """A world small enough to check by hand.

    In the last five minutes: `app` 40 csat answers, 10 of them satisfied; `web` 50, 45 satisfied; `store` 4,
    none satisfied; `phone_in` silent for an hour. NPS of `web` 60/15/25 of 100: +35. Effort of `app` 1-5, where
    less is better.
    """
    world = World(now_ms)
    just_now, before, long_ago = now_ms - MINUTE, now_ms - 7 * MINUTE, now_ms - 100 * MINUTE
    pay = {"touchpoint": "checkout", "stage": "purchase"}
    find = {"touchpoint": "search", "stage": "pre_purchase"}
    world.add(just_now, "app", "csat-1-5", [5] * 10 + [3] * 4 + [1] * 25, location="North", **pay)
    world.add(just_now + 5 * SECOND, "app", "csat-1-5", [2], location="North", comment="It failed <b>twice</b>", **pay)
    world.add(before, "app", "csat-1-5", [5] * 70 + [1] * 10, location="South", **find)
    world.add(just_now, "web", "csat-1-5", [4] * 45 + [2] * 5, **find)
    world.add(before, "web", "csat-1-5", [4] * 44 + [2] * 6, **find)
    world.add(just_now, "store", "csat-1-5", [1] * 4, location="East", **pay)
    world.add(long_ago, "phone_in", "csat-1-5", [4] * 8, **pay)
    world.add(just_now, "web", "nps-0-10", [10] * 60 + [8] * 15 + [3] * 25, **find)
    world.add(just_now, "app", "ces-effort-1-5", [5] * 30 + [1] * 10, **pay)
    world.add(before, "app", "ces-effort-1-5", [1] * 30 + [2] * 10, **pay)
    # Never pooled, never counted:
    apart = {"comment": "never shown", **pay}
    world.add(just_now + 6 * SECOND, "app", "csat-1-5", [1] * 500, respondent="employee", **apart)
    world.add(just_now + 6 * SECOND, "app", "csat-1-5", [1] * 500, kept_as="test", **apart)
    # Nobody ever said 8: odd, and told so to the producer.
    world.add(just_now, "app", "trust-1-10", [7] * 60 + [9] * 70, respondent="employee", **apart)
    world.alert("worsening", now_ms - 30 * SECOND, "app", "csat-1-5", "app: bad CSAT answers rose from 12 % to 65 %")
    world.alert("bad_answer", just_now, "store", "csat-1-5", "CSAT 1 on 1-5 at store / checkout / East")
    return world
