"""What the error codes of Meta's WhatsApp Cloud API mean for a message.

By code first, as Meta asks (developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes),
by HTTP status where the code says nothing to us.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.messaging.rules import Down, Fault, Later, Outcome, Refused

_SIGN_IN: Final = {0, 3, 10, 190, 131005}  # and 200 to 299: the token lacks a permission
_STOPPED: Final = {33, 368, 131031, 131042, 131045, 133010}  # deleted, blocked, locked, unpaid, not registered
_RATE: Final = {4, 80007, 130429, 131048}  # of the app, the account, the number; taken for spam
_PAIR_RATE: Final = 131056  # too many to this one person
_TROUBLE: Final = {1, 2, 131000, 131016, 131057, 133004}
# no WhatsApp or an old one, ourselves, not in the test list, part of an experiment, held back by Meta, declined
_UNDELIVERABLE: Final = {130472, 130497, 131021, 131026, 131030, 131049, 131050}
_WINDOW: Final = {470, 131047}
_TEMPLATE: Final = {132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068, 132069}
MISSING_TRANSLATION: Final = 132001
_NO_SUCH_OBJECT: Final = (100, 33)  # code and subcode when the phone number id is not ours
LONGEST_REST: Final = timedelta(hours=1)


def outcome_of(status: int, code: int | None, subcode: int | None = None, retry_after: str = "") -> Outcome:
    """What an answer that is no success means: ``status`` by HTTP, ``code`` from the body where it has one."""
    if code is not None and (known := _by_code(code, subcode, retry_after)):
        return known
    if status == 429:
        return Down(Fault.RATE_LIMIT, retry_after=_seconds(retry_after))
    if status in (401, 403):
        return Down(Fault.SIGN_IN_REFUSED, stopped=True)
    if status == 404:
        return Down(Fault.ACCOUNT_STOPPED, stopped=True)
    if 400 <= status < 500:
        return Refused(Fault.CONTENT_REFUSED)
    return Later(Fault.UNREACHABLE, everybody=True)


def fault_of(code: int | None) -> Fault:
    """The word for the error of a delivery that failed afterwards."""
    if code is None:
        return Fault.UNDELIVERABLE
    match _by_code(code, None, ""):
        case Down(fault) | Later(fault) | Refused(fault):
            return fault
        case _:
            return Fault.UNDELIVERABLE


def _by_code(code: int, subcode: int | None, retry_after: str) -> Down | Later | Refused | None:
    if code in _SIGN_IN or 200 <= code <= 299:
        return Down(Fault.SIGN_IN_REFUSED, stopped=True)
    if code in _STOPPED or (code, subcode) == _NO_SUCH_OBJECT:
        return Down(Fault.ACCOUNT_STOPPED, stopped=True)
    if code in _RATE:
        return Down(Fault.RATE_LIMIT, retry_after=_seconds(retry_after))
    if code == _PAIR_RATE:
        return Later(Fault.RATE_LIMIT)
    if code in _TROUBLE:
        return Later(Fault.UNREACHABLE, everybody=True)
    for codes, fault in (
        (_UNDELIVERABLE, Fault.UNDELIVERABLE), (_WINDOW, Fault.WINDOW_CLOSED), (_TEMPLATE, Fault.TEMPLATE_REFUSED),
    ):  # fmt: skip
        if code in codes:
            return Refused(fault)
    return None


def _seconds(retry_after: str) -> timedelta | None:
    if not (retry_after.isascii() and retry_after.isdigit()) or len(retry_after) > 6:
        return None
    return min(timedelta(seconds=int(retry_after)), LONGEST_REST)
