"""How far judges agree: Krippendorff's alpha, six intraclass correlations, Kendall's W. None where undefined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.competition.rules.sheets import Floats, Ints, Sheets

MOST_VALUES = 6_000  # different values, of which alpha for ratios takes every pair
DIGITS = 12  # two sheet scores that agree to so many decimals of their spread are the same score
Six = tuple[float | None, float | None, float | None, float | None, float | None, float | None]


@dataclass(frozen=True)
class Agreement:
    """``icc1`` … as Shrout & Fleiss (1979) name them, single judge; with k, the mean of all judges."""

    alpha_nominal: float | None
    alpha_ordinal: float | None
    alpha_interval: float | None
    alpha_ratio: float | None
    icc1: float | None
    icc2: float | None
    icc3: float | None
    icc1k: float | None
    icc2k: float | None
    icc3k: float | None
    kendall_w: float | None


def agreement(sheets: Sheets) -> Agreement:
    """All of it, with judges as observers and entrants as units."""
    spread = float(np.ptp(sheets.value)) or 1.0  # none of the figures depends on the unit
    rounded = sheets.with_values(np.round(sheets.value / spread, DIGITS))
    nominal, ordinal, interval, ratio = alphas(rounded)
    icc1, icc2, icc3, icc1k, icc2k, icc3k = correlations(rounded)
    w = kendall_w(rounded)
    return Agreement(nominal, ordinal, interval, ratio, icc1, icc2, icc3, icc1k, icc2k, icc3k, w)


def alphas(sheets: Sheets) -> tuple[float | None, float | None, float | None, float | None]:
    """Krippendorff's alpha for nominal, ordinal, interval and ratio data (Krippendorff 2011, eq. in section E).

    Missing sheets are allowed; entrants with a single sheet say nothing and are left out. The interval metric
    needs no matrix of coincidences: sums of squared differences of pairs are sums of squares. The ordinal
    metric is the interval one of mid-ranks.
    """
    paired = sheets.per_entrant[sheets.entrant] > 1
    unit, value = sheets.entrant[paired], sheets.value[paired]
    if len(value) < 2:
        return None, None, None, None
    codes, index, count = np.unique(value, return_inverse=True, return_counts=True)
    mid = np.cumsum(count) - (count - 1) / 2
    interval, ordinal = _alpha_of_squares(unit, value), _alpha_of_squares(unit, mid[index])
    return _nominal(unit, index, count), ordinal, interval, _ratio(unit, value, codes, count)


def _alpha_of_squares(unit: Ints, value: Floats) -> float | None:
    centred = value - value.mean()
    n = np.bincount(unit)
    pairs = 2 * (n * np.bincount(unit, centred**2) - np.bincount(unit, centred) ** 2)
    seen = float((pairs[n > 1] / (n[n > 1] - 1)).sum()) / len(value)
    chance = 2 * float(centred @ centred) / (len(value) - 1)
    return 1 - seen / chance if chance > 0 else None


def _nominal(unit: Ints, index: Ints, count: Ints) -> float | None:
    n = np.bincount(unit)
    together, same = np.unique(np.stack([unit, index]), axis=1, return_counts=True)
    alike = np.bincount(together[0], same.astype(float) ** 2, len(n))
    differ = n.astype(float) ** 2 - alike
    total = len(unit)
    seen = float((differ[n > 1] / (n[n > 1] - 1)).sum()) / total
    chance = (float(total) ** 2 - float((count.astype(float) ** 2).sum())) / (total * (total - 1))
    return 1 - seen / chance if chance > 0 else None


def _ratio(unit: Ints, value: Floats, codes: Floats, count: Ints) -> float | None:
    """Values below zero have no ratio."""
    if codes[0] < 0 or len(codes) > MOST_VALUES:
        return None
    chance = 0.0
    for place, code in enumerate(codes):
        chance += 2 * float(count[place] * (count[place + 1 :] @ _apart(code, codes[place + 1 :])))
    chance /= len(value) * (len(value) - 1)
    order = np.argsort(unit, kind="stable")
    seen = 0.0
    for group in np.split(value[order], np.flatnonzero(np.diff(unit[order])) + 1):
        seen += float(_apart(group[:, None], group[None, :]).sum()) / (len(group) - 1)
    return 1 - seen / len(value) / chance if chance > 0 else None


def _apart(one: Floats | float, other: Floats) -> Floats:
    total = one + other
    squared: Floats = ((one - other) / np.where(total == 0, 1.0, total)) ** 2
    return squared


def correlations(sheets: Sheets) -> Six:
    """ICC(1), (2), (3), (1,k), (2,k), (3,k) by mean squares (Shrout & Fleiss 1979, table 4; McGraw & Wong 1996).

    The first and (1,k) need the same number of judges, at least two, for each entrant, whoever they are; the others
    need every judge on every entrant.
    """
    n, k = sheets.size[0], int(sheets.per_entrant[0])
    if n < 2 or k < 2 or np.any(sheets.per_entrant != k):
        return None, None, None, None, None, None
    grand = float(sheets.value.mean())
    between = k * float(((sheets.means - grand) ** 2).sum())
    inside = float(((sheets.value - sheets.means[sheets.entrant]) ** 2).sum())
    bms, wms = between / (n - 1), inside / (n * (k - 1))
    one, one_k = _over(bms - wms, bms + (k - 1) * wms), _over(bms - wms, bms)
    if not sheets.complete:
        return one, None, None, one_k, None, None
    judge_means = np.bincount(sheets.judge, sheets.value) / n
    judges = n * float(((judge_means - grand) ** 2).sum())
    jms, ems = judges / (k - 1), max(0.0, inside - judges) / ((n - 1) * (k - 1))
    return (
        one, _over(bms - ems, bms + (k - 1) * ems + k * (jms - ems) / n), _over(bms - ems, bms + (k - 1) * ems),
        one_k, _over(bms - ems, bms + (jms - ems) / n), _over(bms - ems, bms),
    )  # fmt: skip


def _over(part: float, whole: float) -> float | None:
    return part / whole if abs(whole) > 1e-300 else None


def kendall_w(sheets: Sheets) -> float | None:
    """Kendall's coefficient of concordance, corrected for ties (Kendall & Gibbons 1990, ch. 6).

    Complete designs only.
    """
    n, m = sheets.size
    if not sheets.complete or n < 2 or m < 2:
        return None
    sums, ties = np.zeros(n), 0.0
    for row in sheets.table.T:
        _, index, count = np.unique(row, return_inverse=True, return_counts=True)
        sums += (np.cumsum(count) - (count - 1) / 2)[index]
        ties += float((count.astype(float) ** 3 - count).sum())
    spread = 12 * float(((sums - sums.mean()) ** 2).sum())
    return _over(spread, m**2 * (n**3 - n) - m * ties)
