"""Every line of bad input that the task of ranking names, typed by somebody: a sentence, never a number."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.competition.cli import rank, results
from tests.competition.test_scores import HEAD

CELLS = ["A,X,m,80", "A,Y,m,70", "A,Z,m,50", "B,X,m,75", "B,Y,m,60", "B,Z,m,61"]
GOOD = HEAD + "\n".join(CELLS) + "\n"
DISCONNECTED = HEAD + "A,X,m,1\nB,X,m,2\nA,Y,m,2\nB,Y,m,4\nC,Z,m,1\nD,Z,m,3\nC,W,m,3\nD,W,m,1\n"
ONE_NUMBER = GOOD + "C,X,m,70\nC,Y,m,70\nC,Z,m,70\n"


def run(folder: Path, scores: str | bytes, *options: str, weights: str = "") -> Result:
    path = folder / "nilai.csv"
    path.write_bytes(scores if isinstance(scores, bytes) else scores.encode())
    more = list(options)
    if weights:
        (folder / "bobot.csv").write_text(weights, "utf-8")
        more += ["--weights", str(folder / "bobot.csv")]
    return CliRunner().invoke(rank, [str(path), *more])


REFUSED = {
    "missing cell": (GOOD + "C,X,m,\n", "", [], "Baris 8: nilai kosong (juri C, peserta X, kriteria m)."),
    "one judge": (HEAD + "A,X,m,1\nA,Y,m,2\n", "", [], "Hanya ada satu juri"),
    "one entrant": (HEAD + "A,X,m,1\nB,X,m,2\n", "", [], "Hanya ada satu peserta"),
    "all scores equal": (HEAD + "A,X,m,5\nA,Y,m,5\nB,X,m,5\nB,Y,m,5\n", "", [], "Semua nilai sama (5)"),
    "duplicate rows": (GOOD + "A,X,m,80\n", "", [], "Baris 8 mengulang baris sebelumnya"),
    "outside the scale": (GOOD, "", ["--scale", "0", "75"], "nilai 80 di luar skala 0 sampai 75"),
    "weights that do not sum": (GOOD, "criterion,weight\nm,90\n", [], "Jumlah semua bobot adalah 90"),
    "zero weight": (GOOD, "criterion,weight\nm,0\n", [], "Bobot harus lebih dari 0"),
    "a criterion without weight": (GOOD, "criterion,weight\nn,100\n", [], 'Kriteria "m" dinilai, tetapi'),
    "NaN": (GOOD + "C,X,m,NaN\n", "", [], 'Baris 8: "NaN" bukan angka'),
    "disconnected panels": (DISCONNECTED, "", [], "Penilaian terputus menjadi 2 kelompok"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("option", ["--json", "--sensitivity"])
def test_a_sentence_and_no_number(tmp_path: Path, case: str, option: str) -> None:
    scores, weights, options, sentence = REFUSED[case]
    done = run(tmp_path, scores, *options, option, weights=weights)
    assert (done.exit_code, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_ten_megabytes_of_garbage(tmp_path: Path) -> None:
    garbage = random.Random(1).randbytes(10 * 1024 * 1024)
    done = run(tmp_path, garbage, "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "bukan teks CSV" in done.stderr
    letters = b"".join(b"%d,%d\n" % (n, n) for n in range(700_000))
    assert "Kolom" in run(tmp_path, letters, "--json").stderr


def test_a_judge_who_gives_one_number_to_all_is_named(tmp_path: Path) -> None:
    found = json.loads(run(tmp_path, ONE_NUMBER, "--json").stdout)
    assert any("Juri C memberi nilai yang sama (70)" in warning for warning in found["warnings"])
    assert [judge["judge"] for judge in found["judges"]] == ["A", "B", "C"]  # never dropped by the machine


def test_a_missing_sheet_is_no_fault_and_a_missing_criterion_is_said(tmp_path: Path) -> None:
    two = GOOD + "".join(cell.replace(",m,", ",n,") + "\n" for cell in CELLS[:-1])
    found = json.loads(run(tmp_path, two, "--json").stdout)
    assert any("1 lembar belum lengkap, misalnya juri B untuk Z" in warning for warning in found["warnings"])
    fewer = HEAD + "\n".join(CELLS[:-1]) + "\n"
    counted = {
        line["entrant"]: line["judges"] for line in json.loads(run(tmp_path, fewer, "--json").stdout)["ranking"]
    }
    assert counted == {"X": 2, "Y": 2, "Z": 1}


def test_nothing_is_written_when_nothing_is_computed(tmp_path: Path) -> None:
    bundle = tmp_path / "hasil.json"
    assert run(tmp_path, DISCONNECTED, "--bundle", str(bundle)).exit_code == 1
    assert not bundle.exists()


@pytest.mark.parametrize("part", ["score", "rank", "inputs_sha256"])
def test_a_tampered_bundle(tmp_path: Path, part: str) -> None:
    bundle = tmp_path / "hasil.json"
    assert run(tmp_path, GOOD, "--bundle", str(bundle)).exit_code == 0
    assert CliRunner().invoke(results, ["verify", str(bundle)]).exit_code == 0
    text = bundle.read_text("utf-8")
    at = text.index(f'"{part}":') + len(part) + 3
    digit = next(n for n in range(at, len(text)) if text[n].isdigit())
    bundle.write_text(text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1 :], "utf-8")
    done = CliRunner().invoke(results, ["verify", str(bundle)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert any(said in done.stderr for said in ("sudah diubah", "tidak sama dengan hitungan ulang"))
