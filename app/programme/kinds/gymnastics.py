"""Gymnastics: alone, as a family, or as a team whose leader reserves the places."""

from __future__ import annotations

from app.programme.kinds.base import Effort, Kind, msgid

KIND = Kind(code="gymnastics", label=msgid("Senam"), effort=Effort.STRENUOUS, allows_team=True)
