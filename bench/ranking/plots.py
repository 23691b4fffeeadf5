"""Small SVG plots, readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT, LINE, TOP = 760, 190, 30, 26, 64
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#737373")  # Okabe & Ito 2008
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1a1a1a}.t{font-weight:600;font-size:15px}.a{fill:#555}"
    ".g{stroke:#ddd}.b{fill:#fff}.w{stroke:#1a1a1a;stroke-dasharray:4 3}"
    "@media(prefers-color-scheme:dark){text{fill:#eee}.a{fill:#aaa}.g{stroke:#444}.b{fill:#161616}.w{stroke:#eee}}"
)


@dataclass(frozen=True)
class Mark:
    """A value with the half width of its 95 % interval."""

    value: float
    half: float


def dots(
    title: str, axis: str, groups: Sequence[tuple[str, Sequence[Mark], float | None]], names: Sequence[str],
    low: float, high: float,
) -> str:  # fmt: skip
    """One row a group, one dot a name; the dashed mark is what the group has to reach."""
    height = TOP + LINE * len(groups) * 2 + 84
    bottom = TOP + LINE * 2 * len(groups)
    parts = [_text(12, 24, title, "t"), *_axis(low, high, TOP, bottom, axis)]
    for place, (label, marks, wanted) in enumerate(groups):
        middle = TOP + LINE * (2 * place + 1)
        parts.append(_text(12, middle + 4, label))
        for k, mark in enumerate(marks):
            y = middle + (k - (len(marks) - 1) / 2) * 6
            x, half = _across(mark.value, low, high), mark.half * (WIDTH - LEFT - RIGHT) / (high - low)
            parts.append(
                f'<path d="M{x - half:.1f} {y:.1f}H{x + half:.1f}" stroke="{COLOURS[k]}" stroke-width="1.5"/>'
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{COLOURS[k]}"/>'
            )
        if wanted is not None:
            x = _across(wanted, low, high)
            parts.append(f'<path class="w" d="M{x:.1f} {middle - 22}V{middle + 22}" stroke-width="1.5"/>')
    return _svg(height, [*parts, *_legend(names, bottom + 52)], title)


def curve(title: str, points: Sequence[tuple[float, float, float, int]]) -> str:
    """Claimed against true chances, with the diagonal where both agree.

    Points are claimed, true, half width, count.
    """
    size, left, top = 420, 70, 50
    parts = [_text(12, 24, title, "t")]
    for tick in range(6):
        at = tick / 5
        x, y = left + at * size, top + size - at * size
        parts.append(f'<path class="g" d="M{x} {top}V{top + size}M{left} {y}H{left + size}"/>')
        parts += [_text(x - 10, top + size + 20, f"{at:.1f}", "a"), _text(left - 34, y + 4, f"{at:.1f}", "a")]
    parts.append(f'<path class="w" d="M{left} {top + size}L{left + size} {top}"/>')
    for claimed, true, half, count in points:
        x, y = left + claimed * size, top + size - true * size
        reach = half * size
        parts.append(
            f'<path d="M{x:.1f} {y - reach:.1f}V{y + reach:.1f}" stroke="{COLOURS[0]}" stroke-width="1.5"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + min(6.0, count**0.5 / 8):.1f}" fill="{COLOURS[0]}"/>'
        )
    parts.append(_text(left + 90, top + size + 44, "claimed chance of being first", "a"))
    parts.append(
        f'<g transform="translate(20 {top + size / 2 + 60}) rotate(-90)">{_text(0, 0, "how often it was", "a")}</g>'
    )
    return _svg(top + size + 60, parts, title)


def _across(value: float, low: float, high: float) -> float:
    return LEFT + (min(max(value, low), high) - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _axis(low: float, high: float, top: float, bottom: float, label: str) -> list[str]:
    parts = []
    steps = round((high - low) / 0.1)
    for k in range(steps + 1):
        value = low + k * 0.1
        x = _across(value, low, high)
        parts += [
            f'<path class="g" d="M{x:.1f} {top - 8}V{bottom}"/>',
            _text(x - 9, bottom + 18, f"{value:.1f}", "a"),
        ]
    return [*parts, _text(LEFT, top - 16, label, "a")]


def _legend(names: Sequence[str], y: float) -> list[str]:
    parts, x = [], 12.0
    for k, name in enumerate(names):
        parts += [f'<circle cx="{x + 5}" cy="{y - 4}" r="4" fill="{COLOURS[k]}"/>', _text(x + 14, y, name)]
        x += 30 + 7.2 * len(name)
    return parts


def _text(x: float, y: float, content: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{f" class={kind!r}" if kind else ""}>{escape(content)}</text>'.replace(
        "'", '"'
    )


def _svg(height: float, parts: Sequence[str], title: str) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img">\n'
        f"<title>{escape(title)}</title><style>{STYLE}</style>\n"
        f'<rect class="b" width="{WIDTH}" height="{height:.0f}"/>\n{body}\n</svg>\n'
    )
