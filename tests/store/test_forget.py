"""Forgetting a customer, on the real engine: nothing is found, nothing is missing, nothing comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.decode import Decoder
from schemas.reasons import Rejection
from streams.apps.touchpoint_rows import TouchpointRows
from streams.cli import app
from streams.edges.forget import Forgetting, all_forgotten
from streams.edges.forgotten import REFRESH_S, Forgotten
from streams.edges.privacy import privacy_of
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.privacy import Privacy, PrivacyKey
from tests.kit.rows import ROWS, columns

KEYED = Privacy([PrivacyKey("k1", b"a" * 32)], ["app_version"])
ANNA, BEN = KEYED.pseudonym("anna"), KEYED.pseudonym("ben")


def _insert(store: Store, **changed: Any) -> None:
    store.insert_columns("touchpoints", columns("touchpoints", changed))


def _seed(store: Store) -> None:
    """Two answers of one customer, the first with a twin in another month's partition, and one of another's."""
    day_ms = 86_400_000
    now_ms = ROWS["touchpoints"]["stored_at"]
    _insert(store, event_id="e-1", customer=ANNA, comment="I am Anna", stored_at=now_ms - 40 * day_ms, rank=5)
    _insert(store, event_id="e-1", customer=ANNA, comment="I am Anna", rank=4)
    detail = json.dumps({"valence": -0.5, "action": 'asked "Anna" \\', "need": "help"}, separators=(",", ":"))
    _insert(store, event_id="e-2", customer=ANNA, comment="Anna again", detail=detail)
    _insert(store, event_id="e-3", customer=BEN, comment="from Ben", attributes={"app_version": "1"})


def _forget(store: Store, *names: str) -> Any:
    forgetting = Forgetting(store, names)
    forgetting.begin([name for name in names if name != "anna"])
    forgetting.blank()
    return forgetting.proof()


def test_all_versions_of_a_customers_rows_are_blanked_and_every_count_stays(any_store: Store) -> None:
    """A twin in another partition is never merged away: it must be blanked where it lies."""
    _seed(any_store)
    proof = _forget(any_store, ANNA)
    touchpoints = next(table for table in proof.tables if table.table == "touchpoints")
    assert (touchpoints.found, touchpoints.blanked, touchpoints.found_after) == (3, 3, 0)
    assert proof.holds
    assert proof.events == 2
    assert proof.answers_before == proof.answers_after == (4, 28)
    rows = any_store.rows(
        "SELECT event_id, customer, comment, length(attributes), detail FROM touchpoints ORDER BY event_id"
    )
    assert rows == [
        ("e-1", "", "", 0, '{"score": 5}'),
        ("e-1", "", "", 0, '{"score": 5}'),
        ("e-2", "", "", 0, '{"valence":-0.5,"action":"","need":""}'),
        ("e-3", BEN, "from Ben", 1, '{"score": 5}'),
    ]


def test_what_is_blank_stays_blank_through_merges(any_store: Store) -> None:
    """A merge picks one version of a row: no version may still hold the customer."""
    _seed(any_store)
    _forget(any_store, ANNA)
    any_store.command("OPTIMIZE TABLE touchpoints FINAL")
    assert any_store.rows("SELECT count() FROM touchpoints WHERE customer = {a:String}", {"a": ANNA}) == [(0,)]
    assert any_store.rows("SELECT countDistinct(event_id) FROM touchpoints FINAL") == [(3,)]


def test_refused_bytes_that_name_the_customer_are_blanked_and_others_are_not(any_store: Store) -> None:
    """By pseudonym anywhere, by raw id only where it is the customer: `anna` may be part of any word."""
    for offset, raw in enumerate(
        [b'{"customer":"anna"}', b'{"customer" : "anna" \xff', f'{{"customer":"{ANNA}"}}'.encode(), b'{"city":"anna"}',
         b'{"customer":"annabel"}']
    ):  # fmt: skip
        any_store.insert_columns("rejected", columns("rejected", {"offset": offset, "raw": raw, "value": "v"}))
    proof = _forget(any_store, ANNA, "anna")
    rejected = next(table for table in proof.tables if table.table == "rejected")
    assert (rejected.found, rejected.found_after) == (3, 0)
    blank = any_store.rows("SELECT offset FROM rejected WHERE raw = '' AND value = '' AND reason != '' ORDER BY offset")
    assert [row[0] for row in blank] == [0, 1, 2]
    assert any_store.rows("SELECT count() FROM rejected") == [(5,)]


def test_a_forgotten_customer_does_not_come_back_with_a_replay(any_store: Store) -> None:
    """The same record, read again from Kafka, is stored blank, in the same class with the same answers."""
    _seed(any_store)
    _forget(any_store, ANNA)
    forgotten = Forgotten(any_store)
    forgotten.refresh(0)
    again = columns("touchpoints", {"event_id": "e-1", "customer": ANNA, "comment": "I am Anna", "rank": 9})
    bens = columns("touchpoints", {"event_id": "e-3", "customer": BEN, "comment": "from Ben"})
    assert forgotten.blank(again) == 1
    assert forgotten.blank(bens) == 0
    any_store.insert_columns("touchpoints", again)
    rows = any_store.rows("SELECT customer, comment, bins FROM touchpoints FINAL WHERE event_id = 'e-1'")
    assert rows == [("", "", [5, 9])]


def test_an_archive_learns_of_new_names_within_seconds(any_store: Store) -> None:
    """The command waits twice as long before it blanks for the second time."""
    forgotten = Forgotten(any_store)
    forgotten.refresh(0)
    assert not forgotten.names
    any_store.insert_columns("forgotten", {"customer": [ANNA]})
    forgotten.refresh(REFRESH_S - 0.1)
    assert not forgotten.names
    forgotten.refresh(REFRESH_S)
    assert forgotten.names == {ANNA}
    assert all_forgotten(any_store) == [ANNA]


def test_an_event_is_blanked_before_it_is_laid_down_whatever_key_is_in_force() -> None:
    """A raw event still in Kafka gets another pseudonym after a rotation: all its names are looked up."""
    rotated = Privacy([PrivacyKey("k2", b"b" * 32), PrivacyKey("k1", b"a" * 32)])
    event = Decoder().decode(
        b'{"kind":"emotion","valence":0.1,"action":"asked","event_id":"e","occurred_at":"2026-03-02T10:15:00Z",'
        b'"producer":"till","channel":"store","customer":"anna","comment":"I am Anna","attributes":{"release":"1"}}'
    )
    assert not isinstance(event, Rejection)
    rotated.clean_event(event, frozenset([ANNA]))
    rows = TouchpointRows()
    rows.origin("l", "t", 0)
    rows.add(event, "accepted", 0, 0)
    table = rows.columns()
    assert (table["customer"], table["comment"], table["attributes"]) == ([""], [""], [{}])
    assert json.loads(table["detail"][0]) == {"valence": 0.1}


def test_blanked_columns_lose_the_words_inside_the_detail_too() -> None:
    """The second net, for rows that wait in memory while the store is away."""
    forgotten = Forgotten(None)  # type: ignore[arg-type]  # not asked
    forgotten.names = frozenset([ANNA])
    detail = json.dumps({"valence": 0.1, "action": 'a "b" \\ c', "need": "d"}, separators=(",", ":"))
    row = columns("touchpoints", {"customer": ANNA, "detail": detail})
    forgotten.blank(row)
    assert json.loads(row["detail"][0]) == {"valence": 0.1, "action": "", "need": ""}
    refused = columns("rejected", {"raw": f'{{"customer":"{ANNA}"}}'.encode()})
    assert forgotten.blank_rejected(refused) == 1
    assert refused["raw"] == [b""]


@pytest.fixture
def environment(clickhouse_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The command's settings, with a key; no waiting for archives, as there are none."""
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", clickhouse_settings.clickhouse_url)
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_DATABASE", clickhouse_settings.clickhouse_database)
    monkeypatch.setenv("TOUCHPULSE_PRIVACY_KEYS", "k1:" + "a" * 32)
    monkeypatch.setattr("streams.edges.forgotten.REFRESH_S", 0.0)
    return clickhouse_settings.model_copy(update={"privacy_keys": "k1:" + "a" * 32})


def test_the_command_forgets_by_raw_id_and_proves_it(environment: Settings, clickhouse_store: Store) -> None:
    """The raw id is hashed here; the list never holds it."""
    _seed(clickhouse_store)
    run = CliRunner().invoke(app, ["forget", "anna", "--dry-run", "--json"])
    assert run.exit_code == 0
    assert json.loads(run.stdout)["tables"][-1] == {"table": "touchpoints", "found": 3, "blanked": 0, "found_after": 3}
    assert all_forgotten(clickhouse_store) == []
    run = CliRunner().invoke(app, ["forget", "-", "--json"], input="anna\n")
    proof = json.loads(run.stdout)
    assert run.exit_code == 0
    assert proof["holds"]
    assert proof["tables"][-1] == {"table": "touchpoints", "found": 3, "blanked": 3, "found_after": 0}
    assert all_forgotten(clickhouse_store) == [ANNA]
    text = CliRunner().invoke(app, ["forget", "--again"])
    assert "nothing is found, and all counts stay" in text.stdout
    assert privacy_of(Settings()).pseudonym("anna") == "anna"
