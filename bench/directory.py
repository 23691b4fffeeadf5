"""How fast the directory is: an import of 5,000 cooperatives, and search among 131,617.

    python -m bench.directory [--database sqlite|postgresql] [--rounds N] [--dry]

Prints medians and the 95th percentile, and writes them into ``docs/directory.md`` unless told ``--dry``. Names are
invented from the words that real ones are made of, so that some words are in every third name and some in one;
searches are what people type: beginnings, two words, numbers, words that never stand together, filters, more pages.
Times are those of the whole page through the WSGI interface.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

import config
from app import create_app
from app.cooperatives.models import Cooperative, CooperativeWord, Kind, StatusValue
from app.cooperatives.rules.rows import Defaults
from app.cooperatives.services import imports
from app.cooperatives.services.import_plan import make_plan
from app.cooperatives.services.storing import base_columns, words_for
from app.core import clock
from app.core.db import db, transaction
from app.core.sheets import write_xlsx
from app.regions.models import Kelurahan
from app.regions.services import load_depok
from bench.measure import say
from tests.postgres import postgresql

NATION = 131_617
CITY = 5_000
LIMIT_IMPORT, LIMIT_SEARCH = 10.0, 0.060
PAGE = config.ROOT / "docs" / "directory.md"
MARKS = "<!-- figures: written by python -m bench.directory -->", "<!-- end of figures -->"
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PREFIXES = ("KSP", "KSPPS", "Koperasi Karyawan", "KPRI", "Koperasi Konsumen", "KUD", "Koperasi Jasa", "KKMP", "KSU")
WORDS = [
    "Maju",
    "Bersama",
    "Sejahtera",
    "Makmur",
    "Jaya",
    "Mandiri",
    "Usaha",
    "Karya",
    "Bina",
    "Sumber",
    "Rezeki",
    "Berkah",
    "Amanah",
    "Barokah",
    "Tani",
    "Rukun",
    "Harapan",
    "Cahaya",
    "Sinar",
    "Terang",
    "Citra",
    "Niaga",
    "Tunas",
    "Kencana",
    "Griya",
    "Guyub",
    "Wira",
    "Nusantara",
    "Melati",
    "Mawar",
    "Mekar",
    "Sari",
    "Mulya",
    "Abadi",
    "Utama",
    "Bakti",
    "Artha",
    "Dana",
    "Warga",
    "Wanita",
    "Pemuda",
    "Nelayan",
    "Pasar",
    "Merdeka",
    "Pancasila",
    "Garuda",
    "Delima",
    "Kartini",
    "Mutiara",
]


def names(count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """Name, legal number and NIK of invented cooperatives; places make the rare words, as in the nation."""
    chance = random.Random(seed)
    syllables = (
        "ba",
        "ci",
        "dar",
        "gun",
        "ka",
        "lem",
        "ma",
        "nga",
        "pa",
        "ran",
        "su",
        "ta",
        "wi",
        "yu",
        "bo",
        "jo",
    )
    places = ["".join(chance.choices(syllables, k=chance.randint(2, 4))).title() for _n in range(7_000)]
    for n in range(count):
        words = chance.choices(WORDS, weights=[1 / (place + 1) for place in range(len(WORDS))], k=2)
        number = f"518/{n}/BH/{chance.choice(('XIII.22', 'KDK.10', 'PAD/KWK.10'))}/{chance.randint(1985, 2023)}"
        yield f"{chance.choice(PREFIXES)} {' '.join(words)} {chance.choice(places)}", number, f"32{n:011d}"


def table(count: int) -> bytes:
    """A spreadsheet as somebody would send it."""
    head = [
        "NIK",
        "Nama Koperasi",
        "No BH",
        "Tgl BH",
        "Kelurahan",
        "Kecamatan",
        "Jenis Koperasi",
        "Pola",
        "Bentuk",
        "USP",
        "Anggota L",
        "Anggota P",
        "Tahun",
        "Aset",
        "Modal Sendiri",
        "Modal Luar",
        "Volume Usaha",
        "SHU",
        "Tgl RAT",
        "Skor",
        "Per tanggal",
    ]
    rows = [
        [
            nik,
            name,
            number,
            "20 Juli 2001",
            "Curug",
            "Cimanggis",
            "Konsumen",
            "Konvensional",
            "Primer",
            "ya",
            "120",
            "130",
            "2022",
            f"Rp{n:,}.000.000".replace(",", "."),
            n,
            n,
            n,
            "(500)",
            "12-03-2023",
            "80,5",
            "20-07-2023",
        ]
        for n, (name, number, nik) in enumerate(names(count, 5), start=1)
    ]
    return write_xlsx([head, *rows], "Koperasi")


def measure_import(data: bytes) -> tuple[float, int]:
    """Seconds from the bytes of a file to the commit; how many were stored."""
    started = time.perf_counter()
    typed = imports.read_table(data)
    records = imports.records(typed, imports.meanings_of(typed)[0])
    with transaction():
        plan = make_plan(records, Defaults(date(2023, 7, 20), "ODS", None, date(2023, 7, 31)))
        stored = imports.apply(plan, {}, imports.Likely.NEW, None, clock.now())
    return time.perf_counter() - started, stored.created


def fill(count: int) -> None:
    """Store invented cooperatives without going through a file."""
    chance = random.Random(7)
    kelurahan = [(one.code, one.kecamatan_code) for one in db.session.scalars(sa.select(Kelurahan))]
    kinds, grades, now = list(Kind), list(StatusValue)[:5], clock.now()
    with transaction():
        db.session.execute(sa.delete(Cooperative))
        rows, words = [], []
        for n, (name, number, nik) in enumerate(names(count, 11), start=1):
            code, kecamatan = chance.choice(kelurahan)
            fields = base_columns({"name": name, "legal_number": number, "nik": nik, "kelurahan_code": code,
                                   "kecamatan_code": kecamatan, "kind": chance.choice(kinds)})  # fmt: skip
            fields["group_name"] = fields.pop("group")
            rows.append({**fields, "id": n, "slug": f"koperasi-{n}", "health": chance.choice(grades), "version": 1,
                         "created_at": now, "updated_at": now})  # fmt: skip
            words += [{"word": word, "cooperative_id": n} for word in words_for(name, number, nik)]
        for model, of in ((Cooperative, rows), (CooperativeWord, words)):
            for start in range(0, len(of), 20_000):
                db.session.execute(sa.insert(model.__table__), of[start : start + 20_000])
    _settle()


def _settle() -> None:
    """What autovacuum does a minute after so many new rows: until then every index is read with the table."""
    db.session.remove()
    url = db.engine.url
    if url.get_backend_name() == "postgresql":
        with psycopg.connect(
            url.set(drivername="postgresql").render_as_string(False), autocommit=True
        ) as connection:
            connection.execute("VACUUM ANALYZE")


def searches(rounds: int) -> list[str]:
    """What people look for, each once a round with other words."""
    chance, found = random.Random(3), []
    known = list(names(NATION, 11))
    for _n in range(rounds):
        name, number, nik = chance.choice(known)
        place = name.split()[-1]
        found += [
            f"q={name.replace(' ', '+')}",
            f"q={place}",
            f"q={place[:3]}",
            f"q={name.split()[-2]}",
            f"q={number}",
            f"q={nik}",
            f"q={number[:7]}",
            "q=maju+bersama",
            "q=kspps+kpri",
            "q=ksp",
            "q=koperasi+simpan+pinjam",
            "q=m",
            "q=a",
            "q=maju+makmur+jaya",
            f"q=ksp+{place[:4]}",
            "q=pancasila+nelayan",
            "q=tidakada",
            "",
            f"kind={chance.choice(list(Kind)).value}",
            f"health=sehat&kecamatan=32.76.0{chance.randint(1, 9)}",
            f"q=maju&kind=jasa&after={chance.randint(1, NATION)}",
            f"after={chance.randint(1, NATION)}",
            f"q=ma+ja&health=sehat&kecamatan=32.76.0{chance.randint(1, 9)}",
            "q=2002",
            "q=518",
        ]
    return found


def measure_search(app: Flask, asked: list[str]) -> list[tuple[float, str]]:
    """Seconds of each page."""
    client, found = app.test_client(), []
    for query in asked:
        started = time.perf_counter()
        answer = client.get(f"/cooperatives?{query}")
        found.append((time.perf_counter() - started, query))
        assert answer.status_code == 200, query
    return found


@contextmanager
def application(database: str) -> Iterator[Flask]:
    """The application on an empty database of this kind."""
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder)

        def made(url: str) -> Flask:
            return create_app(config.Settings(
                instance=instance, database_url=url, secret_key=b"a-secret-for-the-bench-alone!!!!",
                ticket_key=bytes(range(32)), ratelimit_enabled=False,
            ))  # fmt: skip

        if database == "sqlite":
            yield made(f"sqlite:///{instance / 'bench.sqlite3'}")
            return
        with postgresql(fsync=True) as server:
            yield made(server.create_database("bench"))


@dataclass(frozen=True)
class Figures:
    """What was measured on one database, in seconds; ``load``: of the machine when it began."""

    database: str
    load: float
    imported: float
    pages: list[tuple[float, str]]

    @property
    def p95(self) -> float:
        """Of a hundred pages of a search, five take longer."""
        return statistics.quantiles((second for second, _query in self.pages), n=100)[94]

    @property
    def held(self) -> bool:
        """Whether both limits hold."""
        return self.imported <= LIMIT_IMPORT and self.p95 <= LIMIT_SEARCH

    def line(self) -> str:
        """Its row of the table."""
        times = [second * 1e3 for second, _query in self.pages]
        return (
            f"| {DATABASES[self.database]} | {self.imported:.1f} s | {statistics.median(times):.0f} ms "
            f"| {self.p95 * 1e3:.0f} ms | {max(times):.0f} ms | {len(times)} | {self.load:.1f} |"
        )


def measure(database: str, rounds: int) -> Figures:
    """Import, fill, search."""
    load = os.getloadavg()[0]
    with application(database) as app, app.app_context():
        upgrade()
        with transaction():
            load_depok()
        imported, stored = measure_import(table(CITY))
        assert stored == CITY
        fill(NATION)
        db.session.remove()
        asked = searches(rounds)
        measure_search(app, asked[:25])  # warm
        pages = measure_search(app, asked)
        db.session.remove()
        db.engine.dispose()
    return Figures(database, load, imported, pages)


def write(found: Sequence[Figures]) -> None:
    """Put the table into the page, between its marks."""
    head = f"| database | import of {CITY:,} (limit {LIMIT_IMPORT:.0f} s) | page, median | 95 of 100 pages within"
    head += f" (limit {LIMIT_SEARCH * 1e3:.0f} ms) | slowest | pages | load of the machine |"
    lines = [MARKS[0], head, "|---" * 7 + "|", *(figures.line() for figures in found), MARKS[1]]
    before, rest = PAGE.read_text("utf-8").split(MARKS[0])
    PAGE.write_text(before + "\n".join(lines) + rest.split(MARKS[1])[1], "utf-8")


def main() -> None:
    """Both databases unless told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=tuple(DATABASES))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--dry", action="store_true", help="Print only.")
    given = parser.parse_args()
    found = []
    for database in (given.database,) if given.database else tuple(DATABASES):
        found.append(measure(database, given.rounds))
        say(found[-1].line())
        for second, query in sorted(found[-1].pages, reverse=True)[:8]:
            say(f"    {second * 1e3:7.1f} ms  ?{query}")
    if not given.dry and len(found) == len(DATABASES):
        write(found)
    raise SystemExit(0 if all(figures.held for figures in found) else 1)


if __name__ == "__main__":
    main()
