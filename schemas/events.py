"""The contract: what an event on the topic `touchpoints` looks like, version 1.

Why pydantic: this is the one place that decides what is accepted. The JSON Schema is made from
these models, every reason of a refusal comes from them, and the fast decoder is held to them by a
property test. Decided once, for every kind: no conversion between types (4.0 is not 4, "4" is not
4, true is not 1); null in an optional field means "left out"; unknown fields are ignored, so that
producers may add one before the readers know it; a name may not be empty.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from schemas.answers import SCORED
from schemas.fields import (
    Amount,
    Attributes,
    Comment,
    Currency,
    Id,
    Name,
    OneToTen,
    ProducerName,
    Seconds,
    ShortName,
    Text,
    Time,
    Weight,
)
from schemas.reasons import FieldError, Reason

VERSION = 1
"""Version of the contract that is written today; readers also take the one before."""

Stage = Literal["pre_purchase", "purchase", "use", "after_sale"]
Respondent = Literal["customer", "employee", "manager", "partner"]
Element = Literal["perception", "emotion", "cognition", "behaviour"]
Aspect = Literal["product", "service", "relationship", "price", "convenience", "brand"]
ExpectationSource = Literal[
    "word_of_mouth", "promotion", "values", "situation", "experience_with_us", "experience_with_others"
]
Feeling = Literal[
    "delighted", "happy", "grateful", "excited", "satisfied", "confident", "relieved", "hopeful", "curious",
    "calm", "surprised", "neutral", "bored", "confused", "uneasy", "worried", "disappointed", "annoyed", "sad",
    "frustrated", "angry", "furious",
]  # fmt: skip
CaseState = Literal["open", "answered", "mended", "checked", "closed", "reopened"]
CaseOutcome = Literal["kept", "at_risk", "lost"]

CHANNELS: tuple[str, ...] = (
    "face_to_face", "field_service", "phone_in", "phone_out", "web", "app", "mini_program", "email", "chat",
    "sms", "social", "review_site", "store", "counter", "atm", "advertising", "direct_mail", "fax", "reception",
    "public_relations", "event", "device", "other",
)  # fmt: skip
"""The built-in channels: the known ones where there is no catalogue, and the media of one."""


class Question(BaseModel):
    """Which wording was asked, so that a changed text or icon is visible as a change of version."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, use_attribute_docstrings=True)

    id: Name
    """Name of the question, stable over its versions."""
    version: Name | Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    """Version of its wording, as text or whole number; 2 and "2" are the same version."""


class Common(BaseModel):
    """What every event carries, whatever its kind."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, use_attribute_docstrings=True)

    event_id: Id
    """Unique per producer. A retry keeps it: that is how an answer sent twice is counted once."""
    occurred_at: Time
    """When the customer answered or the thing happened: RFC 3339 with seconds and offset. Decides the time slice."""
    producer: ProducerName
    """Name of the sending system, without ':'. With event_id it identifies the event for ever."""
    channel: ShortName
    """Channel as the catalogue names it; without a catalogue one of the built-in channels."""
    sent_at: Time | None = None
    """When this attempt was sent, by the sender's clock: lets a wrong clock be told from an old answer."""
    touchpoint: Name | None = None
    """The place in the journey the answer is about, such as `checkout`."""
    stage: Stage | None = None
    """Stage of the journey; filled in from the catalogue where left out. use and after_sale are "after"."""
    location: Name | None = None
    """Store, branch or gate."""
    customer: Name | None = None
    """Pseudonym of the customer, the same over all events of one person. Never a name, mail or phone number."""
    segment: Name | None = None
    """Group of customers, such as `loyal`."""
    weight: Weight | None = None
    """How many customers this answer stands for; 1 if left out. Kept in millionths."""
    respondent: Respondent | None = None
    """Who answered; `customer` if left out. The four are never pooled."""
    question: Question | None = None
    """Which question was asked, in which wording."""
    element: Element | None = None
    """Which part of the experience the answer is about; filled in from the catalogue where left out."""
    comment: Comment | None = None
    """Free text in the customer's own words."""
    attributes: Attributes | None = None
    """A few extra facts, such as an app version: text, number or true/false. Kept, never counted by."""
    test: bool | None = None
    """True: stored and shown as a test, never counted in a score. False if left out."""
    schema_version: Annotated[int, Field(ge=max(1, VERSION - 1), le=VERSION)] | None = None
    """Version of this contract the producer wrote against; the present one if left out."""


