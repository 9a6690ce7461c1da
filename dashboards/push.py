"""Puts our boards into a running Grafana, through its API.

Again and again with the same result: what is there already stays, what differs is replaced, and each board
says what became of it. Only uids and names are used, since newer Grafana turns numeric ids off. A board that
people moved to another folder stays there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException, GrafanaServerError
from grafana_api.grafana_face import GrafanaFace

from dashboards.grafana import to_dict
from dashboards.grafana_panels import SOURCE_TYPE, SOURCE_UID
from dashboards.grafana_settings import PREFIX, GrafanaSettings
from dashboards.library import BOARDS
from dashboards.panel import Board
from streams.edges.errors import Unavailable, UserError

FOLDER_UID, FOLDER_TITLE = "touchpulse", "Touchpulse"
SOURCE_NAME = "Touchpulse"
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Report:
    """What became of everything: created, updated, unchanged (or unchecked, where the token may not look)."""

    folder: str = ""
    source: str = ""
    boards: dict[str, str] = field(default_factory=dict)


def push(settings: GrafanaSettings, boards: Sequence[Board] = BOARDS) -> Report:
    """Puts folder, data source and boards into Grafana where they are missing or differ.

    Raises:
        UserError: Grafana refused; one sentence says what to do.
        Unavailable: Grafana does not answer.
    """
    grafana = Grafana(settings)
    report = Report()
    report.folder = grafana.ensure_folder()
    report.source = grafana.ensure_source()
    for board in boards:
        report.boards[board.uid] = grafana.put_board(to_dict(board))
    return report


class Grafana:
    """The few things we ask of Grafana, with errors that say what to do."""

    def __init__(self, settings: GrafanaSettings) -> None:
        self._settings = settings
        parts = urlsplit(settings.url)
        path = parts.path.strip("/")
        token = settings.token.get_secret_value()
        self._face = GrafanaFace(
            token or (settings.user, settings.password.get_secret_value()),
            host=f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname,
            port=parts.port,
            url_path_prefix=f"{path}/" if path else "",
            protocol=parts.scheme,
            timeout=settings.timeout_s,
        )

    def ensure_folder(self) -> str:
        """Makes our folder if there is none; a renamed one keeps its name."""
        if self._found(lambda: self._face.folder.get_folder(FOLDER_UID), f"folder {FOLDER_UID!r}"):
            return "unchanged"
        self._asked(
            lambda: self._face.folder.create_folder(FOLDER_TITLE, FOLDER_UID),
            f"folder {FOLDER_UID!r}",
            # Somebody else was quicker.
            fine=(409, 412),
        )
        return "created"

    def ensure_source(self) -> str:
        """Makes the data source if there is none; one that is there is left as it is."""
        what = f"data source {SOURCE_UID!r}"
        try:
            if self._found(lambda: self._face.api.GET(f"/datasources/uid/{SOURCE_UID}"), what):
                return "unchanged"
        except UserError as error:
            if isinstance(error, RefusedError) and error.status == 403:
                return "unchecked"  # dashboards may be written without the right to see data sources
            raise
        namesake = self._found(lambda: self._face.datasource.find_datasource(SOURCE_NAME), what)
        if namesake:
            raise UserError(
                f"Grafana has a data source named {SOURCE_NAME!r} with uid {namesake.get('uid')!r}, but the boards "
                f"look for uid {SOURCE_UID!r}: rename it, or give it that uid."
            )
        if not self._settings.clickhouse_host:
            raise UserError(
                f"Grafana has no data source with uid {SOURCE_UID!r}: provision it from deploy/grafana, or set "
                f"{PREFIX}CLICKHOUSE_HOST to let this command make it."
            )
        self._asked(lambda: self._face.datasource.create_datasource(source_json(self._settings)), what, fine=(409,))
        return "created"

    def put_board(self, board: dict[str, Any]) -> str:
        """Writes one board where it is missing or differs."""
        uid, what = board["uid"], f"board {board['title']!r}"
        there = self._found(lambda: self._face.dashboard.get_dashboard(uid), what)
        meta = (there or {}).get("meta", {})
        if there and within(board, there.get("dashboard", {})):
            return "unchanged"
        if meta.get("provisioned"):
            raise UserError(
                f"Grafana loads {what} from a file, so it cannot be pushed: replace the file "
                f"{meta.get('provisionedExternalId') or ''} by dashboards/generated/{uid}.json."
            )
        body = {
            # A numeric id belongs to one Grafana only: elsewhere it is a 404.
            "dashboard": {name: value for name, value in board.items() if name != "id"},
            "folderUid": meta.get("folderUid", FOLDER_UID) if there else FOLDER_UID,
            "overwrite": True,
            "message": "touchpulse boards push",
        }
        self._asked(lambda: self._face.dashboard.update_dashboard(body), what)
        return "updated" if there else "created"

    def _found(self, ask: Callable[[], Any], what: str) -> dict[str, Any] | None:
        """The answer, or None where there is no such thing."""
        found = self._asked(ask, what, fine=(404,))
        return found if isinstance(found, dict) else None

    def _asked(self, ask: Callable[[], Answer], what: str, *, fine: tuple[int, ...] = ()) -> Answer | None:
        url = self._settings.url
        try:
            return ask()
        except GrafanaServerError as error:
            raise Unavailable(f"Grafana at {url} failed on {what} ({error.message}); try again later.") from None
        except GrafanaClientError as error:
            if error.status_code in fine:
                return None
            raise RefusedError(error.status_code, _sentence(error, what, url)) from None
        except requests.JSONDecodeError:
            raise UserError(
                f"{url} answered, but not as Grafana does: is the address complete, sub-path included?"
            ) from None
        except requests.RequestException as error:
            raise Unavailable(f"Grafana at {url} does not answer ({type(error).__name__}).") from None


class RefusedError(UserError):
    """Grafana said no. The status tells why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _sentence(error: GrafanaException, what: str, url: str) -> str:
    said = error.response.get("message", "") if isinstance(error.response, dict) else str(error.response)[:200]
    match error.status_code:
        case 400:
            return f"Grafana does not take {what}: {said}."
        case 401:
            return (
                f"Grafana at {url} does not know this token or user: set {PREFIX}TOKEN, or {PREFIX}USER and "
                f"{PREFIX}PASSWORD."
            )
        case 403:
            return (
                f"This token or user may not write the {what}: give its service account the role Editor (Admin "
                "for the data source)."
            )
        case 404:
            return (
                f"Grafana at {url} has no such place for {what} ({said}): is the address complete, sub-path included?"
            )
        case 412:
            return f"Grafana has another version of {what}, or another with its title: {said}."
        case status:
            return f"Grafana refused {what} with status {status}: {said}."


def source_json(settings: GrafanaSettings) -> dict[str, Any]:
    """The data source, with the keys of both versions of the plugin."""
    host = settings.clickhouse_host
    return {
        "name": SOURCE_NAME,
        "uid": SOURCE_UID,
        "type": SOURCE_TYPE,
        "access": "proxy",
        "jsonData": {
            "host": host,
            "server": host,
            "port": settings.clickhouse_port,
            "protocol": "http",
            "secure": settings.clickhouse_secure,
            "username": settings.clickhouse_user,
            "defaultDatabase": settings.clickhouse_database,
            "dialTimeout": "10",
            "timeout": "10",
            "queryTimeout": "30",
        },
        "secureJsonData": {"password": settings.clickhouse_password.get_secret_value()},
    }


def within(ours: Any, theirs: Any) -> bool:
    """Whether all that we say stands there: Grafana adds defaults, an id and a version of its own."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(
            key in theirs and within(value, theirs[key]) for key, value in ours.items()
        )
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(within, ours, theirs))
    return bool(ours == theirs)
