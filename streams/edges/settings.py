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
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
)

from streams.edges.errors import SettingsError

PREFIX = "TOUCHPULSE_"
FINE_WINDOW_S = 3_600
"""Windows up to this long are made of 10 s slices, longer ones of 5 min slices."""
OTHERS = ("TOUCHPULSE_GRAFANA_", "TOUCHPULSE_TEST_")
"""Settings of pushing boards, and of our own tests: theirs to read, not ours to refuse."""


class Settings(BaseModel):
    """What a process needs to know about the world around it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kafka_brokers: str = ""
    """Comma-separated host:port. No default: a guessed broker hides mistakes."""
    topic_prefix: str = ""
    """Put before each topic and consumer group, so that two installations can share a cluster."""
    kafka_session_timeout_ms: int = Field(default=10_000, ge=6_000, le=90_000)
    """How long a dead worker's partitions stay unread. Brokers allow 6 s and more."""
    memory_broker: bool = False
    """The broker is librdkafka's in-memory one: topics appear by themselves, no time look-ups."""

    clickhouse_url: str = ""
    """http(s)://host:port, or chdb:///folder for the embedded engine (one process a folder)."""
    clickhouse_database: str = Field(default="touchpulse", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")
    """Database that holds the tables."""
    clickhouse_user: str = "default"
    """User for reading and writing."""
    clickhouse_password: SecretStr = SecretStr("")
    """Its password."""

    catalogue_path: Path | None = None
    """YAML file that names channels, touchpoints and locations. None: the built-in channels, other names as sent."""

    policy: NonNegativeInt = 1
    """Number of the counting rules in force. Raise it with H, L, S, K or the catalogue's names."""
    block_size: PositiveInt = 65_536
    """Offsets a block (B): what is counted again after a crash is at most this much. Fixed for a topic's life: other
    blocks would overlap those already counted."""
    block_span_ms: PositiveInt = 24 * 3_600_000
    """A block also ends with this span of record time, so that it cannot outlive the topic's retention. Fixed for a
    topic's life, as is B."""
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
    worker_id: str = ""
    """Stable name of this worker: a restart within the session timeout keeps its partitions."""

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
            values[name] = [part for part in text.split(",") if part] if name == "windows_s" else text
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
            raise SettingsError(f"{variable}: {what}; got {first['input']!r}") from None

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
