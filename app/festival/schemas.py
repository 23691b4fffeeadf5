"""What the JSON side says of a festival (api.md)."""

from __future__ import annotations

from pydantic import BaseModel, Field


class DayAnswer(BaseModel):
    """One day."""

    date: str = Field(examples=["2023-07-19"])
    title: str


class FestivalAnswer(BaseModel):
    """The festival that is on."""

    name: str
    organiser: str
    venue: str
    timezone: str = Field(examples=["Asia/Jakarta"])
    days: list[DayAnswer]
