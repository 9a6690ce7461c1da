"""What the HTTP protocol must know of a statement before the engine sees it.

Three questions only: does it answer with rows, in which format, and where do the bytes of an INSERT
begin. The SQL itself is the engine's business, so this reads words and quotes and nothing more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Comments and quoted text are skipped as one token each, so that words inside them do not count.
_TOKEN = re.compile(
    rb"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|[()\[\]{};]|[A-Za-z_]\w*",
    re.DOTALL,
)
_AFTER_FORMAT = re.compile(rb"[ \t\f]*;?[ \t\f]*\r?\n?")
_WITH_ROWS = frozenset(
    {"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK", "FROM", "KILL", "VALUES"}
)
# One of these first means that an INSERT brings its rows itself, not as bytes after FORMAT.
_OWN_ROWS = frozenset({"VALUES", "SELECT", "WITH", "FROM", "WATCH"})


@dataclass(frozen=True)
class Statement:
    """One statement as the protocol sees it."""

    verb: str
    """First word in capitals, '' for an empty statement."""
    text: bytes
    """What to run; of an INSERT with data only the part before FORMAT."""
    format: str = ""
    """The format it names itself, '' if none."""
    data: bytes | None = None
    """The bytes an INSERT ... FORMAT brings along; None for every other statement."""
    several: bool = False
    """More than one statement: the protocol allows one."""

    @property
    def has_rows(self) -> bool:
        """Whether the answer is a result set, possibly an empty one."""
        return self.verb in _WITH_ROWS


def read_statement(sql: bytes) -> Statement:
    """Split one request into what to run and what it brings along.

    Args:
        sql: query and body joined. Binary data may follow an INSERT ... FORMAT.
    """
    verb, previous, format_name = "", "", ""
    depth = 0
    ended = several = in_settings = False
    for token in _TOKEN.finditer(sql):
        raw = token.group()
        if raw[:2] in (b"--", b"/*"):
            continue
        if ended:
            several = True
            break
        if raw == b";":
            ended = True
        elif raw in b"([{":
            # A bracket first is a SELECT in brackets: ClickHouse allows it.
            verb = verb or "SELECT"
            depth += 1
        elif raw in b")]}":
            depth -= 1
        if not raw[:1].isalpha() or depth:
            previous = ""
            continue
        word = raw.decode().upper()
        verb = verb or word
        if verb == "INSERT" and word in _OWN_ROWS:
            return Statement(verb=verb, text=sql)
        # A format is named last, only SETTINGS may follow: a column called format is no format.
        in_settings = in_settings or word == "SETTINGS"
        format_name = format_name if in_settings else ""
        if previous == "FORMAT":
            format_name = raw.decode()
            if verb == "INSERT":
                head = sql[: _start_of_format(sql, token.start())]
                after = _AFTER_FORMAT.match(sql, token.end())
                return Statement(
                    verb=verb,
                    text=head,
                    format=format_name,
                    data=sql[after.end() if after else token.end() :],
                )
        previous = word
    return Statement(verb=verb, text=sql, format=format_name, several=several)


def _start_of_format(sql: bytes, name_at: int) -> int:
    """Where the word FORMAT before the format's name begins."""
    return sql[:name_at].upper().rindex(b"FORMAT")
