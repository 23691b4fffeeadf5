"""A talk show: people may send the speakers a question beforehand."""

from __future__ import annotations

from app.programme.kinds.base import Kind, Question, QuestionType, msgid

KIND = Kind(
    code="talk_show",
    label=msgid("Talk show"),
    questions=(Question("question", QuestionType.TEXT, msgid("Pertanyaan untuk narasumber (boleh kosong)")),),
)
