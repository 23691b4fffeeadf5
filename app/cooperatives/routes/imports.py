"""Import in a browser: send a file, say what its columns are, look at what would happen, store."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.cooperatives.forms import ImportForm, first_day
from app.cooperatives.models import CooperativeImport, ImportState
from app.cooperatives.queries import details
from app.cooperatives.routes.blueprint import bp
from app.cooperatives.routes.committee import KINDS, file_answer
from app.cooperatives.rules.codes import Likely
from app.cooperatives.rules.columns import COLUMNS
from app.cooperatives.services import exporting
from app.cooperatives.services import imports as services
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.files import FileKind, receive
from app.core.i18n import gettext as _
from app.core.inbound import takes_files
from app.regions.services import load_depok

SHOWN = 100  # rows with faults, likely duplicates and others on one page
EXAMPLES = 3


@bp.route("/committee/cooperatives/imports", methods=["GET", "POST"])
@takes_files
@requires(Permission.MANAGE_COOPERATIVES)
def imports() -> ResponseReturnValue:
    """Send a file; see the last ones."""
    form = ImportForm(as_of=clock.local(clock.now()).date())
    if form.is_submitted():
        valid, typed, name = form.validate(), None, ""
        try:
            upload = receive(request.files.get("file"), (FileKind.XLSX, FileKind.TEXT), services.MOST_BYTES)
            typed, name = services.read_table(upload.data), upload.name
        except InvalidInput as refusal:
            form.file.errors = [refusal.message]
        if valid and typed is not None and not form.errors:
            read, source, by_id = typed, form.source.data or name, current_user.id
            as_of, year = first_day(form.as_of.data), form.year.data

            def work() -> int:
                load_depok()
                return services.take(read, name, source[:120], as_of, year, by_id, clock.now())

            return redirect(url_for("cooperatives.import_page", import_id=in_transaction(work)), 303)
    page = render_template("cooperatives/imports.html", form=form, recent=details.recent_imports())
    return page, 422 if form.errors else 200


@bp.get("/committee/cooperatives/imports/template.<kind>")
@requires(Permission.MANAGE_COOPERATIVES)
def import_template(kind: str) -> Response:
    """An empty table with all columns."""
    if kind not in KINDS:
        abort(404)
    return file_answer(exporting.template(kind), kind, f"contoh-koperasi.{kind}")


@bp.get("/committee/cooperatives/imports/<int:import_id>")
@requires(Permission.MANAGE_COOPERATIVES)
def import_page(import_id: int) -> ResponseReturnValue:
    """An upload as far as it is: its columns, its dry run, or what came of it."""
    return _page(_import_or_404(import_id))


def _page(upload: CooperativeImport, refusal: str | None = None) -> ResponseReturnValue:
    status = 422 if refusal else 200
    if upload.state is ImportState.STORED or upload.rows is None:
        return render_template("cooperatives/import_done.html", upload=upload), status
    if upload.state is ImportState.MAPPING:
        return _columns_page(upload, refusal)
    plan = services.plan_of(upload, clock.now())
    page = render_template(
        "cooperatives/import_check.html", upload=upload, plan=plan, shown=SHOWN, refusal=refusal,
        decided=request.form,
    )  # fmt: skip
    return page, status


@bp.route("/committee/cooperatives/imports/<int:import_id>/columns", methods=["GET", "POST"])
@requires(Permission.MANAGE_COOPERATIVES)
def import_columns(import_id: int) -> ResponseReturnValue:
    """Say what each column means; it is remembered for files with the same headings."""
    upload = _import_or_404(import_id)
    if upload.state not in (ImportState.MAPPING, ImportState.CHECKED):
        return redirect(url_for("cooperatives.import_page", import_id=import_id))
    if request.method != "POST":
        return _columns_page(upload)
    given = {name.removeprefix("column-"): value for name, value in request.form.items() if value}
    meanings = {place: key for place, key in given.items() if place.isdecimal() and len(place) < 4}
    try:
        services.check_meanings(meanings)
        by_id = current_user.id
        in_transaction(lambda: services.decide_columns(_import_or_404(import_id), meanings, by_id, clock.now()))
    except InvalidInput as refusal:
        return _columns_page(upload, refusal.message, meanings)
    return redirect(url_for("cooperatives.import_page", import_id=import_id), 303)


def _columns_page(
    upload: CooperativeImport, refusal: str | None = None, meanings: dict[str, str] | None = None
) -> ResponseReturnValue:
    typed = services.typed_of(upload)
    samples = [
        [cells[place].text for _number, cells in typed.rows[:50] if place < len(cells) and cells[place].text]
        for place in range(len(typed.headings))
    ]
    page = render_template(
        "cooperatives/import_columns.html", upload=upload, headings=typed.headings,
        samples=[texts[:EXAMPLES] for texts in samples], columns=COLUMNS, refusal=refusal,
        meanings=upload.options["meanings"] if meanings is None else meanings,
    )  # fmt: skip
    return page, 422 if refusal else 200


@bp.post("/committee/cooperatives/imports/<int:import_id>/store")
@requires(Permission.MANAGE_COOPERATIVES)
def import_store(import_id: int) -> ResponseReturnValue:
    """Store all of it, or say what stands in the way."""
    given = {name.removeprefix("row-"): value for name, value in request.form.items() if name.startswith("row-")}
    decisions = {int(n): value[:12] for n, value in given.items() if n.isdecimal() and len(n) < 9 and value}
    rest, by_id = request.form.get("rest", ""), current_user.id
    others = Likely(rest) if rest in set(Likely) else None
    try:
        in_transaction(lambda: services.store(_import_or_404(import_id), decisions, others, by_id, clock.now()))
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        return _page(_import_or_404(import_id), refusal.message)
    flash(_("Impor tersimpan."))
    return redirect(url_for("cooperatives.import_page", import_id=import_id), 303)


@bp.post("/committee/cooperatives/imports/<int:import_id>/discard")
@requires(Permission.MANAGE_COOPERATIVES)
def import_discard(import_id: int) -> ResponseReturnValue:
    """Throw it away."""
    by_id = current_user.id
    done = in_transaction(lambda: services.discard(_import_or_404(import_id), by_id, clock.now()))
    flash(_("Berkas dihapus. Tidak ada yang disimpan.") if done else _("Berkas ini sudah disimpan atau dihapus."))
    return redirect(url_for("cooperatives.imports"), 303)


def _import_or_404(import_id: int) -> CooperativeImport:
    found = details.import_by_id(import_id)
    if found is None:
        raise NotFound(_("Berkas ini tidak ada."))
    return found
