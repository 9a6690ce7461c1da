"""Segments: how each kind of customer answers, and the whole with each counting as management says."""

from __future__ import annotations

from dashboards import hiding, parts, sql, tables, words
from dashboards.method_sql.segments import WEIGHTS, segments, whole
from dashboards.panel import FEW_ANSWERS, Board, Column, Panel, Picture, Tone, Unit


def _told(name: str, n_words: str = "' · n '") -> str:
    """A score in words with interval and n; grey where few answered; why there is none."""
    shown, interval = (
        sql.shown(name, "metric", words.reason(name)),
        sql.shown_interval(f"{name}_lower", f"{name}_upper", "metric"),
    )
    return (
        f"if(isNull({name}), {shown}, concat(if({name}_n < {FEW_ANSWERS}, '{words.FEW} ', ''), {shown}, ' (', "
        f"{interval}, ')', {n_words}, toString({name}_n)))"
    )


# What a weighted number is worth says nothing of how many customers are behind it: those are always looked up.
_WHOLE = hiding.numbers(
    whole(parts.CHOSEN),
    {
        "plain": tables.ASKED,
        "weighted": f"{tables.ASKED} AND segment IN (SELECT segment FROM ({WEIGHTS}))",
    },
    by={"on_scale": "scale"},
    counted=False,
)
_TWINS = f"""\
SELECT {sql.label("on_scale")} AS question, {_told("plain")} AS plain_shown,
  {_told("weighted", "' · worth n '")} AS weighted_shown,
  if(isNull(apart), '–', concat(if(metric = 'ces', {sql.signed("assumeNotNull(apart)", 2)},
    {sql.signed("assumeNotNull(apart)")}))) AS apart_shown,
  if(isNull(covered) OR startsWith(weighted_reason, 'hidden'), '–',
    concat(printf('%.0f', 100 * assumeNotNull(covered)), ' %')) AS covered_shown,
  if(isNull(plain), '', w.missing) AS missing,
  if(isNull(plain), NULL, w.unweighted_n) AS unweighted_n,
  plain AS plain_value, weighted AS weighted_value, if(isNull(weighted), NULL, w.n_eff) AS n_eff
FROM (
SELECT *, weighted - plain AS apart
FROM (
{_WHOLE}
)) AS w
ORDER BY {sql.place_of("on_scale")}"""

_NAMED = "if(segment = '', 'no segment', segment)"
_AGAINST = f"""\
multiIf(score_n < {FEW_ANSWERS} OR isNull(score_lower), 0, score_upper < q.every, better, score_lower > q.every,
    -better, 0)"""
_PARTS = f"""\
SELECT {_NAMED} AS named, * EXCEPT (every), startsWith(score_reason, 'hidden') AS secret, {_AGAINST} AS worse_by,
  if(min(secret) OVER (PARTITION BY on_scale), NULL, q.every) AS every,
  multiIf(secret, 'hidden', score_n < {FEW_ANSWERS}, 'too few answers', worse_by > 0, 'worse', worse_by < 0, 'better',
    'as the rest') AS verdict
FROM (
SELECT *, {sql.better_sign("on_scale")} AS better
FROM (
{
    hiding.numbers(
        segments(parts.CHOSEN),
        {"score": tables.ASKED},
        by={"segment": "segment", "on_scale": "scale"},
        whole=hiding.ALWAYS,
    )
}
)) AS q"""
_ORDER = f"secret, worse_by = 0 AND score_n < {FEW_ANSWERS}, worse_by DESC, better * j.score, named"
_TOLD = sql.shown("j.score", "metric", "'no answers'")
_INTERVAL = sql.shown_interval("j.score_lower", "j.score_upper", "metric")
_RANKED = f"""\
SELECT named AS name, verdict, if(secret, {hiding.HIDDEN}, {_TOLD}) AS score, if(secret, '', {_INTERVAL}) AS interval,
  if(secret, NULL, j.score_n) AS n, if(secret, NULL, j.score) AS value, if(secret, NULL, j.score_lower) AS lower,
  if(secret, NULL, j.score_upper) AS upper, every AS whole
FROM (
{_PARTS}
) AS j
WHERE on_scale = ${{scale:sqlstring}}
ORDER BY {_ORDER}
LIMIT 100"""
_EVERY = f"""\
SELECT {sql.label("on_scale")} AS question, named AS name, verdict,
  if(secret, {hiding.HIDDEN}, {_told("score")}) AS score_shown,
  if(isNull(weight), '–', toString(round(assumeNotNull(weight), 4))) AS weight_shown,
  if(secret, NULL, score) AS value
FROM (
{_PARTS}
) AS j
ORDER BY {sql.place_of("on_scale")}, {_ORDER}
LIMIT 300"""

