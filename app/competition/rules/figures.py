"""A ranking as JSON values: what ``pekan rank --json`` answers and what is stored of a result."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the command that shows them decides when NumPy comes
    from app.competition.rules.analysis import Analysis


def as_dict(found: Analysis, warnings: list[str]) -> dict[str, Any]:
    """The answer of ``--json``, as the contract names it, and more."""
    fit, standing = found.outcome.fit, found.standing
    lines = [
        {
            "entrant": name, "score": float(fit.scores[e]), "se": float(fit.se[e]), "rank": int(found.ranks[e]),
            "p_first": float(standing.first[e]), "p_top3": float(standing.top3[e]),
            "rank_low": int(standing.low[e]), "rank_high": int(standing.high[e]),
            "mean": float(found.sheets.means[e]), "judges": int(found.sheets.per_entrant[e]),
        }
        for e, name in enumerate(found.sheets.entrants)
    ]  # fmt: skip
    v = found.variances
    return {
        "method": found.method.value,
        "ranking": sorted(lines, key=lambda line: (line["rank"], line["entrant"])),
        "judges": [asdict(judge) for judge in found.judges],
        "components": {
            "entrant": v.entrant, "judge": v.judge, "residual": v.residual, "criterion_value": v.criterion,
        },
        "agreement": asdict(found.agreement),
        "connectivity": found.connectivity,
        "warnings": warnings,
        "tie_groups": [[found.sheets.entrants[e] for e in group] for group in found.groups],
        "odd_sheets": [asdict(sheet) for sheet in found.odd],
        "own_affiliation": [asdict(bias) for bias in found.biases],
        "sensitivity": asdict(found.sensitivity) if found.sensitivity else None,
        "seed": found.seed,
    }  # fmt: skip
