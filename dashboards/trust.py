"""Trust: its parts on each channel, against liking, and beside the experience."""

from __future__ import annotations

from dashboards import hiding, parts, words
from dashboards.method_sql.pieces import estimate, mean
from dashboards.method_sql.source import counted
from dashboards.method_sql.trust import asked, with_quadrant
from dashboards.panel import Axis, Board, Column, Panel, Picture, Tone
from dashboards.planes import quadrants
from schemas.scales import SCALES
from streams.pure.method.trust import MIDDLE, PARTS, TRUSTED_BY

SCALE = SCALES["trust-1-10"]

_BY_CHANNEL = {"channel": "channel"}
_CHANNELS = with_quadrant(
    hiding.numbers(
        asked("channel", parts.CHOSEN),
        {part: f"metric = 'trust.{part}'" for part in PARTS},
        by=_BY_CHANNEL,
        made_of={"trust": TRUSTED_BY},
    )
)
_PARTS = ", ".join(f"{words.number(part)} AS {part}_shown" for part in PARTS)
_TRUST = f"""\
SELECT channel, quadrant, {words.number("trust")} AS trust_shown, {_PARTS}, trust AS value
FROM (
{_CHANNELS}
)
ORDER BY isNull(trust), trust_n < 30, trust_upper, channel"""

_RATED = "startsWith(metric, 'experience.')"
_EXPERIENCE = f"""\
SELECT channel, {estimate("experience", mean("answers", "total", "squares", "rating-1-10"), "answers")}
FROM (
SELECT p.channel AS channel, sum(p.n) AS answers, sum(p.bin * p.n) AS total, sum(p.bin * p.bin * p.n) AS squares
FROM (
{counted("channel, bin, n", f"{parts.CHOSEN} AND scale = 'rating-1-10' AND {_RATED}")}
) AS p
GROUP BY channel
HAVING answers > 0
)"""
_BESIDE = f"""\
SELECT channel, {words.number("trust")} AS trust_shown, {words.number("experience")} AS experience_shown,
  trust AS trust_value, experience AS experience_value
FROM (
{_CHANNELS}
) AS trusted INNER JOIN (
{hiding.numbers(_EXPERIENCE, {"experience": _RATED}, by=_BY_CHANNEL)}
) AS experienced USING (channel)
ORDER BY trust, channel"""


_QUADRANT = f"""\
SELECT channel AS name, affinity AS x, trust AS y, affinity_lower AS x_lower, affinity_upper AS x_upper,
  trust_lower AS y_lower, trust_upper AS y_upper, least(trust_n, affinity_n) AS n,
  multiIf(startsWith(quadrant, 'trusted'), '{Tone.GOOD}', startsWith(quadrant, 'not'), '{Tone.BAD}', '{Tone.QUIET}')
    AS tone,
  concat(quadrant, ' · trust ', {words.number("trust")}, ' · liking ', {words.number("affinity")}) AS note
FROM (
{_CHANNELS}
)
WHERE isNotNull(trust) AND isNotNull(affinity)
ORDER BY name"""


def _number(name: str, title: str) -> Column:
    return Column(f"{name}_shown", title, tones=words.TONES)


TRUST = Board(
    uid=parts.TRUST,
    title="Touchpulse · Trust",
    question="Do customers trust us, on which channel, and is it more than liking?",
    variables=(*parts.FILTERS, hiding.CUSTOMERS),
    shown="now-30d",
    refresh_s=60,
    panels=(
        Panel(
            id=1,
            title="Trust and liking by channel",
            question=(
                "Where are we trusted, and where only liked? Each part as asked on 1-10, with its 95 % interval and "
                "answers. Trust is the mean of integrity, ability and consistency, liking the affinity; the quadrant "
                "is told only where both are surely above or below 5.5. People buy rather from whom they trust."
            ),
            picture=Picture.TABLE,
            sql=_TRUST,
            columns=(
                Column("channel", "Channel", width_px=130),
                Column(
                    "quadrant",
                    "Quadrant",
                    tones=(("trusted", Tone.GOOD), ("not trusted", Tone.BAD), ("unclear", Tone.QUIET)),
                    width_px=180,
                ),
                _number("trust", "Trust"),
                *(_number(part, part.capitalize()) for part in PARTS),
                Column("value", hidden=True),
            ),
            width=24,
            height=10,
            empty="nobody was asked about trust in the time shown",
        ),
        Panel(
            id=3,
            title="Trust and liking, drawn",
            question=(
                "Which channels are trusted, and which only liked? Each channel by its mean liking (affinity) and mean "
                "trust, 1-10, with the 95 % interval of each; the dashed lines stand at 5.5, the middle of the scale. "
                "Blue: surely trusted; red: surely not; grey: unclear, or few answers."
            ),
            picture=Picture.SCATTER,
            sql=_QUADRANT,
            plane=quadrants(
                Axis("liking", SCALE.low, SCALE.high),
                Axis("trust", SCALE.low, SCALE.high),
                at=(MIDDLE, MIDDLE),
                corners=("trusted, not liked", "trusted and liked", "neither", "liked, not trusted"),
            ),
            width=12,
            height=12,
            empty=f"no channel has both in the time shown{hiding.OR_FEW}",
        ),
        Panel(
            id=2,
            title="Trust beside experience",
            question=(
                "Do trust and experience go together? Mean trust and mean experience (1-10, over all aspects) of each "
                "channel: each feeds the other, and a channel where they part deserves a look."
            ),
            picture=Picture.TABLE,
            sql=_BESIDE,
            columns=(
                Column("channel", "Channel", width_px=130),
                _number("trust", "Trust"),
                _number("experience", "Experience"),
                Column("trust_value", hidden=True),
                Column("experience_value", hidden=True),
            ),
            width=12,
            height=12,
            empty="no channel has both in the time shown",
        ),
    ),
)
