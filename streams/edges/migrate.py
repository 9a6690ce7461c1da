"""The store's tables, brought forward and back by numbered pairs of SQL files.

What was applied is remembered in the store with a checksum of both files of the pair: a pair that was
changed after it was applied is refused, for then nobody could say what the tables look like.

Each statement of a pair can be repeated (IF NOT EXISTS, IF EXISTS): a run that broke off half way is
simply run again, and two at once do no harm.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from streams.edges.cluster_sql import on_cluster
from streams.edges.errors import UserError
from streams.edges.store import Store

_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.(up|down)\.sql")
_END_OF_STATEMENT = re.compile(r";\s*$", re.MULTILINE)
_COMMENT_LINE = re.compile(r"^\s*--.*$", re.MULTILINE)

_BOOK = """
CREATE TABLE IF NOT EXISTS {database}.schema_migrations
(
    number     UInt32,
    name       String,
    checksum   String COMMENT 'SHA-256 of both files',
    applied    UInt8  COMMENT '0: taken back',
    changed_us UInt64 COMMENT 'when; the newest of a number counts'
)
ENGINE = ReplacingMergeTree(changed_us)
ORDER BY number
"""


class MigrationError(UserError):
    """Files and store do not fit together. Says which; nothing was changed."""


@dataclass(frozen=True)
class Migration:
    """One numbered pair."""

    number: int
    name: str
    up: str
    down: str

    @property
    def title(self) -> str:
        """As the files are called."""
        return f"{self.number:04d}_{self.name}"

    @property
    def checksum(self) -> str:
        """Changes with any byte of either file."""
        return hashlib.sha256(f"{self.up}\0{self.down}".encode()).hexdigest()

    def statements(self, database: str, *, forward: bool, cluster: str = "") -> list[str]:
        """What to run, in order, for a database of this name; on every replica of a cluster, where there is one."""
        text = _COMMENT_LINE.sub("", self.up if forward else self.down)
        parts = [part.strip().replace("{database}", database) for part in _END_OF_STATEMENT.split(text) if part.strip()]
        return [on_cluster(part, cluster) for part in parts]


def read_migrations(folder: Path | None = None) -> list[Migration]:
    """All pairs in the order of their numbers.

    Args:
        folder: where they lie; None: those of this program.
    Raises:
        MigrationError: a strange file, a pair that is not one, or a gap in the numbers.
    """
    files = folder or resources.files("deploy") / "clickhouse"
    texts: dict[tuple[int, str], dict[str, str]] = {}
    for file in files.iterdir():
        if not file.name.endswith(".sql"):
            continue
        match = _FILE.fullmatch(file.name)
        if not match:
            raise MigrationError(f"{file.name}: a migration is called NNNN_name.up.sql or NNNN_name.down.sql")
        texts.setdefault((int(match[1]), match[2]), {})[match[3]] = file.read_text()
    found = []
    for expected, ((number, name), pair) in enumerate(sorted(texts.items()), start=1):
        if number != expected:
            raise MigrationError(
                f"migration {number:04d}_{name} stands where {expected:04d} should: numbers have no gaps"
            )
        if len(pair) != 2:
            raise MigrationError(f"migration {number:04d}_{name} needs both an up and a down file")
        found.append(Migration(number, name, pair["up"], pair["down"]))
    return found


def applied(store: Store) -> dict[int, tuple[str, str]]:
    """Name and checksum of what is applied, by number; {} for a store never migrated."""
    if not store.has_database() or not store.rows("EXISTS TABLE schema_migrations")[0][0]:
        return {}
    found = store.rows("SELECT number, name, checksum FROM schema_migrations FINAL WHERE applied ORDER BY number")
    return {int(number): (name, checksum) for number, name, checksum in found}


def migrate(
    store: Store, to: int | None = None, dry_run: bool = False, *, folder: Path | None = None, cluster: str = ""
) -> list[str]:
    """Bring the tables to a number, forward or back; going back drops tables and what is in them.

    Args:
        to: the number to stop at, 0 for an empty database; None: the newest.
        dry_run: change nothing.
        folder: where the files lie; None: those of this program.
        cluster: makes replicated tables on all replicas of this cluster; '': plain ones on one server.
    Returns:
        One line a step that was (with `dry_run`: would be) taken; [] if there was nothing to do.
    Raises:
        MigrationError: files and store do not fit together; nothing was changed.
        Unavailable: the store is away; run it again.
    """
    known = read_migrations(folder)
    at = _check(known, applied(store))
    target = len(known) if to is None else to
    if not 0 <= target <= len(known):
        raise MigrationError(f"there is no migration {target}; known are 1 to {len(known)}")
    forward = target >= at
    steps = known[at:target] if forward else list(reversed(known[target:at]))
    told = [f"{'apply' if forward else 'take back'} {step.title}" for step in steps]
    if dry_run:
        return told
    if steps:
        store.create_database(cluster)
        store.command(on_cluster(_BOOK.strip().replace("{database}", store.database), cluster))
    for step in steps:
        for statement in step.statements(store.database, forward=forward, cluster=cluster):
            store.command(statement)
        store.insert_columns(
            "schema_migrations",
            {
                "number": [step.number],
                "name": [step.name],
                "checksum": [step.checksum],
                "applied": [int(forward)],
                "changed_us": [store.now_us()],
            },
        )
    return told


def keep_live_days(store: Store, days: int) -> None:
    """Keep accepted answers for this many days after they were stored, instead of 400.

    Late and imported ones stay for 5 years whatever this says: their history is counted from them.

    Args:
        days: at least 1.
    Raises:
        StoreError: the tables are not there yet.
        Unavailable: the store is away.
    """
    if days < 1:
        raise MigrationError(f"answers must be kept for at least a day, not {days}")
    store.command(
        f"ALTER TABLE touchpoints MODIFY TTL"
        f" toDateTime(stored_at) + INTERVAL {days} DAY DELETE WHERE class IN ('accepted', 'test'),"
        f" toDateTime(stored_at) + INTERVAL 5 YEAR DELETE WHERE class IN ('late', 'import')"
    )


def _check(known: list[Migration], done: dict[int, tuple[str, str]]) -> int:
    """The number the store is at."""
    if sorted(done) != list(range(1, len(done) + 1)):
        raise MigrationError(
            f"the store says that migrations {sorted(done)} are applied: that has gaps, mend it by hand"
        )
    if len(done) > len(known):
        raise MigrationError(
            f"the store is at migration {len(done)}, this program knows {len(known)}: use the newer program"
        )
    for step in known[: len(done)]:
        name, checksum = done[step.number]
        if (name, checksum) != (step.name, step.checksum):
            raise MigrationError(
                f"migration {step.title} was changed after it was applied (as {step.number:04d}_{name}):"
                " undo the change, and put what is new into a new migration"
            )
    return len(done)
