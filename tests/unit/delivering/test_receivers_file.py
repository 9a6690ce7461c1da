"""The file of receivers: read with file, line, field and reason, or not at all; and the commands on it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from streams.apps.run import build
from streams.cli import app
from streams.edges.errors import FileError, SettingsError
from streams.edges.receivers.board_link import board_link
from streams.edges.receivers.file import load
from streams.edges.receivers.note import MISSED, Links, Notes
from streams.edges.receivers.spec import ReceiverFile
from streams.edges.settings import Settings
from streams.pure.alerting.hand import Item
from streams.pure.alerting.page import Contributor
from tests.kit.delivering import SECRET, Cluster, Worker
from tests.kit.sendings import AT_MS, sending
from tests.kit.takers import taker

EXAMPLE = Path(__file__).parents[3] / "deploy" / "receivers" / "example.yaml"
SOUND = """\
version: 1
default: [team]
receivers:
  - {name: team, kind: webhook, url: "https://hooks.example.org/a", secret: 0123456789abcdef0123456789abcdef}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "receivers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        pytest.param("url: ", "urll: ", 4, "receivers.0.urll: unknown key 'urll'; did you mean 'url'?", id="misspelt"),
        pytest.param("default:", "defaults:", 2, "'defaults'; did you mean 'default'?", id="misspelt-above"),
        pytest.param("[team]", "[taem]", 2, "default.0: there is no receiver 'taem'; did you mean", id="nobody"),
        pytest.param("webhook", "slack", 4, "kind must be one of alertmanager, webhook", id="kind"),
        pytest.param("https:", "ftp:", 4, "receivers.0.url: must be http(s)://host:port", id="address"),
        pytest.param("https://", "https://u:hunter2@", 4, "must not hold user or password", id="password-in-address"),
        pytest.param("0123456789abcdef0123456789abcdef", "hunter2", 4, "shorter than 32 characters", id="weak"),
        pytest.param(f", secret: {SECRET}", "", 4, "receivers.0.secret: is missing", id="missing"),
        pytest.param(f"secret: {SECRET}", "secret_env: HOOK", 4, "HOOK is not set", id="env"),
        pytest.param(f"secret: {SECRET}", "secret_file: none", 4, "cannot read 'none'", id="file"),
        pytest.param("secret:", "secret_env: A, secret:", 4, "secret: stands twice", id="two-spellings"),
        pytest.param("version: 1", "version: 2", 1, "version: ", id="version"),
        pytest.param("version: 1", "version: 1\ntemplates: {en: {level: $c}}", 2, "en.level: $c", id="field"),
        pytest.param("version: 1", "version: 1\ntemplates: {en: {levl: a}}", 2, "did you mean 'level'?", id="template"),
        pytest.param("version: 1", "version: 1\nboard_url: grafana", 2, "board_url: must be http", id="board"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_line_field_and_reason(tmp_path: Path, old: str, new: str, line: int, told: str) -> None:
    assert old in SOUND
    path = written(tmp_path, SOUND.replace(old, new, 1))
    with pytest.raises(FileError) as refusal:
        load(path, {"A": "x" * 32})
    said = str(refusal.value)
    assert said.startswith(f"{path}, line {line}, ")
    assert told in said
    assert "hunter2" not in said
    assert SECRET not in said


def test_a_receiver_stands_once(tmp_path: Path) -> None:
    twice = SOUND + SOUND.splitlines()[-1]
    with pytest.raises(FileError, match=r"line 5, receivers\.1\.name: 'team' stands twice"):
        load(written(tmp_path, twice))


def test_secrets_come_from_the_environment_from_files_or_from_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    path = written(
        tmp_path,
        "version: 1\nreceivers:\n"
        "  - {name: a, kind: grafana, url: http://g, token_file: token}\n"
        "  - {name: b, kind: apprise, url_env: CHAT}\n"
        "  - {name: c, kind: pagerduty, routing_key: inline}\n",
    )
    file = load(path, {"CHAT": "slack://a/b/c\n"})
    grafana, chat, pager = file.receivers
    assert grafana.token.get_secret_value() == "t0ken"  # type: ignore[union-attr]
    assert chat.url.get_secret_value() == "slack://a/b/c"  # type: ignore[union-attr]
    assert pager.routing_key.get_secret_value() == "inline"  # type: ignore[union-attr]
    assert not {word for word in ("t0ken", "slack", "inline") if word in repr(file) + str(file)}


def test_the_example_is_sound_and_shows_every_kind_and_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    env = dict.fromkeys(("HOOK_SECRET", "PAGERDUTY_KEY", "GRAFANA_TOKEN", "ALERTMANAGER_PASSWORD"), SECRET)
    env |= dict.fromkeys(("TEAM_CHAT", "ONCALL_MAIL", "HOOK_URL"), f"https://hooks.example.org/{SECRET}")
    file = load(EXAMPLE, env)
    assert {one.kind for one in file.receivers} == {"alertmanager", "webhook", "apprise", "grafana", "pagerduty"}
    missing = [
        key
        for model in (ReceiverFile, *{type(one) for one in file.receivers})
        for key in model.model_fields
        if f"{key}:" not in text and f"{key}_env:" not in text and f"{key}_file:" not in text
    ]
    assert missing == []
    for value in yaml.safe_load(text)["receivers"]:
        assert not {"secret", "token", "password", "routing_key"} & value.keys(), "an example teaches"


def run(*arguments: str, env: dict[str, str] | None = None) -> Any:
    return CliRunner().invoke(app, ["receivers", *arguments], env=env)


def test_check_says_who_is_told_and_shows_no_secret(tmp_path: Path) -> None:
    done = run("check", str(written(tmp_path, SOUND)))
    assert done.exit_code == 0
    assert done.stdout == "team: webhook, told by default\n"
    nobody = run("check", str(written(tmp_path, SOUND.replace("[team]", "[]"))))
    assert "reaches nobody" in nobody.output


def test_try_sends_one_page_and_says_what_came_back(tmp_path: Path) -> None:
    with taker() as server:
        path = written(tmp_path, SOUND.replace("https://hooks.example.org/a", f"{server.url}/a"))
        done = run("try", "team", "--file", str(path))
        assert done.exit_code == 0
        assert done.stdout == "taken  page: answered 200\ntaken  its end: answered 200\n"
        assert "nothing happened" in server.got[0].json["body"]
        server.status = 500
        failed = run("try", "team", env={"TOUCHPULSE_RECEIVERS_PATH": str(path)})
        assert failed.exit_code == 1
        assert "NOT TAKEN  page: answered 500" in failed.stdout
        assert isinstance(run("try", "taem", "--file", str(path)).exception, Exception)


def test_a_worker_without_a_sound_file_or_with_half_the_links_does_not_start(tmp_path: Path) -> None:
    base = {"kafka_brokers": "localhost:1"}
    with pytest.raises(SettingsError, match="TOUCHPULSE_RECEIVERS_PATH is not set"):
        build("deliver", Settings(**base), {})  # type: ignore[arg-type]
    wrong = written(tmp_path, SOUND.replace("webhook", "slack"))
    with pytest.raises(FileError, match="line 4"):
        build("deliver", Settings(**base, receivers_path=wrong), {})  # type: ignore[arg-type]
    right = written(tmp_path, SOUND)
    with pytest.raises(SettingsError, match="TOUCHPULSE_LINKS_URL"):
        build("deliver", Settings(**base, receivers_path=right, links_port=1), {})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="TOUCHPULSE_LINKS_SECRET: is shorter"):
        Settings.from_env({"TOUCHPULSE_LINKS_SECRET": "short"})


