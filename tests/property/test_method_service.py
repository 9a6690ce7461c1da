"""Service facts, signals and speaking up: SQL and Python agree on any events."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.service import service, signals, speaking_up
from streams.edges.store import Store
from streams.pure.method import service as pure
from tests.kit.method import DAY_MS, END_MS, SPAN_DAYS, Scene, ask, asked, same, scene_of, twins

NEWER_MS = END_MS - SPAN_DAYS * DAY_MS // 2
PLACE = {
    "channel": st.sampled_from(["app", "store"]),
    "touchpoint": st.sampled_from([None, "pay"]),
    "days_ago": st.sampled_from([1, 69, 71, 139, 141]),
}
contacts = st.fixed_dictionaries(
    {
        "kind": st.just("interaction"),
        "wait_s": st.none() | st.sampled_from([0, 9.5, 59, 60, 299, 300, 90_000]),
        "first_contact": st.none() | st.booleans(),
        "self_service": st.booleans(),
        "times": st.sampled_from([1, 3, 30]),
        **PLACE,
    }
)
voices = st.one_of(
    st.fixed_dictionaries({"kind": st.just("complaint"), "severity": st.integers(1, 3), **PLACE}),
    st.fixed_dictionaries({"kind": st.just("csat"), "scale": st.just("1-5"), "score": st.integers(1, 5), **PLACE}),
    st.fixed_dictionaries({"kind": st.just("nps"), "score": st.integers(0, 10), **PLACE}),
).flatmap(lambda one: st.sampled_from([1, 29, 60]).map(lambda times: {**one, "times": times}))
moments = st.fixed_dictionaries(
    {
        "kind": st.just("signal"),
        "signal": st.sampled_from(["refund", "rage_tap"]),
        "size": st.none() | st.sampled_from([2, 5.5]),
        "times": st.sampled_from([1, 20, 40]),
        **PLACE,
    }
)


def place(event: Any) -> tuple[str, str]:
    return event.series[0], event.series[2]


@twins
@given(chosen=st.lists(contacts, max_size=8))
def test_service_facts_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """Waits at the bounds of bins, facts that were not told, the last bin without an end."""
    scene = scene_of(chosen)
    scene.lay(method_store)
    bins: dict[tuple[str, str], dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for event in scene.shown():
        for metric, _, at in event.answers:
            bins[place(event)][metric][at] += 1
    wanted = [
        {
            "channel": channel,
            "touchpoint": touchpoint,
            **pure.service(found["wait"], found["first_contact"], found["self_service"]).row(),
        }
        for (channel, touchpoint), found in sorted(bins.items())
    ]
    same(ask(method_store, service(("channel", "touchpoint"))), wanted)


def counts(scene: Scene) -> dict[str, dict[str, Counter[bool]]]:
    """By channel: complaints and negative answers, by whether they are of the newer half."""
    found: dict[str, dict[str, Counter[bool]]] = defaultdict(lambda: defaultdict(Counter))
    for event in scene.shown():
        for answer in event.answers:
            newer = event.occurred_ms >= NEWER_MS
            if event.kind == "complaint":
                found[event.channel]["complaints"][newer] += 1
            elif asked(answer) and (answer[2] <= (2 if answer[0] == "csat" else 6)):
                found[event.channel]["negative"][newer] += 1
    return found


@twins
@given(chosen=st.lists(voices, max_size=8))
def test_speaking_up_agrees(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """Complaints without a negative answer, answers without a complaint, and one half without either."""
    scene = scene_of(chosen)
    scene.lay(method_store)
    wanted = []
    for channel, found in sorted(counts(scene).items()):
        told, bad = found["complaints"], found["negative"]
        newer, older = (pure.speaking_up(told[half], bad[half]) for half in (True, False))
        wanted.append(
            {
                "channel": channel,
                "complaints": told.total(),
                **pure.speaking_up(told.total(), bad.total()).columns("spoken"),
                **newer.columns("newer"),
                **older.columns("older"),
                "turn": pure.turn(newer, older),
            }
        )
    same(ask(method_store, speaking_up(("channel",))), wanted)


@twins
@given(chosen=st.lists(moments, max_size=6))
def test_signals_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """By place and name, in both halves, with their mean size; bad answers stand beside and are not added."""
    scene = scene_of(chosen)
    scene.add("csat", scale="1-5", score=1, channel="app", touchpoint="pay", times=3)
    scene.lay(method_store)
    sizes: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    halves: dict[tuple[str, str, str], Counter[bool]] = defaultdict(Counter)
    for one in chosen:
        if one["days_ago"] <= SPAN_DAYS:
            key = (one["channel"], one["touchpoint"] or "", one["signal"])
            halves[key][one["days_ago"] < SPAN_DAYS / 2] += one["times"]
            sizes[key] += [one["size"]] * one["times"] if one["size"] else []
    wanted = [
        {
            "channel": channel,
            "stage": "",
            "touchpoint": touchpoint,
            "signal": signal,
            "signals": found.total(),
            "newer": found[True],
            "older": found[False],
            "turn": pure.turn_of_counts(found[True], found[False]),
            "size": sum(told) / len(told) if (told := sizes[channel, touchpoint, signal]) else None,
            "unit": "",
            "asked_bad": 3 if (channel, touchpoint) == ("app", "pay") else 0,
        }
        for (channel, touchpoint, signal), found in halves.items()
    ]
    wanted.sort(key=lambda row: (-row["signals"], row["channel"], row["touchpoint"], row["signal"]))
    same(ask(method_store, signals()), wanted)
