"""Which kelurahan is meant. "Curug" is two, so a name alone is not always an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.cooperatives.rules.cells import CellProblem
from app.cooperatives.rules.names import folded


@dataclass(frozen=True, slots=True)
class Place:
    """A kelurahan with its kecamatan; codes of Kemendagri."""

    code: str
    name: str
    other_spelling: str
    kecamatan_code: str
    kecamatan: str


def _key(name: str) -> str:
    words = folded(name).split()
    while len(words) > 1 and words[0] in ("kelurahan", "kel", "desa", "kecamatan", "kec"):
        words.pop(0)
    return "".join(words)


class Places:
    """The kelurahan of the city, found by code or by name."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_code: dict[str, Place] = {}
        self._by_name: dict[str, list[Place]] = {}
        self._kecamatan: dict[str, str] = {}
        for place in places:
            self._by_code["".join(filter(str.isdigit, place.code))] = place
            for name in {_key(place.name), _key(place.other_spelling)} - {""}:
                self._by_name.setdefault(name, []).append(place)
            self._kecamatan[_key(place.kecamatan)] = place.kecamatan_code

    def find(self, code: str, kelurahan: str, kecamatan: str) -> tuple[str | None, str | None]:
        """Codes of kelurahan and kecamatan, None where nothing was said.

        Raises:
            CellProblem: with ``column``: ``place_code`` unknown code, ``place_differs`` name and code disagree,
                ``place_twice`` the name is two places, ``place_unknown``, ``kecamatan_unknown``.
        """
        of = self._kecamatan.get(_key(kecamatan)) if kecamatan else None
        if kecamatan and of is None:
            raise CellProblem("kecamatan_unknown", column="kecamatan")
        if code:
            return self._by_its_code(code, kelurahan, of)
        if not kelurahan:
            return None, of
        named = self._by_name.get(_key(kelurahan), [])
        found = [place for place in named if of is None or place.kecamatan_code == of]
        if len(found) > 1:
            raise CellProblem(
                "place_twice", column="kelurahan", name=found[0].name,
                where=", ".join(sorted(place.kecamatan for place in found)),
            )  # fmt: skip
        if not found:
            raise CellProblem("place_differs" if named else "place_unknown", column="kelurahan")
        return found[0].code, found[0].kecamatan_code

    def _by_its_code(self, code: str, kelurahan: str, of: str | None) -> tuple[str, str]:
        place = self._by_code.get("".join(filter(str.isdigit, code)))
        if place is None:
            raise CellProblem("place_code", column="kelurahan_code")
        spellings = {_key(place.name), _key(place.other_spelling)}
        if (kelurahan and _key(kelurahan) not in spellings) or (of and of != place.kecamatan_code):
            raise CellProblem("place_differs", column="kelurahan_code")
        return place.code, place.kecamatan_code
