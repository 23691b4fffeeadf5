"""JSON bodies of sign-up: parsed strictly in kind, forgiving in habit, refused with words at each field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from app.core.emails import InvalidEmail, parse_email
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.core.phones import InvalidPhone, parse_phone
from app.programme.queries import Verdict, private_questions
from app.registration import rules
from app.registration.words import email_words, name_words, phone_words

MOST_ANSWERS = 50
LONGEST_KEY = 1000
_PRIVATE = private_questions()


class SignUpHeaders(BaseModel):
    """What a sign-up must carry beside its body."""

    idempotency_key: str = Field(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_KEY,
        description="A random text, new for each sign-up.",
    )


def _refusal(text: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "{text}", {"text": text})


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise _refusal(_("Tulis sebagai teks."))
    name = rules.clean_text(value)
    if fault := rules.name_fault(name):
        raise _refusal(name_words(fault))
    return name


def _guardian(value: Any) -> str | None:
    return None if value is None or value == "" else _name(value)


def _phone(value: Any) -> str:
    if not isinstance(value, str):
        raise _refusal(_("Tulis sebagai teks."))
    try:
        return parse_phone(value)
    except InvalidPhone as error:
        raise _refusal(phone_words(error)) from None


def _email(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise _refusal(_("Tulis sebagai teks."))
    try:
        return parse_email(value)
    except InvalidEmail:
        raise _refusal(email_words()) from None


def _birth_date(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _refusal(_("Tulis sebagai tahun (1991) atau tanggal (1991-05-17)."))
    text = str(value)
    if rules.parse_iso_birth(text) is None:
        raise _refusal(_("Tulis sebagai tahun (1991) atau tanggal (1991-05-17)."))
    return text


def _slot_id(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= rules.LARGEST_ID:
        raise _refusal(_("Pilih jadwal."))
    return value


def _consent(value: Any) -> bool:
    if value is not True:
        raise _refusal(_("Kami perlu persetujuan Anda untuk mencatat pendaftaran."))
    return True


Name = Annotated[str, BeforeValidator(_name), Field(description="1 to 80 characters; one word is fine")]


class ContactBody(BaseModel):
    """Who signs up."""

    name: Name
    phone: Annotated[str, BeforeValidator(_phone), Field(description="+62..., 62..., 08...; others with +")]
    email: Annotated[
        str | None,
        BeforeValidator(_email),
        Field(description="May be left out. Messages about this sign-up go there where the committee sends mail"),
    ] = None


class ParticipantBody(BaseModel):
    """Somebody who comes."""

    name: Name
    birth_date: Annotated[str | None, BeforeValidator(_birth_date), Field(description="YYYY or YYYY-MM-DD")] = None
    guardian_name: Annotated[
        str | None,
        BeforeValidator(_guardian),
        Field(description="Who consents for somebody under 18; needed there. With only a year the doubt counts"),
    ] = None
    answers: Annotated[
        dict[str, Any],
        Field(max_length=MOST_ANSWERS, description="Answers to questions that are asked per person"),
    ] = {}


class RegistrationBody(BaseModel):
    """A sign-up."""

    slot_id: Annotated[int, BeforeValidator(_slot_id)]
    contact: ContactBody
    participants: Annotated[list[ParticipantBody], Field(min_length=1, max_length=rules.HARD_MAX_GROUP)]
    answers: Annotated[dict[str, Any], Field(max_length=MOST_ANSWERS)] = {}
    consent: Annotated[bool, BeforeValidator(_consent)]
    consents: Annotated[
        list[Annotated[str, Field(max_length=24)]],
        Field(max_length=10, description="Purposes agreed to besides the sign-up itself, see GET /consents"),
    ] = []
    waitlist: Annotated[bool, Field(strict=True)] = False


class TicketAnswer(BaseModel):
    """One person's ticket; all but the holder null where it is not shown here."""

    holder: str
    code: str | None
    qr: str | None
    url: str | None
    bib: int | None = Field(description="The number to wear, where the kind gives one")


class PrescreeningAnswer(BaseModel):
    """What a prescreening said of one person. Reasons are told once, when signing up, and not kept."""

    holder: str
    verdict: Verdict
    reasons: list[str]
    next_possible: str | None = Field(description="No earlier slot can be chosen instead", examples=["2026-07-20"])


class ConsentTextAnswer(BaseModel):
    """A text of consent in use, in both languages. ``necessary``: taking it back cancels the sign-up."""

    purpose: rules.Purpose
    version: str
    necessary: bool
    texts: dict[str, str]


class ConsentTextsAnswer(BaseModel):
    """The texts of consent in use, one a purpose."""

    consents: list[ConsentTextAnswer]


class OfferAnswer(BaseModel):
    """Places kept for a registration that waits; accept or decline them before they go to the next in line."""

    expires_at: str


class RegistrationAnswer(BaseModel):
    """A registration. Who waits stands at ``position`` in line, from 1, or has an ``offer``: told when read."""

    code: str
    status: rules.RegistrationStatus
    manage_url: str
    manage_token: str
    tickets: list[TicketAnswer]
    warnings: list[rules.Concern]
    prescreening: list[PrescreeningAnswer]
    position: int | None = None
    offer: OfferAnswer | None = None


def idempotency_key(header: str | None) -> str:
    """The hash of the Idempotency-Key header. Raises DomainError 400 when it is absent, empty or huge."""
    key = (header or "").strip()
    if not key or len(key) > LONGEST_KEY:
        text = _("Sertakan header Idempotency-Key: satu teks acak untuk setiap pendaftaran.")
        raise DomainError("idempotency_key_required", text, status=400)
    return rules.hashed_key("json", key)


def parse_registration(body: Mapping[str, Any], key: str) -> rules.SignUp:
    """The sign-up that a JSON body asks for. Raises InvalidInput with a message for each wrong field."""
    try:
        parsed = RegistrationBody.model_validate(body)
    except ValidationError as error:
        raise InvalidInput(_("Ada isian yang belum benar."), _fields(error)) from None
    return rules.SignUp(
        slot_id=parsed.slot_id,
        contact_name=parsed.contact.name,
        phone=parsed.contact.phone,
        people=tuple(
            rules.Person(p.name, rules.parse_iso_birth(p.birth_date or ""), p.guardian_name, p.answers)
            for p in parsed.participants
        ),
        answers=parsed.answers,
        waitlist=parsed.waitlist,
        key=key,
        digest=rules.body_digest(rules.without_private(body, _PRIVATE)),
        consents=frozenset(parsed.consents),
        contact_email=parsed.contact.email,
    )


def _fields(error: ValidationError) -> dict[str, str]:
    fields: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in fault["loc"])[:200]
        fields.setdefault(path, _words(fault["type"], fault["msg"]))
    return fields


def _words(kind: str, message: str) -> str:
    match kind:
        case "refused":
            return message
        case "missing":
            return _("Bagian ini wajib diisi.")
        case "too_short":
            return _("Isi paling sedikit satu orang.")
        case "too_long":
            return _("Terlalu banyak. Paling banyak %(most)s orang sekali daftar.", most=rules.HARD_MAX_GROUP)
        case _:
            return _("Bentuk isian ini salah.")
