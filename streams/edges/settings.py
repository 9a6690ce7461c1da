"""All settings of every Touchpulse process, read once from the environment.

One frozen object, so that tests pass a plain dict and nothing is patched. A misspelt variable stops
the start: a setting that silently does nothing is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
)

from streams.edges.errors import SettingsError
from streams.edges.settings_wires import PREFIX, WireSettings

__all__ = ["PREFIX", "Settings"]

FINE_WINDOW_S = 3_600
"""Windows up to this long are made of 10 s slices, longer ones of 5 min slices."""
OTHERS = ("TOUCHPULSE_GRAFANA_", "TOUCHPULSE_TEST_")
"""Settings of pushing boards, and of our own tests: theirs to read, not ours to refuse."""

LISTS = ("windows_s", "privacy_regions", "attributes_allowed", "cors_origins")
"""Settings that are lists, written with commas."""


class Settings(WireSettings):
    """What a process needs to know about the world around it."""

    catalogue_path: Path | None = None
    """YAML file that names channels, touchpoints and locations. None: the built-in channels, other names as sent."""

    privacy_keys: SecretStr = SecretStr("")
    """Keys of the customers' pseudonyms as id:secret, the one in force first, after a rotation the older ones too:
    `k2:...,k1:...`. Empty: customers are stored as they are sent."""
    privacy_regions: tuple[str, ...] = ("CN", "DE", "FR", "GB", "US")
    """Countries whose national phone and id numbers are taken out of comments."""
    hide_under: NonNegativeInt = 5
    """Customers a location, a touchpoint's cell or a comment's place must have in the time shown for boards to show it;
    of fewer they say that it is hidden. 0: nothing is hidden. Grafana follows after `touchpulse boards push`."""
    attributes_allowed: tuple[str, ...] = ("app_version", "release")
    """Names of the attributes that are stored; all others are left out."""

    rules_refresh_s: PositiveFloat = 10.0
    """How often a worker looks for new rules of counting. A change is announced twelve times as long ahead."""
    block_size: PositiveInt = 65_536
    """Offsets a block (B): what is counted again after a crash is at most this much. This and the rules below are
    written down when the topics are made (`touchpulse topics apply`); later changes of H, L, S, K and the names are
    announced with `touchpulse policy announce`. B and the block's span never change."""
    block_span_ms: PositiveInt = 24 * 3_600_000
    """A block also ends with this span of record time, so that it cannot outlive the topic's retention."""
    horizon: PositiveInt = 262_144
    """Records a retry may be away from its twin to be recognised (H); bounds memory and warm-up."""
    max_age_ms: PositiveInt = 24 * 3_600_000
    """An answer older than this is late whatever the traffic (L)."""
    max_skew_ms: NonNegativeInt = 10_000
    """How far ahead of the broker's clock an event may be (S); beyond it is rejected. A partition that takes more
    than H / 2S records a second (13,100 with the defaults) calls every live answer late: use more partitions,
    a larger H or a smaller S."""
    max_series_per_block: PositiveInt = 50_000
    """Series a block may open (K); the rest is counted as `other`."""

    windows_s: tuple[PositiveInt, ...] = (300, 3_600, 86_400)
    """Lengths of the rolling windows, each a multiple of 10 s; beyond an hour, of 300 s."""
    max_members: PositiveInt = 5_000
    """Touchpoints, locations and segments of a channel with scores of their own: those with most answers. What the
    rest answered is told as `other`; memory and messages stay bounded, whatever names are sent."""
    worker_id: str = ""
    """Stable name of this worker: a restart within the session timeout keeps its partitions."""
    state_path: Path | None = None
    """Folder where `score` and `archive` keep what they would otherwise read back from Kafka at each start: ids and
    times of one horizon, some 20 MB a partition. One folder a worker. Nothing is lost with it. None: read back."""
    watchdog_s: PositiveFloat = 120.0
    """A worker that stands still for so long, with something to do and neither broker nor store away, ends itself to be
    started anew. Longer than the store's 60 s of silence."""
    health_port: int = Field(default=0, ge=0, le=65_535)
    """Port for /healthz, /readyz and /metrics; 0: none, since several workers on one machine would want the same."""

    trace_every: NonNegativeInt = 0
    """One record in so many of each partition is traced from the door to the store, such as 1000; 0: none. Needs the
    extra `traces`; where traces go is said by OpenTelemetry's own variables, such as OTEL_EXPORTER_OTLP_ENDPOINT."""

    rules_path: Path | None = None
    """File of alert rules, or a folder of them. Changes are taken over within seconds; a wrong file changes nothing,
    and the log says what is wrong. None: every channel's bad answers are watched (deploy/rules/default.yaml)."""

    receivers_path: Path | None = None
    """YAML file of who is told of alerts, and how (deploy/receivers/example.yaml); `deliver` needs it. Changes are
    taken over within seconds; a wrong file changes nothing, and the log says what is wrong."""
    links_port: int = Field(default=0, ge=0, le=65_535)
    """Port on which `deliver` serves the links on pages: acknowledge, useful, useless. 0: none. Plain HTTP, for behind
    a proxy that does TLS."""
    links_url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    """Where people reach that port, such as https://alerts.example.org. Empty: pages carry no such link."""
    links_secret: SecretStr = SecretStr("")
    """Signs those links, 32 characters or more; the same for all `deliver` workers. Empty: pages carry no such link."""

    keys_path: Path | None = None
    """YAML file of the gateway's keys, written by `touchpulse keys`. Changes are taken over within a second."""
    mappings_path: Path | None = None
    """Folder of import mappings the gateway applies to webhooks, one NAME.yaml each. None: the shipped ones."""
    gateway_secret: SecretStr = SecretStr("")
    """Signs publishable tokens and survey links, 32 characters or more. Empty: the gateway gives out neither."""
    gateway_max_connections: int = Field(default=2_000, ge=10, le=100_000)
    """Connections the gateway holds; of more, the one idle longest is closed."""
    gateway_max_queue_bytes: int = Field(default=64 * 1024 * 1024, ge=4 * 1024 * 1024)
    """Bodies being read or waiting for Kafka; beyond it requests are refused with 503."""
    clock_tolerance_ms: NonNegativeInt = 5_000
    """A sender's clock that is off by more is corrected at the gateway; less may be the way of the request."""
    cors_origins: tuple[str, ...] = ()
    """Web origins whose pages may send, comma-separated, such as https://shop.example.org; * is any."""
    tls_cert_path: Path | None = None
    """Certificate chain (PEM) the gateway serves TLS with. None: plain HTTP, for behind a proxy that does TLS."""
    tls_key_path: Path | None = None
    """Its private key (PEM)."""

    @field_validator("gateway_secret", "links_secret")
    @classmethod
    def _not_guessable(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < 32:
            raise ValueError("is shorter than 32 characters: make one with `openssl rand -hex 32`")
        return secret

    @field_validator("windows_s")
    @classmethod
    def _made_of_slices(cls, windows_s: tuple[int, ...]) -> tuple[int, ...]:
        for window_s in windows_s:
            slice_s = 10 if window_s <= FINE_WINDOW_S else 300
            if window_s % slice_s:
                raise ValueError(f"a window of {window_s} s is not made of whole slices of {slice_s} s")
        if len(set(windows_s)) != len(windows_s) or not windows_s:
            raise ValueError("name each window once, and at least one")
        return windows_s

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Settings from variables that start with TOUCHPULSE_; NAME_FILE reads the value from a file.

        Raises:
            SettingsError: names the variable and what is wrong with it.
        """
        values: dict[str, object] = {}
        for variable, text in env.items():
            if not variable.startswith(PREFIX) or variable.startswith(OTHERS):
                continue
            name = variable.removeprefix(PREFIX).lower()
            if name.endswith("_file") and name.removesuffix("_file") in cls.model_fields:
                name = name.removesuffix("_file")
                try:
                    text = Path(text).read_text().strip()
                except OSError as error:
                    raise SettingsError(f"{variable}: cannot read {text!r} ({error.strerror})") from None
            if name.endswith("_path") and not text:
                continue  # Compose can only leave a variable empty; the path '' would be this folder
            values[name] = [part for part in text.split(",") if part] if name in LISTS else text
        return cls.checked(values)

    @classmethod
    def checked(cls, values: Mapping[str, object]) -> Self:
        """Validated settings; errors name the variable an operator would set."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            variable = PREFIX + str(first["loc"][0]).upper()
            if first["type"] == "extra_forbidden":
                near = get_close_matches(variable, cls.variables(), 1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(cls.variables())}"
                raise SettingsError(f"{variable} is not a setting; {hint}") from None
            what = first["msg"].removeprefix("Value error, ")
            field = cls.model_fields.get(str(first["loc"][0]))
            got = "" if field is not None and field.annotation is SecretStr else f"; got {first['input']!r}"
            raise SettingsError(f"{variable}: {what}{got}") from None

    @classmethod
    def variables(cls) -> list[str]:
        """Names of all environment variables, in the order of their documentation."""
        return [PREFIX + name.upper() for name in cls.model_fields]

    def brokers(self) -> str:
        """The Kafka brokers.

        Raises:
            SettingsError: not set.
        """
        if not self.kafka_brokers:
            raise SettingsError(f"{PREFIX}KAFKA_BROKERS is not set; it lists the Kafka brokers as host:port,host:port")
        return self.kafka_brokers

    def topic(self, name: str) -> str:
        """Full name of one of our topics."""
        return self.topic_prefix + name