_VERDICT = Column(
    "verdict",
    "Against all",
    tones=(("worse", Tone.BAD), ("better", Tone.GOOD), ("too few", Tone.QUIET), ("hidden", Tone.QUIET)),
    width_px=130,
)
SEGMENTS = Board(
    uid=parts.SEGMENTS,
    title="Touchpulse · Segments",
    question="Do some kinds of customers fare worse, and what is the score if each counts as it should?",
    variables=(*parts.FILTERS, parts.SCALE, hiding.CUSTOMERS),
    shown="now-30d",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="All together, plain and weighted",
            question=(
                "Does it matter who answers? Plain: each answer counts one. Weighted: each segment counts its weight "
                "of the target file, whoever answered (post-stratification; Holt and Smith, 1979), with the interval "
                "of the effective number of answers (Kish, 1965). Segments without answers are left out and named."
            ),
            picture=Picture.TABLE,
            sql=_TWINS,
            columns=(
                Column("question", "Question", width_px=140),
                Column("plain_shown", "Plain", tones=words.TONES),
                Column("weighted_shown", "Weighted", tones=words.TONES),
                Column("apart_shown", "Difference", width_px=100),
                Column("covered_shown", "Weights covered", width_px=120),
                Column("missing", "Not heard", width_px=150),
                Column("unweighted_n", "Answers without weight", Unit.COUNT, width_px=150),
                *(Column(name, hidden=True) for name in ("plain_value", "weighted_value", "n_eff")),
            ),
            width=24,
            height=8,
        ),
        Panel(
            id=2,
            title="Segments, surely worst first",
            question=(
                "Which segments differ from all together beyond chance, in the question chosen? Worse: the whole 95 % "
                "interval lies below the score of all. Fewer than 30 answers decide nothing; the number of very few "
                "customers is hidden."
            ),
            picture=Picture.RANKING,
            sql=_RANKED,
            columns=(
                Column("name", "Segment", link=parts.to_answers(("segment", "name")), width_px=140),
                _VERDICT,
                Column("score", "Score", tones=(("hidden", Tone.QUIET),), width_px=100),
                Column("interval", "95 % interval", width_px=140),
                Column("n", "Answers", Unit.COUNT, width_px=90),
                *(Column(name, hidden=True) for name in ("value", "lower", "upper", "whole")),
            ),
            width=12,
            height=14,
        ),
        Panel(
            id=3,
            title="Every question",
            question=(
                "How does each segment answer each question? CSAT: share of satisfied answers; CES: mean on its scale; "
                "NPS: promoters minus detractors; each with its 95 % interval and n, and the segment's weight."
            ),
            picture=Picture.TABLE,
            sql=_EVERY,
            columns=(
                Column("question", "Question", width_px=140),
                Column("name", "Segment", width_px=130),
                _VERDICT,
                Column("score_shown", "Score", tones=words.TONES),
                Column("weight_shown", "Weight", width_px=80),
                Column("value", hidden=True),
            ),
            width=12,
            height=14,
        ),
    ),
)
