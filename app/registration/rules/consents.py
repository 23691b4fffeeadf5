"""What people consent to, by purpose; every edition of a text is kept (UU 27/2022: provable, by purpose)."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parents[1] / "fixtures" / "consents.toml"


class Purpose(enum.StrEnum):
    """What data may be used for. ``registration`` is the sign-up itself."""

    REGISTRATION = "registration"
    GUARDIAN = "guardian"
    HEALTH = "health"
    CAPITAL = "capital"
    WHATSAPP = "whatsapp"


# Without these there is no sign-up: taking one back cancels it.
NECESSARY = frozenset({Purpose.REGISTRATION, Purpose.GUARDIAN, Purpose.HEALTH})


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One edition of a text, in the words people saw; ``texts`` by language."""

    purpose: Purpose
    version: str
    texts: Mapping[str, str]

    def said(self, language: str) -> str:
        """The text in a language, in Indonesian where there is no other."""
        return self.texts.get(language) or self.texts["id"]


@cache
def _editions() -> Mapping[tuple[Purpose, str], ConsentText]:
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["text"]
    found = [ConsentText(Purpose(r["purpose"]), r["version"], {"id": r["id"], "en": r["en"]}) for r in rows]
    return {(each.purpose, each.version): each for each in found}


def consent_text(purpose: Purpose, version: str | None = None) -> ConsentText:
    """An edition of a text, the one in use without a version. Raises KeyError for one that never was."""
    if version is not None:
        return _editions()[purpose, version]
    return [each for each in _editions().values() if each.purpose is purpose][-1]


def consent_texts() -> list[ConsentText]:
    """The texts in use, one a purpose."""
    return [consent_text(purpose) for purpose in Purpose]


CONSENT_VERSION = consent_text(Purpose.REGISTRATION).version  # kept with every sign-up
