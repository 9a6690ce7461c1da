"""A survey where there is no app: `GET /s/{touchpoint}` asks one question, `POST` takes the answer.

Works without scripts. One answer for an invitation, since its event's id is derived from it; without one, one for
each opening of the page, not too quickly and not too many from one place.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode

from fastapi import FastAPI, Request, Response

from schemas.catalogue import Survey
from schemas.reasons import Reason
from streams.edges.gateway import openapi
from streams.edges.gateway.answers import RETRY_AFTER_S, Refused
from streams.edges.gateway.body import read
from streams.edges.gateway.clock import as_text
from streams.edges.gateway.door import Gateway
from streams.edges.gateway.grants import Bucket, Grant, Scope
from streams.edges.gateway.limits import Limits
from streams.edges.gateway.links import LEAST_MS, Link, make_ticket, read_ticket
from streams.edges.gateway.survey_page import NOTHING_SAID, STYLE, Said, form, kind_of, message

PRODUCER = "survey-page"
"""Under which answers of the page are known."""
_GRANT = Grant("", PRODUCER, (Scope(),), ())
_FORM = Limits(max_body_bytes=16 * 1024)
_RATE, _BURST, _KEPT = 0.5, 20, 10_000
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; img-src data:; form-action 'self'; frame-ancestors 'none';"
    f" base-uri 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A link that holds, and the question it asks."""

    link: Link
    survey: Survey


