"""The contract: what an event on the topic `touchpoints` looks like, version 1.

Why pydantic: this is the one place that decides what is accepted. The JSON Schema is made from
these models, every reason of a refusal comes from them, and the fast decoder is held to them by a
property test. Decided once, for every kind: no conversion between types (4.0 is not 4, "4" is not
4, true is not 1); null in an optional field means "left out"; unknown fields are ignored, so that
producers may add one before the readers know it; a name may not be empty.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, model_validator

from schemas.common import CHANNELS, Aspect, CaseOutcome, CaseState, Common, ExpectationSource, Feeling
from schemas.field_rules import at_least_one, check_score, need_one, scored_schema
from schemas.fields import Amount, Currency, Id, Name, OneToTen, ProducerName, Seconds, ShortName, Text
from schemas.reasons import FieldError, Reason

__all__ = ["CHANNELS", "MODELS", "TOUCHPOINT", "Common", "Touchpoint"]


class _Scored(Common):
    """An event with a score whose bounds depend on its scale."""

    @model_validator(mode="after")
    def _score_is_on_its_scale(self) -> Self:
        return check_score(self)


class Csat(_Scored):
    """Customer satisfaction: how satisfied were you? Higher is better on every scale."""

    model_config = ConfigDict(json_schema_extra=scored_schema("csat"))

    kind: Literal["csat"]
    score: int
    """The answer, a point of `scale`."""
    scale: Literal["1-5", "1-7", "1-10"]
    """The scale that was shown."""


class Ces(_Scored):
    """Customer effort score: how hard or easy was it?"""

    model_config = ConfigDict(json_schema_extra=scored_schema("ces"))

    kind: Literal["ces"]
    score: int
    """The answer, a point of `scale`."""
    scale: Literal["1-5", "1-7"]
    """The scale that was shown: 1-5 with effort and ease, 1-7 with agreement."""
    direction: Literal["effort", "agreement", "ease"]
    """effort: 1 very low to 5 very high, lower is better. agreement: 1-7 that it was easy. ease: 1 hard to 5 easy."""


class Nps(Common):
    """Net promoter: how likely are you to recommend us, 0-10?"""

    kind: Literal["nps"]
    score: Annotated[int, Field(ge=0, le=10)]
    """0 not at all likely to 10 very likely."""


class Rating(Common):
    """One aspect of the offer, on 1-10; at least one of experience, expectation and importance."""

    model_config = ConfigDict(json_schema_extra=at_least_one("experience", "expectation", "importance"))

    kind: Literal["rating"]
    aspect: Aspect
    """What is rated."""
    experience: OneToTen | None = None
    """How it was."""
    expectation: OneToTen | None = None
    """How it was expected to be, on the same scale: satisfaction = experience - expectation."""
    importance: OneToTen | None = None
    """How much it matters to the respondent."""
    expectation_from: ExpectationSource | None = None
    """Where the expectation comes from."""

    @model_validator(mode="after")
    def _something_is_rated(self) -> Self:
        return need_one(self, "experience", "expectation", "importance")


class Trust(Common):
    """Trust in its parts, on 1-10; at least one of them."""

    model_config = ConfigDict(json_schema_extra=at_least_one("integrity", "ability", "affinity", "consistency"))

    kind: Literal["trust"]
    integrity: OneToTen | None = None
    """They are honest with me."""
    ability: OneToTen | None = None
    """They can do what they offer."""
    affinity: OneToTen | None = None
    """They are close to me and mean well."""
    consistency: OneToTen | None = None
    """They keep their promises, everywhere and every time."""

    @model_validator(mode="after")
    def _some_part_is_given(self) -> Self:
        return need_one(self, "integrity", "ability", "affinity", "consistency")


class Emotion(Common):
    """How the customer feels: a measured valence, or one named feeling, not both."""

    model_config = ConfigDict(json_schema_extra={"oneOf": at_least_one("valence", "feeling")["anyOf"]})

    kind: Literal["emotion"]
    valence: Annotated[float, Field(ge=-1, le=1)] | None = None
    """-1 very unpleasant to 1 very pleasant; counted in hundredths."""
    feeling: Feeling | None = None
    """A named feeling; its valence is declared in the contract."""
    action: Text | None = None
    """What the customer was doing, for the journey map."""
    need: Text | None = None
    """What the customer needed, for the journey map."""

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        need_one(self, "valence", "feeling")
        if self.valence is not None and self.feeling is not None:
            raise FieldError(Reason.BAD_VALUE, "is given beside valence: send only one of them", field="feeling")
        return self


class Complaint(Common):
    """A customer complained. Many complaints are good news: what is said can be answered."""

    kind: Literal["complaint"]
    severity: Annotated[int, Field(ge=1, le=3)]
    """1 slight, 2 serious, 3 grave."""
    topic: Name | None = None
    """What it is about."""


class Case(Common):
    """A step in answering a complaint or a bad answer: collected, answered, mended, checked."""

    kind: Literal["case"]
    case_id: Id
    """Name of the case, the same over all its steps."""
    about_event_id: Id | None = None
    """event_id of the event this case answers."""
    about_producer: ProducerName | None = None
    """Producer of that event; the case's own producer if left out."""
    state: CaseState
    """State the case is in from `occurred_at` on."""
    outcome: CaseOutcome | None = None
    """What became of the customer, once known."""


