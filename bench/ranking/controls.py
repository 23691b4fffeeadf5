"""``python -m bench.ranking.controls``: why two lines of the simulation fall short; printed, nothing is written.

1. Panels by quality: chances of being first are claimed too low. Is the method too timid, or is a sorted crowd the
   reason? Control: panels that differ as much, but inside of which quality is normal, as the method takes it to be.
2. Linked, Kendall's tau: 0.0001 short in a thousand seeds. How much do other thousands differ?
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np

from app.competition.rules.reml import components
from app.competition.rules.shrunk import shrunk
from bench.measure import say
from bench.ranking import worlds
from bench.ranking.trials import tau, with_claims


def panels(seeds: range) -> None:
    """Claimed and true chance of the default's first, and how far the best is ahead, in levels."""
    for name, make in (("sorted by quality", worlds.by_quality), ("normal inside", worlds.by_panel)):
        claimed, true, ahead = [], [], []
        for seed in seeds:
            world = make(seed)
            found = with_claims(world, seed)
            best = int(np.argmax(found.scores))
            claimed.append(float(found.first[best]))
            true.append(best == int(np.argmax(world.panel.truth)))
            top = np.sort(world.panel.truth)[-2:]
            ahead.append(float(top[1] - top[0]))
        half = 1.96 * statistics.stdev(true) / len(true) ** 0.5
        say(
            f"panels, {name}: P(first) claimed {statistics.fmean(claimed):.3f}, true {statistics.fmean(true):.3f} "
            f"± {half:.3f}; the best is ahead by {statistics.fmean(ahead):.3f}"
        )


def linked(seeds: range, sets: int) -> None:
    """Kendall's tau of the default in several sets of as many seeds."""
    means = []
    for number in range(sets):
        found = []
        for seed in range(seeds.start + number * len(seeds), seeds.start + (number + 1) * len(seeds)):
            world = worlds.linked(seed)
            found.append(tau(shrunk(world.sheets, components(world.sheets)).scores, world.panel.truth))
        means.append(statistics.fmean(found))
    shown = ", ".join(f"{mean:.4f}" for mean in means)
    say(f"linked, tau of shrunk in {sets} sets of {len(seeds)} seeds: {shown}; mean {statistics.fmean(means):.4f}")


def main() -> None:
    """Both controls."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=200_001)
    parser.add_argument("--sets", type=int, default=5)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    panels(seeds)
    linked(seeds, options.sets)


if __name__ == "__main__":
    main()
