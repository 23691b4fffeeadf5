"""Blood donation: the age on the day decides, so the whole birth date is asked and kept."""

from __future__ import annotations

from app.programme.kinds.base import BirthDateNeed, Kind, msgid

KIND = Kind(
    code="blood_donation",
    label=msgid("Donor darah"),
    asks_birth_date=BirthDateNeed.DATE,
    # facts.md, Blood donation; the doctor of PMI decides, the system only tells
    advice=(
        msgid("Berat badan paling sedikit 45 kg dan badan sehat."),
        msgid("Donor terakhir paling sedikit 60 hari lalu."),
        msgid("Sarapan dan tidur cukup sebelum datang."),
        msgid("Setelah donor, jangan jalan santai atau senam pada hari yang sama."),
        msgid("Dokter PMI yang memutuskan apakah Anda boleh donor."),
    ),
)