async def test_a_changed_file_is_taken_over_and_a_wrong_one_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with taker() as server:
        path = written(tmp_path, SOUND.replace("https://hooks.example.org/a", f"{server.url}/old"))
        cluster = Cluster()
        cluster.emit(sending("a", to=["night"]))
        worker = await Worker(cluster, settings=Settings(receivers_path=path), file=load(path)).start()
        await worker.work()
        assert [request.path for request in server.got] == ["/old"], "the default one is told at once"
        rewrite(path, "version: 1\nreceivers: nobody\n")
        await worker.app.reload()
        assert "stay as they were" in caplog.text
        cluster.emit(sending("b"))
        await worker.read()
        await worker.work()
        assert [request.path for request in server.got] == ["/old", "/old"]
        rewrite(
            path,
            SOUND.replace("https://hooks.example.org/a", f"{server.url}/old").replace("[team]", "[team, night]")
            + f"  - {{name: night, kind: webhook, url: '{server.url}/new', secret: {SECRET}}}\n",
        )
        await worker.app.reload()
        cluster.emit(sending("c"))
        await worker.read()
        await worker.work()
        got = [(request.path, request.headers["Idempotency-Key"]) for request in server.got[2:]]
        assert sorted(got) == [("/new", "a-1"), ("/new", "c-1"), ("/old", "c-1")]
        assert cluster.committed == 3
        await worker.app.close()


def rewrite(path: Path, text: str) -> None:
    """Writes a file anew, so that its time differs."""
    before = path.stat().st_mtime_ns
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


# -- words and links ---------------------------------------------------------------------------------


