"""Closed lists in words: one text for each code, read by the scanner and by the committee's tables."""

from __future__ import annotations

from typing import Any

from app.checkin.models import PointKind, Reason
from app.core.admission import AdmissionPolicy
from app.core.i18n import lazy_gettext as _l

REASONS: dict[Reason, Any] = {
    Reason.ALREADY_ADMITTED: _l("Sudah masuk"),
    Reason.UNKNOWN: _l("Kode ini bukan tiket pekan ini"),
    Reason.FORGED: _l("Tiket ini tidak asli"),
    Reason.OTHER_FESTIVAL: _l("Tiket ini untuk pekan yang lain"),
    Reason.CANCELLED: _l("Pendaftaran ini sudah dibatalkan"),
    Reason.REPLACED: _l("Tiket ini sudah diganti dengan tiket baru"),
    Reason.WAITLISTED: _l("Masih dalam daftar tunggu"),
    Reason.BLANK: _l("Tiket kosong: tulis dulu namanya"),
    Reason.NO_BOOKING: _l("Tiket ini belum terdaftar di kegiatan apa pun"),
    Reason.WRONG_ACTIVITY: _l("Tiket ini untuk kegiatan lain"),
    Reason.WRONG_DAY: _l("Tiket ini untuk hari lain"),
    Reason.TOO_EARLY: _l("Belum waktunya masuk"),
    Reason.TOO_LATE: _l("Waktu kegiatan ini sudah lewat"),
    Reason.POINT_CLOSED: _l("Titik ini sedang ditutup panitia"),
    Reason.POINT_PAUSED: _l("Gerbang dihentikan sementara. Tunggu kabar panitia"),
    Reason.NEEDS_DESK: _l("Tiket kosong: daftarkan dulu di meja pendaftaran"),
    Reason.SLOT_FULL: _l("Jadwal ini sudah penuh"),
    Reason.OTHER_HOLDER: _l("Tiket kosong ini sudah atas nama orang lain"),
    Reason.NOT_INSIDE: _l("Tidak tercatat di dalam"),
    Reason.NOT_IN_SNAPSHOT: _l("Tiket ini belum ada di data HP"),
    Reason.REVOKED_DEVICE: _l("HP ini sudah diputus oleh panitia"),
    Reason.ID_REUSED: _l("Pindaian ini sudah dikirim HP lain. Pindai sekali lagi"),
}
KINDS: dict[PointKind, Any] = {
    PointKind.GATE: _l("Gerbang"),
    PointKind.ACTIVITY: _l("Kegiatan"),
    PointKind.BOOTH: _l("Stan"),
    PointKind.DESK: _l("Meja layanan"),
}
POLICIES: dict[AdmissionPolicy, Any] = {
    AdmissionPolicy.ONCE: _l("Satu kali saja"),
    AdmissionPolicy.DAILY: _l("Satu kali setiap hari"),
    AdmissionPolicy.UNLIMITED: _l("Boleh berkali-kali"),
}

PRACTICE_TEXT = "LATIHAN:"  # static/js/checkin/practice.js reads it
PRACTICE: dict[str, Any] = {
    "admitted": _l("Silakan masuk"),
    "family": _l("Satu keluarga"),
    "already_admitted": _l("Sudah masuk"),
    "out": _l("Keluar"),
    "blank": _l("Tiket kosong"),
    "unchecked": _l("Tiket baru, belum ada di HP"),
    "not_in_snapshot": _l("Tidak ada di data HP"),
    "too_early": _l("Terlalu awal"),
    "too_late": _l("Terlambat"),
    "wrong_day": _l("Hari lain"),
    "wrong_activity": _l("Kegiatan lain"),
    "no_booking": _l("Belum terdaftar"),
    "waitlisted": _l("Daftar tunggu"),
    "cancelled": _l("Dibatalkan"),
    "replaced": _l("Sudah diganti"),
    "unknown": _l("Bukan tiket"),
    "forged": _l("Tidak asli"),
    "other_festival": _l("Pekan lain"),
    "conflict": _l("Masuk ganda"),
    "not_inside": _l("Tidak di dalam"),
    "point_paused": _l("Gerbang dihentikan"),
}
