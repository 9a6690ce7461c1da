"""ClickHouse's users, on ClickHouse's own engine: the files are read by its parser, the rights are held by its rules.

The engine in a process has one user, `default`. So for each of ours a process is started in which `default` is given
what the users file gives to that one: profile, limits, rights and row policies.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from streams.edges.migrate import read_migrations

SERVER = Path(__file__).parents[2] / "deploy" / "clickhouse-server"
FILES = ("users.xml", "unit.xml")
UNIT = "touchpulse_unit_berlin"
USERS = ("touchpulse_migrator", "touchpulse", "touchpulse_reader", UNIT)
ACCESS_DENIED, SETTING_OUT_OF_BOUNDS, READONLY = 497, 452, 164
_RUN = """
import json, re, sys
from chdb.session import Session
folder, statements = json.load(sys.stdin)
session, found = Session(f"{folder}/data?config-file={folder}/config.xml"), []
for statement in statements:
    try:
        answer = str(session.query(statement, "JSONCompact"))
        found.append(json.loads(answer)["data"] if answer.strip() else [])
    except Exception as error:
        found.append(int(re.search(r"Code: (\\d+)", str(error))[1]))
print(json.dumps(found))
"""


def given(files: Sequence[str] = FILES) -> ET.Element:
    """All our users and profiles in one tree, with a password where the server would take it from its environment."""
    whole = ET.fromstring("<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users/></clickhouse>")
    for file in files:
        for section in ET.parse(SERVER / file).getroot():
            whole.find(section.tag).extend(section)  # type: ignore[union-attr]
    for password in whole.iter("password"):
        password.attrib.clear()
        password.text = "x"
    return whole


def act(folder: Path, user: str, statements: Sequence[str]) -> list[Any]:
    """What a user gets for each statement: rows, or the number of ClickHouse's error."""
    whole = given()
    users = whole.find("users")
    assert users is not None
    ours = users.find(user)
    assert ours is not None
    as_default = copy.deepcopy(ours)
    as_default.tag = "default"
    as_default.find("password").text = ""  # type: ignore[union-attr]  # the engine in a process knows none
    users.append(as_default)
    ET.ElementTree(whole).write(folder / "users.xml")
    (folder / "config.xml").write_text(f"<clickhouse><users_config>{folder}/users.xml</users_config></clickhouse>")
    asked = json.dumps([str(folder), list(statements)])
    done = subprocess.run([sys.executable, "-c", _RUN], input=asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables made by the migrator, and answers of two places written by the writer."""
    folder = tmp_path_factory.mktemp("users")
    migrations = [statement for step in read_migrations() for statement in step.statements("touchpulse", forward=True)]
    made = act(folder, "touchpulse_migrator", ["CREATE DATABASE IF NOT EXISTS touchpulse", *migrations])
    assert [each for each in made if isinstance(each, int)] == []
    touchpoints = "INSERT INTO touchpulse.touchpoints (producer, event_id, channel, location, comment, occurred_at)"
    scores = "INSERT INTO touchpulse.scores (window_s, dimension, channel, member, metric, scale, as_of, n)"
    written = act(
        folder,
        "touchpulse",
        [
            *(
                f"{touchpoints} VALUES ('till', '{number}', 'store', '{place}', 'said', now64(3))"
                for number, place in enumerate(("store-berlin-mitte", "store-paris-nord", "store-berlin-west"))
            ),
            *(
                f"{scores} VALUES (300, '{dimension}', 'store', '{member}', 'nps', 'nps-0-10', now(), 1)"
                for dimension, member in (("channel", ""), ("location", "store-berlin-mitte"), ("location", "store-x"))
            ),
        ],
    )
    assert written == [[]] * 6
    return folder


def test_the_writer_writes_and_blanks_but_makes_and_drops_nothing(store: Path) -> None:
    assert act(
        store,
        "touchpulse",
        [
            "ALTER TABLE touchpulse.touchpoints UPDATE comment = '' WHERE event_id = '2' SETTINGS mutations_sync = 1",
            "SELECT count() FROM touchpulse.touchpoints WHERE comment = ''",
            "SELECT count() > 0 FROM system.tables WHERE database = 'touchpulse'",
            "DROP TABLE touchpulse.touchpoints",
            "CREATE TABLE touchpulse.mine (n UInt8) ENGINE = Memory",
            "ALTER TABLE touchpulse.touchpoints DELETE WHERE 1",
            "TRUNCATE TABLE touchpulse.touchpoints",
            "CREATE USER eve",
        ],
    ) == [[], [[1]], [[1]], *[ACCESS_DENIED] * 5]


def test_the_boards_reader_only_looks_and_stays_within_its_limits(store: Path) -> None:
    assert act(
        store,
        "touchpulse_reader",
        [
            "SELECT count() FROM touchpulse.touchpoints",
            "SELECT count() FROM touchpulse.touchpoints SETTINGS max_execution_time = 10",  # as the plugin does
            "SELECT 1 SETTINGS max_execution_time = 31",
            "SELECT 1 SETTINGS max_execution_time = 0",  # 0 is no limit
            "SELECT 1 SETTINGS max_memory_usage = 0",
            "SELECT 1 SETTINGS max_threads = 8",
            "SELECT 1 SETTINGS readonly = 0",
            "INSERT INTO touchpulse.names (dimension, name) VALUES ('a', 'b')",
            "DROP TABLE touchpulse.touchpoints",
            "SELECT * FROM url('http://127.0.0.1:1/', 'RawBLOB')",
            "SELECT * FROM file('/etc/passwd', 'RawBLOB')",
        ],
    ) == [
        [[3]],
        [[3]],
        *[SETTING_OUT_OF_BOUNDS] * 4,
        READONLY,
        ACCESS_DENIED,
        ACCESS_DENIED,
        ACCESS_DENIED,
        ACCESS_DENIED,
    ]


def test_a_units_reader_sees_its_own_places_only(store: Path) -> None:
    assert act(
        store,
        UNIT,
        [
            "SELECT DISTINCT location FROM touchpulse.touchpoints ORDER BY location",
            "SELECT dimension, member FROM touchpulse.scores",
            "SELECT count() FROM touchpulse.names",
            "SELECT count() FROM touchpulse.rejected",
        ],
    ) == [
        [["store-berlin-mitte"], ["store-berlin-west"]],
        [["location", "store-berlin-mitte"]],
        ACCESS_DENIED,
        ACCESS_DENIED,
    ]


def test_whatever_a_unit_may_read_is_cut_down_to_it() -> None:
    """A table that is granted later must not be forgotten among the filters."""
    unit = given().find(f"users/{UNIT}")
    assert unit is not None
    granted = {re.fullmatch(r"GRANT SELECT ON touchpulse\.(\w+)", query.text or "")[1] for query in unit.iter("query")}  # type: ignore[index]
    filtered = {table.tag: table.findtext("filter") or "" for table in unit.find("databases/touchpulse") or ()}
    assert granted - filtered.keys() == {"targets"}, "management's decisions, the same for all"
    assert filtered.keys() <= granted
    sql = "".join(step.up for step in read_migrations())
    for table, condition in filtered.items():
        (columns,) = re.findall(rf"CREATE TABLE IF NOT EXISTS \{{database\}}\.{table}\s*\((.*?)\n\)", sql, re.DOTALL)
        for column in re.findall(r"\b(location|member|dimension)\b", re.sub(r"'[^']*'", "", condition)):
            assert re.search(rf"^\s+{column}\s", columns, re.MULTILINE), (table, column)
        assert "'store-berlin-'" in condition


def test_no_user_has_a_password_of_its_own_in_the_files() -> None:
    for file in FILES:
        for password in ET.parse(SERVER / file).getroot().iter("password"):
            assert password.attrib.keys() == {"from_env"}
            assert not password.text
