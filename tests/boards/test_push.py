"""`touchpulse boards push` against a Grafana that answers as ours was seen to answer (no live one was run)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboards.grafana import to_dict
from dashboards.grafana_settings import GrafanaSettings
from dashboards.library import BOARDS
from dashboards.push import Grafana, push, within
from streams.cli import app
from streams.edges.errors import SettingsError, TouchpulseError, Unavailable, UserError
from tests.kit.fake_grafana import PASSWORD, TOKEN, USER, FakeGrafana, fake_grafana

UIDS = [board.uid for board in BOARDS]


@pytest.fixture
def grafana() -> Iterator[FakeGrafana]:
    with fake_grafana() as fake:
        yield fake


def settings(grafana: FakeGrafana, **more: str) -> GrafanaSettings:
    env = {"TOUCHPULSE_GRAFANA_TOKEN": TOKEN, "TOUCHPULSE_GRAFANA_CLICKHOUSE_HOST": "clickhouse"}
    return GrafanaSettings.from_env({**env, **more}, url=grafana.url)


def test_an_empty_grafana_gets_everything(grafana: FakeGrafana) -> None:
    """Folder, data source and all boards, in the folder."""
    report = push(settings(grafana))
    assert (report.folder, report.source) == ("created", "created")
    assert report.boards == dict.fromkeys(UIDS, "created")
    assert set(grafana.board_folders.values()) == {"touchpulse"}
    assert grafana.sources["Touchpulse"]["jsonData"]["host"] == "clickhouse"


def test_pushing_again_writes_nothing(grafana: FakeGrafana) -> None:
    """Each write would be a new version in Grafana's history, with nothing in it."""
    push(settings(grafana))
    before = list(grafana.writes)
    report = push(settings(grafana))
    assert (report.folder, report.source) == ("unchanged", "unchanged")
    assert report.boards == dict.fromkeys(UIDS, "unchanged")
    assert grafana.writes == before


def test_a_board_somebody_changed_is_put_right_and_only_that_one(grafana: FakeGrafana) -> None:
    """Also over a newer version: the definition is the truth."""
    push(settings(grafana))
    grafana.boards[UIDS[0]]["title"] = "Mine"
    grafana.boards[UIDS[0]]["version"] = 7
    report = push(settings(grafana))
    assert report.boards == {UIDS[0]: "updated", **dict.fromkeys(UIDS[1:], "unchanged")}
    assert grafana.boards[UIDS[0]]["title"] == BOARDS[0].title


def test_a_board_moved_to_another_folder_stays_there(grafana: FakeGrafana) -> None:
    """Where a board stands is the users' choice."""
    push(settings(grafana))
    grafana.folders["ops"] = "Operations"
    grafana.board_folders[UIDS[0]] = "ops"
    grafana.boards[UIDS[0]]["title"] = "Mine"
    push(settings(grafana))
    assert grafana.board_folders[UIDS[0]] == "ops"


def test_a_numeric_id_of_another_grafana_is_left_out(grafana: FakeGrafana) -> None:
    """A board exported elsewhere carries one; here it would be a 404."""
    push(settings(grafana))
    board = {**to_dict(BOARDS[0]), "id": 4711, "title": "Exported"}
    assert Grafana(settings(grafana)).put_board(board) == "updated"


def test_a_renamed_folder_keeps_its_name(grafana: FakeGrafana) -> None:
    """It is known by its uid."""
    grafana.folders["touchpulse"] = "Customers"
    assert push(settings(grafana)).folder == "unchanged"
    assert grafana.folders == {"touchpulse": "Customers"}


def test_a_data_source_that_is_there_is_not_touched(grafana: FakeGrafana) -> None:
    """A provisioned one could not be changed anyway (403)."""
    grafana.sources["Our ClickHouse"] = {"uid": "touchpulse-clickhouse", "name": "Our ClickHouse"}
    assert push(settings(grafana)).source == "unchanged"
    assert list(grafana.sources) == ["Our ClickHouse"]


def test_without_the_right_to_see_data_sources_boards_are_pushed_all_the_same(grafana: FakeGrafana) -> None:
    """An Editor may write boards but not look at data sources."""
    grafana.may.discard("datasources")
    report = push(settings(grafana))
    assert report.source == "unchecked"
    assert set(report.boards.values()) == {"created"}


def test_a_user_and_password_do_as_well(grafana: FakeGrafana) -> None:
    """Small installations have no service accounts."""
    env = {"TOUCHPULSE_GRAFANA_PASSWORD": PASSWORD, "TOUCHPULSE_GRAFANA_CLICKHOUSE_HOST": "x"}
    push(GrafanaSettings.from_env(env, url=grafana.url, user=USER))
    assert set(grafana.boards) == set(UIDS)


def test_grafana_may_live_under_a_sub_path() -> None:
    """As behind a company's proxy."""
    with fake_grafana("/monitoring/grafana") as fake:
        assert push(settings(fake)).boards == dict.fromkeys(UIDS, "created")


