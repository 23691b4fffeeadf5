"""Registrations as the committee sees them."""

from __future__ import annotations

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.accounts.services import record_audit
from app.core import clock
from app.core.access import requires
from app.core.codes import group_code
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.phones import display_phone
from app.core.sheets import Value, write_csv, write_xlsx
from app.festival.queries import require_current
from app.programme.queries import activity_choices
from app.registration import queries
from app.registration.models import BookingStatus
from app.registration.queries.lists import ORDERS, PAGE_SIZE, PersonRow
from app.registration.routes.batch_pages import KINDS
from app.registration.routes.blueprint import bp
from app.registration.routes.tickets import file_answer

LONGEST_SEARCH = 100
MOST_EXPORTED = 20_000  # people in one file; Excel takes more, one worker should not be kept longer
_WIDTHS = (30, 12, 8, 30, 20, 10, 24, 30, 18, 14, 18)  # of the file's columns, in letters


@bp.get("/committee/registrations")
@requires(Permission.SEE_REGISTRATIONS)
def registrations() -> ResponseReturnValue:
    """Search by name, number or code; filter by activity; sort; 50 a page."""
    festival = require_current()
    text, activity_id = _asked()
    page = max(1, request.args.get("page", 1, type=_small) or 1)
    order = request.args.get("sort", "")
    order = order if order in ORDERS else ORDERS[0]
    rows, total = queries.registrations_page(festival.id, text, activity_id, page, order)
    return render_template(
        "registration/registrations.html",
        rows=rows,
        total=total,
        text=text,
        activity_id=activity_id,
        activities=activity_choices(festival.id),
        page=page,
        words=_words(),
        order=order,
        orders=_order_words(),
        pages=max(1, -(-total // PAGE_SIZE)),
    )


@bp.post("/committee/registrations.<kind>")
@requires(Permission.SEE_REGISTRATIONS)
def registrations_file(kind: str) -> Response:
    """What the list shows, all pages, a row a person, as ``xlsx`` or ``csv``. Who took it is written down,
    so it is no GET.
    """
    if kind not in KINDS:
        abort(404)
    festival, (text, activity_id) = require_current(), _asked()
    people = queries.people_listed(festival.id, text, activity_id, MOST_EXPORTED + 1)
    if len(people) > MOST_EXPORTED:
        message = _("Lebih dari 20.000 orang tidak muat dalam satu berkas. Pilih satu kegiatan dulu.")
        raise DomainError("export_large", message)
    user_id, subject = current_user.id, f"festival:{festival.id}"
    in_transaction(
        lambda: record_audit("registrations.exported", subject, user_id, clock.now(), people=len(people))
    )
    words = _words()
    rows = [_columns(), *(_row(person, words) for person in people)]
    data = write_csv(rows) if kind == "csv" else write_xlsx(rows, _("Peserta"), _WIDTHS)
    return file_answer(data, KINDS[kind], f"peserta-{clock.local(clock.now()):%Y-%m-%d}.{kind}")


def _asked() -> tuple[str, int | None]:
    """What was searched for, and in which activity."""
    asked = request.values
    return asked.get("q", "")[:LONGEST_SEARCH].strip(), asked.get("activity", type=_small)


def _columns() -> list[Value]:
    return [
        _("Kegiatan"), _("Tanggal"), _("Jam"), _("Nama"), _("Keadaan"), _("Nomor dada"), _("Regu"),
        _("Pendaftar"), _("Nomor WhatsApp"), _("Kode"), _("Waktu daftar"),
    ]  # fmt: skip


def _row(one: PersonRow, words: dict[str, str]) -> list[Value]:
    """Dates as spreadsheets sort and count them, in the city's time."""
    starts, made = clock.local(one.starts_at), clock.local(one.created_at)
    return [
        one.title, f"{starts:%Y-%m-%d}", f"{starts:%H.%M}", one.name, words[one.status], one.bib, one.team,
        one.contact_name, display_phone(one.phone), group_code(one.code), f"{made:%Y-%m-%d %H.%M}",
    ]  # fmt: skip


def _order_words() -> dict[str, str]:
    """Every order in words."""
    words = _("Terbaru dulu"), _("Terlama dulu"), _("Nama pendaftar"), _("Waktu kegiatan")
    return dict(zip(ORDERS, words, strict=True))


def _words() -> dict[str, str]:
    """Every status in words."""
    return {
        BookingStatus.CONFIRMED: _("terdaftar"),
        BookingStatus.WAITLISTED: _("daftar tunggu"),
        BookingStatus.CANCELLED: _("dibatalkan"),
        BookingStatus.DUPLICATE: _("sudah terdaftar sebelumnya"),
    }


def _small(text: str) -> int:
    """A number that fits the database; ValueError otherwise, which makes the argument absent."""
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError(text)
    return number
