"""Blank tickets: printing stacks of them, and writing a name to one at a counter or a gate."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import StopValidation

from app.accounts.models import Permission
from app.core import clock, keys
from app.core.access import requires
from app.core.codes import group_code, normalise_typed_code
from app.core.crypto import Forged, NotATicket, TicketVerifier
from app.core.db import in_transaction
from app.core.errors import DomainError, NotFound
from app.core.formats import moment_short, number
from app.core.headers import allow_scanner, hide_referrer
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import ngettext
from app.core.phones import parse_phone
from app.festival.models import Festival
from app.festival.queries import require_current
from app.registration import documents, rules, services
from app.registration.models import BlankSheet
from app.registration.queries import blank as queries
from app.registration.queries import ticket_by_code
from app.registration.queries.blank import BlankView, OpenSlot
from app.registration.routes.batch_forms import check_name, check_phone
from app.registration.routes.blueprint import bp
from app.registration.routes.tickets import file_answer

LONGEST_CODE = 200


class PrintForm(FlaskForm):
    """How many to print."""

    number = IntegerField(
        _l("Jumlah tiket"), default=80,
        render_kw={"min": 1, "max": rules.MOST_BLANK, "inputmode": "numeric"},
    )  # fmt: skip

    def validate_number(self, field: Field) -> None:
        """1 to 500."""
        if not isinstance(field.data, int) or not 1 <= field.data <= rules.MOST_BLANK:
            field.errors = []  # WTForms' own words for what is no number
            raise StopValidation(_("Tulis angka dari 1 sampai %(most)s.", most=rules.MOST_BLANK))


class BindForm(FlaskForm):
    """A blank ticket and the person who gets it."""

    code = StringField(_l("Kode tiket kosong"))
    name = StringField(_l("Nama"))
    birth = StringField(_l("Tahun lahir"))
    phone = StringField(_l("Nomor WhatsApp (boleh kosong)"))
    guardian = StringField(_l("Nama wali (untuk yang di bawah 18 tahun)"))
    slot = SelectField(_l("Kegiatan"), validate_choice=False)
    consent = BooleanField(_l("Orang ini (untuk anak: walinya) setuju namanya dicatat untuk kegiatan ini."))
    replace = HiddenField()

    def offer(self, slots: list[OpenSlot]) -> None:
        """The slots to choose from, with the places left in words."""
        self.slot.choices = [SelectChoice("", _("Pilih kegiatan")), *(_choice(slot) for slot in slots)]

    def validate_name(self, field: Field) -> None:
        """As at every sign-up."""
        check_name(field)

    def validate_birth(self, field: Field) -> None:
        """A year or a date, or nothing."""
        if (field.data or "").strip() and rules.parse_birth(field.data) is None:
            raise StopValidation(_("Tulis tahun (1984) atau tanggal lengkap (17-05-1984)."))

    def validate_phone(self, field: Field) -> None:
        """A number, or nothing."""
        if (field.data or "").strip():
            check_phone(field)

    def validate_guardian(self, field: Field) -> None:
        """A name, or nothing."""
        if (field.data or "").strip():
            check_name(field)

    def validate_slot(self, field: Field) -> None:
        """One of those offered."""
        if not field.data or field.data not in {choice.value for choice in self.slot.choices}:
            raise StopValidation(_("Pilih kegiatan."))

    def validate_consent(self, field: Field) -> None:
        """Consent is given, not assumed."""
        if not field.data:
            raise StopValidation(_("Tanyakan dulu: tanpa persetujuan namanya tidak boleh dicatat."))

    def binding(self, ticket_id: int) -> services.Binding:
        """What this form asks for; call after validation."""
        guardian = rules.clean_text(self.guardian.data or "") or None
        birth = rules.parse_birth(self.birth.data or "")
        person = rules.Person(rules.clean_text(self.name.data or ""), birth, guardian)
        phone = parse_phone(self.phone.data or "") if (self.phone.data or "").strip() else ""
        return services.Binding(ticket_id, person, phone, int(self.slot.data), self.replace.data == "y")


@bp.route("/committee/blank-tickets", methods=["GET", "POST"])
@requires(Permission.SIGN_UP_GROUPS)
def blank_tickets() -> ResponseReturnValue:
    """Stacks printed so far, and printing another one."""
    festival = require_current()
    form = PrintForm()
    if form.validate_on_submit():
        festival_id, many, user_id, now = festival.id, form.number.data or 0, current_user.id, clock.now()
        sheet_id = in_transaction(lambda: services.print_blank(festival_id, many, user_id, now))
        flash(ngettext("%(num)s tiket kosong dibuat.", "%(num)s tiket kosong dibuat.", many))
        return redirect(url_for("registration.blank_sheet", sheet_id=sheet_id), code=303)
    page = render_template("registration/blank_tickets.html", form=form, rows=queries.blank_sheets(festival.id))
    return page, 422 if form.errors else 200


@bp.get("/committee/blank-tickets/<int:sheet_id>")
@requires(Permission.SIGN_UP_GROUPS)
def blank_sheet(sheet_id: int) -> ResponseReturnValue:
    """One stack: print it, or end what is left of it."""
    _festival, sheet = _sheet(sheet_id)
    left = len(queries.unused_tickets(sheet.id))
    return render_template("registration/blank_sheet.html", sheet=sheet, left=left)


@bp.get("/committee/blank-tickets/<int:sheet_id>/tickets.pdf")
@requires(Permission.SIGN_UP_GROUPS)
def blank_sheet_pdf(sheet_id: int) -> Response:
    """The tickets of a stack that nobody has yet, eight to a page."""
    festival, sheet = _sheet(sheet_id)
    faces = queries.unused_tickets(sheet.id)
    if not faces:
        raise NotFound(_("Semua tiket di tumpukan ini sudah dipakai atau dibatalkan."))
    tickets = [(f.place, group_code(f.code), keys.ticket_text(festival.id, 0, f.id)) for f in faces]
    data = documents.blank_sheets(festival.name, sheet.id, tickets)
    return file_answer(data, "application/pdf", f"tiket-kosong-{sheet.id}.pdf")


@bp.post("/committee/blank-tickets/<int:sheet_id>/cancel")
@requires(Permission.SIGN_UP_GROUPS)
def blank_sheet_cancel(sheet_id: int) -> ResponseReturnValue:
    """End what is left of a stack that was lost."""
    festival, _found = _sheet(sheet_id)
    festival_id, user_id, now = festival.id, current_user.id, clock.now()
    ended = in_transaction(lambda: services.cancel_sheet(festival_id, sheet_id, user_id, now))
    flash(ngettext("%(num)s tiket kosong dibatalkan.", "%(num)s tiket kosong dibatalkan.", ended))
    return redirect(url_for("registration.blank_sheet", sheet_id=sheet_id), code=303)


@bp.route("/committee/blank-tickets/bind", methods=["GET", "POST"])
@requires(Permission.BIND_TICKETS)
def blank_bind() -> ResponseReturnValue:
    """Write a name to a blank ticket: for counters and for gates."""
    allow_scanner()
    hide_referrer()
    festival, now = require_current(), clock.now()
    slots = queries.open_slots(festival.id, now)
    form = BindForm()
    form.offer(slots)
    if not form.is_submitted():
        form.code.data = request.args.get("code", "")[:LONGEST_CODE]
        form.slot.data = request.args.get("slot", "")
        return _bind_page(festival, form, slots)
    ticket = _ticket_of(festival, form.code.data or "")
    valid = form.validate_on_submit()
    if ticket is None:
        form.code.errors = [_("Kode ini bukan tiket kosong pekan ini.")]
    if not valid or ticket is None:
        return _bind_page(festival, form, slots, ticket=ticket), 422
    return _bind(festival, form, slots, ticket)


def _bind(festival: Festival, form: BindForm, slots: list[OpenSlot], ticket: BlankView) -> ResponseReturnValue:
    wanted, festival_id, by_id, now = form.binding(ticket.ticket_id), festival.id, current_user.id, clock.now()
    try:
        bound = in_transaction(lambda: services.bind(festival_id, wanted, by_id, now))
    except DomainError as refusal:
        asks = refusal.code == "has_ticket"
        form.replace.data = "y" if asks else ""
        said = [] if asks else _blame(form, refusal)
        page = _bind_page(festival, form, slots, ticket=ticket, said=said, asks=asks)
        return page, refusal.status
    done = url_for("registration.blank_bind", done=bound.code, slot=form.slot.data)
    return redirect(done, code=303)


def _bind_page(festival: Festival, form: BindForm, slots: list[OpenSlot], **more: Any) -> str:
    done = normalise_typed_code(request.args.get("done", "")[:LONGEST_CODE]) if request.method == "GET" else None
    bound = queries.blank_ticket(festival.id, done) if done else None
    view = ticket_by_code(bound.code) if bound and bound.holder else None
    return render_template("registration/blank_bind.html", form=form, slots=slots, view=view, **more)


_FIELDS = {"name": "name", "birth_date": "birth", "guardian_name": "guardian"}


def _blame(form: BindForm, refusal: DomainError) -> list[str]:
    """Put what was refused beside its field; gives back what belongs to none."""
    said = []
    for path, text in refusal.fields.items():
        name = _FIELDS.get(path.rpartition(".")[2], path)
        if name in form:
            form[name].errors = [*form[name].errors, text]
        else:
            said.append(text)
    return said or ([] if refusal.fields else [refusal.message])


def _ticket_of(festival: Festival, text: str) -> BlankView | None:
    """The blank ticket of a typed code, or of the text of its QR code as a hand-held scanner types it."""
    if code := normalise_typed_code(text[:LONGEST_CODE]):
        return queries.blank_ticket(festival.id, code)
    verifier: TicketVerifier = current_app.extensions["pekan_verifier"]
    try:
        payload = verifier.read(text)
    except (NotATicket, Forged):
        return None
    return (
        queries.blank_ticket(festival.id, ticket_id=payload.ticket_id) if payload.festival == festival.id else None
    )


def _choice(slot: OpenSlot) -> SelectChoice:
    left = "" if slot.left is None else _("penuh") if slot.left == 0 else _("sisa %(left)s", left=number(slot.left))
    return SelectChoice(
        str(slot.id), " · ".join(part for part in (slot.title, moment_short(slot.starts_at), left) if part)
    )


def _sheet(sheet_id: int) -> tuple[Festival, BlankSheet]:
    festival = require_current()
    found = queries.blank_sheet(festival.id, sheet_id)
    if found is None:
        raise NotFound(_("Tumpukan tiket ini tidak ada. Mungkin milik pekan yang lain."))
    return festival, found
