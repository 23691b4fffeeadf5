"""The committee's pages of entrants: who takes part, the gates, dossiers, withdrawing."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.competition.forms import GateForm, ReasonForm
from app.competition.models import Competition, Entrant, Gate, GateValue
from app.competition.queries import entrants as queries
from app.competition.routes.blueprint import bp, competition_or_404
from app.competition.routes.judging import send_dossier
from app.competition.rules.gates import may_enter
from app.competition.services import dossiers, entrants
from app.cooperatives import queries as directory
from app.cooperatives.models import Kind
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.links import public_url

_manage = requires(Permission.MANAGE_COMPETITIONS)


@bp.get("/committee/competitions/<int:competition_id>/entrants")
@_manage
def entrant_list(competition_id: int) -> str:
    """Everybody who takes part, and whether they may."""
    one = competition_or_404(competition_id)
    gates = queries.gates_of(one.id)
    rows = [
        (entrant, gates.get(entrant.id, []), may_enter(gate.value for gate in gates.get(entrant.id, [])))
        for entrant in queries.entrants_of(one.id)
    ]
    return render_template(
        "competition/entrants.html", one=one, rows=rows, files=queries.file_counts(one.id),
        categories={category.id: category.name for category in one.categories},
    )  # fmt: skip


@bp.get("/committee/competitions/<int:competition_id>/entrants/add")
@_manage
def entrant_search(competition_id: int) -> str:
    """Find cooperatives of the directory."""
    one = competition_or_404(competition_id)
    kind = request.args.get("kind", "")
    wanted = directory.Wanted(
        text=request.args.get("q", "")[:100].replace("\0", ""), kind=Kind(kind) if kind in set(Kind) else None
    )
    found = directory.search(wanted) if wanted.filtered else None
    rows = found.rows if found else []
    return render_template(
        "competition/entrant_search.html", one=one, rows=rows, wanted=wanted, more=bool(found and found.after),
        there=queries.entered(one.id, [row.id for row in rows]),
        category_of=lambda row: entrants.category_for(one, row.kind),
    )  # fmt: skip


@bp.post("/committee/competitions/<int:competition_id>/entrants")
@_manage
def entrant_add(competition_id: int) -> ResponseReturnValue:
    """The cooperatives that were ticked enter."""
    chosen = request.form.getlist("cooperative", type=int)[:100]
    by_id, entered = current_user.id, 0
    for cooperative_id in chosen:
        if not 0 < cooperative_id < 2**31:
            abort(400)
        category_id = request.form.get(f"category-{cooperative_id}", 0, type=int)
        try:
            in_transaction(lambda: _enter(competition_id, cooperative_id, category_id, by_id))  # noqa: B023
            entered += 1
        except DomainError as refusal:
            flash(refusal.message, "error")
    if entered:
        flash(_("%(count)s koperasi menjadi peserta.", count=entered))
    elif not chosen:
        flash(_("Centang koperasi yang ikut."), "error")
        return redirect(url_for("competition.entrant_search", competition_id=competition_id), 303)
    return redirect(url_for("competition.entrant_list", competition_id=competition_id), 303)


def _enter(competition_id: int, cooperative_id: int, category_id: int, by_id: int) -> Entrant:
    one = competition_or_404(competition_id)
    cooperative = directory.by_id(cooperative_id) or abort(404)
    category = next((c for c in one.categories if c.id == category_id), None)
    category = category or entrants.category_for(one, cooperative.kind) or one.categories[0]
    return entrants.enter(one, cooperative, category, by_id, clock.now())


@bp.get("/committee/competitions/<int:competition_id>/entrants/<int:entrant_id>")
@_manage
def entrant(competition_id: int, entrant_id: int) -> str:
    """One entrant: gates, dossier, withdrawing."""
    one = competition_or_404(competition_id)
    return _page(one, _entrant(one, entrant_id))


def _page(one: Competition, found: Entrant, **more: object) -> str:
    forms: dict[str, object] = {"gate_form": GateForm(formdata=None), "reason_form": ReasonForm(formdata=None)}
    return render_template(
        "competition/entrant.html", one=one, entrant=found, gates=queries.gates_of(one.id).get(found.id, []),
        files=queries.files_of(found.id), cooperative=directory.by_id(found.cooperative_id), **{**forms, **more},
    )  # fmt: skip


@bp.post("/committee/competitions/<int:competition_id>/entrants/<int:entrant_id>/gate")
@_manage
def entrant_gate(competition_id: int, entrant_id: int) -> ResponseReturnValue:
    """The committee decides a gate, with a reason."""
    one, form = competition_or_404(competition_id), GateForm()
    found = _entrant(one, entrant_id)
    if not form.validate():
        return _page(one, found, gate_form=form), 422
    gate, value, reason, by_id = Gate(form.gate.data), GateValue(form.value.data), form.reason.data, current_user.id
    in_transaction(
        lambda: entrants.decide_gate(_entrant(one, entrant_id), gate, value, reason or "", by_id, clock.now())
    )
    flash(_("Keputusan dicatat."))
    return redirect(url_for("competition.entrant", competition_id=one.id, entrant_id=entrant_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/gates")
@_manage
def gates_again(competition_id: int) -> ResponseReturnValue:
    """Ask the directory again; what the committee decided stays."""

    def ask() -> None:
        one = competition_or_404(competition_id)
        there = queries.entrants_of(one.id)
        if there:
            entrants.ask_gates(one, there)

    in_transaction(ask)
    flash(_("Syarat diperiksa lagi dari data koperasi."))
    return redirect(url_for("competition.entrant_list", competition_id=competition_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/entrants/<int:entrant_id>/withdraw")
@_manage
def entrant_withdraw(competition_id: int, entrant_id: int) -> ResponseReturnValue:
    """An entrant leaves."""
    one, form = competition_or_404(competition_id), ReasonForm()
    found = _entrant(one, entrant_id)
    if not form.validate():
        return _page(one, found, reason_form=form), 422
    reason, by_id = form.reason.data or "", current_user.id
    in_transaction(lambda: entrants.withdraw(_entrant(one, entrant_id), reason, by_id, clock.now()))
    flash(_("Peserta dikeluarkan. Lembar dan berkasnya tetap tersimpan."))
    return redirect(url_for("competition.entrant", competition_id=one.id, entrant_id=entrant_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/entrants/<int:entrant_id>/link")
@_manage
def entrant_link(competition_id: int, entrant_id: int) -> ResponseReturnValue:
    """The address at which the cooperative sends its dossier, shown this once."""
    one, by_id = competition_or_404(competition_id), current_user.id
    token = in_transaction(lambda: entrants.new_link(_entrant(one, entrant_id), by_id, clock.now()))
    hide_referrer()
    link = public_url(url_for("competition.dossier", token=token))
    return render_template("competition/link.html", one=one, name=_entrant(one, entrant_id).name, link=link,
                           kind="dossier")  # fmt: skip


@bp.get("/committee/competitions/<int:competition_id>/files/<int:file_id>")
@_manage
def entrant_file(competition_id: int, file_id: int) -> ResponseReturnValue:
    """A file of an entrant."""
    one = competition_or_404(competition_id)
    file = queries.file_by_id(file_id) or abort(404)
    _entrant(one, file.entrant_id)
    return send_dossier(file, file.name)


@bp.post("/committee/competitions/<int:competition_id>/files/<int:file_id>/remove")
@_manage
def entrant_file_remove(competition_id: int, file_id: int) -> ResponseReturnValue:
    """Take a file out of a dossier."""
    one, by_id = competition_or_404(competition_id), current_user.id
    file = queries.file_by_id(file_id) or abort(404)
    found = _entrant(one, file.entrant_id)
    in_transaction(lambda: dossiers.remove(file, by_id, clock.now()))
    flash(_("Berkas dihapus dari daftar."))
    return redirect(url_for("competition.entrant", competition_id=one.id, entrant_id=found.id), 303)


def _entrant(one: Competition, entrant_id: int) -> Entrant:
    found = queries.entrant_by_id(entrant_id)
    return found if found is not None and found.competition_id == one.id else abort(404)
