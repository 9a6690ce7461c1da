"""Drivers: which touchpoints move the overall score, and which of them is first to mend."""

from __future__ import annotations

from dashboards import hiding, parts, sql, words
from dashboards.method_sql.drivers import drivers_of
from dashboards.panel import FEW_ANSWERS, Axis, Board, Column, Line, Panel, Picture, Plane, Tone, Variable

_SCALE = "${scale:sqlstring}"
AT_TOUCHPOINTS = Variable(
    "scale", "At touchpoints", choices=tuple((text, scale) for scale, text in sql.LABELS.items() if scale != "nps-0-10")
)
OVERALL = Variable(
    "overall",
    "Overall",
    choices=tuple((sql.LABELS[scale], scale) for scale in ("nps-0-10", "csat-1-5", "csat-1-7", "csat-1-10")),
    default="nps-0-10",
)

_LOW, _HIGH = sql.bounds(_SCALE)
_REACHED = f"(100 * if({sql.better_sign(_SCALE)} > 0, level - {_LOW}, {_HIGH} - level) / ({_HIGH} - {_LOW}))"
_DRIVERS = f"""\
SELECT *, {_REACHED} AS reached,
  multiIf(first, '▼ first to mend', relation_n < {FEW_ANSWERS} OR isNull(relation), '○ not known',
    isNotNull(priority), '● moves it', 'moves nothing for sure') AS verdict
FROM (
{drivers_of(_SCALE, "${overall:sqlstring}", parts.CHOSEN)}
)
WHERE level_n >= {hiding.LEAST}"""
_RELATION, _LEVEL = words.number("relation", 2, signed=True), words.number("level", 2)

_TABLE = f"""\
SELECT touchpoint, verdict, {_RELATION} AS relation_shown, {_LEVEL} AS level_shown,
  if(isNull(priority), '–', printf('%.2f', assumeNotNull(priority))) AS priority_shown, relation AS relation_value,
  level AS level_value, priority AS priority_value
FROM (
{_DRIVERS}
)
ORDER BY isNull(priority), priority DESC, isNull(relation), relation DESC, touchpoint
LIMIT 100"""

_QUADRANT = f"""\
SELECT touchpoint AS name, reached AS x, relation AS y, relation_lower AS y_lower, relation_upper AS y_upper,
  relation_n AS n, multiIf(first, '{Tone.BAD}', isNull(priority), '{Tone.QUIET}', '{Tone.PLAIN}') AS tone,
  concat(verdict, ' · relation ', {_RELATION}, ' · level ', {_LEVEL}) AS note
FROM (
{_DRIVERS}
)
WHERE isNotNull(relation) AND isNotNull(relation_lower)
ORDER BY name"""

_LINES = (
    "SELECT level_x, level_y, upright_x, upright_y FROM values("
    "'level_x Float64, level_y Float64, upright_x Float64, upright_y Float64', (0, 0, 50, -0.2), (100, 0, 50, 1))"
)

DRIVERS = Board(
    uid=parts.DRIVERS,
    title="Touchpulse · Drivers",
    question="Which touchpoints move the overall score, and which of them should be mended first?",
    variables=(*parts.FILTERS, AT_TOUCHPOINTS, OVERALL, hiding.CUSTOMERS),
    shown="now-30d",
    refresh_s=300,
    panels=(
        Panel(
            id=1,
            title="Relation and level",
            question=(
                "What moves the whole and is not good yet? Across: how far the mean answer is on its way to the best "
                "one. Up: Spearman's rank correlation with the overall score, with its 95 % bootstrap interval. Top "
                "left is to be mended, top right to be kept. Fewer than 30 customers who answered both are not drawn. "
                "Of more than 100,000 answers, those of customers taken by lot count."
            ),
            picture=Picture.SCATTER,
            sql=_QUADRANT,
            plane=Plane(
                Axis("level, % of the way to the best answer", 0, 100),
                Axis("relation to the overall score"),
                lines=(Line("level_x", "level_y", "no relation"), Line("upright_x", "upright_y", "half way")),
                lines_sql=_LINES,
                corners=("mend first", "keep it so", "can wait", "good, moves little"),
            ),
            width=12,
            height=13,
            empty="no touchpoint has 30 customers who answered both",
        ),
        Panel(
            id=2,
            title="Touchpoints, first to mend first",
            question=(
                "What comes first, and how sure is it? Relation (-1 to 1) and mean answer over the customers who "
                "answered at the touchpoint and on the whole, with 95 % intervals and n; priority = relation x "
                "distance from the best answer (0 to 1), where the relation is above 0 beyond chance. Overall on the "
                "same scale: only answers given at no touchpoint. Very few customers are not listed. A relation is no "
                "proof of cause: mend it, and look at the action's effect. Of more than 100,000 answers, those of "
                "customers taken by lot count."
            ),
            picture=Picture.TABLE,
            sql=_TABLE,
            columns=(
                Column("touchpoint", "Touchpoint", link=parts.to_answers(("touchpoint", "touchpoint")), width_px=140),
                Column(
                    "verdict",
                    "",
                    tones=(("▼", Tone.BAD), ("○", Tone.QUIET), ("moves nothing", Tone.QUIET)),
                    width_px=180,
                ),
                Column("relation_shown", "Relation", tones=words.TONES),
                Column("level_shown", "Level", tones=words.TONES),
                Column("priority_shown", "Priority", width_px=80),
                *(Column(f"{name}_value", hidden=True) for name in ("relation", "level", "priority")),
            ),
            width=12,
            height=13,
            empty="no customer answered at a touchpoint and on the whole",
        ),
    ),
)
