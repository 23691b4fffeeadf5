"""Names and numbers of cooperatives: what spellings have in common, which words find them, who may be the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST_WORD: Final = 40
MOST_WORDS: Final = 40
MOST_ASKED: Final = 6
ALIKE_NAME: Final = 92.0  # of 100, RapidFuzz's ratio of the names without their prefix
SOMEWHAT: Final = 80.0

# Abbreviation and the words it stands for; the longest come first where one begins like another.
PREFIXES: Final[tuple[tuple[str, str], ...]] = (
    ("kspps", "koperasi simpan pinjam dan pembiayaan syariah"),
    ("usp", "unit simpan pinjam"),
    ("kjks", "koperasi jasa keuangan syariah"),
    ("kkmp", "koperasi kelurahan merah putih"),
    ("kdmp", "koperasi desa merah putih"),
    ("kpri", "koperasi pegawai republik indonesia"),
    ("kopontren", "koperasi pondok pesantren"),
    ("ksp", "koperasi simpan pinjam"),
    ("ksu", "koperasi serba usaha"),
    ("kud", "koperasi unit desa"),
    ("kpn", "koperasi pegawai negeri"),
    ("kopkar", "koperasi karyawan"),
    ("kopwan", "koperasi wanita"),
    ("koppas", "koperasi pasar"),
    ("bmt", "baitul maal wat tamwil"),
    ("konsumen", "koperasi konsumen"),
    ("produsen", "koperasi produsen"),
    ("pemasaran", "koperasi pemasaran"),
    ("jasa", "koperasi jasa"),
)
_SPOKEN: Final = {code: words for code, words in PREFIXES if code != words.removeprefix("koperasi ")}
_EVERYBODY: Final = "koperasi"  # the word that all have finds nothing


def folded(text: str) -> str:
    """Case, accents and signs gone; words joined by single spaces; ``K.S.P.`` is ``ksp``."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    plain = re.sub(r"\b(?:[a-z]\.\s?){2,}", lambda m: re.sub(r"[.\s]", "", m[0]) + " ", plain)
    plain = re.sub(r"['’`]", "", plain)
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def name_parts(name: str) -> tuple[str, str]:
    """Prefix as its abbreviation (``kopkar``) and the rest that tells cooperatives apart (``sejahtera depok``).

    A name that is nothing but a prefix keeps it as the rest. ``KSP`` and ``Koperasi Simpan Pinjam`` are one.
    """
    rest = folded(re.sub(r"\(.*?\)", " ", name)) or folded(name)
    found = ""
    while True:
        code, shorter = _one_prefix(rest)
        if not shorter:
            return found, rest
        found, rest = found or code, shorter


def _one_prefix(text: str) -> tuple[str, str]:
    """The first prefix of a text and what is behind it; nothing where there is none or nothing behind."""
    for code, words in PREFIXES:
        for spelling in (words, code) if code in _SPOKEN else (words,):
            if text.startswith(spelling + " "):
                return code, text[len(spelling) + 1 :]
    return ("", text[len(_EVERYBODY) + 1 :]) if text.startswith(_EVERYBODY + " ") else ("", "")


def name_key(name: str) -> str:
    """The name without prefix, folded: equal for spellings of one name. At most 160 characters."""
    return name_parts(name)[1][:160]


def sort_key(name: str) -> str:
    """By which lists are sorted, the same on both databases: what tells them apart comes first, the prefix last.

    Half of all names begin with ``Koperasi``, and a list by prefixes is walked in vain for the last one.
    """
    prefix, rest = name_parts(name)
    return f"{rest}\t{prefix}".strip()[:160]  # a tab stands before all, so that ``Curug`` comes before ``Curug II``


def legal_key(number: str) -> str:
    """Letters and digits of a legal number: ``518.08/96/BH`` and ``518 08 / 96 / bh`` are one."""
    return folded(number).replace(" ", "")[:80]


def words_of(name: str, *numbers: str) -> frozenset[str]:
    """The words by whose beginning a cooperative is found: of its name and prefix, and parts of its numbers.

    A number is found from its start and from every group that begins with a digit: ``518/655/BH/2002`` by
    ``518/655``, ``655/BH`` and ``2002``.
    """
    code, _rest = name_parts(name)
    found = [*folded(name).split(), *([code, *_SPOKEN.get(code, "").split()] if code else [])]
    for number in numbers:
        groups = folded(number).split()
        starts = [n for n, group in enumerate(groups) if n == 0 or group[0].isdigit()]
        found += ["".join(groups[n:]) for n in starts]
    kept = dict.fromkeys(word[:LONGEST_WORD] for word in found if word != _EVERYBODY)
    return frozenset(list(kept)[:MOST_WORDS])


