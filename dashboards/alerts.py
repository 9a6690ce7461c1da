"""Alerts: what stands, why, what is kept quiet, and whether people trust what they are told."""

from __future__ import annotations

from dashboards import alerts_sql, marks, parts, words
from dashboards.panel import Board, Column, Link, Panel, Picture, State, Step, Tone, Unit, Variable

RULES = Variable("rule", "Rules", sql=alerts_sql.RULES, several=True)
ONE_ALERT = Variable("alert", "Why of", sql=alerts_sql.ALERTS, in_order=True)
TO_WHY = Link(parts.ALERTS, "Why?", set_from=(("alert", "choice"),))

SEVERITIES = (("page", Tone.BAD), ("ticket", Tone.FAIR))
SENDS = (("page", Tone.BAD), ("repeat", Tone.BAD), ("ticket", Tone.FAIR), ("resolve", Tone.GOOD))
FLAP_STEPS = (Step(None, Tone.PLAIN), Step(3, Tone.FAIR))
USELESS_STEPS = (Step(None, Tone.PLAIN), Step(2, Tone.FAIR), Step(4, Tone.BAD))
LATE_STEPS = (Step(None, Tone.FAIR), Step(alerts_sql.WAITS_S, Tone.BAD))

_HARM = "bad experiences beyond the usual, so far and expected until somebody would look anyway"

