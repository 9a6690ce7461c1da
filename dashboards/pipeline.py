"""The pipeline board: is everything that was sent counted and stored, and up to when?"""

from __future__ import annotations

from dashboards import marks, parts, pipeline_sql
from dashboards.overview import ALERT_MARKS
from dashboards.panel import Board, Column, Panel, Picture, Step, Tone, Unit

BEHIND_STEPS = (Step(None, Tone.PLAIN), Step(10, Tone.FAIR), Step(30, Tone.BAD))
"""Seconds: answers are on the boards within a few; beyond half a minute some source is behind."""
WRONG_STEPS = (Step(None, Tone.PLAIN), Step(1, Tone.BAD))

PIPELINE = Board(
    uid=parts.PIPELINE,
    title="Touchpulse · Pipeline",
    question="Is everything that was sent counted and stored, and up to when?",
    variables=(parts.CHANNELS,),
    annotations=(ALERT_MARKS, *marks.OF_CHANNELS),
    shown="now-6h",
    panels=(
        Panel(
            id=1,
            title="Anything missing?",
            question=(
                "Does every offset of the log stand in one block, each of them in one class, and was each counted one "
                "stored? One line over the time shown. Answers of the last minutes may be on their way; "
                "`touchpulse reconcile` looks closer, and asks the brokers."
            ),
            picture=Picture.TABLE,
            sql=pipeline_sql.RECONCILED,
            columns=(
                Column(
                    "verdict", "Account", tones=(("nothing missing", Tone.GOOD), ("MISSING", Tone.BAD)), whole_row=True
                ),
            ),
            width=18,
            height=4,
            page_width=24,
            empty="nothing was counted in the time shown",
        ),
        Panel(
            id=2,
            title="Freshness",
            question="Up to when has every partition of the live topic been heard? Everything before is counted.",
            picture=Picture.STAT,
            sql=pipeline_sql.FRESHNESS,
            unit=Unit.CLOCK_MS,
            width=6,
            height=4,
            empty="not known yet",
        ),
        Panel(
            id=3,
            title="How far each partition is counted",
            question=(
                "Is a partition behind? Its ledger's position, the time of its newest record, up to when it was heard, "
                "and how long that is ago at the end of the time shown. Imports are not waited for."
            ),
            picture=Picture.TABLE,
            sql=pipeline_sql.PARTITIONS,
            columns=(
                Column("topic", "Topic", width_px=190),
                Column("partition", "Partition", width_px=90),
                Column("position", "Next offset", Unit.COUNT, width_px=120),
                Column("newest", "Newest record", Unit.CLOCK_MS, width_px=170),
                Column("heard", "Heard until", Unit.CLOCK_MS, width_px=170),
                Column("behind_s", "Behind, s", Unit.COUNT, steps=BEHIND_STEPS, width_px=110),
                Column("state", "State", tones=(("behind", Tone.BAD),), width_px=110),
                Column("policy", "Policy", width_px=80),
            ),
            width=24,
            height=8,
            empty="no partition was heard of in the time shown",
        ),
        Panel(
            id=4,
            title="Share not accepted",
            question=(
                "Do producers send what can be counted live? Of the records that came in each step, the percent that "
                "were rejected, late or duplicate; its 95 % interval as a band, the records as bars."
            ),
            picture=Picture.BAND,
            sql=pipeline_sql.NOT_ACCEPTED,
            width=12,
            height=9,
            min_interval_s=60,
            empty="nothing came in the time shown",
        ),
        Panel(
            id=5,
            title="Classes by minute",
            question="What became of the records of each minute, by the time the broker took them, newest first?",
            picture=Picture.TABLE,
            sql=pipeline_sql.BY_MINUTE,
            columns=(
                Column("minute", "Minute", Unit.CLOCK_MS, width_px=170),
                Column("accepted", "Accepted", Unit.COUNT),
                Column("duplicate", "Duplicate", Unit.COUNT),
                Column("late", "Late", Unit.COUNT),
                Column("rejected", "Rejected", Unit.COUNT, steps=WRONG_STEPS),
            ),
            width=12,
            height=9,
            empty="nothing came in the time shown",
        ),
        Panel(
            id=6,
            title="By partition and hour",
            question=(
                "Where does the account not balance? Offsets and classes of the blocks that ended in each hour, what "
                "is on its way, and what is wrong."
            ),
            picture=Picture.TABLE,
            sql=pipeline_sql.BY_HOUR,
            columns=(
                Column("hour", "Hour", Unit.CLOCK_MS, width_px=170),
                Column("topic", "Topic", width_px=190),
                Column("partition", "Partition", width_px=90),
                Column("offsets", "Offsets", Unit.COUNT),
                Column("accepted", "Accepted", Unit.COUNT),
                Column("duplicate", "Duplicate", Unit.COUNT),
                Column("late", "Late", Unit.COUNT),
                Column("rejected", "Rejected", Unit.COUNT),
                Column("young", "On their way", Unit.COUNT),
                Column("wrong", "Wrong", Unit.COUNT, steps=WRONG_STEPS),
            ),
            width=24,
            height=8,
            empty="nothing was counted in the time shown",
        ),
        Panel(
            id=7,
            title="Rejected, by reason",
            question=(
                "Whose events are refused, and why? Most frequent first, with the newest message. After a fix, "
                "`touchpulse rejected replay` sends them again."
            ),
            picture=Picture.TABLE,
            sql=pipeline_sql.REJECTED,
            columns=(
                Column("producer", "Producer", width_px=130),
                Column("reason", "Reason", width_px=140),
                Column("field", "Field", width_px=120),
                Column("rejected", "Rejected", Unit.COUNT, width_px=100),
                Column("newest", "Newest", Unit.CLOCK_MS, width_px=170),
                Column("message", "Message of the newest"),
            ),
            width=12,
            height=9,
            empty="no event was rejected in the time shown",
        ),
        Panel(
            id=8,
            title="Revisions of history",
            question=(
                "Which numbers changed after they were first told, by how much, and why? Late and imported answers "
                "reach history by recount; newest first."
            ),
            picture=Picture.TABLE,
            sql=pipeline_sql.REVISIONS,
            columns=(
                Column("revised", "When", Unit.CLOCK_MS, width_px=170),
                Column("slice", "Slice", Unit.CLOCK_MS, width_px=170),
                Column("lasts", "Lasts", width_px=70),
                Column("channel", "Channel", width_px=110),
                Column("touchpoint", "Touchpoint", width_px=120),
                Column("question", "Question", width_px=120),
                Column("answers", "Answers", width_px=100),
                Column("bad_answers", "Bad ones", width_px=100),
                Column("why", "Why", width_px=90),
            ),
            width=12,
            height=9,
            empty="history did not change in the time shown",
        ),
    ),
)
