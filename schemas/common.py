"""What every event of the contract carries, and the words that may stand in it.

Why apart from the kinds: each kind only adds what is its own. A word added to a list here is a new
version for readers only; taking one away would break producers, which a test refuses.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import MAX_CLOCK_OFFSET_MS, Attributes, Comment, Id, Name, ProducerName, ShortName, Time, Weight

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
    clock_offset_ms: Annotated[int, Field(ge=-MAX_CLOCK_OFFSET_MS, le=MAX_CLOCK_OFFSET_MS)] | None = None
    """Set by who corrected a wrong clock: the milliseconds added to `occurred_at`. Take them off for what was sent."""
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
