"""Handing pages over: nothing lost, and twice only what was under way at a crash.

A receiver in memory, a log in memory, and a clock that is set: an outage of hours passes in milliseconds.
"""

from __future__ import annotations

import asyncio
import logging

import pytest

from streams.apps import page_log
from streams.apps.delivery_book import KNOWN_MS, Book, Known
from streams.edges.receivers.note import MISSED
from streams.edges.receivers.outcome import NotTaken, Refused
from streams.pure.alerting.hand import DIGEST_FROM, ROOM
from streams.pure.alerting.messages import DeliveryMessage
from tests.kit.delivering import Cluster, Worker
from tests.kit.sendings import AT_MS, sending
from tests.kit.takers import InMemory

HOUR_MS = 3_600_000


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


async def test_what_is_sent_is_first_written_down_then_handed_over_then_written_off(cluster: Cluster) -> None:
    team = InMemory("team")
    cluster.emit(sending("a"))
    worker = await Worker(cluster, team).start()
    seen: list[list[str]] = []
    hand_over = team.hand_over

    async def looking(note: object) -> str:
        seen.append(cluster.states("a-1", "team"))
        return await hand_over(note)  # type: ignore[arg-type]

    team.hand_over = looking  # type: ignore[method-assign, assignment]
    await worker.work()
    assert seen == [["trying"]], "what was handed over without a trace would be lost track of in a crash"
    assert cluster.states("a-1", "team") == ["trying", "delivered"]
    assert cluster.committed == 1


async def test_a_receiver_that_fails_for_an_hour_gets_the_page_once(cluster: Cluster) -> None:
    team = InMemory("team")
    team.fails = NotTaken("answered 500", unclear=False)
    cluster.emit(sending("a"))
    worker = await Worker(cluster, team).start()
    await worker.pass_time(HOUR_MS)
    failed = [one for one in cluster.told if one.state == "failed"]
    assert 15 <= len(failed) <= 25, "visible, and with growing pauses"
    assert failed[-1].error == "answered 500"
    assert failed[-1].tries == len(failed)
    assert cluster.committed == 0, "read again after a crash"
    team.fails = None
    await worker.pass_time(300_000)
    assert team.pages == ["a-1"]
    assert cluster.states("a-1", "team")[-1] == "delivered"
    assert cluster.committed == 1
    await worker.pass_time(HOUR_MS)
    assert team.pages == ["a-1"]


async def test_a_receiver_that_takes_nothing_for_a_day_is_given_up_visibly(cluster: Cluster) -> None:
    team = InMemory("team")
    team.fails = NotTaken("answered 500")
    cluster.emit(sending("a"))
    worker = await Worker(cluster, team).start()
    await worker.pass_time(25 * HOUR_MS)
    assert cluster.told[-1].state == "refused"
    assert "not taken within a day: answered 500" in cluster.told[-1].error
    assert cluster.committed == 1
    assert await worker.work_at("team") is None


async def test_after_a_crash_in_the_middle_the_page_goes_out_again_and_says_so(cluster: Cluster) -> None:
    before, after = InMemory("team"), InMemory("team")
    before.hangs = asyncio.Event()
    cluster.emit(sending("a"), sending("b"))
    worker = await Worker(cluster, before).start()
    under_way = asyncio.create_task(worker.app.lanes["team"].step())
    while not before.attempts:
        await asyncio.sleep(0)
    under_way.cancel()  # kill -9: nothing more is written
    await (await Worker(cluster, after).start()).work()
    assert after.pages == ["a-1", "b-1"]
    assert [note.page.possibly_repeated for note in after.notes] == [True, False]
    assert [note.key for note in after.notes] == ["a-1", "b-1"], "who honours keys takes it once"
    assert "repeat" in after.notes[0].body
    assert cluster.states("a-1", "team") == ["trying", "trying", "delivered"]


