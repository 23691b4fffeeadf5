"""The six digits that make a phone a supervisor's for a while."""

from __future__ import annotations

PIN_DIGITS = 6
_ROWS = ("01234567890", "09876543210")


def pin_fault(pin: str) -> str | None:
    """The code of what is wrong with a new PIN, or None: ``not_digits``, ``too_easy``.

    Too easy is what is tried first: one digit or a short pattern over and over, or a row of neighbours.
    """
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        return "not_digits"
    repeats = any(pin == pin[:n] * (PIN_DIGITS // n) for n in (1, 2, 3))
    return "too_easy" if repeats or any(pin in row for row in _ROWS) else None