class SurveyDoor:
    """The page of an installation."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._secret = gateway.settings.gateway_secret.get_secret_value()
        self._places: OrderedDict[tuple[str, str, str], Bucket] = OrderedDict()

    def show(self, touchpoint: str, request: Request) -> Response:
        """The page, or why there is none."""
        language, now_ms = _language(request), _now_ms()
        found = self._open(touchpoint, request.query_params, now_ms)
        if isinstance(found, tuple):
            status, word = found
            return _html(message(language, word), status)
        return self._form(found, request, language, now_ms)

    async def take(self, touchpoint: str, request: Request) -> Response:
        """An answer.

        Raises:
            Refused, Gone: the body cannot be read, or there is no room.
        """
        language, now_ms = _language(request), _now_ms()
        found = self._open(touchpoint, request.query_params, now_ms)
        if isinstance(found, tuple):
            status, word = found
            return _html(message(language, word), status)
        with self._gateway.queue.admit() as slot:
            body = await read(request.receive, request.headers, slot, _FORM)
            request.state.read = True
            try:
                fields = parse_qs(body.decode(), max_num_fields=10)
            except ValueError:
                raise Refused(400, "bad_form", "The body is no form.") from None
            said = Said(*((fields.get(name, [""])[0]) for name in ("score", "comment")))
            event_id, word = self._identify(found.link, fields.get("ticket", [""])[0], request, now_ms)
            if not word:
                event = _event(found, said, event_id, now_ms)
                batch = self._gateway.judge.judge_fields([event], _GRANT, now_ms)
                if batch.verdicts[0].reason in (Reason.UNKNOWN_NAME, Reason.NOT_ALLOWED):
                    return _html(message(language, "over"), 410)  # no such touchpoint or store by the rules in force
                if batch.verdicts[0].status == "rejected":
                    word = "choose"  # the form allows nothing else to be wrong; a mistyped click is not kept
                else:
                    taken = await self._gateway.kafka.send(batch.messages)
                    verdict = self._gateway.judge.settle(batch, taken)[0]
                    self._gateway.metrics.judged(PRODUCER, [verdict])
                    if verdict.status == "accepted":
                        return _html(message(language, "already" if verdict.duplicate else "thanks"), 200)
                    word = "again"
        return self._form(found, request, language, now_ms, word=word, said=said)

    def _open(self, touchpoint: str, query: Mapping[str, str], now_ms: int) -> _Asked | tuple[int, str]:
        """The link and its question, if we made it and it holds; else status and sentence."""
        expires = query.get("e", "")
        expires_s = int(expires) if expires.isascii() and expires.isdigit() and len(expires) < 12 else 0
        link = Link(touchpoint, query.get("l", ""), query.get("i", ""), expires_s)
        if not link.is_signed(self._secret, query.get("k", "")):
            return 403, "bad_link"
        survey = self._gateway.catalogue.survey(touchpoint)
        if survey is None or 0 < expires_s <= now_ms // 1000:
            return 410, "over"
        return _Asked(link, survey)

    def _identify(self, link: Link, ticket: str, request: Request, now_ms: int) -> tuple[str, str]:
        """Id of the answer; or '' and the sentence that says why it is not taken."""
        if not self._bucket(link, request):
            return "", "slower"
        if link.invitation:
            return link.event_id(), ""
        found = read_ticket(self._secret, link, ticket, now_ms)
        if found is None:
            return "", "reopen"
        return (found[0], "") if found[1] >= LEAST_MS else ("", "slower")

    def _bucket(self, link: Link, request: Request) -> bool:
        """Whether one more answer may come from this place: somebody may be mashing the buttons."""
        place = (link.touchpoint, link.location, request.client.host if request.client else "")
        if place not in self._places:
            self._places[place] = Bucket(_RATE, _BURST)
            if len(self._places) > _KEPT:
                self._places.popitem(last=False)
        self._places.move_to_end(place)
        bucket = self._places[place]
        if bucket.wait_s(time.monotonic()):
            return False
        bucket.charge(1)
        return True

    def _form(
        self, asked: _Asked, request: Request, language: str, now_ms: int, *, word: str = "", said: Said = NOTHING_SAID
    ) -> Response:
        other = dict(request.query_params) | {"lang": "zh" if language == "en" else "en"}
        ticket = "" if asked.link.invitation else make_ticket(self._secret, asked.link, now_ms)
        page = form(asked.survey, language, f"?{urlencode(other)}", ticket=ticket, word=word, said=said)
        status = {"": 200, "slower": 429, "again": 503}.get(word, 422)
        return _html(page, status)


def add_routes(app: FastAPI, gateway: Gateway) -> None:
    """Put the page's two routes into the gateway's application."""
    door = SurveyDoor(gateway)

    @app.get("/s/{touchpoint}", **openapi.SURVEY)
    async def show(touchpoint: str, request: Request) -> Response:
        async def work() -> Response:
            return door.show(touchpoint, request)

        return await gateway.answered("survey", request, work)

    @app.post("/s/{touchpoint}", **openapi.SURVEY)
    async def take(touchpoint: str, request: Request) -> Response:
        async def work() -> Response:
            return await door.take(touchpoint, request)

        return await gateway.answered("survey", request, work)


def _event(asked: _Asked, said: Said, event_id: str, now_ms: int) -> dict[str, Any]:
    survey, link = asked.survey, asked.link
    kind, scale = kind_of(survey.scale)
    score = int(said.score) if said.score.isascii() and said.score.isdigit() and len(said.score) < 3 else None
    given = {
        "kind": kind,
        "event_id": event_id,
        "occurred_at": as_text(now_ms),
        "channel": survey.channel,
        "touchpoint": link.touchpoint,
        "location": link.location,
        "score": score,
        **scale,
        "question": {"id": f"{link.touchpoint}-{survey.scale}"[:128], "version": survey.version},
        "comment": said.comment.strip()[:1_000],
    }
    return {name: value for name, value in given.items() if value not in ("", None)}


def _language(request: Request) -> str:
    """As asked for by the page's link, else as the browser prefers: the first of ours it names."""
    asked = request.query_params.get("lang", "") or request.headers.get("accept-language", "")
    for part in asked.split(","):
        word = part.strip().lower()[:2]
        if word in ("en", "zh"):
            return word
    return "en"


def _html(text: str, status: int) -> Response:
    headers = _HEADERS | ({"retry-after": str(RETRY_AFTER_S)} if status in (429, 503) else {})
    return Response(text, status, headers, "text/html; charset=utf-8")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