async def test_after_a_crash_what_was_delivered_or_refused_is_left_alone(cluster: Cluster) -> None:
    team = InMemory("team")
    cluster.emit(sending("a"), sending("b"))
    worker = await Worker(cluster, team).start()
    await worker.app.lanes["team"].step()
    team.fails = Refused("answered 400")
    await worker.app.lanes["team"].step()
    assert cluster.states("b-1", "team") == ["trying", "refused"], "tried once, and never again"
    cluster.committed = 0  # the commit was lost with the worker
    again = InMemory("team")
    await (await Worker(cluster, again).start()).work()
    assert again.attempts == 0
    assert cluster.committed == 2


async def test_nothing_is_handed_over_before_it_is_known_what_became_of_it(cluster: Cluster) -> None:
    cluster.emit(sending("a"))
    await (await Worker(cluster, InMemory("team")).start()).work()
    cluster.committed = 0
    again = InMemory("team")
    worker = await Worker(cluster, again).start(read_back=False)
    await worker.app.tick(worker.consumer)  # type: ignore[arg-type]
    assert asyncio.all_tasks() == {asyncio.current_task()}, "no lane runs yet"
    await worker.read_back()
    await worker.app.tick(worker.consumer)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await worker.app.close()
    assert again.attempts == 0


async def test_nothing_is_handed_over_while_kafka_does_not_take_the_trace(cluster: Cluster) -> None:
    team = InMemory("team")
    cluster.emit(sending("a"))
    worker = await Worker(cluster, team).start()
    waits: list[float] = []

    async def back(seconds: float) -> None:
        assert team.attempts == 0
        waits.append(seconds)
        cluster.away = len(waits) < 3

    worker.app.desk.sleep = back
    cluster.away = True
    await worker.work()
    assert len(waits) == 3
    assert team.pages == ["a-1"]


async def test_the_same_sending_told_twice_by_the_engine_goes_out_once(cluster: Cluster) -> None:
    """After a crash of its own the engine says the same again, with the same ids."""
    team = InMemory("team")
    team.fails = NotTaken("answered 500")
    cluster.emit(sending("a"))
    worker = await Worker(cluster, team).start()
    await worker.pass_time(HOUR_MS)
    attempts = team.attempts
    cluster.emit(sending("a"))
    await worker.read()
    await worker.work()
    assert team.attempts == attempts, "nor does it start its pauses anew"
    team.fails = None
    await worker.pass_time(300_000)
    cluster.emit(sending("a"))
    await worker.read()
    await worker.work()
    assert team.pages == ["a-1"]
    assert cluster.committed == 3


async def test_of_two_receivers_one_that_is_down_delays_nothing_for_the_other(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_log, "KEPT", 50)
    up, down = InMemory("up"), InMemory("down")
    down.fails = NotTaken("cannot be reached")
    worker = await Worker(cluster, up, down).start()
    for number in range(600):  # more than is kept in memory
        cluster.emit(sending(f"a{number}", at_ms=AT_MS + number))
        if number % 100 == 99:
            await worker.read()
            await worker.pass_time(1_000)
    everything = [f"a{number}-1" for number in range(600)]
    assert up.pages == everything
    assert len(worker.app.lanes["down"].hand) <= ROOM
    assert cluster.committed == 0
    another = await Worker(cluster, InMemory("up"), down).start()
    await another.work()
    assert len(another.app.lanes["down"].hand) <= ROOM, "also where all of it is there at once"
    down.fails = None
    await worker.pass_time(300_000)
    assert sorted(down.pages) == sorted(everything)
    assert cluster.far_reads
    assert up.pages == everything
    assert cluster.committed == 600


async def test_a_receiver_that_hangs_is_left_after_its_time_and_others_go_on(cluster: Cluster) -> None:
    stuck, fine = InMemory("stuck"), InMemory("fine")
    stuck.hangs, stuck.timeout_s = asyncio.Event(), -0.95  # with the second's grace: 50 ms
    cluster.emit(sending("a"))
    worker = await Worker(cluster, stuck, fine).start()
    await worker.app.tick(worker.consumer)  # type: ignore[arg-type]
    async with asyncio.timeout(5):
        while cluster.states("a-1", "stuck") != ["trying", "failed"]:
            await asyncio.sleep(0.01)
    assert fine.pages == ["a-1"]
    stuck.hangs = None
    cluster.now_ms += 1_000
    await worker.app.close()
    again = await Worker(cluster, stuck, fine).start()
    await again.work()
    assert stuck.pages == ["a-1"]
    assert fine.pages == ["a-1"]