def refuse_provisioned(grafana: FakeGrafana) -> None:
    push(settings(grafana))
    grafana.provisioned.add(UIDS[0])
    grafana.boards[UIDS[0]]["title"] = "from a file"


def another_uid(grafana: FakeGrafana) -> None:
    grafana.sources["Touchpulse"] = {"uid": "abc", "name": "Touchpulse"}


@pytest.mark.parametrize(
    ("trouble", "env", "kind", "words"),
    [
        pytest.param(
            lambda g: None, {"TOUCHPULSE_GRAFANA_TOKEN": "wrong"}, UserError, "TOUCHPULSE_GRAFANA_TOKEN", id="401"
        ),
        pytest.param(lambda g: g.may.discard("dashboards"), {}, UserError, "Editor", id="403"),
        pytest.param(refuse_provisioned, {}, UserError, "from a file", id="400-provisioned"),
        pytest.param(another_uid, {}, UserError, "'abc'", id="name-taken"),
        pytest.param(
            lambda g: None, {"TOUCHPULSE_GRAFANA_CLICKHOUSE_HOST": ""}, UserError, "CLICKHOUSE_HOST", id="no-source"
        ),
        pytest.param(lambda g: setattr(g, "broken", True), {}, Unavailable, "try again", id="500"),
        pytest.param(lambda g: setattr(g, "not_grafana", True), {}, UserError, "not as Grafana does", id="a-proxy"),
    ],
)
def test_a_refusal_is_one_sentence_that_says_what_to_do(
    grafana: FakeGrafana,
    trouble: Callable[[FakeGrafana], object],
    env: dict[str, str],
    kind: type[TouchpulseError],
    words: str,
) -> None:
    """Whoever pushes boards does not want to read a traceback, nor a status code alone."""
    trouble(grafana)
    with pytest.raises(kind, match=words) as told:
        push(settings(grafana, **env))
    assert TOKEN not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_wrong_address_is_told_apart_from_a_missing_board(grafana: FakeGrafana) -> None:
    """Reading a board that is not there is a 404 too; writing into nowhere is an error."""
    wrong = GrafanaSettings.from_env({"TOUCHPULSE_GRAFANA_TOKEN": TOKEN}, url=f"{grafana.url}/nowhere")
    with pytest.raises(UserError, match="sub-path"):
        push(wrong)


def test_nobody_there_is_said_within_the_timeout() -> None:
    """A port where nothing listens."""
    env = {"TOUCHPULSE_GRAFANA_TOKEN": TOKEN, "TOUCHPULSE_GRAFANA_TIMEOUT_S": "0.5"}
    with pytest.raises(Unavailable, match="does not answer"):
        push(GrafanaSettings.from_env(env, url="http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "TOUCHPULSE_GRAFANA_URL"),
        ({"TOUCHPULSE_GRAFANA_URL": "grafana:3000"}, "http"),
        ({"TOUCHPULSE_GRAFANA_URL": "http://grafana"}, "TOUCHPULSE_GRAFANA_TOKEN"),
        ({"TOUCHPULSE_GRAFANA_TOKN": "x"}, "TOUCHPULSE_GRAFANA_TOKN is not a setting"),
        ({"TOUCHPULSE_GRAFANA_TOKEN_FILE": "/does/not/exist"}, "TOUCHPULSE_GRAFANA_TOKEN_FILE"),
    ],
)
def test_a_wrong_setting_is_named(env: dict[str, str], words: str) -> None:
    """The name of the variable is what the reader can search for."""
    with pytest.raises(SettingsError, match=words):
        GrafanaSettings.from_env(env)


def test_a_secret_may_come_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    """Containers mount secrets as files; logs must not have them."""
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    made = GrafanaSettings.from_env({"TOUCHPULSE_GRAFANA_TOKEN_FILE": str(path)}, url="http://grafana")
    assert made.token.get_secret_value() == TOKEN
    assert TOKEN not in repr(made)


def test_the_command_says_what_became_of_each_board(grafana: FakeGrafana, monkeypatch: pytest.MonkeyPatch) -> None:
    """And `boards push` reads its secret from the environment."""
    monkeypatch.setenv("TOUCHPULSE_GRAFANA_TOKEN", TOKEN)
    monkeypatch.setenv("TOUCHPULSE_GRAFANA_CLICKHOUSE_HOST", "clickhouse")
    shown = CliRunner().invoke(app, ["boards", "push", "--url", grafana.url])
    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        "folder: created",
        "data source: created",
        *(f"{uid}: created" for uid in UIDS),
    ]


def test_only_what_we_say_is_compared() -> None:
    """Grafana adds an id, a version and defaults; a list that is longer is another list."""
    ours = {"title": "a", "panels": [{"id": 1}]}
    assert within(ours, {**json.loads(json.dumps(ours)), "id": 5, "panels": [{"id": 1, "x": 2}]})
    assert not within(ours, {"title": "a", "panels": [{"id": 1}, {"id": 2}]})
    assert not within(ours, {"title": "b", "panels": [{"id": 1}]})
