"""Cost of negative experience: what sales are lost to bad experiences in a year, and what would lower it.

Why silence is the dear part: who complains can be answered and kept, who says nothing goes. So more complaints are
good news by themselves, and the third lever is to have more of them.

The shares of the articles are only defaults of the target file: share negative and complaint rate come from the
stream, and what becomes of those who complain from the cases.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from schemas.economics import Economics
from schemas.economics import Fate as WrittenFate
from streams.pure.method.evidence import UNKNOWN, Estimate, exactly, product, share


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a group: shares 0..1; who is neither at risk nor lost is kept."""

    at_risk: float
    lost: float

    @property
    def kept(self) -> float:
        """The rest."""
        return 1 - self.at_risk - self.lost


@dataclass(frozen=True, slots=True)
class CostInputs:
    """What the cost is computed from.

    Attributes:
        yearly_sales: in one currency, >= 0.
        negative: share of experiences that are negative.
        complaint: share of those with a negative experience who complain.
        complainers, silent: what becomes of them; None: not known.
    """

    yearly_sales: float
    negative: Estimate
    complaint: Estimate
    complainers: Fate | None
    silent: Fate


@dataclass(frozen=True, slots=True)
class Group:
    """Yearly sales of one group, in the currency of the sales."""

    touched: float
    at_risk: float
    lost: float
    kept: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Every cell of the computation, in the currency of the sales.

    Attributes:
        touched: sales to those with a negative experience.
        lost: with the interval that share negative and complaint rate give it.
        lost_share: of all sales, 0..1; None without sales.
    """

    touched: float
    complaining: Group
    silent: Group
    lost: Estimate
    at_risk: float
    lost_share: float | None

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        found: dict[str, Any] = {"touched": self.touched}
        for name, group in (("complaining", self.complaining), ("silent", self.silent)):
            found |= {name: group.touched}
            found |= {f"{name}_{part}": getattr(group, part) for part in ("at_risk", "lost", "kept")}
        return {**found, **self.lost.columns("lost"), "at_risk": self.at_risk, "lost_share": self.lost_share}


def inputs_of(
    written: Economics, negative: Estimate = UNKNOWN, complaint: Estimate = UNKNOWN, complainers: Fate | None = None
) -> CostInputs:
    """What the target file says, and what the stream measured where the file leaves it to that.

    Args:
        negative, complaint, complainers: as measured; see CostInputs.
    """
    fate = written.complainers
    return CostInputs(
        yearly_sales=written.yearly_sales,
        negative=negative if isinstance(written.negative_share, str) else exactly(written.negative_share),
        complaint=complaint if isinstance(written.complaint_share, str) else exactly(written.complaint_share),
        complainers=Fate(fate.at_risk, fate.lost) if isinstance(fate, WrittenFate) else complainers,
        silent=Fate(written.silent.at_risk, written.silent.lost),
    )


def cost(inputs: CostInputs) -> Cost | None:
    """All cells; None while share negative, complaint rate or the complainers' fate are unknown."""
    negative, complaint, fate = inputs.negative.value, inputs.complaint.value, inputs.complainers
    if negative is None or complaint is None or fate is None:
        return None
    touched = inputs.yearly_sales * negative
    complaining = _group(touched * complaint, fate)
    silent = _group(touched * (1 - complaint), inputs.silent)
    loss = product(inputs.negative, loss_per_negative(inputs.complaint, fate, inputs.silent))
    lost = complaining.lost + silent.lost
    ends = [None if end is None else max(0.0, inputs.yearly_sales * end) for end in (loss.lower, loss.upper)]
    return Cost(
        touched=touched,
        complaining=complaining,
        silent=silent,
        lost=Estimate(lost, ends[0], ends[1], loss.n),
        at_risk=complaining.at_risk + silent.at_risk,
        lost_share=lost / inputs.yearly_sales if inputs.yearly_sales else None,
    )


def loss_per_negative(complaint: Estimate, complainers: Fate, silent: Fate) -> Estimate:
    """Share of the sales to somebody with a negative experience that is lost, 0..1."""

    def at(rate: float | None) -> float | None:
        return None if rate is None else silent.lost + rate * (complainers.lost - silent.lost)

    ends = (at(complaint.lower), at(complaint.upper))
    lower, upper = ends if complainers.lost >= silent.lost else ends[::-1]
    return Estimate(at(complaint.value), lower, upper, complaint.n)


def _group(touched: float, fate: Fate) -> Group:
    return Group(touched, touched * fate.at_risk, touched * fate.lost, touched * fate.kept)


def fewer_negatives(inputs: CostInputs, by: float) -> CostInputs:
    """First lever: the share of negative experiences lowered by 0..1, not below none at all."""
    return replace(inputs, negative=_moved(inputs.negative, -by))


def more_won_back(inputs: CostInputs, by: float) -> CostInputs:
    """Second lever: the share of complainers who are kept raised by 0..1; the lost are won back first."""
    fate = inputs.complainers
    if fate is None:
        return inputs
    from_lost = min(by, fate.lost)
    return replace(inputs, complainers=Fate(max(0.0, fate.at_risk - (by - from_lost)), fate.lost - from_lost))


def more_complaints(inputs: CostInputs, by: float) -> CostInputs:
    """Third lever: the share of those who complain raised by 0..1. Silence cannot be answered."""
    return replace(inputs, complaint=_moved(inputs.complaint, by))


def _moved(part: Estimate, by: float) -> Estimate:
    ends = [None if end is None else min(1.0, max(0.0, end + by)) for end in (part.value, part.lower, part.upper)]
    return Estimate(ends[0], ends[1], ends[2], part.n)


def complaints_per_negative(complaints: int, negative_answers: int) -> float | None:
    """Complaints for each negative answer, >= 0; higher is better. None where no answer was negative."""
    return complaints / negative_answers if negative_answers else None


def complaint_share(unhappy: set[str], complained: set[str]) -> Estimate:
    """Of the customers who gave a negative answer, the share who complained too."""
    return share(len(unhappy & complained), len(unhappy))


def fate_of(outcomes: dict[str, int]) -> Fate | None:
    """What became of those who complained, from the last known outcome of each case about a complaint.

    Args:
        outcomes: cases by outcome: kept, at_risk, lost.
    Returns:
        None where no case has an outcome.
    """
    n = sum(outcomes.values())
    return Fate(outcomes.get("at_risk", 0) / n, outcomes.get("lost", 0) / n) if n else None