async def test_an_attempt_without_an_answer_makes_the_next_one_a_possible_repeat(cluster: Cluster) -> None:
    team = InMemory("team")
    team.fails = NotTaken("did not answer within 10 s", unclear=True)
    cluster.emit(sending("a"))
    worker = await Worker(cluster, team).start()
    await worker.work()
    team.fails = None
    await worker.pass_time(2_000)
    assert [note.page.possibly_repeated for note in team.notes] == [True]


async def test_the_end_of_an_alert_follows_its_page_once_the_receiver_is_back(cluster: Cluster) -> None:
    team = InMemory("team")
    team.fails = NotTaken("cannot be reached")
    worker = await Worker(cluster, team).start()
    for step, send in enumerate(["page", "repeat", "repeat", "resolve"], start=1):
        cluster.emit(sending("a", send, step, at_ms=cluster.now_ms))
        await worker.read()
        await worker.pass_time(HOUR_MS)
    team.fails = None
    await worker.pass_time(300_000)
    assert team.pages == ["a-1", "a-4"], "what it stands at is not told any more once it is over"
    assert cluster.states("a-2", "team")[-1] == cluster.states("a-3", "team")[-1] == "refused"
    assert cluster.committed == 4


async def test_what_runs_in_shadow_reaches_nobody(cluster: Cluster) -> None:
    team = InMemory("team")
    cluster.emit(sending("a", shadow=True))
    await (await Worker(cluster, team).start()).work()
    assert team.attempts == 0
    assert cluster.told == []
    assert cluster.committed == 1


