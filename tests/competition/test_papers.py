"""Papers as PDF: what can be read on them, their codes, and how long large ones take."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
import zxingcpp

from app.competition.documents.certificate import CertificatePaper, certificates_pdf
from app.competition.documents.minutes import minutes_pdf
from app.competition.documents.script import Reading, script_pdf
from app.competition.rules import minutes
from app.competition.rules.announcing import cards
from tests.competition.test_result_rules import some_minutes

ADDRESS = "https://pekan.example/minutes/7K3F9QXM2H"
LONG = "Koperasi Konsumen Pegawai Negeri Dinas Pendidikan dan Kebudayaan Kecamatan Sawangan Baru & <b>"


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with runs of blanks as one."""
    document = pypdfium2.PdfDocument(pdf)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def codes(pdf: bytes) -> set[str]:
    """What a phone reads from the QR codes."""
    found = set()
    for page in pypdfium2.PdfDocument(pdf):
        found |= {one.text for one in zxingcpp.read_barcodes(page.render(scale=3).to_pil().convert("L"))}
    return found


def test_minutes_hold_what_they_must() -> None:
    made = some_minutes()
    pdf = minutes_pdf(made, (minutes.Signature("Budi", "Kamis, 20 Juli 2023, 10.15 WIB"),), ADDRESS)
    text = " ".join(pages(pdf))
    for shown in (
        "Kamis, tanggal dua puluh, bulan Juli, tahun dua ribu dua puluh tiga", "Nomor BA/1", "UU 25", "01 Maju",
        "84,50", "1,20", "83,90", "48%", "80%", "1–4", "Kuorum: hadir 2 (dua) dari 3", "Kuorum tercapai", "Budi",
        "-1,50", "dari tempat 2 menjadi 1. Alasan: temuan", "Budi: tidak", "10 (sepuluh) hari", "benih acak 7",
        "a" * 64, "b" * 64, "c" * 64, "e" * 64, made.content_sha256, "10.15 WIB", "halaman 1 dari",
    ):  # fmt: skip
        assert shown in text, shown
    assert codes(pdf) == {ADDRESS}


def test_the_same_minutes_give_the_same_bytes() -> None:
    assert minutes_pdf(some_minutes(), (), ADDRESS) == minutes_pdf(some_minutes(), (), ADDRESS)


def test_amendments_say_what_they_amend_and_why() -> None:
    text = " ".join(pages(minutes_pdf(some_minutes(amends="BA/0", amendment_reason="Salah baca"), (), ADDRESS)))
    assert "Perubahan atas Berita Acara BA/0" in text
    assert "Alasan perubahan: Salah baca" in text


def test_minutes_of_200_entrants_in_three_seconds() -> None:
    small = some_minutes()
    line = small.sections[0].ranked[0]
    ranked = tuple(replace(line, place=n, name=f"{n:03d} {LONG}") for n in range(1, 201))
    large = minutes.sealed(replace(small, sections=(replace(small.sections[0], ranked=ranked),)))
    minutes_pdf(small, (), ADDRESS)  # fonts are read once a process
    start = time.perf_counter()
    pdf = minutes_pdf(large, (), ADDRESS)
    assert time.perf_counter() - start < 3
    assert "200 Koperasi" in " ".join(pages(pdf))


def certificate(name: str, honour: str) -> CertificatePaper:
    return CertificatePaper(
        "DKUM", "Lomba", "Pekan", "Konsumen", name, honour, "Depok", date(2023, 7, 20), "BA/1",
        (("Dr. Ir. Hj. Siti Aminah Kusumaningrat, M.M.", "Anggota"),), "7K3F9QXM2H", ADDRESS,
    )  # fmt: skip


def test_certificates_name_place_and_code() -> None:
    pdf = certificates_pdf([certificate(LONG, "Juara Pertama"), certificate("KSP Maju", "Peserta")], "Piagam")
    first, second = pages(pdf)
    assert "Juara Pertama" in first
    assert "Sawangan Baru & <b>" in first
    assert "7K3F9 QXM2H" in first
    assert "KSP Maju" in second
    assert codes(pdf) == {ADDRESS}
    with pytest.raises(ValueError, match="certificate"):
        certificates_pdf([], "Piagam")


def test_the_script_is_read_from_third_to_first() -> None:
    told = cards([(1, "Maju"), (2, LONG), (3, "Tani"), (3, "Karya"), (5, "Lain")])
    readings = [Reading("Konsumen", [(card, f"Juara {card.place}") for card in told])]
    read = pages(script_pdf("Lomba", readings, "Berita Acara BA/1"))
    assert ["Juara 3" in read[0], "Juara 2" in read[1], "Juara 1" in read[2]] == [True] * 3
    assert "Tani" in read[0]
    assert "Karya" in read[0]
    assert "Lain" not in " ".join(read)
    assert "Maju" not in read[0] + read[1]
    with pytest.raises(ValueError, match="card"):
        script_pdf("Lomba", [], "x")
