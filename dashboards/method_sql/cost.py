"""Cost of negative experience in SQL: what the stream measures, the target file says, and the model makes of it.

Three levels: `measured` (from the stream), `inputs` (with the target file, which may say "measured"), `cost` (every
cell, with the three levers as numbers to add).
"""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, ASKED, counted, drawn, events, target

_BAD = f"arrayExists((m, b) -> b = -1 AND {ASKED.replace('metric', 'm')}, metrics, boxes)"


def measured(where: str = ANYWHERE) -> str:
    """One row from the stream.

    Columns: negative (share of negative answers) and complaint (share of customers with a negative answer who
    complained too), each five; per_negative (complaints for each negative answer); kept, at_risk and lost (cases
    about complaints by last known outcome).
    """
    answers = counted("box, n", f"({where}) AND {ASKED}")
    people = drawn(
        f"customer, kind = 'complaint' AS complained, {_BAD} AS unhappy",
        f"({where}) AND customer != '' AND (kind = 'complaint' OR has(boxes, -1))",
    )
    complaints = events("producer, event_id", ("complaint",), where)
    cases = events(
        "producer, JSONExtractString(detail, 'case_id') AS case_id, JSONExtractString(detail, 'outcome') AS outcome, "
        "occurred_at, event_id, if(JSONHas(detail, 'about_producer'), JSONExtractString(detail, 'about_producer'), "
        "producer) AS about_producer, JSONExtractString(detail, 'about_event_id') AS about_event",
        ("case",),
        where,
    )
    return f"""\
SELECT {pieces.estimate("negative", pieces.share("bad", "answers"), "answers")},
  {pieces.estimate("complaint", pieces.share("unhappy_complained", "unhappy_people"), "unhappy_people")},
  if(bad = 0, NULL, complaints / bad) AS per_negative, kept, at_risk, lost
FROM (
SELECT sum(p.n) AS answers, sumIf(p.n, p.box = -1) AS bad
FROM (
{answers}
) AS p
) AS asked CROSS JOIN (
SELECT countIf(unhappy_once) AS unhappy_people, countIf(unhappy_once AND complained_once) AS unhappy_complained
FROM (
SELECT customer, max(unhappy) AS unhappy_once, max(complained) AS complained_once
FROM (
{people}
)
GROUP BY customer
)) AS people CROSS JOIN (
SELECT count() AS complaints
FROM (
{complaints}
)) AS told CROSS JOIN (
SELECT countIf(outcome = 'kept') AS kept, countIf(outcome = 'at_risk') AS at_risk, countIf(outcome = 'lost') AS lost
FROM (
SELECT outcome
FROM (
{cases}
)
WHERE outcome != '' AND (about_producer, about_event) IN (
{complaints}
)
ORDER BY occurred_at DESC, event_id DESC
LIMIT 1 BY producer, case_id
)) AS ended"""


def inputs(where: str = ANYWHERE) -> str:
    """One row: what the model takes, from the target file in force, and from the stream where that says so."""

    def part(name: str) -> str:
        decided = target("economics", f"{name}_share")
        same = [f"if(isNull({decided}), {name}{end}, {decided})" for end in ("", "_lower", "_upper")]
        n = f"if(isNull({decided}), {name}_n, 30)"
        return f"{same[0]} AS in_{name}, {same[1]} AS in_{name}_lower, {same[2]} AS in_{name}_upper, {n} AS in_{name}_n"

    def fate(group: str, column: str) -> str:
        decided = target("economics", f"{group}.{column}")
        if group == "silent":
            return f"{decided} AS silent_{column}"
        share = f"if(kept + at_risk + lost = 0, NULL, {column} / (kept + at_risk + lost))"
        return f"if(isNull({decided}), {share}, {decided}) AS complainers_{column}"

    fates = ", ".join(fate(group, column) for group in ("complainers", "silent") for column in ("at_risk", "lost"))
    return f"""\
SELECT {target("economics", "yearly_sales")} AS yearly_sales, {part("negative")}, {part("complaint")}, {fates}
FROM (
{measured(where)}
)"""


def cost(
    rows: str,
    *,
    fewer_negatives: str = "0",
    more_won_back: str = "0",
    more_complaints: str = "0",
    keep: tuple[str, ...] = (),
) -> str:
    """Every cell, for each row of `inputs`; no row where an input is unknown.

    Args:
        rows: a query with the columns of `inputs`.
        fewer_negatives, more_won_back, more_complaints: the three levers, shares 0..1 as numbers or expressions.
        keep: further columns of `rows`, handed on as they are.
    """

    def moved(name: str, by: str) -> str:
        ends = ((f"in_{name}{end}", f"{name}{end}") for end in ("", "_lower", "_upper"))
        # Emptiness first: least() and greatest() skip NULL in newer ClickHouse.
        return ", ".join(
            f"if(isNull({old}), NULL, least(1., greatest(0., {old} + ({by})))) AS {new}" for old, new in ends
        )

    def group(name: str, touched: str, fate: str) -> str:
        kept = f"(1 - {fate}_at_risk - {fate}_lost)"
        parts = (("", "1"), ("_at_risk", f"{fate}_at_risk"), ("_lost", f"{fate}_lost"), ("_kept", kept))
        return ", ".join(f"{touched} * {share} AS {name}{end}" for end, share in parts)

    def per_negative(end: str) -> str:
        return f"(s_lost + {end} * (c_lost - s_lost))"

    kept = "".join(f", {name}" for name in keep)
    loss, _ = pieces.product("negative", "per_loss")
    ends = [f"if(isNull({end}), NULL, greatest(0., yearly_sales * {end}))" for end in loss[1:]]
    lost = ("(complaining_lost + silent_lost)", ends[0], ends[1])
    return f"""\
SELECT touched, complaining, complaining_at_risk, complaining_lost, complaining_kept, silent, silent_at_risk,
  silent_lost, silent_kept, {pieces.estimate("lost", lost, "least(negative_n, complaint_n)")},
  complaining_at_risk + silent_at_risk AS at_risk,
  if(yearly_sales = 0, NULL, (complaining_lost + silent_lost) / yearly_sales) AS lost_share{kept}
FROM (
SELECT *, yearly_sales * negative AS touched,
  {group("complaining", "yearly_sales * negative * complaint", "c")},
  {group("silent", "yearly_sales * negative * (1 - complaint)", "s")},
  {per_negative("complaint")} AS per_loss,
  if(c_lost >= s_lost, {per_negative("complaint_lower")}, {per_negative("complaint_upper")}) AS per_loss_lower,
  if(c_lost >= s_lost, {per_negative("complaint_upper")}, {per_negative("complaint_lower")}) AS per_loss_upper,
  complaint_n AS per_loss_n
FROM (
SELECT yearly_sales, {moved("negative", f"-({fewer_negatives})")}, in_negative_n AS negative_n,
  {moved("complaint", more_complaints)}, in_complaint_n AS complaint_n,
  complainers_lost - least(toFloat64({more_won_back}), complainers_lost) AS c_lost,
  greatest(0., complainers_at_risk - (toFloat64({more_won_back}) - least(toFloat64({more_won_back}), complainers_lost)))
    AS c_at_risk,
  silent_at_risk AS s_at_risk, silent_lost AS s_lost{kept}
FROM (
{rows}
)
WHERE isNotNull(yearly_sales) AND isNotNull(in_negative) AND isNotNull(in_complaint)
  AND isNotNull(complainers_lost) AND isNotNull(complainers_at_risk)
))"""
