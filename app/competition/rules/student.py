"""Student's t distribution, by the continued fraction of the incomplete beta function (Lentz; DLMF 8.17.22)."""

from __future__ import annotations

import math

TERMS = 500
TINY = 1e-300


def two_sided(t: float, degrees: float) -> float:
    """The chance of a value at least as far from 0 as ``t``."""
    return _beta(degrees / (degrees + t * t), degrees / 2, 0.5)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log) / a * _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    ratio, below = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    value = below
    for m in range(1, TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            below = 1 / _off_zero(1 + term * below)
            ratio = _off_zero(1 + term / ratio)
            value *= below * ratio
        if abs(below * ratio - 1) < 1e-15:
            break
    return value


def _off_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
