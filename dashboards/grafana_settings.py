"""Where Grafana is and who we are there, read from the environment.

Apart from the settings of the workers: they never speak to Grafana and need not know its secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, PositiveFloat, SecretStr, ValidationError

from streams.edges.errors import SettingsError

PREFIX = "TOUCHPULSE_GRAFANA_"


class GrafanaSettings(BaseModel):
    """What `boards push` needs to know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    url: str = ""
    """Address of Grafana, with its sub-path if it has one."""
    token: SecretStr = SecretStr("")
    """Token of a service account that may write dashboards, folders and, once, data sources."""
    user: str = ""
    """Instead of a token: a user."""
    password: SecretStr = SecretStr("")
    """That user's password."""
    timeout_s: PositiveFloat = 10.0
    """How long one answer may take."""
    clickhouse_host: str = ""
    """ClickHouse as Grafana reaches it. Needed only where the data source is not there yet."""
    clickhouse_port: int = 8123
    """Its HTTP port."""
    clickhouse_secure: bool = False
    """Whether that port speaks TLS."""
    clickhouse_user: str = "default"
    """A read-only user with limits."""
    clickhouse_password: SecretStr = SecretStr("")
    """That user's password."""
    clickhouse_database: str = "touchpulse"
    """Database that holds the tables."""

    @classmethod
    def from_env(cls, env: Mapping[str, str], **given: str | None) -> Self:
        """Settings from variables that start with TOUCHPULSE_GRAFANA_; NAME_FILE reads the value from a file.

        Args:
            given: what the command line says; it wins.
        Raises:
            SettingsError: names the variable and what is wrong with it.
        """
        values: dict[str, str] = {}
        for variable, text in env.items():
            if not variable.startswith(PREFIX):
                continue
            name = variable.removeprefix(PREFIX).lower()
            if name.endswith("_file") and name.removesuffix("_file") in cls.model_fields:
                name = name.removesuffix("_file")
                try:
                    text = Path(text).read_text().strip()
                except OSError as error:
                    raise SettingsError(f"{variable}: cannot read {text!r} ({error.strerror})") from None
            values[name] = text
        values |= {name: value for name, value in given.items() if value is not None}
        try:
            made = cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            variable = PREFIX + str(first["loc"][0]).upper()
            if first["type"] == "extra_forbidden":
                known = ", ".join(PREFIX + name.upper() for name in cls.model_fields)
                raise SettingsError(f"{variable} is not a setting. Known: {known}") from None
            raise SettingsError(f"{variable}: {first['msg']}") from None
        return made.checked()

    def checked(self) -> Self:
        """These settings, if they say where and who."""
        if not self.url:
            raise SettingsError(
                f"{PREFIX}URL (or --url) is not set; it is the address of Grafana, such as https://host:3000"
            )
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable:
            raise SettingsError(f"{PREFIX}URL must be http(s)://host:port, got {self.url!r}")
        if not self.token.get_secret_value() and not self.user:
            raise SettingsError(f"{PREFIX}TOKEN is not set; or set {PREFIX}USER and {PREFIX}PASSWORD")
        return self
