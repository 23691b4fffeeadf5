"""A directory for tests: the city's regions, cooperatives by name, files as people send them."""

from __future__ import annotations

from typing import Any

from app.cooperatives import services
from app.cooperatives.models import Cooperative
from app.core import clock
from app.core.db import transaction
from app.regions.services import load_depok

CURUG_CIMANGGIS = "32.76.02.1008"
FIELDS = {
    "legal_number": "518/655/BH/PAD/KWK.10/IV/2002",
    "kelurahan_code": "32.76.08.1005",
    "kecamatan_code": "32.76.08",
    "address": "Jalan Merdeka 1",
}
HEAD = ["Nama", "No BH", "Kelurahan", "Kecamatan", "Jenis Koperasi", "Tahun", "Aset", "SHU", "Tgl RAT", "Skor"]
GOOD = [
    [
        "KSP Maju Jaya",
        "518/1/BH/2001",
        "Curug",
        "Cimanggis",
        "Simpan Pinjam",
        "2022",
        "Rp1.500.000",
        "(500)",
        "20 Juli 2023",
        "80",
    ],
    [
        "Koperasi Konsumen Sinar Terang",
        "518/2/BH/2002",
        "Abadi Jaya",
        "",
        "konsumen",
        "2022",
        "2,500,000",
        "1000",
        "20-07-2023",
        "79,99",
    ],
]


def regions() -> None:
    """Kecamatan and kelurahan of the city."""
    with transaction():
        load_depok()


def cooperative(name: str = "Koperasi Produsen Berkah", **fields: Any) -> Cooperative:
    """A cooperative in the directory (regions must be there)."""
    with transaction():
        return services.create({"name": name, **FIELDS, **fields}, None, clock.now())
