"""The backup page, run: its statements bring every table back as it was.

In processes of their own: an engine takes the folder it may write backups to when it begins, and a process has one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streams.edges.migrate import applied, migrate, read_migrations
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.kit.rows import ROWS, columns

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "deploy" / "docs" / "backup.md"
FILLED = ROWS.keys() - {"schema_migrations"}
ALL_TABLES = "SELECT name FROM system.tables WHERE database = '{}' AND engine NOT LIKE '%View' ORDER BY name"
MORE = {
    "touchpoints": (
        {},
        {"event_id": "late", "class": "late", "offset": 1},
        {"event_id": "bought", "kind": "purchase", "detail": '{"amount":3,"currency":"EUR"}', "offset": 2},
    ),
    "ledger": ({"record_time": time.time_ns() // 1_000_000},),
}
"""Of which other tables are filled."""
CHILD = """
import json, sys
import chdb
folder, allowed, statements = sys.argv[1], sys.argv[2], json.load(sys.stdin)
engine = chdb.connect(f"{folder}?backups.allowed_path={allowed}/")
for statement in statements:
    print(json.dumps(str(engine.query(statement, "TSV"))))
engine.close()
"""


def statements(path: Path) -> list[str]:
    """The page's SQL in its order, its paths moved."""
    blocks = re.findall(r"^ *```sql\n(.*?)^ *```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    moved = [block.replace("/var/lib/clickhouse/backups", str(path)).strip().rstrip(";") for block in blocks]
    return [block for block in moved if "OUTFILE" not in block]


def run(folder: Path, allowed: Path, asked: list[str]) -> list[str]:
    """Each statement's answer."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(allowed)],
        input=json.dumps(asked), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


SEED = """
import sys
from pathlib import Path
from tests.store.test_backup import seed
seed(Path(sys.argv[1]))
"""


def seed(folder: Path) -> None:
    """All tables, each with a row; those filled by others too."""
    with Store.connect(Settings(clickhouse_url=f"chdb://{folder}", clickhouse_database="touchpulse")) as store:
        migrate(store)
        for table in sorted(FILLED):
            store.insert_columns(table, columns(table, *MORE.get(table, ({},))))


@pytest.mark.deep
def test_every_table_comes_back_as_it_was(tmp_path: Path) -> None:
    folder, backups = tmp_path / "store", tmp_path / "backups"
    backups.mkdir()
    subprocess.run([sys.executable, "-c", SEED, str(folder)], cwd=ROOT, check=True, timeout=120)
    (names,) = run(folder, backups, [ALL_TABLES.format("touchpulse")])
    sums = [
        f"SELECT '{name}', count(), sum(cityHash64(formatRow('TSV', *))) FROM touchpulse.{name}"
        for name in names.split()
        if name[0] != "."
    ]
    said = statements(backups)
    kinds = [statement.split()[0] for statement in said]
    assert kinds == ["BACKUP", "BACKUP", "RESTORE", "SELECT", "DROP", "RESTORE"]
    before = run(folder, backups, sums)
    empty = [row.split("\t")[0] for row in before if row.split("\t")[1] == "0"]
    assert empty == ["stored_offsets_begin"], "filled by a migration, from what was there then"
    answers = run(folder, backups, [*said[:5], "DROP DATABASE touchpulse SYNC", said[5]])
    restored, living = answers[3].split()
    assert restored == living
    assert int(living) > 0
    assert run(folder, backups, sums) == before
    with Store.connect(Settings(clickhouse_url=f"chdb://{folder}", clickhouse_database="touchpulse")) as store:
        assert len(applied(store)) == len(read_migrations())
