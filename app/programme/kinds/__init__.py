"""The kinds of activity. One that needs no more than words is a line here; others have a module."""

from __future__ import annotations

from app.programme.kinds.base import BirthDateNeed as BirthDateNeed
from app.programme.kinds.base import Kind as Kind
from app.programme.kinds.base import Question as Question
from app.programme.kinds.base import QuestionType as QuestionType
from app.programme.kinds.base import msgid
from app.programme.kinds.blood_donation import KIND as BLOOD_DONATION
from app.programme.kinds.talk_show import KIND as TALK_SHOW

GENERIC = Kind("general", msgid("Kegiatan"))

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "fun_walk",
            msgid("Jalan santai"),
            advice=(msgid("Anak di bawah 12 tahun datang bersama orang dewasa."),),
        ),
        Kind("gymnastics", msgid("Senam")),
        BLOOD_DONATION,
        Kind("business_licence", msgid("Layanan NIB"), is_desk=True),
        Kind("halal", msgid("Layanan halal"), is_desk=True),
        TALK_SHOW,
        Kind("exhibition", msgid("Pameran")),
        Kind("competition_final", msgid("Lomba")),
        Kind("charity", msgid("Santunan")),
        Kind("ceremony", msgid("Upacara")),
        Kind("entertainment", msgid("Hiburan")),
        Kind("prize_draw", msgid("Undian")),
        GENERIC,
    )
}


def kind(code: str) -> Kind:
    """The kind of this code; an unknown code is a plain activity without questions."""
    return KINDS.get(code) or Kind(code, GENERIC.label)
