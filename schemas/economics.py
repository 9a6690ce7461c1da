"""Money in the target file: what the cost of negative experience is computed from.

Why beside the ideals and goals: these numbers are management's too. A share may be left to the stream by writing
`measured`; the shares given here as defaults are those of the method's worked example, to be replaced by your own.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag, model_validator

from schemas.fields import Amount, Currency

MEASURED: Literal["measured"] = "measured"


def _share(value: Any) -> Any:
    """Refuse what is no share, in words; 22 instead of 0.22 is the usual mistake."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"is {value!r}: write a share from 0 to 1, such as 0.22")
    if not 0 <= value <= 1:
        hint = f": for {value:g} % write {value / 100:g}" if 1 < value <= 100 else ": write a share from 0 to 1"
        raise ValueError(f"is {value:g}{hint}")
    return float(value)


def _share_or_measured(value: Any) -> Any:
    if isinstance(value, str):
        if value != MEASURED:
            raise ValueError(f"is {value!r}: write a share from 0 to 1, or measured")
        return value
    return _share(value)


Share = Annotated[float, BeforeValidator(_share)]
MeasuredShare = Annotated[float | Literal["measured"], BeforeValidator(_share_or_measured)]


class _Part(BaseModel):
    """A part of the file. Unknown keys are refused: a misspelt one would silently do nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Fate(_Part):
    """What becomes of customers with a negative experience; the rest is kept."""

    at_risk: Share
    """Share that may still go."""
    lost: Share
    """Share that is gone."""

    @model_validator(mode="after")
    def _no_more_than_all(self) -> Self:
        if self.at_risk + self.lost > 1 + 1e-9:
            raise ValueError(f"at_risk and lost add up to {self.at_risk + self.lost:g}: at most 1, the rest is kept")
        return self


def _written(value: Any) -> str:
    """Which of the two was meant, so that an error speaks of that one only."""
    return "word" if isinstance(value, str) else "shares"


MeasuredFate = Annotated[
    Annotated[Fate, Tag("shares")] | Annotated[Literal["measured"], Tag("word")], Discriminator(_written)
]


class WhatIf(_Part):
    """How far each of the three levers is moved on the board."""

    fewer_negatives: Share = 0.01
    """Share of negative experiences, lowered by this."""
    more_won_back: Share = 0.1
    """Share of complainers who are kept, raised by this."""
    more_complaints: Share = 0.02
    """Share of those with a negative experience who complain, raised by this: silence cannot be answered."""


class Economics(_Part):
    """What the cost of negative experience is computed from."""

    currency: Currency
    """ISO 4217 code of all amounts here, and of what actions cost."""
    yearly_sales: Amount
    """Sales of a year."""
    negative_share: MeasuredShare = MEASURED
    """Share of experiences that are negative; measured: share of negative answers in the time shown."""
    complaint_share: MeasuredShare = MEASURED
    """Of customers with a negative experience, who complain; measured: as the events say."""
    complainers: MeasuredFate = Fate(at_risk=0.34, lost=0.28)
    """What becomes of those who complain; measured: the last known outcome of each case about a complaint."""
    silent: Fate = Fate(at_risk=0.55, lost=0.45)
    """What becomes of those who say nothing. Nobody can measure it in answers: it is assumed."""
    what_if: WhatIf = WhatIf()
    """How far the levers are moved."""
