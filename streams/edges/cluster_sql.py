"""The migrations' statements as a replicated cluster wants them: the same tables, one copy on each replica.

Why by rule and not in the files: a second set of migrations would drift from the first. What a rule does not know is
refused, so that a new kind of statement cannot run on one replica only. Every replica must hold all rows: of one
shard. Sharded tables are not made here; they would need a distributed table beside each, and queries that know it.

The tables get no paths of their own: the server's default, with macros {shard} and {replica}, is right for a cluster.
"""

from __future__ import annotations

import re

from streams.edges.errors import UserError

_NAMED = re.compile(
    r"(?P<verb>(?:CREATE (?:DATABASE|TABLE|MATERIALIZED VIEW) IF NOT EXISTS"
    r"|DROP (?:DATABASE|TABLE|VIEW) IF EXISTS)\s+[\w.`]+)(?P<rest>.*)",
    re.DOTALL,
)
_ENGINE = re.compile(r"\bENGINE = (?=\w*MergeTree\b)")
_ITSELF = ("INSERT INTO ", "ALTER TABLE ")
"""Sent to one replica, and carried to the others by the table."""


def on_cluster(statement: str, cluster: str) -> str:
    """A statement of a migration, for every replica of a cluster.

    Args:
        statement: one statement, without its semicolon.
        cluster: its name in the servers' settings; '' leaves the statement as it is.
    Raises:
        UserError: nobody said how such a statement runs on a cluster.
    """
    if not cluster or statement.startswith(_ITSELF):
        return statement
    named = _NAMED.fullmatch(statement)
    if named is None:
        raise UserError(
            f"a migration begins with {statement.split('(')[0].strip()[:60]!r}, and it is not known how that runs on a"
            " cluster: teach it to streams/edges/cluster_sql.py"
        )
    return f"{named['verb']} ON CLUSTER '{cluster}'{_ENGINE.sub('ENGINE = Replicated', named['rest'])}"