def asked_words(text: str) -> tuple[str, ...]:
    """The words to look for in what somebody typed, at most six; ``koperasi`` says nothing and is left out.

    What holds a digit is a number, and its signs are dropped: ``518/655/BH`` is one word.
    """
    found: list[str] = []
    for chunk in text[:200].split():
        parts = folded(chunk).split()
        found += ["".join(parts)] if any(c.isdigit() for c in chunk) else parts
    telling = [w[:LONGEST_WORD] for w in dict.fromkeys(found) if w and not _says_nothing(w)]
    return tuple(telling[:MOST_ASKED])


def _says_nothing(word: str) -> bool:
    return len(word) >= 4 and _EVERYBODY.startswith(word)


@dataclass(frozen=True, slots=True)
class Known:
    """What is compared of a cooperative. ``ref`` is the caller's; empty texts and None are not known."""

    ref: int
    prefix: str
    name_key: str
    legal_key: str
    nik: str
    kecamatan: str | None


def known(ref: int, name: str, legal_number: str, nik: str, kecamatan: str | None) -> Known:
    """A cooperative as it is compared."""
    prefix, rest = name_parts(name)
    return Known(ref, prefix, rest[:160], legal_key(legal_number), nik, kecamatan)


def may_be_same(one: Known, other: Known) -> bool:
    """Whether two look like one cooperative: to be asked, never decided here.

    Names alike in one kecamatan (or where it is not known), unless prefix and legal number both say otherwise; or
    legal numbers alike but for one slip of the pen, and names much alike. ``Maju II`` is not ``Maju``.
    """
    from rapidfuzz import fuzz

    if one.kecamatan and other.kecamatan and one.kecamatan != other.kecamatan:
        return False
    name = fuzz.ratio(one.name_key, other.name_key, score_cutoff=SOMEWHAT)
    if not name or _numerals(one.name_key) != _numerals(other.name_key):
        return False
    if one.nik and other.nik and one.nik != other.nik and one.legal_key != other.legal_key:
        return False
    both_numbers = bool(one.legal_key and other.legal_key)
    if both_numbers and _one_slip(one.legal_key, other.legal_key):
        return True
    same_prefix = one.prefix == other.prefix or not (one.prefix and other.prefix)
    return name >= ALIKE_NAME and (same_prefix or not both_numbers)


def _one_slip(number: str, other: str) -> bool:
    from rapidfuzz.distance import OSA

    return OSA.distance(number, other, score_cutoff=1) <= 1


def _numerals(key: str) -> list[str]:
    return [word for word in key.split() if word.isdigit() or re.fullmatch(r"[ivx]+", word)]


@dataclass(frozen=True, slots=True)
class _Basket:
    """Those who share a beginning: their names side by side for RapidFuzz, and who they are."""

    names: list[str]
    known: list[Known]


class Neighbours:
    """Finds who may be the same without comparing all with all: those who share the first letters of a word."""

    MOST_COMPARED: Final = 400

    def __init__(self) -> None:
        self._baskets: dict[str, _Basket] = {}

    def add(self, one: Known) -> None:
        """Put one among those that later ones are compared with."""
        for word in _beginnings(one):
            self._put(f"*:{word}", one)
            self._put(f"{one.kecamatan or ''}:{word}", one)
        if one.legal_key:
            self._put(f"#{one.legal_key[:10]}", one)

    def _put(self, key: str, one: Known) -> None:
        basket = self._baskets.setdefault(key, _Basket([], []))
        basket.names.append(one.name_key)
        basket.known.append(one)

    def alike(self, one: Known) -> Iterator[Known]:
        """Those who may be the same, each once. Looks into the two smallest baskets, so a slip in one word is
        forgiven where the name has another."""
        from rapidfuzz import fuzz, process

        places = (one.kecamatan, "") if one.kecamatan else ("*",)
        keys = [f"{place}:{word}" for word in _beginnings(one) for place in places]
        baskets = sorted((b for key in keys if (b := self._baskets.get(key))), key=lambda b: len(b.names))[:2]
        baskets += [numbered] if (numbered := self._baskets.get(f"#{one.legal_key[:10]}")) else []
        seen: set[int] = {one.ref}
        for basket in baskets:
            names = basket.names[: self.MOST_COMPARED]
            near = process.extract(one.name_key, names, scorer=fuzz.ratio, score_cutoff=SOMEWHAT, limit=None)
            for _name, _likeness, place in sorted(near, key=lambda found: found[2]):
                other = basket.known[place]
                if other.ref not in seen:
                    seen.add(other.ref)
                    if may_be_same(one, other):
                        yield other


def _beginnings(one: Known) -> set[str]:
    return {word[:4] for word in one.name_key.split()}
