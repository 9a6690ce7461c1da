"""The channel board: where in this channel is it good or bad, since when, and what do people say?"""

from __future__ import annotations

from dashboards import hiding, marks, narrowed, parts, tables
from dashboards.channel_sql import BAD_ANSWERS, BY_PERIOD, HERE, MATRIX, RANKING, THIS_CHANNEL
from dashboards.overview import ALERT_MARKS
from dashboards.panel import Board, Column, Panel, Picture, Tone, Unit

_AT_TOUCHPOINT = parts.to_answers(("touchpoint", "row_name"))
_AT_LOCATION = parts.to_answers(("location", "name"))

CHANNEL = Board(
    uid=parts.CHANNEL,
    title="Touchpulse · Channel",
    question="Where in this channel is it good or bad, since when, and what do people say?",
    variables=(parts.ONE_CHANNEL, *parts.SLICES, parts.WINDOW, parts.SCALE, hiding.CUSTOMERS),
    annotations=(ALERT_MARKS, *marks.OF_CHANNELS),
    panels=(
        Panel(
            id=1,
            title="$channel now",
            question=(
                "How is this channel doing now, on each question asked? Rolling scores of the window chosen, each "
                f"with its 95 % interval, answers, and change against the window before. {narrowed.SAID}"
            ),
            picture=Picture.SCORES,
            sql=tables.recent_scores("channel", THIS_CHANNEL, HERE),
            columns=parts.score_columns(one_channel=True),
            width=24,
            height=6,
            empty=narrowed.EMPTY,
        ),
        Panel(
            id=2,
            title="Rolling score",
            question=(
                "How did the score move? The same number as above at each moment: line, 95 % band, and the answers "
                f"it rests on as bars. A gap: nobody answered. {narrowed.SAID}"
            ),
            picture=Picture.BAND,
            sql=tables.score_line("channel", THIS_CHANNEL, HERE),
            width=12,
            height=9,
            empty=narrowed.EMPTY,
        ),
        Panel(
            id=3,
            title="Score by period",
            question=(
                "How was it in each stretch of time by itself, far back too? Counted from the answers given in "
                "each period, late and imported ones with them; line, 95 % band, answers as bars. Of a stage, location "
                "or segment chosen, periods of very few customers are left out."
            ),
            picture=Picture.BAND,
            sql=BY_PERIOD,
            width=12,
            height=9,
            min_interval_s=300,
            empty=f"no answers yet{hiding.OR_FEW}",
        ),
        Panel(
            id=4,
            title="Touchpoints by stage",
            question=(
                "Where is it good or bad? Net experience (share of good minus share of bad answers, over CSAT, CES "
                "and NPS together) and the answers it rests on, in the time shown; where the newest window differs "
                "from before beyond chance, how it is now. ▲ 30 and more, ● 0 to 29, ▼ bad outweighs good, ○ fewer "
                "than 30 answers. A cell of very few customers says so and shows no number: it would be about somebody."
            ),
            picture=Picture.MATRIX,
            sql=MATRIX,
            columns=(Column("cell", tones=parts.CELL_TONES), Column("row_name", link=_AT_TOUCHPOINT)),
            width=12,
            height=11,
        ),
        Panel(
            id=5,
            title="Locations, surely worst first",
            question=(
                "Which locations differ from the channel as a whole beyond chance, in the time shown? Ordered by how "
                "far the 95 % interval lies from the channel's score; a location with fewer than 30 answers neither "
                "leads nor trails. One with very few customers is listed last, its number hidden: it would be about "
                "somebody."
            ),
            picture=Picture.RANKING,
            sql=RANKING,
            columns=(
                Column("name", "Location", link=_AT_LOCATION, width_px=160),
                Column(
                    "verdict",
                    "Against the channel",
                    tones=(("worse", Tone.BAD), ("better", Tone.GOOD), ("too few", Tone.QUIET), ("hidden", Tone.QUIET)),
                    whole_row=True,
                    width_px=150,
                ),
                Column("score", "Score", width_px=100),
                Column("interval", "95 % interval", width_px=150),
                Column("n", "Answers", Unit.COUNT, width_px=90),
                *(Column(name, hidden=True) for name in ("value", "lower", "upper", "whole", "apart")),
            ),
            width=12,
            height=11,
            empty="no answers with a location in the time shown",
        ),
        Panel(
            id=6,
            title="Latest bad answers",
            question=(
                "What did people say who answered in the bad part of the scale, newest first? Where very few customers "
                "answered at a touchpoint and location in the time shown, place and words are hidden."
            ),
            picture=Picture.TABLE,
            sql=BAD_ANSWERS,
            columns=(
                Column("at", "When", Unit.CLOCK_MS, width_px=170),
                Column("touchpoint", "Touchpoint", width_px=150),
                Column("location", "Location", width_px=140),
                Column("answer", "Answer", width_px=170),
                Column("comment", "In their words"),
                *(
                    Column(name, hidden=True)
                    for name in ("segment", "stage", "metric", "scale", "bin", "producer", "event_id")
                ),
            ),
            width=24,
            height=9,
            empty=f"no bad answers in the time shown{hiding.OR_FEW}",
        ),
    ),
)
