"""What the doctor asks of results: are minutes, their PDF and the stored rankings what was signed?"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from app.competition.models import Minutes, Result, Signature
from app.competition.rules import minutes as papers
from app.core.db import db
from app.core.hooks import Finding
from app.core.i18n import gettext as _

CHECK = "competition"


def check() -> list[Finding]:
    """One finding for each paper or ranking that was changed behind our back."""
    found = []
    for minutes in db.session.scalars(sa.select(Minutes).order_by(Minutes.id)).yield_per(20):
        if not _holds(minutes):
            text = _("Berita acara %(number)s tidak lagi sama dengan yang ditandatangani.", number=minutes.number)
            found.append(Finding(CHECK, text))
    for result in db.session.scalars(sa.select(Result).order_by(Result.id)).yield_per(20):
        if papers.digest(result.content) != result.hash:
            text = _("Hasil %(number)s (id %(id)s) berubah setelah disimpan.", number=result.number, id=result.id)
            found.append(Finding(CHECK, text))
    return found


def _holds(minutes: Minutes) -> bool:
    """The content carries its hash, the PDF its own, and every signature is under this content."""
    try:
        papers.from_content(minutes.content)
    except (ValueError, KeyError, TypeError):
        return False
    if minutes.signed_at is not None and (
        minutes.pdf is None or hashlib.sha256(minutes.pdf).hexdigest() != minutes.sha256
    ):
        return False
    signed = sa.select(Signature.content_sha256).where(Signature.minutes_id == minutes.id)
    return all(one == minutes.content["content_sha256"] for one in db.session.scalars(signed))
