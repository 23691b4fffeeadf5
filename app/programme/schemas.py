"""What the JSON side says of activities (api.md)."""

from __future__ import annotations

from pydantic import BaseModel, Field

from app.programme.rules import SignUpState, SlotState


class QuestionAnswer(BaseModel):
    """A question asked at sign-up; ``options`` is empty but for type ``choice``.

    ``per_person``: answered in each participant's ``answers``; in ``answers`` beside them it counts for all.
    ``private``: the answer decides and is not kept.
    """

    name: str
    type: str = Field(examples=["text", "choice", "boolean", "date"])
    label: str
    required: bool
    options: list[str]
    hint: str
    per_person: bool
    private: bool


class ConsentNeed(BaseModel):
    """A consent asked for besides that to the sign-up itself; its text is in ``GET /consents``."""

    purpose: str = Field(examples=["health", "capital"])
    required: bool


class SlotAnswer(BaseModel):
    """A time slot. Null capacity is unlimited; ``waitlist`` says whether a full slot takes a waiting list.

    ``moved_from`` is when it was to start before the committee moved it; ``cancelled``: it does not take place.
    """

    id: str
    starts_at: str = Field(examples=["2023-07-19T08:00:00+07:00"])
    ends_at: str
    capacity: int | None
    remaining: int | None
    waitlist: bool
    state: SlotState
    moved_from: str | None
    cancelled: bool


class ActivityAnswer(BaseModel):
    """An activity with its slots. ``paused``: the committee holds sign-up; ``registration`` says closed then."""

    slug: str
    kind: str
    title: str
    summary: str
    place: str | None
    registration: SignUpState
    paused: bool
    opens_at: str | None
    min_age: int | None
    max_age: int | None
    birth_date: str = Field(examples=["no", "year", "date"])
    questions: list[QuestionAnswer]
    consents: list[ConsentNeed]
    slots: list[SlotAnswer]


class ActivitiesAnswer(BaseModel):
    """The programme."""

    activities: list[ActivityAnswer]
