"""What a file of receivers may say.

Why every secret has three spellings (`secret`, `secret_env`, `secret_file`): the file itself can then lie in the open
beside the rules. An unknown key is refused: a misspelt one would tell nobody at night.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from schemas.fields import Name
from streams.edges.importer.marked_yaml import mistake, nearest
from streams.pure.alerting.words import TemplateError, checked

LEAST_SECRET = 32
"""Characters of a key that signs."""
LANGUAGES = ("en", "zh")
TEMPLATES = (
    *("worsening", "level", "burn", "bad_answer", "silent", "response", "late", "heartbeat"),
    *("resolve", "body"),
)
"""What may have words of one's own: a headline for each kind of rule, the end of an alert, and the body."""


def _url(text: str) -> str:
    """A web address without a password in it."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be http(s)://host:port")
    if parts.username or parts.password:
        raise ValueError("must not hold user or password: they have keys of their own")
    return text.rstrip("/")


def _secret_url(secret: SecretStr) -> SecretStr:
    return SecretStr(_url(secret.get_secret_value()))


Url = Annotated[str, AfterValidator(_url)]
SecretUrl = Annotated[SecretStr, AfterValidator(_secret_url)]


class Part(BaseModel):
    """A part of the file; strict, and unknown keys are refused with the nearest known one."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    SECRETS: ClassVar[tuple[str, ...]] = ()
    """Fields that may be written as NAME_env or NAME_file too."""

    @model_validator(mode="before")
    @classmethod
    def _take_secrets(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict):
            return value
        spellings = {f"{name}{end}": name for name in cls.SECRETS for end in ("", "_env", "_file")}
        known = [*cls.model_fields, *spellings]
        for key in value:
            if key not in known:
                raise mistake(str(key), f"unknown key {str(key)!r}{nearest(str(key), known)}")
        taken = {key: given for key, given in value.items() if key not in spellings}
        for key, given in value.items():
            if key not in spellings:
                continue
            if spellings[key] in taken:
                raise mistake(key, f"stands twice: give one of {spellings[key]}, its _env and its _file")
            taken[spellings[key]] = _secret(key, given, info.context or {})
        return taken


