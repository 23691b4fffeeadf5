"""A published ranking: recomputed here, by the stand-alone script, and refused when anything was changed."""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.competition.fixtures import verify_ranking as script
from app.competition.rules import analysis, bundle
from app.competition.rules.faults import Refused
from app.competition.rules.methods import Method
from app.competition.rules.scores import Scores, read_scores, to_sheets
from tests.competition.reference_data import drawn

SCRIPT = Path(script.__file__)
WEIGHTS = {"mutu": 0.7, "usaha": 0.3}


def scores(seed: int = 1, entrants: int = 12, judges: int = 5, filled: float = 0.8) -> Scores:
    sheets = drawn(seed, entrants, judges, filled)
    lines = [
        f"{sheets.judges[j]},{sheets.entrants[e]},{name},{value + extra:.2f}"
        for e, j, value in zip(sheets.entrant, sheets.judge, sheets.value, strict=True)
        for name, extra in (("mutu", 0.0), ("usaha", 0.3))
    ]
    return read_scores(("judge,entrant,criterion,score\n" + "\n".join(lines)).encode())


def made(method: Method, table: Scores | None = None) -> dict[str, Any]:
    table = table or scores()
    found = analysis.analyse(to_sheets(table, WEIGHTS)[0], method)
    return bundle.compose(table, WEIGHTS, method, bundle.constants(found.sheets, found.outcome), found.seed)


@pytest.mark.parametrize("method", list(Method))
def test_both_ways(method: Method, tmp_path: Path) -> None:
    published = made(method)
    raw = json.dumps(published).encode()
    found = bundle.verify(raw)
    assert found.largest_difference < 1e-9
    assert (found.method, found.entrants) == (method, 12)
    again = script.recompute(published)
    ranking = analysis.analyse(to_sheets(scores(), WEIGHTS)[0], method)
    for e, name in enumerate(ranking.sheets.entrants):
        assert again[name] == pytest.approx(ranking.outcome.fit.scores[e], abs=1e-7)
    assert script.ranks(again, script.sheet_scores(published)) == {
        n: int(r) for n, r in zip(ranking.sheets.entrants, ranking.ranks, strict=True)
    }
    (tmp_path / "b.json").write_bytes(raw)
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, tmp_path / "b.json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "COCOK" in done.stdout
    assert found.inputs_sha256 in done.stdout
    assert found.ranks_sha256 in done.stdout


@pytest.mark.parametrize("method", list(Method))
def test_equal_judges_and_equal_entrants(method: Method) -> None:
    """Infinite penalties: no severity at all, entrants all alike."""
    table = read_scores(
        b"judge,entrant,criterion,score\n"
        + b"\n".join(
            f"{j},{e},{c},{v}".encode()
            for j, row in (("A", "135"), ("B", "351"), ("C", "513"))
            for e, v in zip("XYZ", row, strict=True)
            for c in WEIGHTS
        )
    )
    published = made(method, table)
    assert bundle.verify(json.dumps(published).encode()).entrants == 3
    assert script.faults(published) == []


def test_large_and_thin() -> None:
    published = made(Method.SHRUNK, scores(2, 150, 60, 0.08))
    assert script.faults(published) == []


def reforge(published: dict[str, Any]) -> dict[str, Any]:
    """Hashes made to fit again, as a clever forger would."""
    published["inputs_sha256"] = bundle.digest({name: published[name] for name in bundle.INPUTS})
    published["ranks_sha256"] = bundle.ranks_digest(published["ranking"])
    return published


def swap_ranks(published: dict[str, Any]) -> None:
    first, second = published["ranking"][:2]
    first["entrant"], second["entrant"] = second["entrant"], first["entrant"]


def raise_a_score(published: dict[str, Any]) -> None:
    published["scores"][0][3] += 1


def raise_a_result(published: dict[str, Any]) -> None:
    published["ranking"][3]["score"] += 0.001


def other_weights(published: dict[str, Any]) -> None:
    published["weights"] = {"mutu": 0.1, "usaha": 0.9}


def less_shrinkage(published: dict[str, Any]) -> None:
    published["constants"]["judge_penalty"] = 1e-6


def drop_an_entrant(published: dict[str, Any]) -> None:
    del published["ranking"][-1]


def promote(published: dict[str, Any]) -> None:
    published["ranking"][4]["rank"] = 1


@pytest.mark.parametrize("hide", [False, True])
@pytest.mark.parametrize(
    "change",
    [swap_ranks, raise_a_score, raise_a_result, other_weights, less_shrinkage, drop_an_entrant, promote],
)
def test_tampered(change: Callable[[dict[str, Any]], None], hide: bool) -> None:
    published = made(Method.SHRUNK)
    change(published)
    if hide:
        published = reforge(published)
    with pytest.raises(Refused):
        bundle.verify(json.dumps(published).encode())
    assert script.faults(published)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"format": "pekan-ranking-1"}',
        b'{"format": "other"}', b"1" * 5000,
    ],
)  # fmt: skip
def test_not_a_bundle(raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        bundle.verify(raw)
    (tmp_path / "b.json").write_bytes(raw)
    assert script.main(str(tmp_path / "b.json")) == 2


@pytest.mark.parametrize("name", ["method", "weights", "scores", "constants", "seed", "ranking", "ranks_sha256"])
@pytest.mark.parametrize("value", [None, "x", 7, [], {}, [[1]], [{}], float("nan"), {"a": float("inf")}])
def test_any_part_may_be_anything(name: str, value: object) -> None:
    published = copy.deepcopy(made(Method.SHRUNK, scores(1, 6, 3, 1.0)))
    if published[name] == value:
        return
    published[name] = value
    with suppress(ValueError, TypeError, KeyError):
        reforge(published)
    published[name] = value
    if name == "seed" and value == 7:
        assert bundle.verify(json.dumps(published).encode())
        return
    with pytest.raises(Refused):
        bundle.verify(json.dumps(published).encode())


def test_script_is_for_python_3_9_and_the_standard_library() -> None:
    tree = ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= {"__future__", "hashlib", "json", "math", "sys", "typing"}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not any(keyword.arg == "strict" for call in calls for keyword in call.keywords)


def test_judges_are_hidden() -> None:
    hidden = bundle.anonymous(scores(), [3, 1, 4, 0, 2])
    assert hidden.judges == ("J4", "J2", "J5", "J1", "J3")
    assert hidden.judge_affiliation == {}
