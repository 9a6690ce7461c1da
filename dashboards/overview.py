"""The overview: how is every channel doing now, and which one first?"""

from __future__ import annotations

from dashboards import hiding, marks, narrowed, parts, sql, tables
from dashboards.panel import FEW_ANSWERS, Annotation, Board, Column, Panel, Picture, Tone, Unit

_CHOSEN = "channel IN (${channel:sqlstring})"

_ALL = f"""\
SELECT question AS title, score AS shown,
  concat(interval, ' · n ', toString(n), if(n > 0 AND n < {FEW_ANSWERS}, ' · few', '')) AS note
FROM (
{tables.recent_scores("all", "channel = ''", parts.CHOSEN)}
)
ORDER BY {sql.place_of("scale")}"""

_FRESHNESS = f"""\
SELECT 'scores complete until' AS title, toUnixTimestamp64Milli(min(complete_until)) AS shown
FROM (
{tables.recent_scores("channel", _CHOSEN, parts.CHOSEN)}
)
HAVING shown > 0"""

_ALERTS = f"""\
SELECT at, kind, channel, words, state, severity, touchpoint, location, metric, value, baseline, n
FROM (
{
    tables.alerts(
        "alert_id, at, kind, channel, reason AS words, state, severity, touchpoint, location, metric, value, "
        "baseline, n",
        f"$__timeFilter(at) AND (channel = '' OR {_CHOSEN})",
    )
}
)
ORDER BY kind != 'worsening', at DESC, alert_id
LIMIT 50"""

ALERT_MARKS = Annotation(
    "Alerts",
    f"""\
SELECT at AS time, words AS text, channel AS tags
FROM (
{
        tables.alerts(
            "alert_id, at, channel, concat(if(channel = '', 'all channels', channel), ': ', reason) AS words",
            f"$__timeFilter(at) AND kind = 'worsening' AND (channel = '' OR {_CHOSEN})",
        )
    }
)
ORDER BY time, text""",
    Tone.BAD,
)
"""Only worsening: single bad answers would hide the line."""

OVERVIEW = Board(
    uid=parts.OVERVIEW,
    title="Touchpulse · Overview",
    question="How is every channel doing now, and which one needs a look first?",
    variables=(*parts.FILTERS, parts.WINDOW, parts.SCALE, hiding.CUSTOMERS),
    annotations=(ALERT_MARKS, *marks.OF_CHANNELS),
    panels=(
        Panel(
            id=1,
            title="All channels",
            question=(
                "How are we doing as a whole? CSAT is the share of satisfied answers, CES the mean answer on its "
                "own scale, NPS promoters minus detractors; each with its 95 % interval and number of answers, in "
                f"the window chosen above. {narrowed.SAID}"
            ),
            picture=Picture.STAT,
            sql=_ALL,
            width=18,
            height=4,
            empty=narrowed.EMPTY,
        ),
        Panel(
            id=2,
            title="Freshness",
            question=(
                "Up to when is every source counted, for all channels chosen? Answers that come later may still change "
                "the scores."
            ),
            picture=Picture.STAT,
            sql=_FRESHNESS,
            unit=Unit.CLOCK_MS,
            width=6,
            height=4,
            empty="not known yet",
        ),
        Panel(
            id=3,
            title="Channels now, worst first",
            question=(
                "Which channel needs a look first? First what an alert says is worsening; then by the best that net "
                "experience (share of good minus share of bad answers) could still be; fewer than "
                "30 answers come after, in grey. The change is against the window before: an arrow means more than "
                "chance, up is better. Intervals take answers as independent, though one person may have given several."
                f" {narrowed.SAID}"
            ),
            picture=Picture.SCORES,
            sql=tables.recent_scores("channel", _CHOSEN, parts.CHOSEN),
            columns=parts.score_columns(),
            width=24,
            height=11,
            page_width=17,
            empty=narrowed.EMPTY,
        ),
        Panel(
            id=4,
            title="$channel",
            question=(
                "How did this channel's score move? The line is the rolling score of the window chosen, the band "
                f"its 95 % interval, the bars the answers it rests on. A gap: nobody answered. {narrowed.SAID}"
            ),
            picture=Picture.BAND,
            sql=tables.score_line("channel", _CHOSEN, parts.CHOSEN),
            width=8,
            height=8,
            repeat="channel",
            empty=narrowed.EMPTY,
        ),
        Panel(
            id=5,
            title="What went wrong",
            question=(
                "Which alerts came in the time shown, and why? Worsening first, then clearly bad answers, newest first."
            ),
            picture=Picture.EVENTS,
            sql=_ALERTS,
            columns=(
                Column("at", "When", Unit.CLOCK_MS, width_px=170),
                Column("kind", "Kind", tones=(("worsening", Tone.BAD),), width_px=110),
                Column("channel", "Channel", link=parts.TO_CHANNEL, width_px=130),
                Column("words", "What happened"),
                Column("state", "State", width_px=110),
                *(
                    Column(name, hidden=True)
                    for name in ("severity", "touchpoint", "location", "metric", "value", "baseline", "n")
                ),
            ),
            width=24,
            height=8,
            page_width=7,
            empty="no alerts in the time shown",
        ),
    ),
)
