"""What the committee's pages and those behind an upload link have in common: sending, dry run, storing, results."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, keys
from app.core.codes import group_code
from app.core.db import in_transaction
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.files import FileKind, receive
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.phones import display_phone, parse_phone, whatsapp_link
from app.core.sheets import Value, write_csv, write_xlsx
from app.festival.models import Festival
from app.registration import documents, links, rules
from app.registration.models import Batch, BatchState
from app.registration.queries import batch_results
from app.registration.queries import batches as queries
from app.registration.queries.batch_results import ListedTicket, NumberLinks
from app.registration.routes.batch_forms import ListForm
from app.registration.routes.tickets import file_answer
from app.registration.services import batches as services

TABLES = (FileKind.XLSX, FileKind.TEXT)
SHOWN = 100  # problems, repeats and rows on one page; 500 numbers on ten
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the pages of a list are, for whoever looks at it; ``layout`` frames them.

    ``to`` gives the address of an action of a list: page, store, discard, tickets, links_csv, links_xlsx, messages.
    """

    festival: Festival
    layout: str
    back: str
    send: str
    to: Callable[[str, int], str]
    by_committee: bool

    def frame(self, batch: Batch | None = None) -> dict[str, Any]:
        """What every template of these pages needs."""
        places = ("page", "store", "discard", "tickets", "links_csv", "links_xlsx")
        return {
            "layout": self.layout, "festival": self.festival, "back": self.back, "send": self.send,
            "by_committee": self.by_committee, "batch": batch,
            "to": {name: self.to(name, batch.id) for name in places} if batch else {},
        }  # fmt: skip


def send_list(ways: Ways, form: ListForm, link_id: int | None, user_id: int | None) -> ResponseReturnValue | None:
    """Take the list of a submitted form, and go on to its dry run; None where the form says what is wrong."""
    valid = form.validate_on_submit()
    typed = None
    try:
        upload = receive(request.files.get("file"), TABLES, services.MOST_BYTES)
        typed = services.read_list(upload.data)
    except InvalidInput as refusal:
        form.file.errors = [refusal.message]
    if not valid or typed is None:
        return None
    sender = services.Sender(
        ways.festival.id, rules.clean_text(form.contact_name.data or ""), parse_phone(form.phone.data or ""),
        link_id, user_id,
    )  # fmt: skip
    now, slot_id, read = clock.now(), form.slot_id(), typed
    batch_id = in_transaction(lambda: services.take_list(sender, read, upload.name, slot_id, now))
    return redirect(ways.to("page", batch_id), code=303)


def show(ways: Ways, batch: Batch, *, refusal: str | None = None, undecided: bool = False) -> ResponseReturnValue:
    """The page of a list as far as it is: dry run, being stored, what came of it, or that it is gone."""
    now = clock.now()
    if batch.state is BatchState.CHECKED:
        run = services.check(batch, now)
        page = render_template(
            "registration/batch_check.html", run=run, shown=SHOWN, refusal=refusal, undecided=undecided,
            **ways.frame(batch),
        )  # fmt: skip
        return page, 422 if refusal else 200
    if batch.state is BatchState.STORING:
        stuck = batch.storing_since is not None and now - batch.storing_since > rules.STUCK_AFTER
        return render_template("registration/batch_storing.html", stuck=stuck, **ways.frame(batch))
    if batch.state is BatchState.STORED:
        return _results(ways, batch)
    return render_template("registration/batch_gone.html", **ways.frame(batch))


