"""Cleaning the answers to a kind's questions: those that are kept, and those that only decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.core.errors import InvalidInput
from app.core.i18n import gettext as _
from app.programme.queries import Question, QuestionType, kind_of
from app.registration import rules

MAX_ANSWER = 500


def check_answers(kind: str, given: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The answers to keep, cleaned; those to questions the kind does not ask are dropped.

    Raises invalid with a message at ``answers.NAME``.
    """
    questions = kind_of(kind).asked_once
    if not questions:
        return {}
    kept, faults = _checked(questions, given, today)
    if faults:
        raise InvalidInput(_("Periksa jawaban Anda."), {f"answers.{name}": text for name, text in faults.items()})
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in kept.items()}


def check_each(
    kind: str, people: Sequence[rules.Person], of_all: Mapping[str, Any], today: date
) -> list[dict[str, Any]]:
    """The cleaned answers of everybody, in order; ``of_all`` stands in where a person did not answer.

    Raises invalid with a message at ``participants.ROW.answers.NAME``.
    """
    questions = kind_of(kind).asked_each
    found = [_checked(questions, {**of_all, **person.answers}, today) for person in people]
    fields = {
        f"participants.{row}.answers.{name}": text
        for row, (_kept, faults) in enumerate(found)
        for name, text in faults.items()
    }
    if fields:
        raise InvalidInput(_("Periksa jawaban Anda."), fields)
    return [kept for kept, _faults in found]


def _checked(
    questions: Sequence[Question], given: Mapping[str, Any], today: date
) -> tuple[dict[str, Any], dict[str, str]]:
    kept: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for question in questions:
        value, fault = _answer(question, given.get(question.name), today)
        if fault:
            faults[question.name] = fault
        elif value is not None:
            kept[question.name] = value
    return kept, faults


def _answer(question: Question, value: Any, today: date) -> tuple[Any, str | None]:
    """The cleaned answer (None for none) and what is wrong with it (None when nothing is)."""
    if isinstance(value, str):
        value = rules.clean_text(value) or None
    if value is None:
        return None, _("Jawab pertanyaan ini.") if question.required else None
    match question.type:
        case QuestionType.BOOLEAN:
            return (value, None) if isinstance(value, bool) else (None, _("Jawab ya atau tidak."))
        case QuestionType.CHOICE:
            fits = isinstance(value, str) and value in question.options
            return (value, None) if fits else (None, _("Pilih salah satu jawaban yang ada."))
        case QuestionType.DATE:
            day = rules.parse_past_day(value, today) if isinstance(value, str) else None
            return day, None if day else _("Tulis tanggal yang sudah lewat, misalnya 17-05-2023, atau 05-2023.")
        case QuestionType.TEXT:
            if not isinstance(value, str):
                return None, _("Jawab dengan kata-kata.")
            return (value, None) if len(value) <= MAX_ANSWER else (None, _("Jawaban ini terlalu panjang."))
