"""Links by which neighbourhood heads and cooperatives send their own lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.core.codes import new_typed_code
from app.core.db import db, rows_changed
from app.core.errors import InvalidInput
from app.core.i18n import gettext as _
from app.programme.models import Activity
from app.registration import rules
from app.registration.models import UploadLink
from app.registration.words import name_words

LIVES: Final = (3, 7, 14, 30)  # days that a link may work


def new_upload_link(
    festival_id: int, label: str, activity_id: int | None, most_people: int, days: int, user_id: int, now: datetime
) -> UploadLink:
    """A link for somebody (``label``), for one activity or for all, for so many people and days.

    Raises:
        InvalidInput: a value that cannot be; an activity of another festival.
    """
    label = rules.clean_text(label)
    fields: dict[str, str] = {}
    if fault := rules.name_fault(label):
        fields["label"] = name_words(fault)
    if not 1 <= most_people <= rules.MOST_ROWS:
        fields["most_people"] = _("Tulis angka dari 1 sampai %(most)s.", most=rules.MOST_ROWS)
    if days not in LIVES:
        fields["days"] = _("Pilih salah satu.")
    if activity_id is not None and not _is_here(festival_id, activity_id):
        fields["activity_id"] = _("Kegiatan ini tidak ada. Pilih lagi.")
    if fields:
        raise InvalidInput(_("Periksa isian ini."), fields)
    link = UploadLink(
        festival_id=festival_id, code=new_typed_code(), label=label, activity_id=activity_id,
        most_people=most_people, people=0, expires_at=now + timedelta(days=days), created_at=now,
        created_by_id=user_id,
    )  # fmt: skip
    db.session.add(link)
    db.session.flush()
    record_audit("upload_link.made", f"upload_link:{link.id}", user_id, now, people=most_people, days=days)
    return link


def revoke_upload_link(festival_id: int, link_id: int, user_id: int, now: datetime) -> bool:
    """End a link at once; what was signed up through it stays. False when it had ended before."""
    change = sa.update(UploadLink).where(
        UploadLink.id == link_id, UploadLink.festival_id == festival_id, UploadLink.revoked_at.is_(None)
    )
    done = rows_changed(change.values(revoked_at=now)) > 0
    if done:
        record_audit("upload_link.revoked", f"upload_link:{link_id}", user_id, now)
    return done


def works(link: UploadLink, now: datetime) -> bool:
    """Whether lists may be sent through a link."""
    return link.revoked_at is None and now < link.expires_at and link.people < link.most_people


def _is_here(festival_id: int, activity_id: int) -> bool:
    asked = sa.select(sa.exists().where(Activity.id == activity_id, Activity.festival_id == festival_id))
    return bool(db.session.scalar(asked))
