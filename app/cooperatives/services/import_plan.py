"""What an import would do, row by row: new, changed, equal, possibly there already, or wrong. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.cooperatives import queries
from app.cooperatives.rules.names import Known, Neighbours, known, legal_key
from app.cooperatives.rules.places import Place, Places
from app.cooperatives.rules.rows import Defaults, ParsedRow, Problem, parse_row
from app.core.sheets import Cell
from app.regions.queries import kelurahan_by_kecamatan

MOST_ALIKE: Final = 3
_SAME_NAME: Final = 60.0  # least likeness of names when a legal number says that two are one
# What tells the dated entries of one cooperative apart.
KEYS: Final = {
    "year": ("year",), "members": ("as_of",), "status": ("definition", "as_of", "source"), "readiness": ("as_of",),
}  # fmt: skip


@dataclass(slots=True)
class Entry:
    """One cooperative of the file: its rows together. ``target``: id of the one it is, ``alike``: who it may be."""

    rows: list[ParsedRow]
    base: dict[str, Any]
    entries: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = field(
        default_factory=lambda: {kind: {} for kind in KEYS}
    )
    slug: str = ""
    target: int | None = None
    alike: list[tuple[int, str]] = field(default_factory=list)
    alike_rows: list[int] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The first of its rows, by which it is called."""
        return self.rows[0].number

    @property
    def likely(self) -> bool:
        """Whether somebody has to say if it is new."""
        return self.target is None and bool(self.alike or self.alike_rows)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong in its rows."""
        return not any(row.problems for row in self.rows)


@dataclass(frozen=True, slots=True)
class Plan:
    """All cooperatives of a file, and the texts of all rows for showing what is wrong."""

    entries: list[Entry]
    rows: list[ParsedRow]
    texts: Mapping[int, Mapping[str, Cell]]

    @property
    def faulty(self) -> list[ParsedRow]:
        """Rows with a problem; while there is one, nothing is stored."""
        return [row for row in self.rows if row.problems]

    @property
    def likely(self) -> list[Entry]:
        """Those that may be there already."""
        return [entry for entry in self.entries if entry.likely and entry.sound]

    @property
    def new(self) -> list[Entry]:
        """Those that are not there."""
        return [entry for entry in self.entries if entry.target is None and not entry.likely and entry.sound]

    @property
    def matched(self) -> list[Entry]:
        """Those that are there, by address, NIK or legal number."""
        return [entry for entry in self.entries if entry.target is not None and entry.sound]

    def undecided(self, decisions: Mapping[int, str]) -> list[Entry]:
        """Those about which nothing was said."""
        return [entry for entry in self.likely if entry.number not in decisions]


def make_plan(records: Iterable[tuple[int, Mapping[str, Cell]]], defaults: Defaults) -> Plan:
    """Parse and compare all rows."""
    places = city_places()
    texts: dict[int, Mapping[str, Cell]] = {}
    rows: list[ParsedRow] = []
    for number, cells in records:
        texts[number] = cells
        rows.append(parse_row(number, cells, places, defaults))
    entries = _together([row for row in rows if "name" in row.base])
    _compare(entries)
    return Plan(entries, rows, texts)


def city_places() -> Places:
    """The kelurahan of the city, to be found by code or name."""
    return Places(
        Place(one.code, one.name, one.other_spelling or "", kecamatan.code, kecamatan.name)
        for kecamatan, of in kelurahan_by_kecamatan()
        for one in of
    )


def _known(ref: int, base: Mapping[str, Any]) -> Known:
    return known(ref, base["name"], base.get("legal_number", ""), base.get("nik", ""), base.get("kecamatan_code"))


def _together(rows: list[ParsedRow]) -> list[Entry]:
    """Rows of one cooperative in one entry: figures of several years take several rows."""
    entries: list[Entry] = []
    by_key: dict[tuple[str, str], Entry] = {}
    for row in rows:
        keys = _identities(row)
        found = {id(by_key[key]): by_key[key] for key in keys if key in by_key}
        if len(found) > 1:
            others = ", ".join(str(entry.number) for entry in found.values())
            row.problems.append(Problem("name", "two_in_file", {"rows": others}))
            continue
        entry = next(iter(found.values()), None)
        if entry is not None and not _alike_names(entry.base["name"], row.base["name"]):
            row.problems.append(Problem(_column(keys, by_key), "number_twice", {"row": entry.number}))
            continue
        if entry is None:
            entry = Entry([row], dict(row.base), slug=row.slug)
            entries.append(entry)
        else:
            _join(entry, row)
        _add_dated(entry, row, first=entry.rows[0] is row)
        for key in keys:
            by_key.setdefault(key, entry)
    return entries


def _identities(row: ParsedRow) -> list[tuple[str, str]]:
    """By what rows are one cooperative. In an export it is the address: two may have one legal number there."""
    base = row.base
    number = "" if row.slug else legal_key(base.get("legal_number", ""))
    kept = [(k, v) for k, v in (("slug", row.slug), ("nik", base.get("nik", "")), ("legal_number", number)) if v]
    place = base.get("kelurahan_code") or base.get("kecamatan_code") or ""
    return kept or [("name", f"{base['name'].casefold()}|{place}")]


def _column(keys: list[tuple[str, str]], by_key: Mapping[tuple[str, str], Entry]) -> str:
    return next(name for name, value in keys if (name, value) in by_key)


def _alike_names(one: str, other: str) -> bool:
    from rapidfuzz import fuzz

    return fuzz.ratio(known(0, one, "", "", None).name_key, known(0, other, "", "", None).name_key) >= _SAME_NAME


def _join(entry: Entry, row: ParsedRow) -> None:
    """One more row of the same cooperative: it may add, not contradict."""
    entry.rows.append(row)
    for key, value in row.base.items():
        if entry.base.setdefault(key, value) != value:
            column = {"kelurahan_code": "kelurahan", "kecamatan_code": "kecamatan"}.get(key, key)
            row.problems.append(Problem(column, "differs_from_row", {"row": entry.number}))


def _add_dated(entry: Entry, row: ParsedRow, *, first: bool) -> None:
    added = first
    for kind in KEYS:
        values: dict[str, Any] = getattr(row, kind)
        if not values:
            continue
        key = tuple(values[name] for name in KEYS[kind])
        rest = {name: value for name, value in values.items() if name not in KEYS[kind]}
        stored = entry.entries[kind].setdefault(key, rest)
        added = added or stored is rest
        if stored != rest:
            column = {"year": "year", "members": "men", "status": "value", "readiness": "answers"}[kind]
            row.problems.append(Problem(column, "dated_twice", {"row": entry.number}))
            added = True
    if not added:
        row.problems.append(Problem("name", "row_twice", {"row": entry.number}))


def _compare(entries: list[Entry]) -> None:
    """Find each entry among those in the directory, and those who may be the same."""
    live = queries.all_live()
    by_slug = {one.slug: one for one in live}
    by_nik = {one.nik: one for one in live if one.nik}
    by_legal: dict[str, list[Any]] = {}
    neighbours, names = Neighbours(), {}
    for one in live:
        if one.legal_key:
            by_legal.setdefault(one.legal_key, []).append(one)
        names[one.id] = one.name
        neighbours.add(_known_live(one))
    in_file: dict[int, int] = {}
    for entry in entries:
        _match(entry, by_slug, by_nik, by_legal)
        ref = -entry.number
        of_file = _known(ref, entry.base)
        if entry.target is None:
            for other in neighbours.alike(of_file):
                found = (other.ref, names.get(other.ref, ""))
                if other.ref > 0 and len(entry.alike) < MOST_ALIKE and found not in entry.alike:
                    entry.alike.append(found)
                elif other.ref < 0 and len(entry.alike_rows) < MOST_ALIKE:
                    entry.alike_rows.append(in_file[other.ref])
        in_file[ref] = entry.number
        neighbours.add(of_file)
    _one_target_each(entries)


def _known_live(one: Any) -> Known:
    return known(one.id, one.name, one.legal_key, one.nik or "", one.kecamatan_code)


def _match(
    entry: Entry, by_slug: Mapping[str, Any], by_nik: Mapping[str, Any], by_legal: Mapping[str, list[Any]]
) -> None:
    found: dict[int, Any] = {}
    for column, one in (("slug", by_slug.get(entry.slug)), ("nik", by_nik.get(entry.base.get("nik", "")))):
        if one is None:
            continue
        if column == "nik" and not _alike_names(one.name, entry.base["name"]):
            entry.rows[0].problems.append(Problem("nik", "nik_of_other", {"name": one.name}))
            return
        found[one.id] = one
    numbered = by_legal.get(legal_key(entry.base.get("legal_number", "")), [])
    same = [one for one in numbered if _alike_names(one.name, entry.base["name"])]
    if not found and len(same) == 1:
        found[same[0].id] = same[0]
    elif not found:  # several have the number, or one of quite another name: a new name, or somebody's mistake
        entry.alike = [(one.id, one.name) for one in numbered[:MOST_ALIKE]]
    if len(found) > 1:
        names = ", ".join(one.name for one in found.values())
        entry.rows[0].problems.append(Problem("nik", "two_matches", {"names": names}))
    elif found:
        entry.target = next(iter(found))


def _one_target_each(entries: list[Entry]) -> None:
    seen: dict[int, Entry] = {}
    for entry in entries:
        if entry.target is None:
            continue
        other = seen.setdefault(entry.target, entry)
        if other is not entry:
            entry.rows[0].problems.append(Problem("name", "same_target", {"row": other.number}))
