"""Minutes of a result (berita acara): who sat, what came out and how sure it is, what was changed, who signed."""

from __future__ import annotations

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Paragraph, Spacer, Table, TableStyle

from app.competition.documents.layout import (
    CELL,
    ITEM,
    LEFT,
    ROOM,
    SMALL,
    SUBTITLE,
    TITLE,
    heading,
    paper,
    paragraph,
    prepare,
    qr_drawing,
    said,
    table,
)
from app.competition.rules.minutes import Minutes, Section, Signature
from app.competition.rules.quorum import quorum
from app.competition.rules.spelled import date_figures, date_words, decimal, number_words, percent
from app.core.pdf import INK

DECIDED = {
    "score": "nilai", "criterion": "kriteria penentu", "visit": "kunjungan bersama", "shared": "setara",
    "panel": "rapat juri",
}  # fmt: skip
METHODS = {
    "shrunk": "rata-rata nilai juri dikurangi kecenderungan murah atau ketat tiap juri (shrunk)",
    "mean": "rata-rata nilai juri tanpa koreksi (mean)",
    "huber": "seperti shrunk, lembar yang jauh menyimpang dihitung lebih ringan (huber)",
    "noise-weighted": "seperti shrunk, juri yang kurang ajek dihitung lebih ringan (noise-weighted)",
    "mixed": "model campuran dengan peserta acak (mixed)",
}


def minutes_pdf(of: Minutes, signatures: tuple[Signature, ...], verify_url: str) -> bytes:
    """The paper of minutes with the signatures given so far (none on a draft)."""
    prepare()
    story = [*_top(of), *_basis(of), *_panel(of)]
    for section in of.sections:
        story += [*_ranking(section), *_trust(section), *_changes(section)]
    for category in of.unranked:
        story += [
            *heading(f"Tanpa peringkat: {category.category}"),
            paragraph(category.reason),
            paragraph(f"Peserta: {'; '.join(category.entrants)}.", LEFT),
        ]
    story += [*_close(of), *_signatures(of, signatures), *_seal(of, verify_url)]
    return paper(
        story, f"Berita Acara {of.number}", f"Berita Acara {of.number} · sidik isi {of.content_sha256[:16]}…"
    )


def _top(of: Minutes) -> list[Any]:
    amends = [paragraph(f"Perubahan atas Berita Acara {of.amends}", SUBTITLE)] if of.amends else []
    entrants = sum(len(section.ranked) for section in of.sections)
    opening = (
        f"Pada hari ini, {date_words(of.day)} ({of.day:%d-%m-%Y}), bertempat di {of.place}, telah diadakan rapat "
        f"penetapan hasil {of.competition}, tahap {of.stage}, atas {entrants} ({number_words(entrants)}) koperasi "
        f"dalam {len(of.sections)} ({number_words(len(of.sections))}) kategori."
    )
    why = [Spacer(1, 2 * mm), paragraph(f"Alasan perubahan: {of.amendment_reason}")] if of.amendment_reason else []
    return [
        paragraph(of.organiser, SUBTITLE), Paragraph("BERITA ACARA HASIL PENILAIAN", TITLE),
        paragraph(f"{of.competition} · {of.festival}", SUBTITLE),
        paragraph(f"Nomor {of.number}", SUBTITLE), *amends, Spacer(1, 4 * mm), paragraph(opening), *why,
    ]  # fmt: skip


def _basis(of: Minutes) -> list[Any]:
    basis = [Paragraph(said(text), ITEM, bulletText=f"{n}.") for n, text in enumerate(of.legal_basis, 1)]
    return [*heading("Dasar"), *(basis or [paragraph("–")])]


def _panel(of: Minutes) -> list[Any]:
    rows = [(one.name, one.affiliation or "–", one.standing) for one in of.panel]
    found = quorum(of.quorum_panel, of.quorum_present)
    words = (
        f"Kuorum: hadir {found.present} ({number_words(found.present)}) dari {found.panel} juri yang berhak "
        f"memutuskan; diperlukan {found.needed} ({number_words(found.needed)}). "
        f"Kuorum {'tercapai' if found.reached else 'TIDAK tercapai'}."
    )
    return [
        *heading("Juri dan kuorum"), table(("Nama", "Lembaga", "Dalam rapat"), rows, (55, 55, 60), ()),
        Spacer(1, 2 * mm), paragraph(words),
    ]  # fmt: skip


def _ranking(of: Section) -> list[Any]:
    heads = (
        "Tempat", "Koperasi", "Nilai terkoreksi", "±", "Rata-rata biasa", "Juri", "Peluang pertama",
        "Peluang 3 besar", "Rentang", "Penentu",
    )  # fmt: skip
    rows = [
        (
            str(one.place), one.name, decimal(one.score), decimal(one.se), decimal(one.mean), str(one.judges),
            percent(one.p_first), percent(one.p_top3), f"{one.low}–{one.high}",
            DECIDED.get(one.decided, one.decided),
        )
        for one in of.ranked
    ]  # fmt: skip
    note = (
        "Nilai terkoreksi: rata-rata nilai juri setelah dikurangi kecenderungan murah atau ketat tiap juri. "
        "±: ketidakpastian nilai itu. Rentang: peringkat sebenarnya terletak di situ sembilan dari sepuluh kali."
    )
    gone = [paragraph(f"Mengundurkan diri: {'; '.join(of.withdrawn)}.", LEFT)] if of.withdrawn else []
    return [
        *heading(f"Hasil: {of.category}"),
        table(heads, rows, (13, 43, 17, 11, 16, 9, 15, 15, 15, 16), (0, *range(2, 9))),
        Spacer(1, 1 * mm), Paragraph(note, SMALL), *gone,
    ]  # fmt: skip