async def test_a_page_for_nobody_known_reaches_the_default_ones_and_waits_for_its_own(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    team, spare = InMemory("team"), InMemory("spare")
    cluster.emit(sending("a", to=["taem"]), sending("b", to=["spare"]))
    worker = await Worker(cluster, team, spare, default=["team"]).start()
    await worker.pass_time(HOUR_MS)
    assert (team.pages, spare.pages) == (["a-1"], ["b-1"])
    assert cluster.states("a-1", "taem")[-1] == "failed"
    assert "no receiver of this name" in cluster.told[-1].error
    assert "'taem'" in caplog.text
    assert cluster.committed == 0, "kept until somebody mends the file"
    found = InMemory("taem")
    mended = await Worker(cluster, team, spare, found, default=["team"]).start()
    await mended.work()
    assert (found.pages, team.pages) == (["a-1"], ["a-1"])


async def test_signs_of_life_go_to_programs_and_to_whom_a_rule_names(cluster: Cluster) -> None:
    program, people = InMemory("program"), InMemory("people", for_people=True, hears_beats=False)
    worker = await Worker(cluster, program, people).start()
    cluster.emit(
        sending("b1", kind="heartbeat", rule="alive"),
        sending("b2", kind="heartbeat", rule="alive-too", to=["people"]),
        sending("a"),
    )
    await worker.read()
    await worker.work()
    assert (program.pages, people.pages) == (["b1-1", "a-1"], ["b2-1", "a-1"])


async def test_a_sign_of_life_of_long_ago_is_not_told(cluster: Cluster) -> None:
    program = InMemory("program")
    cluster.emit(sending("b", kind="heartbeat", at_ms=AT_MS - HOUR_MS))
    cluster.committed = 0
    await (await Worker(cluster, program).start()).work()
    assert program.attempts == 0
    assert cluster.states("b-1", "program") == ["refused"]


async def test_after_days_without_anybody_delivering_people_read_one_line_and_programs_nothing(
    cluster: Cluster,
) -> None:
    people, program = InMemory("people", for_people=True), InMemory("program")
    for number in range(300):  # more than are in hand at once
        cluster.emit(sending(f"old{number}", at_ms=AT_MS - 48 * HOUR_MS + number * HOUR_MS // 10))
    cluster.emit(sending("new", at_ms=AT_MS - HOUR_MS))
    cluster.committed = 0
    await (await Worker(cluster, people, program).start()).work()
    assert program.pages[-1] == "new-1"
    old = [f"old{number}-1" for number in range(240)]  # those of the last day are told one by one
    assert not set(old) & {*program.pages, *people.pages}
    summary = [note for note in people.notes if note.page.kind == MISSED]
    assert [note.page.n for note in summary] == [240]
    assert "240 notices" in summary[0].headline
    assert {cluster.states(page, "people")[-1] for page in old} == {"refused"}
    assert cluster.committed == 301


async def test_tickets_that_waited_are_told_to_people_as_one_message(cluster: Cluster) -> None:
    people, program = InMemory("people", for_people=True), InMemory("program")
    people.fails = program.fails = NotTaken("cannot be reached")
    for number in range(DIGEST_FROM + 5):
        cluster.emit(sending(f"t{number}", "ticket", scope={"channel": f"shop {number}"}))
    cluster.emit(sending("p", scope={"channel": "web"}))
    worker = await Worker(cluster, people, program).start()
    await worker.pass_time(HOUR_MS)
    people.fails = program.fails = None
    await worker.pass_time(600_000)
    (page,) = [note for note in people.notes if note.page.id == "p-1"]
    (digest,) = [note for note in people.notes if note is not page]
    assert "web" in page.headline
    assert "15 notices" in digest.headline
    assert "shop 14" in digest.body
    assert len(program.notes) == DIGEST_FROM + 6
    assert {cluster.states(f"t{number}-1", "people")[-1] for number in range(15)} == {"delivered"}


async def test_a_mistake_of_a_receivers_own_is_tried_again_and_its_text_is_not_repeated(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    team = InMemory("team")
    team.fails = RuntimeError("could not open https://hooks.example.org/secret-path")
    cluster.emit(sending("a"))
    worker = await Worker(cluster, team).start()
    with caplog.at_level(logging.DEBUG):
        await worker.work()
    assert cluster.told[-1].state == "failed"
    assert "RuntimeError" in cluster.told[-1].error
    assert "secret-path" not in caplog.text + cluster.told[-1].error
    team.fails = None
    await worker.pass_time(2_000)
    assert team.pages == ["a-1"]


async def test_before_the_first_start_of_all_only_the_last_hour_is_told(cluster: Cluster) -> None:
    """Rules may have run for months before somebody wrote down who is to be told."""
    team = InMemory("team")
    cluster.emit(sending("old", at_ms=AT_MS - 2 * HOUR_MS), sending("new", at_ms=AT_MS - 60_000))
    await (await Worker(cluster, team).start()).work()
    assert team.pages == ["new-1"]
    cluster.committed, later = None, InMemory("team")  # the group's place was lost: now it is known who was told
    cluster.emit(sending("next", at_ms=AT_MS))
    await (await Worker(cluster, later).start()).work()
    assert later.pages == ["old-1", "next-1"]


async def test_what_was_written_down_long_ago_takes_no_memory(cluster: Cluster) -> None:
    book = Book()
    book.note(DeliveryMessage("old-1", "old", "rule", "team", "delivered", AT_MS - KNOWN_MS - 1), AT_MS)
    book.note(DeliveryMessage("a-1", "a", "rule", "team", "delivered", AT_MS), AT_MS)
    book.note(DeliveryMessage("a-1", "a", "rule", "team", "trying", AT_MS + 1), AT_MS)
    assert book.of("old-1", "team") is None
    assert book.of("a-1", "team") == Known("delivered", 0, AT_MS, ""), "a zombie's later word changes nothing"
    book.forget(AT_MS + KNOWN_MS + 1)
    assert book.of("a-1", "team") is None
