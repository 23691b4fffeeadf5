"""Words for addresses: ``Senam kreasi`` becomes ``senam-kreasi``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

MAX_SLUG = 60


def slug_of(text: str, taken: Container[str] = ()) -> str:
    """A slug of at most 60 letters, digits and hyphens; with a number behind it when that one is taken."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG].strip("-") or "kegiatan"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base[: MAX_SLUG - len(str(number)) - 1]}-{number}"
    return slug
