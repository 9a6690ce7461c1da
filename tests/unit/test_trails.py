"""Footprints in files: used where they are sound, passed over where they are not."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from streams.edges import trails
from streams.edges.trails import Trails
from streams.pure.lateness import Past
from streams.pure.trail import Footprint, recall
from tests.kit.logs import START_MS, event, policy, record, rulebook

LOG = "some-log"


def footprint(since: int, offsets: list[int] | range) -> Footprint:
    times = array("q", [START_MS + offset for offset in offsets])
    return Footprint.of(since, offsets, times, [f"k{offset}".encode() for offset in offsets])


def told(found: list[Footprint]) -> list[int]:
    return [offset for each in found for offset in each.offsets()]


def kept(folder: Path, *footprints: Footprint, needed_from: int = 0) -> Trails:
    trail = Trails(folder)
    for each in footprints:
        trail.keep(LOG, 0, [each], needed_from=needed_from)
    return trail


def test_what_was_kept_is_recalled_by_the_next_process(tmp_path: Path) -> None:
    first, second = footprint(0, range(5)), footprint(5, [5, 7, 9])
    kept(tmp_path, first, second)
    assert Trails(tmp_path).recall(LOG, 0)(0, 10) == [first, second]


def test_another_partition_or_another_log_has_a_trail_of_its_own(tmp_path: Path) -> None:
    trail = kept(tmp_path, footprint(0, range(5)))
    assert trail.recall(LOG, 1)(0, 5) == []
    assert trail.recall("a-log-made-anew", 0)(0, 5) == []


def test_only_the_wanted_offsets_are_recalled(tmp_path: Path) -> None:
    trail = kept(tmp_path, footprint(0, range(10)), footprint(10, [10, 13, 19]))
    assert told(list(trail.recall(LOG, 0)(4, 15))) == [4, 5, 6, 7, 8, 9, 10, 13]


def test_a_gap_ends_what_is_recalled_and_a_gap_at_the_start_leaves_nothing() -> None:
    parts = [footprint(0, range(5)), footprint(8, range(8, 10))]
    assert told(recall(parts, 0, 10)) == [0, 1, 2, 3, 4]
    assert recall(parts, 6, 10) == []


def test_what_two_runs_noted_of_the_same_offsets_is_recalled_once() -> None:
    parts = [footprint(3, range(3, 9)), footprint(0, range(5)), footprint(4, range(4, 6))]
    assert told(recall(parts, 0, 100)) == list(range(9))


@pytest.mark.parametrize("cut", [1, 9, 40])
def test_a_file_cut_off_by_a_crash_is_believed_up_to_the_cut(tmp_path: Path, cut: int) -> None:
    trail = kept(tmp_path, footprint(0, range(5)), footprint(5, range(5, 9)))
    (path,) = tmp_path.rglob("*.trail")
    path.write_bytes(path.read_bytes()[:-cut])
    assert told(list(trail.recall(LOG, 0)(0, 9))) == list(range(5))


def test_nothing_behind_a_damaged_byte_is_believed(tmp_path: Path) -> None:
    trail = kept(tmp_path, footprint(0, range(5)), footprint(5, range(5, 9)))
    (path,) = tmp_path.rglob("*.trail")
    data = bytearray(path.read_bytes())
    data[data.index(b"k3")] ^= 1
    path.write_bytes(data)
    assert trail.recall(LOG, 0)(0, 9) == []


def test_the_trail_of_another_contract_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another contract may have refused other events, and remembers other ids."""
    kept(tmp_path, footprint(0, range(5)))
    monkeypatch.setattr(trails, "STAMP", b"another\n")
    assert Trails(tmp_path).recall(LOG, 0)(0, 5) == []


def test_files_nobody_needs_any_more_are_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trails, "SEGMENT", 10)
    trail = Trails(tmp_path)
    for first in range(0, 100, 5):
        trail.keep(LOG, 0, [footprint(first, range(first, first + 5))], needed_from=first - 20)
    assert told(list(trail.recall(LOG, 0)(80, 100))) == list(range(80, 100))
    assert len(list(tmp_path.rglob("*.trail"))) <= 4


def test_a_disk_that_takes_nothing_is_told_once_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trail = Trails(tmp_path)
    (tmp_path / LOG).write_text("in the way")
    for first in (0, 5):
        trail.keep(LOG, 0, [footprint(first, range(first, first + 5))], needed_from=0)
    assert capsys.readouterr().out.count("no longer kept") == 1
    assert trail.recall(LOG, 0)(0, 10) == []


def test_a_past_recalled_judges_as_one_that_was_read() -> None:
    rules = rulebook(policy(horizon=6, max_skew_ms=0))
    log = [record(n, START_MS + 1_000 * n, event(f"e{n % 4}", START_MS)) for n in range(12)]
    keys = [item.key or b"" for item in log]
    read, noted = Past(rules, 0), Past(rules, 0, noting=True)
    for past in (read, noted):
        for start in (0, 4):
            young, _, _ = past.take(log[start : start + 4])
            young.update({key: offset for offset, key in enumerate(keys[start : start + 4], start)})
            past.note(keys[start : start + 4])
    recalled = Past(rules, 0, recalled=noted.footprints)
    assert recalled.position == 8
    assert recalled.latest_ms == START_MS + 7_000
    assert read.take(log[8:]) == recalled.take(log[8:])
    assert [read.late.line_ms(n, 0) for n in range(8, 12)] == [recalled.late.line_ms(n, 0) for n in range(8, 12)]
