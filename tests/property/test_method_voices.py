"""What grew among bad answers: SQL and Python find the same terms, and the same rise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.voices import rises, terms
from streams.edges.store import Store
from streams.pure.method import voices as pure
from tests.kit.method import ask, same, twins

comments = st.text(alphabet="aBé payФ付款失败了很慢x,.!1'\u0301-[]", max_size=24)
answers = st.lists(st.lists(st.sampled_from(["pay", "till", "付款", "app"]), unique=True), max_size=30)


@twins
@given(said=st.lists(comments, min_size=1, max_size=40))
def test_sql_and_python_split_alike(method_store: Store, said: list[str]) -> None:
    """Letters with and without accents, Chinese signs, and what lies between."""
    listed = ", ".join("'" + text.replace("\\", "\\\\").replace("'", "''") + "'" for text in said)
    found = method_store.rows(f"SELECT {terms('comment')} FROM (SELECT arrayJoin([{listed}]) AS comment)")
    assert [frozenset(row[0]) for row in found] == [pure.terms(text) for text in said]


@twins
@given(now=answers, before=answers)
def test_sql_and_python_agree(method_store: Store, now: list[list[str]], before: list[list[str]]) -> None:
    """With terms that all, some and none name; with nobody before; answers without a term are in no share."""
    rows = ", ".join(
        f"({int(one is now)}, {number}, {named})" for one in (now, before) for number, named in enumerate(one)
    )
    values = f"values('recent UInt8, who String, terms Array(String)', {rows or '(0, 0, [])'})"
    found = ask(method_store, rises(f"SELECT 'word' AS sort, toString(who) AS who, recent, terms FROM {values}"))
    wanted = [{"sort": "word", **one.row()} for one in pure.rises(now, before)]
    same(sorted(found, key=lambda row: row["term"]), sorted(wanted, key=lambda row: row["term"]))
    assert [row["z"] is None for row in found] == [row["z"] is None for row in wanted]
