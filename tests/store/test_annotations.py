"""Annotations: told once, shown on the boards, taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.annotations import Annotation, AnnotationError, take_back, tell, told
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.kit.clickhouse import fresh_database, migrated

AT = 1_795_000_000_000
ACTION = Annotation("action", "second till", AT, "store", "till", 5_000.0)
RELEASE = Annotation("release", "app 4.2", AT + 1_000, "app")


@pytest.fixture(scope="module")
def settings(clickhouse_url: str) -> Settings:
    return Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    with migrated(settings) as made:
        yield made


def test_what_was_told_is_there_once_and_newest_first(store: Store) -> None:
    """Telling it again changes nothing but its cost."""
    for one in (ACTION, RELEASE, RELEASE, Annotation("action", "second till", AT, "store", "till", 6_000.0)):
        tell(store, one)
    found = told(store, AT)
    assert [(one.what, one.cost) for one in found] == [("app 4.2", None), ("second till", 6_000.0)]
    assert told(store, AT + 1_000) == [RELEASE]


def test_a_mistake_is_taken_back_and_may_be_told_again(store: Store) -> None:
    wrong = Annotation("note", "rain", AT + 5_000)
    assert take_back(store, tell(store, wrong)) == wrong
    assert wrong not in told(store, AT)
    with pytest.raises(AnnotationError, match="touchpulse annotations"):
        take_back(store, wrong.id)
    tell(store, wrong)
    assert wrong in told(store, AT)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "party"}, "action, release, note"),
        ({"what": " "}, "1 to 200 letters"),
        ({"what": "x" * 201}, "1 to 200 letters"),
        ({"touchpoint": ""}, "needs --touchpoint"),
        ({"kind": "note"}, "belongs to an action"),
        ({"cost": -1.0}, "0 or more"),
        ({"cost": float("nan")}, "0 or more"),
    ],
)
def test_what_cannot_be_drawn_says_what_to_mend(fields: dict[str, object], words: str) -> None:
    whole = {"kind": "action", "what": "till", "at_ms": AT, "touchpoint": "till", "cost": 1.0, **fields}
    with pytest.raises(AnnotationError, match=words):
        Annotation(**whole)  # type: ignore[arg-type]  # wrong on purpose


def test_the_program_tells_lists_and_takes_back(store: Store, settings: Settings) -> None:
    """As people type it; a touchpoint nobody ever named is worth a second look."""
    env = {
        "TOUCHPULSE_CLICKHOUSE_URL": settings.clickhouse_url,
        "TOUCHPULSE_CLICKHOUSE_DATABASE": settings.clickhouse_database,
    }

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, list(words), env=env)
        assert done.exit_code == 0, done.output
        return done.output

    said = run(
        "annotate", "bigger signs", "--kind", "action", "--at", "2026-11-02", "--touchpoint", "til", "--cost", "900"
    )
    assert "2026-11-02 00:00:00 UTC  action, til: bigger signs, cost 900" in said
    assert "no answer names touchpoint til yet" in said
    listed = run("annotations", "--since", "2026-11-01")
    assert "bigger signs" in listed
    assert "taken back" in run("annotate", said.split()[0], "--undo")
    assert "bigger signs" not in run("annotations", "--since", "2026-11-01")
