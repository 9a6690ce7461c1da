"""Service and signals: what the systems saw, what nobody was asked about, and how many speak up."""

from __future__ import annotations

from dashboards import hiding, parts, tables, words
from dashboards.matrix import STAGE
from dashboards.method_sql.service import MIDDLE, service, signals, speaking_up
from dashboards.panel import FEW_ANSWERS, Board, Column, Panel, Picture, Tone, Unit

_ASKED_OF = {
    "short": "metric = 'wait'",
    "long": "metric = 'wait'",
    "resolved": "metric = 'first_contact'",
    "alone": "metric = 'self_service'",
}
_UNHAPPY = f"{tables.ASKED} AND box = -1"


def _percent(name: str) -> str:
    return words.number(name, 0, times=100, unit=" %")


def _time(seconds: str) -> str:
    """`30 s`, `5 min`, `2 h`."""
    return (
        f"multiIf({seconds} < 60, concat(toString({seconds}), ' s'), {seconds} < 3600, "
        f"concat(toString(intDiv({seconds}, 60)), ' min'), concat(toString(intDiv({seconds}, 3600)), ' h'))"
    )


_FROM, _TO = "assumeNotNull(median_from_s)", "assumeNotNull(median_to_s)"
_MEDIAN = (
    f"multiIf(isNull(median_from_s), 'unknown', isNull(median_to_s), concat('over ', {_time(_FROM)}), "
    f"concat({_time(_FROM)}, ' to ', {_time(_TO)}))"
)


def _tile(title: str, name: str, note: str = "''") -> str:
    """Title, number and note of a share, as a tuple."""

    def percent(end: str) -> str:
        return f"printf('%.0f', 100 * assumeNotNull({name}{end}))"

    few = f"if({name}_n < {FEW_ANSWERS}, ' · few answers', '')"
    said = f"concat({percent('_lower')}, ' to ', {percent('_upper')}, ' · n ', toString({name}_n), {few}, {note})"
    shown = f"if(isNull({name}), '–', concat({percent('')}, ' %'))"
    return f"('{title}', {shown}, if(isNull({name}), {name}_reason, {said}))"


_STAT = f"""\
SELECT told.1 AS title, told.2 AS shown, told.3 AS note
FROM (
SELECT 1 AS place, arrayJoin([
  {_tile("waited less than a minute", "short", f"concat(' · middle ', {_MEDIAN})")},
  {_tile("resolved at first contact", "resolved")},
  {_tile("managed without staff", "alone")}
  ]) AS told
FROM (
{hiding.numbers(service((), parts.CHOSEN), _ASKED_OF)}
)
UNION ALL
SELECT 2 AS place, ('complaints per negative answer',
  if(isNull(spoken), '–', printf('%.2f', assumeNotNull(spoken))),
  concat(if(isNull(spoken), spoken_reason, concat(printf('%.2f', assumeNotNull(spoken_lower)), ' to ',
    printf('%.2f', assumeNotNull(spoken_upper)), ' · n ', toString(spoken_n),
    if(spoken_n < {FEW_ANSWERS}, ' · few answers', ''))), ' · higher is better')) AS told
FROM (
{hiding.numbers(speaking_up((), parts.CHOSEN), {"spoken": _UNHAPPY})}
)
)
ORDER BY place"""

_PLACES = f"""\
SELECT channel, touchpoint, if(touchpoint = '', 'not named', touchpoint) AS at_touchpoint,
  {_percent("short")} AS waited_shown, if(startsWith(short_reason, 'hidden'), '', {_MEDIAN}) AS middle, {
    _percent("long")
} AS long_shown,
  {_percent("resolved")} AS resolved_shown, {_percent("alone")} AS alone_shown, short AS short_value,
  long AS long_value, resolved AS resolved_value, alone AS alone_value
FROM (
{
    hiding.numbers(
        service(("channel", "touchpoint"), parts.CHOSEN),
        _ASKED_OF,
        by={"channel": "channel", "touchpoint": "touchpoint"},
        whole=hiding.ALWAYS,
    )
}
)
ORDER BY isNull(short) AND isNull(resolved) AND isNull(alone), greatest(long_n, resolved_n) < {FEW_ANSWERS},
  ifNull(long_lower, 0) DESC, ifNull(resolved_upper, 1), channel, touchpoint
LIMIT 100"""

_AT = "channel, stage, touchpoint"
_SIGNALS = f"""\
SELECT channel, {STAGE} AS at_stage, touchpoint, if(touchpoint = '', 'not named', touchpoint) AS at_touchpoint, signal,
  if(secret, NULL, j.signals) AS signals,
  multiIf(secret, '', turn > 0, '▼ more: ', turn < 0, '▲ fewer: ', '≈ ') AS sign,
  if(secret, {hiding.HIDDEN}, concat(sign, toString(older), ' → ', toString(newer))) AS trend,
  if(secret OR isNull(size), '–', concat(toString(round(assumeNotNull(size), 1)), if(unit = '', '', ' '), unit))
    AS size_shown,
  if({hiding.of_part(_AT, _UNHAPPY)}, NULL, j.asked_bad) AS asked_bad
FROM (
SELECT *, {
    hiding.of_part(f"{_AT}, JSONExtractString(detail, 'signal')", "metric = 'signal'", judged=f"{_AT}, signal")
} AS secret
FROM (
{signals(parts.CHOSEN)}
)) AS j
ORDER BY secret, if(secret, 0, j.signals) DESC, channel, stage, touchpoint, signal
LIMIT 100"""

