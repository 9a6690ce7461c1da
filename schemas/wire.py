"""Decoded events as flat structs: what the counting and the archive read.

Why beside the pydantic models: a struct is filled in a fraction of the time. Types and bounds here
repeat those of `schemas.events`; a property test holds the two together, accept for accept, reject
for reject, value for value. Some fields arrive as one thing and are read as another (a time as text
becomes milliseconds); those types show the arriving one at run time and the final one to a type
checker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Meta, Struct, field

from schemas.answers import Answer
from schemas.common import (
    VERSION,
    Aspect,
    CaseOutcome,
    CaseState,
    Element,
    ExpectationSource,
    Feeling,
    Respondent,
    Stage,
)
from schemas.fields import (
    MAX_AMOUNT,
    MAX_CLOCK_OFFSET_MS,
    MAX_COMMENT,
    MAX_ID,
    MAX_NAME,
    MAX_SECONDS,
    MAX_SHORT_NAME,
    MAX_TEXT,
    MAX_WEIGHT,
    MIN_WEIGHT,
)

ONE_MICRO = 1_000_000
"""Weight 1 in millionths. Compared by identity, to tell "left out" from "sent as 1"."""

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
ShortName = Annotated[str, Meta(min_length=1, max_length=MAX_SHORT_NAME)]
Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]
Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
Comment = Annotated[str, Meta(max_length=MAX_COMMENT)]
Amount = Annotated[float, Meta(ge=0, le=MAX_AMOUNT)]
Seconds = Annotated[float, Meta(ge=0, le=MAX_SECONDS)]
OneToTen = Annotated[int, Meta(ge=1, le=10)]
ClockOffset = Annotated[int, Meta(ge=-MAX_CLOCK_OFFSET_MS, le=MAX_CLOCK_OFFSET_MS)]
Version = Annotated[int, Meta(ge=max(1, VERSION - 1), le=VERSION)]

if TYPE_CHECKING:
    # '' is how absence is read.
    StageSent = str
    ElementSent = str
    RespondentSent = str
    Attributes = dict[str, str | int | float | bool]
    Test = bool
    AtMs = int
    SentMs = int | None
    WeightMicro = int
    Answers = tuple[Answer, ...]
    Series = tuple[str, str, str, str, str, str]
else:
    StageSent = Stage | None
    ElementSent = Element | None
    RespondentSent = Respondent | None
    Attributes = dict[str, str | int | float | bool] | None
    Test = bool | None
    AtMs = str
    SentMs = str | None
    WeightMicro = Annotated[float, Meta(ge=MIN_WEIGHT, le=MAX_WEIGHT)] | None
    Answers = Any
    Series = Any


class Question(Struct, gc=False):
    """Which wording was asked."""

    id: Name
    version: Name | Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None


class Event(Struct, kw_only=True, gc=False, tag_field="kind"):
    """What every decoded event carries. Absent names are ''."""

    kind: ClassVar[str] = ""

    event_id: Id
    occurred_ms: AtMs = field(name="occurred_at")
    """When it happened: ms since 1970 UTC."""
    producer: ShortName
    channel: ShortName
    touchpoint: Name | None = ""
    stage: StageSent = ""
    location: Name | None = ""
    segment: Name | None = ""
    respondent_sent: RespondentSent = field(name="respondent", default="")
    customer: Name | None = ""
    weight_micro: WeightMicro = field(name="weight", default=ONE_MICRO)
    """Weight in millionths, > 0."""
    sent_ms: SentMs = field(name="sent_at", default=None)
    """When this attempt was sent, ms since 1970 UTC by the sender's clock; None if unknown."""
    clock_offset_ms: ClockOffset | None = None
    """What was added to the time it happened, by who corrected the sender's clock; None if nobody did."""
    question: Question | None = None
    element: ElementSent = ""
    comment: Comment | None = ""
    attributes: Attributes = {}  # each event gets its own
    test: Test = None  # type: ignore[assignment]  # settled by the decoder
    """A test is stored and shown, never scored."""
    schema_version: Version | None = None
    # The decoder always sets these two, whatever a producer may send under such names.
    answers: Answers = field(name="(answers)", default=())
    """What the event is counted as: (metric, scale id, bin), none, one or several."""
    series: Series = field(name="(series)", default=())  # type: ignore[assignment]  # always set
    """(channel, stage, touchpoint, location, segment, respondent); equal ones are mostly one object."""

    @property
    def respondent(self) -> str:
        """Who answered: customer, employee, manager or partner."""
        return self.series[5]

    @property
    def question_id(self) -> str:
        """Id of the question, '' if not given."""
        return self.question.id if self.question is not None else ""

    @property
    def question_version(self) -> str:
        """Version of the question's wording as text, '' if not given."""
        version = self.question.version if self.question is not None else None
        return "" if version is None else str(version)


