"""Refusals and cautions of a ranking, and why there is no plan of who judges whom, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.competition.rules.faults import Caution, Fault, Impossible, NoPlan, Notice, Refused
from app.core.texts import gettext as _


def refusal(refused: Refused) -> str:
    """The sentence for a person."""
    values = refused.values
    if refused.code is Fault.BUNDLE:
        return _bundle(str(values["why"]))
    return (_of_table(refused.code) or _of_weights(refused.code) or _of_design(refused.code)) % values


def _of_table(code: Fault) -> str:
    return {
        Fault.EMPTY: _("Berkas ini kosong: tidak ada satu baris nilai pun."),
        Fault.NOT_TEXT: _("Berkas ini bukan teks CSV (UTF-8). Simpan dari lembar kerja sebagai CSV UTF-8."),
        Fault.NOT_A_TABLE: _("Baris %(row)s tidak dapat dibaca sebagai tabel CSV: periksa tanda kutipnya."),
        Fault.TOO_LARGE: _("Berkas ini terlalu besar: paling besar %(most)s MB dan sejuta baris."),
        Fault.NO_COLUMN: _('Kolom "%(column)s" tidak ada. Baris pertama harus berisi nama kolom.'),
        Fault.TWICE_COLUMN: _('Kolom "%(column)s" ada dua kali.'),
        Fault.CELLS: _("Baris %(row)s berisi %(found)s sel, seharusnya %(expected)s."),
        Fault.NAME: _('Baris %(row)s: kolom "%(column)s" kosong atau lebih dari 200 huruf.'),
        Fault.NO_SCORE: _(
            "Baris %(row)s: nilai kosong (juri %(judge)s, peserta %(entrant)s, kriteria %(criterion)s). Isi "
            "nilainya atau hapus barisnya."
        ),
        Fault.NOT_A_NUMBER: _('Baris %(row)s: "%(text)s" bukan angka. Tulis seperti 85 atau 85.5.'),
        Fault.OUTSIDE: _("Baris %(row)s: nilai %(score)s di luar skala %(low)s sampai %(high)s."),
        Fault.SCALE: _("Skala %(low)s sampai %(high)s terbalik atau kosong."),
        Fault.DUPLICATE: _(
            "Baris %(row)s mengulang baris sebelumnya (juri %(judge)s, peserta %(entrant)s, kriteria "
            "%(criterion)s). Tiap nilai hanya boleh tertulis satu kali."
        ),
        Fault.AFFILIATION: _("Baris %(row)s: %(who)s tercatat dari %(first)s dan dari %(second)s."),
    }.get(code, "")


def _of_weights(code: Fault) -> str:
    return {
        Fault.NO_WEIGHT: _('Kriteria "%(criterion)s" dinilai, tetapi tidak ada bobotnya.'),
        Fault.UNUSED_WEIGHT: _('Kriteria "%(criterion)s" punya bobot, tetapi tidak pernah dinilai.'),
        Fault.NOT_POSITIVE: _(
            'Bobot kriteria "%(criterion)s" adalah %(weight)s. Bobot harus lebih dari 0; hapus kriteria yang '
            "tidak dihitung."
        ),
        Fault.WRONG_SUM: _("Jumlah semua bobot adalah %(total)s, seharusnya 100 (atau 1)."),
        Fault.METHOD: _('Metode "%(method)s" tidak dikenal. Yang ada: %(known)s.'),
    }.get(code, "")


def _of_design(code: Fault) -> str:
    return {
        Fault.ONE_JUDGE: _(
            "Hanya ada satu juri: murah atau ketatnya tidak dapat diketahui. Dibutuhkan sedikitnya dua juri."
        ),
        Fault.MANY_JUDGES: _("Ada %(found)s juri; paling banyak %(most)s."),
        Fault.ONE_ENTRANT: _("Hanya ada satu peserta: tidak ada yang dapat diperingkat."),
        Fault.MANY_ENTRANTS: _("Ada %(found)s peserta; paling banyak %(most)s."),
        Fault.ALL_EQUAL: _("Semua nilai sama (%(score)s): juri tidak dapat membedakan peserta."),
        Fault.DISCONNECTED: _(
            "Penilaian terputus menjadi %(panels)s kelompok yang tidak punya juri bersama, misalnya (%(one)s) "
            "dan (%(other)s). Peserta dari kelompok yang berbeda tidak dapat dibandingkan secara adil. "
            "Peringkatkan tiap kelompok sendiri, atau minta satu juri menilai peserta dari kedua kelompok."
        ),
        Fault.TREE: _(
            "Hanya ada %(sheets)s lembar nilai: tidak ada lembar lebih untuk mengetahui seberapa pasti "
            "penilaiannya, sehingga juri tidak dapat membedakan peserta. Dibutuhkan sedikitnya %(needed)s "
            "lembar."
        ),
    }.get(code, "")


def _bundle(why: str) -> str:
    return {
        "json": _("Berkas hasil ini bukan JSON yang utuh."),
        "format": _("Berkas ini bukan berkas hasil Pekan, atau ada bagiannya yang hilang."),
        "inputs": _("Berkas hasil ini sudah diubah: nilai atau caranya tidak sama dengan sidik SHA-256-nya."),
        "ranks": _("Berkas hasil ini sudah diubah: peringkatnya tidak sama dengan sidik SHA-256-nya."),
        "entrants": _("Peserta di peringkat tidak sama dengan peserta yang dinilai."),
        "scores": _("Nilai yang diumumkan tidak sama dengan hitungan ulang."),
        "follow": _("Peringkat yang diumumkan tidak sama dengan hitungan ulang."),
    }[why]


def caution(notice: Notice) -> str:
    """The sentence for a person."""
    values: Mapping[str, str | int | float] = notice.values
    return _cautions()[notice.code] % values


def _cautions() -> dict[Caution, str]:
    return {
        Caution.CANNOT_TELL: _(
            "Urutan ini dapat terjadi karena kebetulan saja: juri tidak dapat membedakan peserta (ragam "
            "antarpeserta 0)."
        ),
        Caution.NO_SEVERITY: _("Tidak terlihat juri yang lebih murah atau lebih ketat: nilai tidak dikoreksi."),
        Caution.EXACT: _("Semua juri sepakat sampai angka terakhir; tidak ada galat yang dapat ditaksir."),
        Caution.ONE_NUMBER: _(
            "Juri %(judge)s memberi nilai yang sama (%(score)s) kepada semua peserta, sehingga tidak "
            "membedakan siapa pun."
        ),
        Caution.INCOMPLETE: _(
            "%(sheets)s lembar belum lengkap, misalnya juri %(judge)s untuk %(entrant)s: %(filled)s dari "
            "%(all)s kriteria. Rata-ratanya memakai kriteria yang terisi saja."
        ),
        Caution.NOISY: _(
            "Juri %(judge)s jauh kurang ajek daripada juri lain (ragam sisa %(ratio)s kali). Periksa "
            "lembarnya; sistem tidak pernah membuang juri."
        ),
        Caution.SINGLE_SHEET: _("%(count)s peserta hanya dinilai satu juri: %(names)s."),
        Caution.WEAK_LINKS: _(
            "Kelompok juri nyaris terputus (keterhubungan %(connectivity)s): perbandingan antarkelompok lemah."
        ),
        Caution.BIASED: _(
            "Juri %(judge)s memberi %(difference)s poin lebih tinggi kepada peserta dari lembaganya sendiri "
            "(p = %(p)s)."
        ),
        Caution.NOT_SETTLED: _("Hitungan metode %(method)s belum mapan; angka terakhirnya dapat berubah."),
    }


def no_plan(impossible: Impossible, entrants: Sequence[str], judges: Sequence[str]) -> str:
    """Why judges cannot be assigned, with the names of those whom it concerns."""
    called = {"entrant": entrants, "heavy": judges, "light": judges}
    values = {key: called[key][int(of)] if key in called else of for key, of in impossible.values.items()}
    return (_of_counts(impossible.code) or _of_conflicts(impossible.code)) % values


def _of_counts(code: NoPlan) -> str:
    return {
        NoPlan.NO_ENTRANTS: _("Belum ada peserta atau belum ada juri, jadi belum ada yang dapat dibagi."),
        NoPlan.TOO_FEW_EACH: _(
            "Tiap peserta diminta dinilai %(each)s juri. Sedikitnya dua: kalau tidak, juri yang murah dan yang "
            "ketat tidak dapat dibandingkan."
        ),
        NoPlan.TOO_MANY_EACH: _("Tiap peserta diminta dinilai %(each)s juri, padahal hanya ada %(judges)s juri."),
        NoPlan.TOO_FEW_SHEETS: _(
            "%(sheets)s lembar nilai terlalu sedikit untuk menghubungkan semua juri lewat peserta bersama; "
            "dibutuhkan sedikitnya %(needed)s. Tambah juri bagi tiap peserta, atau kurangi jumlah juri."
        ),
        NoPlan.OVERLOADED: _(
            "Tiap juri akan menilai sampai %(load)s peserta, padahal paling banyak %(most)s. Tambah juri, atau "
            "kurangi juri bagi tiap peserta."
        ),
    }.get(code, "")


def _of_conflicts(code: NoPlan) -> str:
    return {
        NoPlan.CONFLICTS: _(
            "%(entrant)s hanya boleh dinilai %(free)s juri, karena yang lain punya benturan kepentingan; "
            "dibutuhkan %(each)s. Tambah juri yang tidak berkepentingan."
        ),
        NoPlan.UNEVEN: _(
            "Beban juri tidak dapat dibagi rata karena benturan kepentingan: %(heavy)s akan menilai %(high)s "
            "peserta, %(light)s hanya %(low)s. Tambah juri, atau tinjau lagi benturan kepentingan %(light)s."
        ),
        NoPlan.SPLIT: _(
            "Benturan kepentingan memisahkan juri menjadi kelompok tanpa peserta bersama, sehingga nilainya "
            "tidak dapat dibandingkan. Tambah juri yang boleh menilai peserta dari semua kelompok."
        ),
    }.get(code, "")