_SPEAKING = f"""\
SELECT channel, if({hiding.of_part("channel", "metric = 'complaint'")}, NULL, j.complaints) AS complaints,
  {words.number("spoken", 2)} AS spoken_shown, {words.number("older", 2)} AS older_shown,
  {words.number("newer", 2)} AS newer_shown,
  multiIf(isNull(newer) OR isNull(older), '≈', turn > 0, '▲ more speak up',
    turn < 0, '● fewer speak up', '≈') AS trend, spoken AS value
FROM (
{
    hiding.numbers(
        speaking_up(("channel",), parts.CHOSEN),
        {
            "spoken": _UNHAPPY,
            "newer": f"{_UNHAPPY} AND slice >= {MIDDLE}",
            "older": f"{_UNHAPPY} AND slice < {MIDDLE}",
        },
        by={"channel": "channel"},
        counted=False,
    )
}
) AS j
ORDER BY isNull(spoken), spoken_n < {FEW_ANSWERS}, spoken_upper, channel"""


def _number(name: str, title: str) -> Column:
    return Column(f"{name}_shown", title, tones=words.TONES)


SERVICE = Board(
    uid=parts.SERVICE,
    title="Touchpulse · Service",
    question="How long do customers wait, who is helped at once, and what goes wrong that nobody asks about?",
    variables=(*parts.FILTERS, parts.WINDOW, parts.SCALE, hiding.CUSTOMERS),
    shown="now-30d",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="Service now",
            question=(
                "How good is the service as the systems saw it? Shares of the interactions that told each fact, with "
                "their 95 % interval and n. Complaints per negative answer: higher is better, for what is said can be "
                "answered and silence can not."
            ),
            picture=Picture.STAT,
            sql=_STAT,
            width=24,
            height=4,
            empty="no interactions in the time shown",
        ),
        Panel(
            id=2,
            title="Waiting and first contact, surely worst first",
            question=(
                "Where do customers wait, and where must they come again? Waited under a minute, five minutes or more, "
                "and where the middle wait lies; resolved at the first contact; managed without staff. Order: by the "
                "lower end of the share who waited long. Of very few customers the numbers are hidden."
            ),
            picture=Picture.TABLE,
            sql=_PLACES,
            columns=(
                Column("channel", "Channel", link=parts.TO_CHANNEL, width_px=110),
                Column("at_touchpoint", "Touchpoint", width_px=140),
                _number("waited", "Under a minute"),
                Column("middle", "Middle wait", width_px=120),
                _number("long", "Five minutes or more"),
                _number("resolved", "First contact"),
                _number("alone", "Without staff"),
                Column("touchpoint", hidden=True),
                *(Column(f"{name}_value", hidden=True) for name in ("short", "long", "resolved", "alone")),
            ),
            width=24,
            height=10,
            empty="no interactions in the time shown",
        ),
        Panel(
            id=3,
            title="Bad moments nobody was asked about",
            question=(
                "What do systems see that no survey asks, and does it grow? Signals by touchpoint, most first; the "
                "older half of the time shown against the newer, marked where it is more than chance (99 %, 30 and "
                "more); beside them the bad answers given there. The two are never added up."
            ),
            picture=Picture.TABLE,
            sql=_SIGNALS,
            columns=(
                Column("channel", "Channel", link=parts.TO_CHANNEL, width_px=110),
                Column("at_stage", "Stage", width_px=120),
                Column("at_touchpoint", "Touchpoint", width_px=130),
                Column("signal", "Signal", width_px=140),
                Column("signals", "Times", Unit.COUNT, width_px=80),
                Column("trend", "Before → now", tones=(("▼", Tone.BAD), ("▲", Tone.GOOD), *words.TONES), width_px=140),
                Column("size_shown", "Mean size", width_px=100),
                Column("asked_bad", "Bad answers there", Unit.COUNT, width_px=120),
                *(Column(name, hidden=True) for name in ("touchpoint", "sign")),
            ),
            width=24,
            height=9,
            empty="no signals in the time shown",
        ),
        Panel(
            id=4,
            title="Do the unhappy speak up?",
            question=(
                "How many complaints come for each negative answer? Higher is better: who complains can be answered "
                "and kept, so a rising number is good news and never red. The halves of the time shown are held "
                "against each other; marked where they differ beyond chance. Lowest upper end first."
            ),
            picture=Picture.TABLE,
            sql=_SPEAKING,
            columns=(
                Column("channel", "Channel", link=parts.TO_CHANNEL, width_px=110),
                Column("complaints", "Complaints", Unit.COUNT, width_px=90),
                _number("spoken", "For each negative answer"),
                _number("older", "Before"),
                _number("newer", "Now"),
                Column("trend", "", tones=(("▲", Tone.GOOD), ("●", Tone.FAIR)), width_px=130),
                Column("value", hidden=True),
            ),
            width=24,
            height=8,
            empty="no complaint and no negative answer in the time shown",
        ),
    ),
)
