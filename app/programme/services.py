"""Changing the programme: activities, slots, warnings while editing."""

from __future__ import annotations

from app.programme.rules import generate_slots as generate_slots
