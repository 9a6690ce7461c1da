"""Service in SQL: waiting, first contact and self-service; bad moments nobody was asked about; who speaks up."""

from __future__ import annotations

from dashboards import sql
from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, ASKED, counted, events
from schemas.scales import WAIT_BOUNDS_S
from streams.pure.method.service import NOTHING_BAD

FACTS = ("wait", "first_contact", "self_service")
"""Metrics of an interaction."""
_FACTS = f"metric IN ({pieces.texts(FACTS)})"
MIDDLE = "toDateTime(intDiv(toUnixTimestamp($__fromTime) + toUnixTimestamp($__toTime), 2))"
"""Middle of the time shown: the newer half is held against the older."""


def service(by: tuple[str, ...], where: str = ANYWHERE) -> str:
    """One row for each slice with interactions, by name: the columns of `by` and of `Service.row()`.

    Args:
        by: of channel, stage, touchpoint, location, segment; none: one row for all.
    """
    shares = {"short": ("short", "waits"), "long": ("long", "waits"), "resolved": ("resolved", "contacts"),
              "alone": ("alone", "tries")}  # fmt: skip
    told = {name: pieces.estimate(name, pieces.share(f"{hits}_hits", n), n) for name, (hits, n) in shares.items()}
    ends = [f"{bound}" for bound in WAIT_BOUNDS_S[1:]] + ["NULL"]
    starts = ", ".join(str(bound) for bound in WAIT_BOUNDS_S)
    named = "".join(f"{name}, " for name in by)
    return f"""\
SELECT {named}{told["short"]}, {told["long"]}, if(waits = 0, NULL, [{starts}][middle + 1]) AS median_from_s,
  if(waits = 0, NULL, [{", ".join(ends)}][middle + 1]) AS median_to_s, {told["resolved"]}, {told["alone"]}
FROM (
SELECT {"".join(f"p.{name} AS {name}, " for name in by)}sumIf(p.n, p.metric = 'wait') AS waits,
  sumIf(p.n, p.metric = 'wait' AND p.box = 1) AS short_hits,
  sumIf(p.n, p.metric = 'wait' AND p.box = -1) AS long_hits,
  quantileExactWeightedIf(0.5)(p.bin, p.n, p.metric = 'wait') AS middle,
  sumIf(p.n, p.metric = 'first_contact') AS contacts,
  sumIf(p.n, p.metric = 'first_contact' AND p.bin = 1) AS resolved_hits,
  sumIf(p.n, p.metric = 'self_service') AS tries, sumIf(p.n, p.metric = 'self_service' AND p.bin = 1) AS alone_hits
FROM (
{counted(f"{named}metric, bin, box, n", f"({where}) AND {_FACTS}")}
) AS p
{f"GROUP BY {', '.join(by)}" if by else ""}
HAVING waits + contacts + tries > 0
)
{f"ORDER BY {', '.join(by)}" if by else ""}"""


def speaking_up(by: tuple[str, ...], where: str = ANYWHERE) -> str:
    """One row for each slice with a complaint or a negative answer: complaints for each negative answer.

    Columns: those of `by`, complaints, and the five of spoken, newer and older (the halves of the time shown), and
    turn: 1 where more speak up than before beyond chance, -1 fewer.
    """
    named = "".join(f"{name}, " for name in by)
    halves = {"": "1", "newer_": "p.newer", "older_": "NOT p.newer"}
    sums = ", ".join(
        f"sumIf(p.n, {half} AND p.metric = 'complaint') AS {prefix}complaints, "
        f"sumIf(p.n, {half} AND p.metric != 'complaint') AS {prefix}negative"
        for prefix, half in halves.items()
    )
    told = ", ".join(
        pieces.estimate(
            name, _ratio(f"{prefix}complaints", f"{prefix}negative"), f"{prefix}negative", f"'{NOTHING_BAD}'"
        )
        for prefix, name in zip(halves, ("spoken", "newer", "older"), strict=True)
    )
    change, n = pieces.difference("newer", "older")
    return f"""\
SELECT {named}complaints, {pieces.columns("spoken", "newer", "older")},
  toInt8(if({pieces.beyond_chance("change")}, sign(assumeNotNull(change)), 0)) AS turn
FROM (
SELECT *, {pieces.estimate("change", change, n)}
FROM (
SELECT {named}complaints, {told}
FROM (
SELECT {"".join(f"p.{name} AS {name}, " for name in by)}{sums}
FROM (
{
        counted(
            f"{named}metric, n, slice >= {MIDDLE} AS newer",
            f"({where}) AND (metric = 'complaint' OR ({ASKED} AND box = -1))",
        )
    }
) AS p
{f"GROUP BY {', '.join(by)}" if by else ""}
HAVING complaints + negative > 0
)))
{f"ORDER BY {', '.join(by)}" if by else ""}"""


def signals(where: str = ANYWHERE) -> str:
    """One row for each bad moment nobody was asked about, most first.

    Columns: channel, stage, touchpoint, signal, signals, newer, older (halves of the time shown), turn (1: more than
    before beyond chance), size (its mean; NULL where nobody told one), unit, and asked_bad (bad answers there).
    """
    told = events(
        "channel, stage, touchpoint, occurred_at, JSONExtractString(detail, 'signal') AS signal, "
        "JSONExtract(detail, 'size', 'Nullable(Float64)') AS size, JSONExtractString(detail, 'unit') AS unit",
        ("signal",),
        where,
    )
    part, half = pieces.share("newer", "signals"), ("0.5", "0.5", "0.5")
    change, _ = pieces.difference("part", "half")
    return f"""\
SELECT channel, stage, touchpoint, signal, signals, newer, older,
  toInt8(if({pieces.beyond_chance("change")}, sign(assumeNotNull(change)), 0)) AS turn, size, unit, asked_bad
FROM (
SELECT *, {pieces.estimate("change", change, "signals")}
FROM (
SELECT *, {pieces.estimate("part", part, "signals")}, {pieces.estimate("half", half, "signals")}
FROM (
SELECT channel, stage, touchpoint, signal, count() AS signals, countIf(occurred_at >= {MIDDLE}) AS newer,
  countIf(occurred_at < {MIDDLE}) AS older, avg(size) AS size, any(unit) AS unit
FROM (
{told}
)
GROUP BY channel, stage, touchpoint, signal
))) AS happened LEFT JOIN (
SELECT p.channel AS channel, p.stage AS stage, p.touchpoint AS touchpoint, sum(p.n) AS asked_bad
FROM (
{counted("channel, stage, touchpoint, n", f"({where}) AND {ASKED} AND box = -1")}
) AS p
GROUP BY channel, stage, touchpoint
) AS answered USING (channel, stage, touchpoint)
ORDER BY signals DESC, channel, stage, touchpoint, signal"""


def _ratio(complaints: str, negative: str) -> pieces.Number:
    """Complaints for each negative answer, from the Wilson interval of their share of both."""
    ends = [f"{end} / (1 - {end})" for end in sql.wilson(complaints, f"{complaints} + {negative}")]
    none = f"{negative} = 0"
    return (
        f"if({none}, NULL, {complaints} / {negative})",
        f"if({none}, NULL, {ends[0]})",
        f"if({none}, NULL, {ends[1]})",
    )
