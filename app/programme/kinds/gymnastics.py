"""Gymnastics: alone, as a family, or as a team whose leader reserves the places."""

from __future__ import annotations

from app.programme.kinds.base import TEAM_MOST, TEAM_NAMES_DUE, Effort, Kind, Option, msgid

KIND = Kind(
    code="gymnastics",
    label=msgid("Senam"),
    effort=Effort.STRENUOUS,
    allows_team=True,
    options=(
        Option(TEAM_MOST, msgid("Paling banyak orang dalam satu regu"), (20, 10, 30, 50)),
        Option(
            TEAM_NAMES_DUE,
            msgid("Nama anggota regu paling lambat (jam sebelum mulai)"),
            (24, 6, 12, 48, 72),
            msgid("Sesudah itu tempat tanpa nama dilepas untuk orang lain."),
        ),
    ),
)