def _trust(of: Section) -> list[Any]:
    rows = [
        (
            one.name, str(one.sheets), f"{'+' if one.severity >= 0 else ''}{decimal(one.severity)}",
            decimal(one.se),
            "–" if one.noise_ratio is None else decimal(one.noise_ratio, 1) + (" !" if one.flagged else ""),
        )
        for one in of.judges
    ]  # fmt: skip
    heads = ("Juri", "Lembar", "Murah (+) atau ketat (-)", "±", "Ragam sisa, kali juri lain")
    cautions = [Paragraph(said(text), ITEM, bulletText="•") for text in of.cautions]
    return [
        *heading("Mutu penilaian"), paragraph(of.quality), Spacer(1, 2 * mm),
        table(heads, rows, (70, 18, 32, 16, 34), range(1, 5)), Spacer(1, 2 * mm),
        paragraph(of.sensitivity), *cautions,
    ]  # fmt: skip


def _changes(of: Section) -> list[Any]:
    changes = [
        Paragraph(
            said(f"{one.entrant}: dari tempat {one.before} menjadi {one.after}. Alasan: {one.reason}"), ITEM,
            bulletText="•",
        )
        for one in of.changes
    ]  # fmt: skip
    none = paragraph("Rapat tidak mengubah urutan hasil hitungan.")
    return [*heading("Perubahan oleh rapat juri"), *(changes or [none])]


def _close(of: Minutes) -> list[Any]:
    dissent = [Paragraph(said(f"{one.name}: {one.text}"), ITEM, bulletText="•") for one in of.dissent]
    window = (
        f"Masa sanggah berlangsung {of.objection_days} ({number_words(of.objection_days)}) hari kalender setelah "
        f"hari pengumuman. Nilai tiap juri tanpa nama juri diumumkan bersama hasil ini, sehingga siapa pun dapat "
        f"menghitung ulang."
    )
    return [
        *heading("Pendapat berbeda"), *(dissent or [paragraph("Tidak ada.")]), *heading("Aturan seri"),
        paragraph(of.tie_rule), *heading("Masa sanggah"), paragraph(window), Spacer(1, 3 * mm),
        paragraph("Demikian berita acara ini dibuat dengan sebenarnya untuk dipergunakan sebagaimana mestinya."),
    ]  # fmt: skip


def _signatures(of: Minutes, signatures: tuple[Signature, ...]) -> list[Any]:
    given = {one.name: one for one in signatures}
    gap = 6 * mm
    width = (ROOM - 2 * gap) / 3
    made = []
    for start in range(0, len(of.signers), 3):
        row: list[Any] = []
        for name, role in of.signers[start : start + 3]:
            one = given.get(name)
            stamp = f"ditandatangani secara elektronik<br/>{said(one.at)}" if one else "&nbsp;<br/>&nbsp;"
            small = f"<font size='6.5' color='#55635a'>{stamp}</font>"
            words = f"{said(role)}<br/><br/>{small}<br/><br/><b>{said(name)}</b>"
            row += [Paragraph(words, CELL), ""]
        row += [""] * (6 - len(row))
        lines = [("LINEBELOW", (n * 2, 0), (n * 2, 0), 0.6, INK) for n in range(len(of.signers[start : start + 3]))]
        style = TableStyle([*lines, ("VALIGN", (0, 0), (-1, -1), "BOTTOM"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
        made.append(
            KeepTogether([Table([row[:5]], [width, gap, width, gap, width], style=style), Spacer(1, 4 * mm)])
        )
    where = Paragraph(said(f"{of.city}, {date_figures(of.day)}"), LEFT)
    return [CondPageBreak(45 * mm), Spacer(1, 6 * mm), where, *made]


def _seal(of: Minutes, verify_url: str) -> list[Any]:
    lines = [("Sidik bobot", of.weights_sha256), ("Sidik catatan lembar", of.log_sha256)]
    for one in of.sections:
        lines += [
            (one.category, f"{METHODS.get(one.method, one.method)}; benih acak {one.seed}"),
            ("inputs_sha256", one.inputs_sha256), ("ranks_sha256", one.ranks_sha256),
        ]  # fmt: skip
    lines += [("Sidik isi", of.content_sha256), ("Periksa di", verify_url)]
    words = [
        [Paragraph(f"<b>{said(name)}</b>", SMALL), Paragraph(said(value or "–"), SMALL)] for name, value in lines
    ]
    plain = TableStyle([
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 0.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5), ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ])  # fmt: skip
    side = 32 * mm
    inner = Table(words, [27 * mm, ROOM - side - 29 * mm], style=plain, hAlign="LEFT")
    outer = Table([[inner, qr_drawing(verify_url, side)]], [ROOM - side, side], style=plain)
    return [CondPageBreak(45 * mm), *heading("Agar dapat diperiksa"), outer]
