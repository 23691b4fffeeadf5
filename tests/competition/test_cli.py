"""``pekan rank`` and ``pekan results verify`` as people and programs call them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from app.competition import words
from app.competition.cli import rank, results
from app.competition.rules.faults import Caution, Fault, Notice, Refused
from app.operations import cli
from tests.competition import reference_data as reference
from tests.competition.test_scores import GOOD, HEAD

KEYS = {
    "ranking": {
        "entrant", "score", "se", "rank", "p_first", "p_top3", "rank_low", "rank_high", "mean", "judges",
    },
    "judges": {"judge", "severity", "se", "noise_ratio", "flagged"},
}  # fmt: skip


def scores(folder: Path, flight: str = "red") -> str:
    path = folder / "scores.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["judge", "entrant", "criterion", "score"])
        out.writerows(
            [row["judge"], row["wine"], "nilai", row["score"]]
            for row in reference.rows("princeton_2012")
            if row["flight"] == flight
        )
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(rank, list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.output)
    return found


@pytest.mark.parametrize("method", ["shrunk", "mean", "huber", "noise-weighted", "mixed"])
def test_json(tmp_path: Path, method: str) -> None:
    found = answer(scores(tmp_path), "--method", method)
    for name, keys in KEYS.items():
        assert all(keys <= set(line) for line in found[name])
    said = reference.published("princeton_2012")["red"]
    assert found["components"]["criterion_value"] == pytest.approx(said["lmer"]["REMLcrit"], abs=1e-5)
    assert found["components"]["entrant"] == pytest.approx(said["lmer"]["variance"]["wine"], abs=1e-5)
    assert found["agreement"]["kendall_w"] == pytest.approx(said["kendall"]["W_tie_corrected"], abs=1e-9)
    assert found["agreement"]["icc2k"] == pytest.approx(said["psych_icc"]["ICC2k"], abs=1e-9)
    assert found["connectivity"] == pytest.approx(1)
    assert [line["rank"] for line in found["ranking"]] == sorted(line["rank"] for line in found["ranking"])
    assert sum(line["p_first"] for line in found["ranking"]) == pytest.approx(1)
    assert sum(line["p_top3"] for line in found["ranking"]) == pytest.approx(3)
    assert all(line["rank_low"] <= line["rank_high"] for line in found["ranking"])
    if method == "mixed":
        blup = {line["entrant"]: line["score"] - said["lmer"]["fixef"]["(Intercept)"] for line in found["ranking"]}
        assert blup == pytest.approx(said["blup_wine"], abs=1e-5)


def test_same_answer_twice_and_another_seed(tmp_path: Path) -> None:
    path = scores(tmp_path)
    assert answer(path) == answer(path)
    assert answer(path)["ranking"] != answer(path, "--seed", "5")["ranking"]
    assert answer(path, "--seed", "5")["seed"] == 5


def test_it_starts_without_the_application(tmp_path: Path) -> None:
    """Flask, the database and the settings would cost more than a ranking of 18,000 scores."""
    program = f"""
import atexit, sys
heavy = {{"flask", "sqlalchemy", "jinja2", "babel", "config"}}
atexit.register(lambda: print(sorted(heavy & set(sys.modules)), file=sys.stderr))
sys.argv = ["pekan", "rank", {scores(tmp_path)!r}]
from app.operations.console import main
main()"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert "Peluang juara" in done.stdout


def test_the_help_names_it_beside_the_others(app: Flask) -> None:
    said = CliRunner().invoke(cli.group(lambda: app), ["--help"]).output
    assert {"rank", "results", "serve", "cooperatives", "db"} <= {
        line.split(" ")[2] for line in said.splitlines() if line.startswith("  ")
    }


def test_cannot_tell(tmp_path: Path) -> None:
    found = answer(scores(tmp_path, "white"))
    assert found["components"]["entrant"] == 0
    assert any("juri tidak dapat membedakan peserta" in warning for warning in found["warnings"])


def test_for_people(tmp_path: Path) -> None:
    done = run(scores(tmp_path), "--sensitivity")
    assert done.exit_code == 0
    for text in ("Peringkat", "Peluang juara", "red-B2", "Murah (+) atau ketat (-)", "tanpa Linda Murphy"):
        assert text in done.output


def test_weights_and_scale(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(GOOD + "A,X,usaha,50\nA,Y,usaha,90\nB,X,usaha,55\nB,Y,usaha,70\n")
    (tmp_path / "w.csv").write_text("criterion,weight\nmutu,75\nusaha,25\n")
    found = answer(str(tmp_path / "s.csv"), "--weights", str(tmp_path / "w.csv"), "--method", "mean")
    assert found["ranking"][0]["score"] == pytest.approx((72.5 + 70) / 2)
    done = run(str(tmp_path / "s.csv"), "--scale", "0", "75")
    assert done.exit_code == 1
    assert "nilai 80 di luar skala 0 sampai 75" in done.output


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Berkas ini kosong"),
        (GOOD + "A,X,mutu,80\n", "Baris 6 mengulang baris sebelumnya"),
        (HEAD + "A,X,m,\n", "Baris 2: nilai kosong"),
        (HEAD + "A,X,m,NaN\n", '"NaN" bukan angka'),
        (HEAD + "A,X,m,1\nA,Y,m,2\n", "Hanya ada satu juri"),
        (HEAD + "A,X,m,1\nB,X,m,2\n", "Hanya ada satu peserta"),
        (HEAD + "A,X,m,5\nB,X,m,5\nA,Y,m,5\nB,Y,m,5\n", "juri tidak dapat membedakan peserta"),
        (HEAD + "A,X,m,1\nA,Y,m,2\nB,Z,m,1\nB,W,m,3\n", "Penilaian terputus menjadi 2 kelompok"),
    ],
)
def test_a_clear_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, "utf-8")
    done = run(str(path), "--json")
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert done.stdout == ""


def test_bundle_and_back(tmp_path: Path) -> None:
    made = tmp_path / "hasil.json"
    assert run(scores(tmp_path), "--bundle", str(made)).exit_code == 0
    assert "Linda Murphy" not in made.read_text("utf-8")
    weights = json.loads(made.read_text("utf-8"))["constants"]["judge_weights"]
    assert list(weights) == sorted(weights)  # an order of their names would tell who is who
    done = CliRunner().invoke(results, ["verify", str(made)])
    assert done.exit_code == 0, done.output
    assert "Cocok: peringkat 10 peserta" in done.output
    made.write_text(made.read_text("utf-8").replace('"rank": 2', '"rank": 1', 1), "utf-8")
    done = CliRunner().invoke(results, ["verify", str(made)])
    assert done.exit_code == 1
    assert "sudah diubah" in done.output


def test_every_fault_and_caution_has_words() -> None:
    class Anything(dict[str, Any]):
        def __missing__(self, key: str) -> str:
            return "…"

    for fault in Fault:
        values = {"why": "json"} if fault is Fault.BUNDLE else {}
        refused = Refused(fault, **values)
        refused.values = Anything(values)
        assert words.refusal(refused).endswith((".", "!"))
    for caution in Caution:
        assert words.caution(Notice(caution, Anything())).endswith(".")