class _Scored(Common):
    """An event with a score whose bounds depend on its scale."""

    @model_validator(mode="after")
    def _score_is_on_its_scale(self) -> Self:
        kind, scale, direction = self.kind, getattr(self, "scale", ""), getattr(self, "direction", "")  # type: ignore[attr-defined]  # each kind has one
        score: int = self.score  # type: ignore[attr-defined]  # likewise
        if (kind, scale, direction, score) in SCORED:
            return self
        points = sorted(s for k, sc, d, s in SCORED if (k, sc, d) == (kind, scale, direction))
        if not points:
            known = ", ".join(sorted({f"{d} {sc}" for k, sc, d, _ in SCORED if k == kind}))
            raise FieldError(Reason.UNKNOWN_SCALE, f"is not a scale of direction {direction!r}: send one of {known}", field="scale")
        raise FieldError(
            Reason.OFF_SCALE, f"is off its scale: send a whole number from {points[0]} to {points[-1]}", field="score"
        )


class Csat(_Scored):
    """Customer satisfaction: how satisfied were you? Higher is better on every scale."""

    kind: Literal["csat"]
    score: Annotated[int, Field(ge=1, le=10)]
    """The answer, a point of `scale`."""
    scale: Literal["1-5", "1-7", "1-10"]
    """The scale that was shown."""


class Ces(_Scored):
    """Customer effort score: how hard or easy was it?"""

    kind: Literal["ces"]
    score: Annotated[int, Field(ge=1, le=7)]
    """The answer, a point of `scale`."""
    scale: Literal["1-5", "1-7"]
    """The scale that was shown: 1-5 with effort and ease, 1-7 with agreement."""
    direction: Literal["effort", "agreement", "ease"]
    """effort: 1 very low to 5 very high (lower is better). agreement: 1-7 that it was easy. ease: 1 difficult to 5 easy."""


class Nps(Common):
    """Net promoter: how likely are you to recommend us, 0-10?"""

    kind: Literal["nps"]
    score: Annotated[int, Field(ge=0, le=10)]
    """0 not at all likely to 10 very likely."""


class Rating(Common):
    """One aspect of the offer, on 1-10; at least one of experience, expectation and importance."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [f]} for f in ("experience", "expectation", "importance")]}
    )

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
        if self.experience is self.expectation is self.importance is None:
            problem = "is missing: send at least one of experience, expectation, importance"
            raise FieldError(Reason.MISSING_FIELD, problem, field="experience")
        return self


class Trust(Common):
    """Trust in its parts, on 1-10; at least one of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [f]} for f in ("integrity", "ability", "affinity", "consistency")]
        }
    )

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
        if self.integrity is self.ability is self.affinity is self.consistency is None:
            problem = "is missing: send at least one of integrity, ability, affinity, consistency"
            raise FieldError(Reason.MISSING_FIELD, problem, field="integrity")
        return self


class Emotion(Common):
    """How the customer feels: a measured valence, or one named feeling, not both."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["valence"]}, {"required": ["feeling"]}]}
    )

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
        if self.valence is None and self.feeling is None:
            raise FieldError(Reason.MISSING_FIELD, "is missing: send valence or feeling", field="valence")
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

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [f]} for f in ("wait_s", "duration_s", "first_contact", "self_service")]
        }
    )

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
        if self.wait_s is self.duration_s is self.first_contact is self.self_service is None:
            problem = "is missing: send at least one of wait_s, duration_s, first_contact, self_service"
            raise FieldError(Reason.MISSING_FIELD, problem, field="wait_s")
        return self


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
    Csat | Ces | Nps | Rating | Trust | Emotion | Complaint | Case | Interaction | Signal | Visit | Purchase | Invitation,
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

