"""A talk show: people may send the speakers a question, and say that they look for capital.

That interest is a consent, not an answer: it may be withdrawn, and then nobody is told of it.
"""

from __future__ import annotations

from app.programme.kinds.base import Kind, Question, QuestionType, msgid

KIND = Kind(
    code="talk_show",
    label=msgid("Talk show"),
    questions=(Question("question", QuestionType.TEXT, msgid("Pertanyaan untuk narasumber (boleh kosong)")),),
    consents={"capital": False},
)