class Csat(Event, kw_only=True, gc=False, tag="csat"):
    """Customer satisfaction."""

    kind: ClassVar[str] = "csat"
    score: int
    scale: str


class Ces(Event, kw_only=True, gc=False, tag="ces"):
    """Customer effort score."""

    kind: ClassVar[str] = "ces"
    score: int
    scale: str
    direction: str


class Nps(Event, kw_only=True, gc=False, tag="nps"):
    """Net promoter."""

    kind: ClassVar[str] = "nps"
    score: int


class Rating(Event, kw_only=True, gc=False, tag="rating"):
    """One aspect of the offer."""

    kind: ClassVar[str] = "rating"
    aspect: Aspect
    experience: OneToTen | None = None
    expectation: OneToTen | None = None
    importance: OneToTen | None = None
    expectation_from: ExpectationSource | None = None


class Trust(Event, kw_only=True, gc=False, tag="trust"):
    """Trust in its parts."""

    kind: ClassVar[str] = "trust"
    integrity: OneToTen | None = None
    ability: OneToTen | None = None
    affinity: OneToTen | None = None
    consistency: OneToTen | None = None


class Emotion(Event, kw_only=True, gc=False, tag="emotion"):
    """How the customer feels."""

    kind: ClassVar[str] = "emotion"
    valence: Annotated[float, Meta(ge=-1, le=1)] | None = None
    feeling: Feeling | None = None
    action: Text | None = None
    need: Text | None = None


class Complaint(Event, kw_only=True, gc=False, tag="complaint"):
    """A complaint."""

    kind: ClassVar[str] = "complaint"
    severity: Annotated[int, Meta(ge=1, le=3)]
    topic: Name | None = None


class Case(Event, kw_only=True, gc=False, tag="case"):
    """A step in answering a complaint or a bad answer."""

    kind: ClassVar[str] = "case"
    case_id: Id
    about_event_id: Id | None = None
    about_producer: ShortName | None = None
    state: CaseState
    outcome: CaseOutcome | None = None


class Interaction(Event, kw_only=True, gc=False, tag="interaction"):
    """A contact as the system saw it."""

    kind: ClassVar[str] = "interaction"
    wait_s: Seconds | None = None
    duration_s: Seconds | None = None
    first_contact: bool | None = None
    self_service: bool | None = None


class Signal(Event, kw_only=True, gc=False, tag="signal"):
    """A bad moment nobody was asked about."""

    kind: ClassVar[str] = "signal"
    signal: Name
    size: Amount | None = None
    unit: ShortName | None = None


class Visit(Event, kw_only=True, gc=False, tag="visit"):
    """A customer came."""

    kind: ClassVar[str] = "visit"
    reason: Aspect | None = None


class Purchase(Event, kw_only=True, gc=False, tag="purchase"):
    """A customer bought."""

    kind: ClassVar[str] = "purchase"
    reason: Aspect | None = None
    amount: Amount | None = None
    currency: Annotated[str, Meta(min_length=3, max_length=3)] | None = None


class Invitation(Event, kw_only=True, gc=False, tag="invitation"):
    """A survey was offered."""

    kind: ClassVar[str] = "invitation"
    survey: Name | None = None


STRUCTS: dict[str, type[Event]] = {
    struct.kind: struct
    for struct in (
        Csat, Ces, Nps, Rating, Trust, Emotion, Complaint, Case, Interaction, Signal, Visit, Purchase, Invitation,
    )
}  # fmt: skip
"""Struct of each kind."""

# A corrected clock is rare and has no column of its own: it is told among the details.
_COMMON = frozenset(Event.__struct_fields__) - {"clock_offset_ms"}
_DETAIL: dict[str, tuple[str, ...]] = {
    kind: tuple(name for name in struct.__struct_fields__ if name not in _COMMON) for kind, struct in STRUCTS.items()
}


def detail(event: Event) -> dict[str, Any]:
    """The fields that belong to the event's kind alone, and the clock's correction; without those left out.

    Returns:
        JSON-ready values by field name, such as `{"score": 4, "scale": "1-5"}`; may be empty.
    """
    return {name: value for name in _DETAIL[event.kind] if (value := getattr(event, name)) is not None}