def _secret(key: str, given: Any, context: Mapping[str, Any]) -> Any:
    """The secret a key speaks of; nothing of it is ever repeated."""
    if not isinstance(given, str) or not given:
        raise mistake(key, "must be a text")
    if key.endswith("_env"):
        env: Mapping[str, str] = context.get("env", os.environ)
        if not env.get(given):
            raise mistake(key, f"the variable {given} is not set")
        return SecretStr(env[given].strip())
    if key.endswith("_file"):
        path = context.get("folder", Path()) / given
        try:
            return SecretStr(path.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise mistake(key, f"cannot read {given!r}: {getattr(error, 'strerror', None) or 'no text'}") from None
    return SecretStr(given)


class ReceiverBase(Part):
    """What all receivers have."""

    name: Name
    """As rules name it. What became of a page is kept under this name."""
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 10.0
    """How long one attempt may take."""


class Signed(ReceiverBase):
    """A receiver with a user or a token."""

    SECRETS: ClassVar[tuple[str, ...]] = ("password", "token")

    user: str = ""
    """User of basic authentication."""
    password: SecretStr = SecretStr("")
    """That user's password."""
    token: SecretStr = SecretStr("")
    """Instead of a user: a bearer token."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.user and self.token.get_secret_value():
            raise mistake("token", "give a user with a password, or a token, not both")
        return self


class Alertmanager(Signed):
    """Prometheus' Alertmanager, through version 2 of its API."""

    kind: Literal["alertmanager"]
    url: Url
    """Its address, with its prefix if it has one."""
    open_h: Annotated[float, Field(ge=1, le=24 * 30)] = 24 * 7
    """An alert whose end it never hears of ends there by itself after so long."""
    beat_open_s: Annotated[int, Field(ge=60, le=86_400)] = 900
    """A sign of life is open for so long, a few times as long as the pause between two: then its absence shows."""


class Webhook(ReceiverBase):
    """A program of one's own: signed JSON over HTTP."""

    SECRETS: ClassVar[tuple[str, ...]] = ("url", "secret")

    kind: Literal["webhook"]
    url: SecretUrl
    """Where it listens."""
    secret: SecretStr
    """Signs what is sent, 32 characters or more."""

    @field_validator("secret")
    @classmethod
    def _not_guessable(cls, secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value()) < LEAST_SECRET:
            raise ValueError(f"is shorter than {LEAST_SECRET} characters: make one with `openssl rand -hex 32`")
        return secret


class Apprise(ReceiverBase):
    """People: Slack, Teams, WeCom, DingTalk, Feishu, mail and a hundred more, by an address of the library apprise."""

    SECRETS: ClassVar[tuple[str, ...]] = ("url",)

    kind: Literal["apprise"]
    url: SecretStr
    """Such as slack://... or mailtos://...; it holds the keys, so it is a secret as a whole."""


class Grafana(Signed):
    """Marks on the boards: one annotation an alert, from its begin to its end."""

    kind: Literal["grafana"]
    url: Url
    """Address of Grafana, with its sub-path if it has one."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.user and not self.token.get_secret_value():
            raise mistake("kind", "needs token_env (of a service account that may write annotations), or a user")
        return self


class Pagerduty(ReceiverBase):
    """PagerDuty, through version 2 of its events API; whom it wakes, and whom next, is its business."""

    SECRETS: ClassVar[tuple[str, ...]] = ("routing_key",)

    kind: Literal["pagerduty"]
    routing_key: SecretStr
    """Integration key of the service."""
    url: Url = "https://events.pagerduty.com/v2/enqueue"
    """Where events go; for a region of its own, or a proxy."""


AnyReceiver = Alertmanager | Webhook | Apprise | Grafana | Pagerduty
Receiver = Annotated[AnyReceiver, Field(discriminator="kind")]
KINDS = ("alertmanager", "webhook", "apprise", "grafana", "pagerduty")


class ReceiverFile(Part):
    """A file of receivers."""

    version: Literal[1]
    """Version of this format."""
    default: list[Name] = Field(default_factory=list)
    """Who is told where a rule names nobody."""
    receivers: Annotated[list[Receiver], Field(min_length=1)]
    """All receivers."""
    templates: dict[Literal["en", "zh"], dict[str, str]] = Field(default_factory=dict)
    """Words that replace the built-in ones, by language, then by kind of rule, `resolve` or `body`."""
    board_url: Url | None = None
    """Address of Grafana, or of the local board, for the link on each page."""
    board: Literal["grafana", "local"] = "grafana"
    """Which of the two it is."""
    runbook_url: Url | None = None
    """Where the runbooks are published: a rule's `runbook: worsening.md` becomes an address that can be clicked."""

    @field_validator("templates")
    @classmethod
    def _put_in_what_there_is(cls, templates: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for language, words in templates.items():
            for name, text in words.items():
                if name not in TEMPLATES:
                    known = f"; known: {', '.join(TEMPLATES)}"
                    raise mistake(f"{language}.{name}", f"no template has this name{nearest(name, TEMPLATES) or known}")
                try:
                    checked(text)
                except TemplateError as error:
                    raise mistake(f"{language}.{name}", str(error)) from None
        return templates

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names: list[str] = []
        for number, receiver in enumerate(self.receivers):
            if receiver.name in names:
                raise mistake(f"receivers.{number}.name", f"{receiver.name!r} stands twice: name each receiver once")
            names.append(receiver.name)
        for number, name in enumerate(self.default):
            if name not in names:
                raise mistake(f"default.{number}", f"there is no receiver {name!r}{nearest(name, names)}")
        return self

    @property
    def names(self) -> frozenset[str]:
        """Names of all receivers."""
        return frozenset(receiver.name for receiver in self.receivers)
