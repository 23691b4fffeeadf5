"""``python -m bench.ranking``: the simulation of ``docs/ranking.md``; writes its table and plots."""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

import config
from bench.measure import say
from bench.ranking import plots
from bench.ranking.plots import Mark
from bench.ranking.trials import COMPARED, DESIGNS, Trial, run

PAGE = config.ROOT / "docs" / "ranking.md"
PICTURES = config.ROOT / "docs" / "pictures"
MARKS = "<!-- simulation: written by python -m bench.ranking -->", "<!-- end of simulation -->"
METHODS = ("shrunk", "noise-weighted", "huber", "mixed", "mean", *reversed(COMPARED))
# What was asked: design, method, figure, at least.
WANTED = (
    ("linked", "shrunk", "top3", 0.60), ("linked", "shrunk", "tau", 0.69),
    ("panels by quality", "shrunk", "tau", 0.66), ("complete, a rogue", "noise-weighted", "top3", 0.70),
    ("two stages", "shrunk", "top1", 0.66),
)  # fmt: skip
CLAIMED = 0.03
WORDS = {"top3": "first three found", "tau": "Kendall's tau", "top1": "first found"}


def main() -> None:
    """Run, print, and write unless told not to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=1, help="The first seed.")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--dry", action="store_true", help="Print only.")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    seeds = range(options.first, options.first + options.seeds)
    trials: dict[str, list[Trial]] = {}
    with ProcessPoolExecutor(options.workers) as pool:
        for design in DESIGNS:
            trials[design] = list(pool.map(partial(run, design), seeds, chunksize=10))
            say(f"{design}: {len(seeds)} seeds")
    text = report(trials, seeds)
    say(text)
    if not options.dry:
        write(trials, text)


def figures(trials: Sequence[Trial], method: str, what: str) -> Mark:
    """Mean over seeds with the half width of its 95 % interval."""
    values = [float(getattr(trial.methods[method], what)) for trial in trials]
    return Mark(statistics.fmean(values), 1.96 * statistics.stdev(values) / len(values) ** 0.5)


def report(trials: dict[str, list[Trial]], seeds: range) -> str:
    """All tables in Markdown."""
    lines = [
        f"Seeds {seeds.start} to {seeds.stop - 1} of each design; ± is a 95 % interval of the simulation itself.",
        "",
    ]
    lines += ["| design | method | figure | at least | ours | verdict |", "|---|---|---|---|---|---|"]
    for design, method, what, least in WANTED:
        mark = figures(trials[design], method, what)
        verdict = "reached" if mark.value >= least else f"short by {least - mark.value:.4f}"
        lines.append(f"| {design} | {method} | {WORDS[what]} | {least:.2f} | {_pm(mark)} | {verdict} |")
    lines += _claims(trials)
    for what, name in WORDS.items():
        lines += ["", f"**{name.capitalize()}**", "", "| design | " + " | ".join(METHODS) + " |"]
        lines.append("|---" * (len(METHODS) + 1) + "|")
        for design, found in trials.items():
            lines.append(
                f"| {design} | " + " | ".join(f"{figures(found, m, what).value:.3f}" for m in METHODS) + " |"
            )
    return "\n".join(lines)


def _claims(trials: dict[str, list[Trial]]) -> list[str]:
    """Claimed against true chances, of the entrant that a method puts first."""
    lines = [
        "",
        "| design | method | P(first) claimed | truly first | claimed - true | within 0.03 | 90 % ranges hold |",
    ]
    lines.append("|---|---|---|---|---|---|---|")
    for design, found in trials.items():
        for method in ("shrunk", "noise-weighted"):
            claimed, true = figures(found, method, "claimed"), figures(found, method, "top1")
            off = claimed.value - true.value
            held = statistics.fmean(trial.covered for trial in found)
            verdict = "yes" if abs(off) <= CLAIMED else f"no, by {abs(off) - CLAIMED:.3f}"
            lines.append(
                f"| {design} | {method} | {claimed.value:.3f} | {_pm(true)} | {off:+.3f} | {verdict} | {held:.3f} |"
            )
    return lines


def _pm(mark: Mark) -> str:
    return f"{mark.value:.3f} ± {mark.half:.3f}"


def write(trials: dict[str, list[Trial]], text: str) -> None:
    """Plots into ``docs/pictures`` and the tables into the page, between its marks."""
    for what, low, high in (("tau", 0.2, 0.9), ("top3", 0.3, 0.9)):
        least = {design: value for design, _, name, value in WANTED if name == what}
        groups = [
            (design, [figures(found, method, what) for method in METHODS], least.get(design))
            for design, found in trials.items()
        ]
        title = f"{WORDS[what].capitalize()}, by design and method"
        picture = plots.dots(title, "higher is better; dashed: asked for", groups, METHODS, low, high)
        (PICTURES / f"ranking-{what}.svg").write_text(picture, "utf-8")
    picture = plots.curve("Is a claimed chance true? All designs, method shrunk", calibration(trials))
    (PICTURES / "ranking-claims.svg").write_text(picture, "utf-8")
    (PICTURES / "ranking-simulation.json").write_text(_summary(trials), "utf-8")
    _into_page(PAGE, text)


def calibration(trials: dict[str, list[Trial]]) -> list[tuple[float, float, float, int]]:
    """Claimed chance, true share, half width and count, in ten bins of the claim."""
    pairs = np.array([
        (t.methods["shrunk"].claimed, t.methods["shrunk"].top1) for found in trials.values() for t in found
    ], dtype=float)  # fmt: skip
    points = []
    for k in range(10):
        inside = pairs[(pairs[:, 0] >= k / 10) & (pairs[:, 0] < (k + 1) / 10 + (k == 9))]
        if len(inside) >= 20:
            claimed, true = inside.mean(0)
            half = 1.96 * float(np.sqrt(true * (1 - true) / len(inside)))
            points.append((float(claimed), float(true), half, len(inside)))
    return points


def _summary(trials: dict[str, list[Trial]]) -> str:
    means = {
        design: {
            m: {what: round(figures(found, m, what).value, 4) for what in (*WORDS, "claimed")} for m in METHODS
        }
        for design, found in trials.items()
    }
    return json.dumps({"seeds": len(next(iter(trials.values()))), "designs": means}, indent=1) + "\n"


def _into_page(page: Path, text: str) -> None:
    old = page.read_text("utf-8")
    before, rest = old.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    page.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()
