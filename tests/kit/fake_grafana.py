"""A small Grafana for tests: the part of its HTTP API that `boards push` uses.

No live Grafana was run by these tests. What this one answers is what was seen on a real 9.4 and is told of
newer ones: 404 for what is missing, for an unknown folder and for a foreign numeric id; 412 for a stale
version, for a title that is taken without `overwrite`, and for a folder uid that is taken; 409 for a data
source that is there; 400 for a uid over 40 characters and for a board that comes from a file; 401 for a bad
token; 403 for a token without the right. It numbers boards and adds fields of its own, as Grafana does.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN, USER, PASSWORD = "glsa_test", "admin", "secret"


@dataclass
class FakeGrafana:
    """What this Grafana holds; tests look into it and play tricks with it."""

    url: str = ""
    folders: dict[str, str] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    board_folders: dict[str, str] = field(default_factory=dict)
    provisioned: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=lambda: {"folders", "datasources", "dashboards"})
    writes: list[str] = field(default_factory=list)
    broken: bool = False
    not_grafana: bool = False

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and JSON."""
        kind = path.split("/")[1]
        if method != "GET" and kind not in self.may:
            return 403, {"message": "Permission denied"}
        if kind == "datasources" and "datasources" not in self.may:
            return 403, {"message": "Permission denied"}
        match method, path.split("/")[1:]:
            case "GET", ["folders", uid]:
                return (200, {"uid": uid, "title": self.folders[uid]}) if uid in self.folders else _missing("folder")
            case "POST", ["folders"]:
                return self._make_folder(body)
            case "GET", ["datasources", "uid", uid]:
                found = [s for s in self.sources.values() if s["uid"] == uid]
                return (200, found[0]) if found else _missing("Data source")
            case "GET", ["datasources", "name", name]:
                return (200, self.sources[name]) if name in self.sources else _missing("Data source")
            case "POST", ["datasources"]:
                if body["name"] in self.sources:
                    return 409, {"message": "data source with the same name already exists"}
                self.writes.append("datasource")
                self.sources[body["name"]] = {**body, "id": len(self.sources) + 1}
                return 200, {"message": "Datasource added"}
            case "GET", ["dashboards", "uid", uid]:
                return self._board(uid)
            case "POST", ["dashboards", "db"]:
                return self._save(body)
        return 404, {"message": "Not found"}

    def _make_folder(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["uid"] in self.folders:
            return 412, {"message": "a folder with the same uid already exists"}
        self.writes.append("folder")
        self.folders[body["uid"]] = body["title"]
        return 200, body

    def _board(self, uid: str) -> tuple[int, Any]:
        if uid not in self.boards:
            return _missing("Dashboard")
        meta = {"provisioned": uid in self.provisioned, "folderUid": self.board_folders.get(uid, "")}
        return 200, {"dashboard": self.boards[uid], "meta": meta}

    def _save(self, body: dict[str, Any]) -> tuple[int, Any]:
        board, uid = body["dashboard"], body["dashboard"]["uid"]
        known = self.boards.get(uid)
        if len(uid) > 40:
            return 400, {"message": "uid too long, max 40 characters"}
        if uid in self.provisioned:
            return 400, {"message": "Cannot save provisioned dashboard"}
        if board.get("id") and (known is None or known["id"] != board["id"]):
            return 404, {"message": "Dashboard not found"}
        folder = body.get("folderUid", "")
        if folder and folder not in self.folders:
            return 404, {"message": "folder not found"}
        if not body.get("overwrite"):
            taken = any(b["title"] == board["title"] and b["uid"] != uid for b in self.boards.values())
            if taken or (known and board.get("version") != known["version"]):
                return 412, {"message": "The dashboard has been changed by someone else"}
        self.writes.append(uid)
        version = known["version"] + 1 if known else 1
        number = known["id"] if known else len(self.boards) + 1
        self.boards[uid] = {**board, "id": number, "version": version, "iteration": 1}
        self.board_folders[uid] = folder
        return 200, {"uid": uid, "version": version, "status": "success"}


def _missing(what: str) -> tuple[int, Any]:
    return 404, {"message": f"{what} not found"}


@contextmanager
def fake_grafana(prefix: str = "") -> Iterator[FakeGrafana]:
    """Serves a fake on a free loopback port, under a sub-path if wanted."""
    fake = FakeGrafana()
    basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def _serve(self, method: str) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            if fake.broken:
                self._send(500, {"message": "database is locked"})
            elif fake.not_grafana:
                self._send(200, None)
            elif not self.path.startswith(f"{prefix}/api"):
                self._send(404, {"message": "Not found"})
            elif self.headers.get("Authorization") not in (f"Bearer {TOKEN}", basic):
                self._send(401, {"message": "Invalid API key"})
            else:
                self._send(*fake.answer(method, self.path.removeprefix(f"{prefix}/api"), body))

        def _send(self, status: int, answer: Any) -> None:
            data = b"<html>a proxy</html>" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}{prefix}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