def _results(ways: Ways, batch: Batch) -> str:
    people = batch_results.listed_tickets(batch.id)
    numbers = batch_results.links_by_number(people)
    pages = max(1, -(-len(numbers) // queries.PAGE_SIZE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    start = (page - 1) * queries.PAGE_SIZE
    return render_template(
        "registration/batch_done.html", page=page, pages=pages, tickets=_with_ticket(people),
        hidden=sum(person.ticket is None for person in people), numbers=len(numbers),
        shown=[_number(ways.festival, one) for one in numbers[start : start + queries.PAGE_SIZE]],
        skipped=batch_results.skipped(batch.id), message_to=sum(n.phone != batch.contact_phone for n in numbers),
        message_url=ways.to("messages", batch.id) if ways.by_committee else None,
        told_already=services.told_already(), **ways.frame(batch),
    )  # fmt: skip


def _with_ticket(people: list[ListedTicket]) -> int:
    return len({person.ticket.id for person in people if person.ticket})


def _number(festival: Festival, of_number: NumberLinks) -> dict[str, Any]:
    return {
        "phone": of_number.phone,
        "names": of_number.names,
        "links": [links.manage_url(code) for code in of_number.codes],
        "whatsapp": whatsapp_link(of_number.phone, services.letter(festival.name, of_number)),
    }


def store(ways: Ways, batch: Batch) -> ResponseReturnValue:
    """Sign everybody up, or say what stands in the way; sent twice it happens once."""
    now, festival_id, batch_id = clock.now(), batch.festival_id, batch.id
    choice = {"skip": True, "keep": False}.get(request.form.get("repeats", ""))
    if not in_transaction(lambda: services.claim(batch_id, now)):
        return redirect(ways.to("page", batch_id), code=303)

    def work() -> services.Stored:
        found = queries.batch(festival_id, batch_id)
        assert found is not None  # noqa: S101 - its turn was just taken
        return services.store(found, now, skip_repeats=choice, now=clock.now())

    try:
        done = in_transaction(work)
    except DomainError as refusal:
        in_transaction(lambda: services.release(batch_id, now))
        fresh = queries.batch(festival_id, batch_id) or abort(404)
        return show(ways, fresh, refusal=refusal.message, undecided=refusal.code == "batch_repeats_undecided")
    except Exception:
        with suppress(SQLAlchemyError):  # the database may be what is broken; the turn lapses by itself then
            in_transaction(lambda: services.release(batch_id, now))
        raise
    flash(ngettext("%(num)s orang terdaftar.", "%(num)s orang terdaftar.", done.people))
    return redirect(ways.to("page", batch_id), code=303)


def discard(ways: Ways, batch: Batch) -> ResponseReturnValue:
    """Take a list back before it is signed up."""
    now, batch_id = clock.now(), batch.id
    done = in_transaction(lambda: services.discard(batch_id, now))
    flash(_("Daftar dihapus. Tidak ada yang didaftarkan.") if done else _("Daftar ini sudah disimpan."))
    return redirect(ways.back if done else ways.to("page", batch_id), code=303)


def tickets_pdf(ways: Ways, batch: Batch) -> Response:
    """All tickets of a list that its sender may see, eight to a page, in the order of the list."""
    people = batch_results.listed_tickets(batch.id)
    booked = batch_results.booked_activities({person.participant_id for person in people if person.ticket})
    faces: dict[int, documents.Printed] = {}
    for person in people:
        of_person = booked.get(person.participant_id, ())
        if person.ticket and of_person and person.ticket.id not in faces:
            text = keys.ticket_text(batch.festival_id, person.ticket.scope, person.ticket.id)
            code = group_code(person.ticket.code)
            faces[person.ticket.id] = documents.Printed(person.name, code, text, of_person)
    if not faces:
        raise NotFound(_("Belum ada tiket yang bisa dicetak."))
    data = documents.sheets(ways.festival.name, ways.festival.venue, list(faces.values()))
    return file_answer(data, "application/pdf", f"tiket-daftar-{batch.id}.pdf")


def links_file(batch: Batch, kind: str) -> Response:
    """The links of a list by number, for a mail merge or a WhatsApp broadcast."""
    rows: list[list[Value]] = [[_("Nomor WhatsApp"), _("Nama"), _("Tautan tiket")]]
    for of_number in batch_results.links_by_number(batch_results.listed_tickets(batch.id)):
        names = ", ".join(of_number.names)
        rows += [[display_phone(of_number.phone), names, links.manage_url(code)] for code in of_number.codes]
    data = write_csv(rows) if kind == "csv" else write_xlsx(rows, _("Tautan"), (20, 50, 70))
    return file_answer(data, KINDS[kind], f"tautan-daftar-{batch.id}.{kind}")


def template_file(festival: Festival, kind: str, activity_id: int | None = None) -> Response:
    """A file to fill in, with the slots of now as choices."""
    if kind not in KINDS:
        abort(404)
    slots = queries.slot_choices(festival.id, clock.now(), activity_id)
    return file_answer(services.template(kind, slots), KINDS[kind], f"daftar-peserta.{kind}")