def notes(hide_under: int = 5, **more: Any) -> Notes:
    file = ReceiverFile.model_validate({**yaml.safe_load(SOUND), **more})
    return Notes(file, Links(), None, hide_under)


async def test_words_of_ones_own_replace_the_built_in_ones_in_their_language() -> None:
    own = notes(templates={"en": {"worsening": "$where is down to $value", "body": "$why"}, "zh": {"resolve": "好了"}})
    assert own.note(sending(), -1, AT_MS).headline == "app is down to 21 %"
    assert own.note(sending(language="zh"), -1, AT_MS).headline.startswith("app:CSAT 差评率")
    assert own.note(sending(send="resolve", language="zh"), -1, AT_MS).headline == "好了"
    assert own.note(sending(language="xx"), -1, AT_MS).headline == "app is down to 21 %"


async def test_places_of_so_few_answers_that_they_would_be_about_somebody_are_not_named() -> None:
    parts = [Contributor("desk 4", 4, 4, 3.0), Contributor("desk 5", 5, 5, 4.0)]
    (shown,) = [await notes().of([Item(0, sending(contributors=parts))], AT_MS)]
    assert "desk 5" in shown.body
    assert "desk 4" not in shown.body
    assert [part.name for part in shown.page.contributors] == ["desk 5"], "nor in what programs get"
    everything = await notes(hide_under=0).of([Item(0, sending(contributors=parts))], AT_MS)
    assert "desk 4" in everything.body


@pytest.mark.parametrize(
    ("base", "named", "shown"),
    [
        pytest.param("https://git.example.org/ops/", "level.md", "https://git.example.org/ops/level.md", id="a-name"),
        pytest.param("https://git.example.org", "https://wiki.example.org/x", "https://wiki.example.org/x", id="own"),
        pytest.param(None, "level.md", "level.md", id="no-base"),
        pytest.param("https://git.example.org/ops", "", "", id="no-runbook"),
    ],
)
async def test_a_runbook_can_be_clicked_where_it_is_known_where_runbooks_are(
    base: str | None, named: str, shown: str
) -> None:
    note = await notes(runbook_url=base).of([Item(0, sending(runbook=named))], AT_MS)
    assert note.page.runbook == shown
    assert shown in note.body


async def test_what_came_too_late_is_one_line_in_the_readers_language_and_time() -> None:
    told = sending("m", kind=MISSED, n=3, since_ms=AT_MS - 10**8, until_ms=AT_MS, language="zh")
    note = notes().note(told, -1, AT_MS)
    assert "3 条" in note.headline
    assert note.answer_url == note.board_url == ""


@pytest.mark.parametrize(
    ("changes", "path", "filters"),
    [
        pytest.param({}, "/d/touchpulse-channel", {"var-channel": "app", "var-scale": "csat-1-5"}, id="channel"),
        pytest.param({"scope": {"channel": "app, web"}}, "/d/touchpulse-overview", {"var-scale": "csat-1-5"}, id="two"),
        pytest.param({"scope": {}, "scale": ""}, "/d/touchpulse-overview", {}, id="all"),
        pytest.param({"kind": "silent", "scope": {"producer": "till"}}, "/d/touchpulse-producers",
                     {"var-producer": "till"}, id="producer"),
        pytest.param({"kind": "late", "scope": {}}, "/d/touchpulse-pipeline", {}, id="pipeline"),
    ],
)  # fmt: skip
def test_the_board_opens_with_time_and_filters_set(changes: dict[str, Any], path: str, filters: dict[str, str]) -> None:
    from urllib.parse import parse_qsl, urlsplit

    from dashboards.library import BOARDS

    page = sending(**changes).page
    parts = urlsplit(board_link(page, "https://g.example.org/x", local=False, now_ms=AT_MS))
    query = dict(parse_qsl(parts.query))
    assert parts.path == "/x" + path
    assert int(query.pop("from")) < page.since_ms < page.until_ms < int(query.pop("to"))
    assert query == filters
    (board,) = [board for board in BOARDS if path.endswith(board.uid)]
    assert {name.removeprefix("var-") for name in filters} <= {variable.name for variable in board.variables}


def test_the_local_board_shows_as_much_as_reaches_back_to_the_begin() -> None:
    page = sending().page
    link = board_link(page, "http://localhost:8080", local=True, now_ms=AT_MS)
    assert link == "http://localhost:8080/channel?channel=app&scale=csat-1-5&shown=1h"
    later = board_link(page, "http://localhost:8080", local=True, now_ms=AT_MS + 3 * 86_400_000)
    assert later.endswith("shown=7d")
    assert board_link(page, None, local=True, now_ms=AT_MS) == ""
