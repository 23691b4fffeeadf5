"""What an entrant is told: its criteria against the quartiles of its category, remarks without names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 4  # entrants, below which quartiles would tell the scores of others
WEAKEST: Final = 3
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class OwnCriterion:
    """One criterion of one entrant, in points; quartiles None where too few took part."""

    code: str
    score: float
    low: float | None = None
    middle: float | None = None
    high: float | None = None

    @property
    def quarter(self) -> int | None:
        """1 for the weakest quarter of the category, 4 for the best; on a border the better one."""
        if self.low is None or self.middle is None or self.high is None:
            return None
        return 1 + sum(self.score >= border for border in (self.low, self.middle, self.high))


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Quartiles by linear interpolation (Hyndman & Fan 1996, type 7: that of Excel's QUARTILE.INC).

    Raises ValueError for none.
    """
    if not values:
        raise ValueError("quartiles of nothing")
    found = []
    ordered = sorted(values)
    for share in (0.25, 0.5, 0.75):
        at = share * (len(ordered) - 1)
        below = int(at)
        above = min(below + 1, len(ordered) - 1)
        found.append(ordered[below] + (at - below) * (ordered[above] - ordered[below]))
    return found[0], found[1], found[2]


def within(
    by_criterion: Mapping[str, Mapping[str, float]], scales: Mapping[str, tuple[float, float]]
) -> dict[str, dict[str, float]]:
    """Corrected scores no lower and no higher than the scale: 102 of 100 is right, but nobody understands it."""
    return {
        code: {name: min(max(score, scales[code][0]), scales[code][1]) for name, score in scores.items()}
        for code, scores in by_criterion.items()
    }


def own_criteria(by_criterion: Mapping[str, Mapping[str, float]], entrant: str) -> list[OwnCriterion]:
    """The criteria of one entrant from {criterion: {entrant: score}}, in their order; those it lacks left out."""
    found = []
    for code, scores in by_criterion.items():
        if entrant not in scores:
            continue
        borders = quartiles(list(scores.values())) if len(scores) >= FEWEST else (None, None, None)
        found.append(OwnCriterion(code, scores[entrant], *borders))
    return found


def weakest(
    own: Sequence[OwnCriterion], scales: Mapping[str, tuple[float, float]], most: int = WEAKEST
) -> list[str]:
    """Codes of the criteria to work on first: furthest below the middle of the category, in parts of the scale.

    Where the middle is not known, the lowest on their own scale. Those at the very top of their scale are never
    named.
    """

    def distance(one: OwnCriterion) -> float:
        low, high = scales[one.code]
        from_where = one.middle if one.middle is not None else high
        return (one.score - from_where) / (high - low)

    room = [one for one in own if one.score < scales[one.code][1]]
    return [one.code for one in sorted(room, key=lambda one: (distance(one), one.code))[:most]]


def anonymous(remarks: Iterable[str], names: Iterable[str], stand_in: str) -> list[str]:
    """Remarks without judges' names (whole, and parts of three letters or more), in an order that tells nothing.

    ``stand_in`` takes the place of a name. Empty ones and repetitions go.
    """
    parts = {part for name in names for part in [name, *re.split(r"[^\w'-]+", name)] if len(part) > 2}
    known = "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{known})(?!\w)", re.IGNORECASE) if known else None
    cleaned = set()
    for remark in remarks:
        text = _BLANKS.sub(" ", remark).strip()
        if pattern is not None:
            text = pattern.sub(stand_in, text)
        if text:
            cleaned.add(text)
    return sorted(cleaned, key=lambda text: (text.casefold(), text))


_TROUBLES: Final = (
    ("finances", r"keuangan|aktiva|kualitas aset|likuid|rentabil|efisien|laba|shu|surplus"),
    ("capital", r"modal"),
    ("digital", r"digital|teknologi|inovasi"),
    ("inactive_members", r"anggota|partisipasi|jati ?diri"),
    ("meeting_overdue", r"\brat\b|rapat anggota"),
    ("legality", r"legal|badan hukum|perizinan|patuh"),
    ("market", r"pasar|usaha|produk|volume"),
    ("administration", r"administrasi|kelembagaan|tata kelola|pembukuan|laporan"),
)


def trouble_of(criterion: str) -> str:
    """The kind of trouble that coaching knows, from the words of a criterion's name; ``management`` otherwise."""
    name = criterion.casefold()
    return next((code for code, words in _TROUBLES if re.search(words, name)), "management")
