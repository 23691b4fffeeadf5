"""What everybody may see: results, bundles, and whether a paper is genuine."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.competition.models import Competition, Minutes
from app.competition.queries import contest, results
from app.competition.routes.blueprint import bp
from app.competition.routes.minutes import festival_of
from app.competition.services import publication, signing
from app.core import clock
from app.core.access import public
from app.core.codes import group_code, normalise_typed_code
from app.core.errors import NotFound
from app.core.i18n import gettext as _

SCRIPT = Path(__file__).parent.parent / "fixtures" / "verify_ranking.py"


def _published(slug: str) -> tuple[Competition, Minutes]:
    """A competition whose result is public; for the others there is no such page."""
    competition = contest.competition_by_slug(slug)
    minutes = publication.published(competition) if competition is not None else None
    if competition is None or minutes is None:
        raise NotFound(_("Hasil lomba ini belum diumumkan, atau alamatnya salah."))
    return competition, minutes


@bp.get("/competitions")
@public
def published_list() -> str:
    """Competitions whose result was announced, the newest first."""
    return render_template("competition/published_list.html", competitions=contest.announced())


@bp.get("/competitions/<slug>")
@public
def published_result(slug: str) -> str:
    """The result as signed: places, scores with their error, how to recompute, how to object."""
    competition, minutes = _published(slug)
    return render_template(
        "competition/published.html", competition=competition, minutes=minutes, content=signing.content_of(minutes),
        window=publication.window_of(competition), now=clock.now(), festival=festival_of(competition),
        code=group_code(minutes.code),
    )  # fmt: skip


@bp.get("/competitions/<slug>/bundle-<int:section>.json")
@public
def result_bundle(slug: str, section: int) -> Response:
    """What anybody recomputes a ranking from; ``section``: of the minutes, from 1."""
    competition, minutes = _published(slug)
    sections = minutes.content["sections"]
    if not 1 <= section <= len(sections):
        abort(404)
    found = publication.bundle(minutes, sections[section - 1]["category"]) or abort(404)
    answer = Response(json.dumps(found, ensure_ascii=False, indent=1) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="hasil-{competition.slug}-{section}.json"'
    return answer


@bp.get("/competitions/verify-ranking.py")
@public
def verify_script() -> Response:
    """The script that recomputes a bundle with Python alone."""
    answer = Response(SCRIPT.read_bytes(), mimetype="text/x-python")
    answer.headers["Content-Disposition"] = 'attachment; filename="verify_ranking.py"'
    return answer


@bp.get("/minutes/<code>")
@public
def verify_minutes(code: str) -> str:
    """Whether minutes are genuine: what they say, who signed, and the hash of the PDF."""
    known = normalise_typed_code(code)
    minutes = results.minutes_by_code(known) if known else None
    competition = contest.competition_by_id(minutes.competition_id) if minutes is not None else None
    if minutes is None or competition is None:
        raise NotFound(_("Tidak ada berita acara dengan kode ini. Periksa huruf dan angkanya."))
    later = results.in_force(minutes.stage_id)
    return render_template(
        "competition/verify_minutes.html", minutes=minutes, competition=competition,
        content=signing.content_of(minutes), signatures=results.signatures_of(minutes.id),
        later=later if later is not None and later.id != minutes.id else None, code=group_code(minutes.code),
        announced=competition.announced_at is not None,
    )  # fmt: skip


@bp.get("/certificates")
@public
def find_certificate() -> ResponseReturnValue:
    """Type the code of a certificate."""
    typed = request.args.get("code", "").strip()[:40]
    if typed:
        known = normalise_typed_code(typed)
        if known is not None and results.certificate_by_code(known) is not None:
            return redirect(url_for("competition.verify_certificate", code=known))
    return render_template("competition/find_certificate.html", typed=typed), 404 if typed else 200


@bp.get("/certificates/<code>")
@public
def verify_certificate(code: str) -> str:
    """Whether a certificate is genuine."""
    known = normalise_typed_code(code)
    found = results.certificate_by_code(known) if known else None
    if found is None:
        raise NotFound(_("Tidak ada piagam dengan kode ini. Periksa huruf dan angkanya."))
    certificate, entrant, category, minutes = found
    competition = contest.competition_by_id(minutes.competition_id) or abort(404)
    if competition.announced_at is None:  # a place is not told before it is read on stage
        raise NotFound(_("Tidak ada piagam dengan kode ini. Periksa huruf dan angkanya."))
    return render_template(
        "competition/verify_certificate.html", certificate=certificate, entrant=entrant, category=category,
        minutes=minutes, competition=competition, code=group_code(certificate.code),
    )  # fmt: skip
