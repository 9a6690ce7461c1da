"""Marks in Grafana: one annotation an alert, from when its evidence began to its end.

It belongs to no board, so that any board may show it by its tags: `touchpulse`, the rule, the channel. A tag with the
alert's id finds it again, also after a restart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from streams.edges.errors import UserError
from streams.edges.receivers.note import Note
from streams.edges.receivers.outcome import NotTaken, Refused, judged
from streams.edges.receivers.spec import Grafana
from streams.edges.receivers.threads import OneThread
from streams.pure.alerting.page import Page

ResultT = TypeVar("ResultT")


class ToGrafana:
    """One Grafana.

    Raises:
        UserError: a package is missing.
    """

    for_people = False
    hears_beats = False

    def __init__(self, spec: Grafana) -> None:
        try:
            from grafana_api.grafana_face import GrafanaFace
        except ImportError:
            raise UserError(
                f"receiver {spec.name!r} needs the package grafana-api: install touchpulse[deliver]"
            ) from None
        self.name, self.timeout_s = spec.name, spec.timeout_s
        parts = urlsplit(spec.url)
        path, host = parts.path.strip("/"), parts.hostname or ""
        password, token = spec.password.get_secret_value(), spec.token.get_secret_value()
        self._secrets = [password, token]
        self._thread = OneThread(f"receiver-{spec.name}")
        self._face = GrafanaFace(
            token or (spec.user, password),
            host=f"[{host}]" if ":" in host else host,
            port=parts.port,
            url_path_prefix=f"{path}/" if path else "",
            protocol=parts.scheme,
            timeout=spec.timeout_s,
        )

    async def hand_over(self, note: Note) -> str:
        """Raises NotTaken, Refused."""
        if note.page.kind == "heartbeat":
            raise Refused("a sign of life is no mark on a board")
        return await self._thread.run(lambda: self._asked(lambda: self._mark(note)))

    def _mark(self, note: Note) -> str:
        page, own_tag = note.page, f"alert:{note.page.alert_id}"
        known = self._face.annotations.get_annotation(tags=[quote(own_tag, safe="")], limit=1)
        begin_ms = known[0]["time"] if known else page.since_ms or page.at_ms
        end_ms = max(begin_ms, page.at_ms if page.send == "resolve" else page.until_ms)
        text = "\n".join(filter(None, (note.headline, note.body)))
        told: dict[str, Any] = {"time_from": begin_ms, "time_to": end_ms, "tags": tags(page), "text": text}
        if known:
            self._face.annotations.partial_update_annotation(known[0]["id"], **told)
            return "mark moved"
        self._face.annotations.add_annotation(**told)
        return "mark made"

    def _asked(self, ask: Callable[[], ResultT]) -> ResultT:
        import requests
        from grafana_api.grafana_api import GrafanaException

        try:
            return ask()
        except GrafanaException as error:
            said = error.response.get("message", "") if isinstance(error.response, dict) else ""
            judged(error.status_code, said, {}, self._secrets)
            raise  # not reached: a status below 400 is no error of the library
        except requests.JSONDecodeError:
            raise NotTaken("answered, but not as Grafana does: is the address complete, sub-path included?") from None
        except requests.Timeout:
            raise NotTaken(f"did not answer within {self.timeout_s:g} s") from None
        except requests.RequestException as error:
            raise NotTaken(f"cannot be reached ({type(error).__name__})") from None

    async def close(self) -> None:
        """Begins nothing more."""
        self._thread.close()


def tags(page: Page) -> list[str]:
    """By what the mark is found and filtered."""
    return ["touchpulse", f"alert:{page.alert_id}", f"rule:{page.rule}", *filter(None, [page.scope.get("channel", "")])]
