"""What the product is made of: said for each package, and a hole that nobody can be asked about is not called none."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy import supply
from tests.deploy.files import DEPLOY, ROOT

PAGE = DEPLOY / "docs" / "dependencies.md"


def chosen() -> list[tuple[str, str, str]]:
    return list(supply.chosen((ROOT / "pyproject.toml").read_text(encoding="utf-8")))


def test_every_package_a_user_gets_has_a_reason() -> None:
    found = chosen()
    assert {extra for _, extra, _ in found} >= {"", "gateway", "deliver", "local", "boards", "dev"}
    assert [name for name, extra, reason in found if extra != "dev" and not reason] == []


def test_the_page_tells_licence_and_newest_release_of_each_package_we_chose() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    told = {(row[0].removeprefix("| "), row[1]) for row in rows[1:]}
    assert told == {(name, extra) for name, extra, _ in chosen()}
    assert [row[0] for row in rows if "?" in row[3:]] == []


def test_no_package_binds_whoever_ships_the_product() -> None:
    """docutils offers its parts under BSD licences and in the public domain; one of its tools is under the GPL."""
    (line,) = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("Under a licence")]
    assert line.count("(") - line.count("(GPL)") == line.count("docutils")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, object]], None]]:
    """A package index that knows what it is told: paths with their answers."""
    known: dict[str, object] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = next((what for path, what in known.items() if path in self.path), None)
            self.send_response(200 if answer is not None else 404)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(supply, "_index", lambda: f"http://127.0.0.1:{server.server_port}")
    yield known.update
    server.shutdown()
    server.server_close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Notes what the audit's tool is asked; its answer is that there are holes."""
    stand_in = tmp_path / "pip-audit"
    stand_in.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nexit 1\n')
    stand_in.chmod(0o755)
    monkeypatch.setattr(supply, "tool", lambda name: str(stand_in))
    return tmp_path / "asked"


def test_where_nobody_tells_of_holes_the_audit_says_that_nothing_was_checked(
    index: Callable[[dict[str, object]], None], asked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index({"/pypi/pip/json": {"vulnerabilities": []}})
    assert supply.main(["audit", "worker"]) == supply.UNREACHABLE
    assert "nothing was checked" in capsys.readouterr().err
    assert not asked.exists()


def test_known_holes_fail_the_audit_and_so_does_a_package_nobody_knows(
    index: Callable[[dict[str, object]], None], asked: Path
) -> None:
    index({"/json": {"vulnerabilities": []}})
    assert supply.main(["audit", "worker"]) == 1
    assert "--strict" in asked.read_text()
    assert "--require-hashes" in asked.read_text()


def test_a_set_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(SystemExit, match=r"no set 'workers'; there are .*worker"):
        supply.main(["sbom", "workers"])