ALERTS = Board(
    uid=parts.ALERTS,
    title="Touchpulse · Alerts",
    question="What stands, why, and is what people are told worth telling?",
    variables=(RULES, ONE_ALERT),
    shown="now-7d",
    annotations=marks.OF_ALL,
    panels=(
        Panel(
            id=1,
            title="At a glance",
            question=(
                "Does anything wait for somebody? Alerts that stand at the end of the time shown, of all rules: those "
                "that woke somebody, those for the morning, those held back and why (rules in shadow left out); "
                "silences; and what was sent in the time shown and is not through."
            ),
            picture=Picture.STAT,
            sql=alerts_sql.GLANCE,
            width=24,
            height=4,
        ),
        Panel(
            id=2,
            title="What stands, worst first",
            question=(
                "Which alerts stand at the end of the time shown, and who has them? First what is not held, then what "
                f"wakes, by harm: {_HARM}. The numbers are those the alert rested on last, with 95 % interval and n. A "
                "click tells why; `touchpulse alerts ack ID` takes it."
            ),
            picture=Picture.TABLE,
            sql=alerts_sql.STAND,
            columns=(
                Column("severity", "Sent as", tones=SEVERITIES, width_px=80),
                Column("fired", "Since", Unit.CLOCK_MS, width_px=160),
                Column("place", "Where", link=TO_WHY, width_px=190),
                Column("rule", "Rule", width_px=160),
                Column("numbers", "Numbers", width_px=270),
                Column("harm_so_far", "Harm", digits=0, width_px=80),
                Column("ahead", "Ahead", digits=0, width_px=80),
                Column("state_shown", "State", width_px=190),
                Column("held_shown", "Held back"),
                *(Column(name, hidden=True) for name in ("choice", "alert_id", "state", "held")),
            ),
            width=24,
            height=8,
            empty="nothing stands",
        ),
        Panel(
            id=3,
            title="Episodes",
            question=(
                "When did each alert stand, and how? A row for each place and rule with an alert in the time shown, "
                "the latest thirty; of several states within one step the gravest is drawn. Single bad answers are a "
                "point."
            ),
            picture=Picture.TIMELINE,
            sql=alerts_sql.TIMELINE,
            states=(
                State(alerts_sql.PAGE, "woke somebody", Tone.BAD),
                State(alerts_sql.TICKET, "ticket", Tone.FAIR),
                State(alerts_sql.TAKEN, "taken", Tone.GOOD),
                State(alerts_sql.HELD, "held back", Tone.QUIET),
            ),
            width=24,
            height=9,
            min_interval_s=60,
            empty="nothing stood in the time shown",
        ),
        Panel(
            id=4,
            title="Why",
            question=(
                "Why did the alert chosen above do what it did? Every step, with the numbers as they were then and the "
                "time they are of. `touchpulse alerts why ID` also counts them again, and says who was told."
            ),
            picture=Picture.TABLE,
            sql=alerts_sql.WHY,
            columns=(
                Column("at", "When", Unit.CLOCK_MS, width_px=160),
                Column(
                    "what",
                    "Step",
                    tones=(("sent as page", Tone.BAD), ("sent as ticket", Tone.FAIR), ("held", Tone.QUIET)),
                    width_px=160,
                ),
                Column("numbers", "Numbers", width_px=270),
                Column("of_time", "Answers of", width_px=210),
                Column("harm_so_far", "Harm", digits=0, width_px=80),
                Column("why", "Because"),
                Column("who", "Who", width_px=100),
                Column("page_id", "Page", width_px=160),
            ),
            width=24,
            height=9,
            empty="choose an alert above",
        ),
        Panel(
            id=5,
            title="Silences and their ends",
            question=(
                "What is kept quiet, by whom, why and until when? In force at the end of the time shown, then those "
                "that ended in it. Alerts held: how many each kept quiet; one that matched nothing for a day ends by "
                "itself."
            ),
            picture=Picture.TABLE,
            sql=alerts_sql.SILENCES,
            columns=(
                Column("silence_state", "State", tones=(("ends soon", Tone.FAIR), ("ended", Tone.QUIET)), width_px=90),
                Column("owner", "Owner", width_px=110),
                Column("reason", "Reason"),
                Column("of_rule", "Rule", width_px=150),
                Column("of_place", "Where", width_px=150),
                Column("ends", "Ends", Unit.CLOCK_MS, width_px=160),
                Column("alerts", "Alerts held", Unit.COUNT, width_px=100),
                Column("matched_at", "Last held", Unit.CLOCK_MS, width_px=160),
                Column("over_why", "Ended because", width_px=190),
                Column("silence_id", hidden=True),
            ),
            width=24,
            height=6,
            empty="nothing is kept quiet",
        ),
        Panel(
            id=6,
            title="Page budget",
            question=(
                "Which rule pages too much? Pages and their repeats of each rule in the last 7 days, and a week on "
                f"average over {alerts_sql.BUDGET_DAYS} days, up to the end of the time shown; noisy is twice the "
                "median of the rules that page, from four pages on. Promised are the false pages a month that the rule "
                "may cost; more useless than promised: beyond what chance makes of that."
            ),
            picture=Picture.TABLE,
            sql=alerts_sql.BUDGET,
            columns=(
                Column("rule", "Rule"),
                Column("pages_7d", "Pages, 7 days", Unit.COUNT, width_px=120),
                Column("a_week", "A week", digits=1, width_px=90),
                Column("tickets", "Tickets, 28 days", Unit.COUNT, width_px=130),
                Column("useless", "Useless, 28 days", Unit.COUNT, steps=USELESS_STEPS, width_px=130),
                Column("promised", "Promised a month", digits=1, width_px=120),
                Column(
                    "verdict",
                    "Verdict",
                    tones=(("more useless", Tone.BAD), ("noisy", Tone.BAD), ("no page", Tone.QUIET)),
                    width_px=180,
                ),
            ),
            width=12,
            height=8,
            empty="nothing was sent in four weeks",
        ),
        Panel(
            id=7,
            title="Usefulness",
            question=(
                "How often was it right to tell people? Of the alerts somebody called useful or useless, the share of "
                "useful ones, with its 95 % interval and n; the last word on an alert counts. Unjudged: told in the "
                "time shown, and nobody said."
            ),
            picture=Picture.TABLE,
            sql=alerts_sql.USEFULNESS,
            columns=(
                Column("rule", "Rule"),
                Column("precision_shown", "Right to tell", tones=words.TONES, width_px=210),
                Column("useful", "Useful", Unit.COUNT, width_px=80),
                Column("useless", "Useless", Unit.COUNT, width_px=80),
                Column("unjudged", "Unjudged", Unit.COUNT, width_px=90),
                Column("precision_exact", hidden=True),
            ),
            width=12,
            height=8,
            empty="nobody was told anything in the time shown",
        ),
        Panel(
            id=8,
            title="Flaps",
            question=(
                "What came back shortly after it was over? Times in a row, within six hours each, of alerts that fired "
                "in the time shown. Often: a goal on the edge, or a cause that was not mended."
            ),
            picture=Picture.TABLE,
            sql=alerts_sql.FLAPS,
            columns=(
                Column("place", "Where", link=TO_WHY),
                Column("rule", "Rule"),
                Column("back", "Came back", Unit.COUNT, steps=FLAP_STEPS, width_px=100),
                Column("episodes", "Episodes", Unit.COUNT, width_px=90),
                Column("last_fired", "Last", Unit.CLOCK_MS, width_px=160),
                Column("choice", hidden=True),
            ),
            width=12,
            height=8,
            empty="nothing came back in the time shown",
        ),
        Panel(
            id=9,
            title="Sendings that are not through",
            question=(
                "Who was not told? Sendings of the time shown that a receiver has not taken: trying, failed and tried "
                "again, or refused for good; waiting in seconds since it was sent."
            ),
            picture=Picture.TABLE,
            sql=alerts_sql.DELIVERIES,
            columns=(
                Column("delivery", "State", tones=(("refused", Tone.BAD), ("failed", Tone.BAD)), width_px=80),
                Column("receiver", "Receiver", width_px=120),
                Column("attempts", "Tries", Unit.COUNT, width_px=70),
                Column("waits_s", "Waits, s", Unit.COUNT, steps=LATE_STEPS, width_px=90),
                Column("trouble", "Error"),
                Column("headline", "What"),
                *(Column(name, hidden=True) for name in ("last_try", "rule", "page_id")),
            ),
            width=12,
            height=8,
            empty="everything sent in the time shown is through",
        ),
        Panel(
            id=10,
            title="What was sent",
            question="What were people told in the time shown, newest first, and did it reach them?",
            picture=Picture.TABLE,
            sql=alerts_sql.SENT,
            columns=(
                Column("at", "When", Unit.CLOCK_MS, width_px=160),
                Column("send", "As", tones=SENDS, width_px=80),
                Column("headline", "What"),
                Column("rule", "Rule", width_px=160),
                Column("told", "Receivers", width_px=170),
                Column("page_id", hidden=True),
            ),
            width=12,
            height=9,
            empty="nothing was sent in the time shown",
        ),
        Panel(
            id=11,
            title="In shadow",
            question=(
                "What would rules in shadow have sent in the time shown? Nobody was told. When these prove true, take "
                "`shadow` out of the rule."
            ),
            picture=Picture.TABLE,
            sql=alerts_sql.SHADOW,
            columns=(
                Column("at", "When", Unit.CLOCK_MS, width_px=160),
                Column("send", "As", tones=SENDS, width_px=80),
                Column("rule", "Rule", width_px=160),
                Column("headline", "What"),
                *(Column(name, hidden=True) for name in ("body", "page_id")),
            ),
            width=12,
            height=9,
            empty="no rule in shadow would have sent anything",
        ),
    ),
)