class Interaction(Common):
    """A contact as the system saw it; at least one of its four facts."""

    model_config = ConfigDict(json_schema_extra=at_least_one("wait_s", "duration_s", "first_contact", "self_service"))

    kind: Literal["interaction"]
    wait_s: Seconds | None = None
    """How long the customer waited, seconds."""
    duration_s: Seconds | None = None
    """How long the contact took, seconds."""
    first_contact: bool | None = None
    """True: resolved at the first contact."""
    self_service: bool | None = None
    """True: the customer managed without staff."""

    @model_validator(mode="after")
    def _some_fact_is_given(self) -> Self:
        return need_one(self, "wait_s", "duration_s", "first_contact", "self_service")


class Signal(Common):
    """A bad moment nobody was asked about. Counted apart from answers."""

    kind: Literal["signal"]
    signal: Name
    """Which one, such as failed_checkout, refund, rage_tap."""
    size: Amount | None = None
    """How big it was: an amount, a number of taps, seconds."""
    unit: ShortName | None = None
    """Unit of size, such as EUR, taps, s."""


class Visit(Common):
    """A customer came. Only counted."""

    kind: Literal["visit"]
    reason: Aspect | None = None
    """Why the customer came, as the customer says."""


class Purchase(Common):
    """A customer bought. Only counted; return rate and customer value rest on it."""

    kind: Literal["purchase"]
    reason: Aspect | None = None
    """Why the customer bought here, as the customer says."""
    amount: Amount | None = None
    """What was paid; left out if unknown, never 0 for that."""
    currency: Currency | None = None
    """ISO 4217 code of amount."""


class Invitation(Common):
    """A survey was offered: the denominator of the response rate."""

    kind: Literal["invitation"]
    survey: Name | None = None
    """Name of the survey that was offered."""


Touchpoint = Annotated[
    Csat
    | Ces
    | Nps
    | Rating
    | Trust
    | Emotion
    | Complaint
    | Case
    | Interaction
    | Signal
    | Visit
    | Purchase
    | Invitation,
    Field(discriminator="kind"),
]
"""Any event of the contract, told apart by `kind`."""

MODELS: dict[str, type[Common]] = {
    "csat": Csat, "ces": Ces, "nps": Nps, "rating": Rating, "trust": Trust, "emotion": Emotion,
    "complaint": Complaint, "case": Case, "interaction": Interaction, "signal": Signal, "visit": Visit,
    "purchase": Purchase, "invitation": Invitation,
}  # fmt: skip
"""Model of each kind."""

TOUCHPOINT: TypeAdapter[Touchpoint] = TypeAdapter(Touchpoint)
"""Validates any event; used for the JSON Schema and by tests."""
