"""What is said about a result, for people who do not know statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.competition import words
from app.competition.rules.deliberation import ChangeFault
from app.competition.rules.faults import Caution, Notice
from app.competition.rules.spelled import decimal
from app.core.i18n import gettext as _
from app.core.i18n import ngettext


def honour(place: int | None) -> str:
    """What a place is called on stage and on a certificate."""
    named = {1: _("Juara Pertama"), 2: _("Juara Kedua"), 3: _("Juara Ketiga")}
    return named.get(place or 0) or _("Peserta")


def decided(code: str) -> str:
    """What put an entrant in its place."""
    return {
        "score": _("nilai"), "criterion": _("kriteria penentu"), "visit": _("kunjungan bersama"),
        "shared": _("setara, tempat yang sama"), "panel": _("rapat juri"),
    }[code]  # fmt: skip


def method(code: str) -> str:
    """How scores were computed."""
    return {
        "shrunk": _("rata-rata nilai juri, dikurangi kecenderungan murah atau ketat tiap juri"),
        "mean": _("rata-rata nilai juri tanpa koreksi"),
        "huber": _("seperti biasa, tetapi lembar yang jauh menyimpang dihitung lebih ringan"),
        "noise-weighted": _("seperti biasa, tetapi juri yang kurang ajek dihitung lebih ringan"),
        "mixed": _("model campuran"),
    }.get(code, code)


def sensitivity(content: Mapping[str, Any], *, named: bool = True) -> str:
    """Whether the first three stand under other methods and without any one judge, in one sentence or two.

    ``named``: with the names of judges, which the public is not told.
    """
    told = content.get("sensitivity")
    if not told:
        return _("Ketahanan hasil ini belum dihitung.")
    first = [row["entrant"] for row in content["ranking"][:3]]
    others = [name for name, three in told["methods"].items() if set(three) != set(first)]
    known = {judge: three for judge, three in told["without"].items() if three is not None}
    decisive = [judge for judge, three in known.items() if three[0] != first[0]]
    shaking = [judge for judge, three in known.items() if set(three) != set(first) and judge not in decisive]
    sentences = [
        _("Tiga besarnya sama dengan semua cara hitung lain.")
        if not others
        else _(
            "Tiga besarnya berbeda pada %(count)s dari %(all)s cara hitung lain.", count=len(others),
            all=len(told["methods"]),
        )
    ]  # fmt: skip
    if decisive and named:
        sentences.append(_("Tanpa juri %(judges)s, peringkat pertama berubah.", judges=_listed(decisive)))
    elif decisive:
        sentences.append(
            ngettext(
                "Tanpa satu juri tertentu, peringkat pertama berubah.",
                "Tanpa salah satu dari %(num)s juri, peringkat pertama berubah.", len(decisive),
            )
        )  # fmt: skip
    if shaking and named:
        sentences.append(_("Tanpa juri %(judges)s, susunan tiga besar berubah.", judges=_listed(shaking)))
    elif shaking:
        sentences.append(
            ngettext(
                "Tanpa satu juri tertentu, susunan tiga besar berubah.",
                "Tanpa salah satu dari %(num)s juri, susunan tiga besar berubah.", len(shaking),
            )
        )  # fmt: skip
    if not decisive and not shaking and known:
        sentences.append(_("Tanpa juri yang mana pun, tiga besarnya tetap."))
    return " ".join(sentences)


def _listed(names: Sequence[str]) -> str:
    return _(" atau ").join(names[:5])


def quality(content: Mapping[str, Any]) -> str:
    """How well the judges hang together and agree, without a formula."""
    linked, alpha = float(content["connectivity"]), content["agreement"]["alpha_interval"]
    links = (
        _(
            "Juri saling terhubung kuat lewat koperasi yang dinilai bersama (%(value)s dari 1).",
            value=decimal(linked),
        )
        if linked >= 0.3
        else _(
            "Juri saling terhubung lemah (%(value)s dari 1): bandingkan kelompok dengan hati-hati.",
            value=decimal(linked),
        )
    )
    if alpha is None:
        return links
    level = _("kuat") if alpha >= 0.8 else _("sedang") if alpha >= 0.667 else _("lemah")
    agreed = _("Kesepakatan juri %(level)s (alfa Krippendorff %(value)s).", level=level, value=decimal(alpha))
    return f"{links} {agreed}"


def cautions(content: Mapping[str, Any]) -> list[str]:
    """The cautions of a stored result, in the language of the reader."""
    return [words.caution(Notice(Caution(one["code"]), one["values"])) for one in content.get("notices", ())]


def tie_rule(names: Sequence[str]) -> str:
    """The declared rule for those who cannot be told apart. ``names``: of its criteria, in order."""
    if not names:
        return _("Tidak ada kriteria penentu yang ditetapkan sebelumnya: urutan mengikuti nilai terkoreksi.")
    return _(
        "Koperasi yang tidak dapat dibedakan (peluang salah satu lebih baik kurang dari 75%%) diurutkan menurut "
        "%(criteria)s; bila masih sama, tempatnya sama.",
        criteria=_(", lalu ").join(names),
    )  # fmt: skip


def change_fault(fault: ChangeFault) -> str:
    """Why an order of the panel cannot be taken."""
    return {
        ChangeFault.NOT_THE_SAME: _("Daftar peserta sudah berubah. Muat ulang halaman ini."),
        ChangeFault.PLACES: _(
            "Tempatnya tidak berurutan. Mulai dari 1; tempat yang sama dihitung bersama, misalnya 1, 2, 2, 4."
        ),
        ChangeFault.NO_REASON: _("Tulis alasannya, sedikitnya 10 huruf: alasan ini masuk berita acara."),
        ChangeFault.NOTHING_CHANGED: _("Tidak ada tempat yang berubah."),
    }[fault]
