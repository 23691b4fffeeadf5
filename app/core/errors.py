"""Refusals: what a person may be told and what to do next. Bugs are not refusals; they raise."""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """An expected refusal, translated into a page or a JSON answer once, in ``create_app``.

    ``code`` is stable and for programs; ``message`` is for the person who reads it, already in
    their language; ``fields`` maps the path of an input (``participants.0.name``) to its message.
    """

    def __init__(
        self, code: str, message: str, *, status: int = 409, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})


class InvalidInput(DomainError):
    """Input that cannot be accepted as typed; says which field and why."""

    def __init__(self, message: str, fields: Mapping[str, str], *, code: str = "invalid") -> None:
        super().__init__(code, message, status=422, fields=fields)


class NotFound(DomainError):
    """What was asked for is not here (or not for the one who asks)."""

    def __init__(self, message: str, *, code: str = "not_found") -> None:
        super().__init__(code, message, status=404)
