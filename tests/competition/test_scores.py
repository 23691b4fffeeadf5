"""Reading scores and weights: what is wrong is refused, and nothing doubtful is read silently."""

from __future__ import annotations

import random
import time

import pytest

from app.competition.rules import analysis
from app.competition.rules.faults import Caution, Fault, Refused
from app.competition.rules.scores import one_criterion, read_scores, to_sheets
from app.competition.rules.weights import Scale, for_criteria, normalised, read_weights
from tests.competition.reference_data import drawn, made

HEAD = "judge,entrant,criterion,score\n"
GOOD = HEAD + "A,X,mutu,80\nA,Y,mutu,70\nB,X,mutu,75\nB,Y,mutu,60\n"


def refused(content: str | bytes, **options: object) -> Refused:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(Refused) as fault:
        read_scores(raw, **options)  # type: ignore[arg-type]
    return fault.value


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        ("", Fault.EMPTY, None),
        ("\n\n", Fault.EMPTY, None),
        (HEAD, Fault.EMPTY, None),
        ("judge,entrant,score\nA,X,1\n", Fault.NO_COLUMN, None),
        ("judge,judge,entrant,criterion,score\nA,A,X,m,1\n", Fault.TWICE_COLUMN, None),
        (HEAD + "A,X,m\n", Fault.CELLS, 2),
        (HEAD + "A,X,m,1\nA,Y,m,1,5\n", Fault.CELLS, 3),
        (HEAD + " ,X,m,1\n", Fault.NAME, 2),
        (HEAD + "A," + "X" * 201 + ",m,1\n", Fault.NAME, 2),
        (HEAD + "A,X,m,\n", Fault.NO_SCORE, 2),
        (HEAD + "A,X,m,delapan\n", Fault.NOT_A_NUMBER, 2),
        (HEAD + "A,X,m,NaN\n", Fault.NOT_A_NUMBER, 2),
        (HEAD + "A,X,m,inf\n", Fault.NOT_A_NUMBER, 2),
        (HEAD + "A,X,m,1e999\n", Fault.NOT_A_NUMBER, 2),
        (HEAD + "A,X,m,1e101\n", Fault.NOT_A_NUMBER, 2),
        (HEAD + "A,X,m,0x10\n", Fault.NOT_A_NUMBER, 2),
        (HEAD + "A,X,m,8_5\n", Fault.NOT_A_NUMBER, 2),
        (HEAD + 'A,X,m,"1,000"\n', Fault.NOT_A_NUMBER, 2),
        (HEAD + "A,X,m,٨٥\n", Fault.NOT_A_NUMBER, 2),
        (HEAD + "A,X,m,=1+1\n", Fault.NOT_A_NUMBER, 2),
        (GOOD + "A,X,mutu,80\n", Fault.DUPLICATE, 6),
        (GOOD + " A , X ,mutu,81\n", Fault.DUPLICATE, 6),
        (HEAD + 'A,"X,m,1\n', Fault.NOT_A_TABLE, 2),
        (GOOD.encode("utf-16"), Fault.NOT_TEXT, None),
        (b"PK\x03\x04\xff\xfe", Fault.NOT_TEXT, None),
        (HEAD + "A,X\0,m,1\n", Fault.NOT_TEXT, None),
    ],
)
def test_refused(content: str | bytes, code: Fault, row: int | None) -> None:
    fault = refused(content)
    assert fault.code is code
    assert fault.values.get("row") == row


def test_scale() -> None:
    assert refused(GOOD, scale=Scale(0, 75)).values == {"row": 2, "score": "80", "low": "0", "high": "75"}
    assert read_scores(GOOD.encode(), Scale(60, 80)).score.max() == 80
    assert refused(GOOD, scale={"mutu": Scale(0, 70)}).code is Fault.OUTSIDE
    with pytest.raises(Refused):
        Scale(5, 5)


@pytest.mark.parametrize(
    "content",
    [
        GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace(",", ";"), GOOD.replace(",", "\t"),
        GOOD.upper().replace("MUTU", "mutu"), GOOD.replace("A,X", " A ,X "), GOOD + "\n,,,\n",
        GOOD.replace("80", "80.0").replace("70", "+7e1"), GOOD.replace(",", ";").replace("80", "80,0"),
    ],
)  # fmt: skip
def test_the_same_table(content: str) -> None:
    found = read_scores(content.encode())
    assert list(found.score) == [80, 70, 75, 60]
    assert found.judges == ("A", "B")
    assert found.entrants == ("X", "Y")


def test_order_of_rows_does_not_matter() -> None:
    lines = [f"J{j},E{e},K{c},{(j * 7 + e * 3 + c) % 11}" for j in range(4) for e in range(5) for c in range(3)]
    one = to_sheets(read_scores((HEAD + "\n".join(lines)).encode()), {"K0": 0.2, "K1": 0.3, "K2": 0.5})[0]
    random.Random(1).shuffle(lines)
    other = to_sheets(read_scores((HEAD + "\n".join(lines)).encode()), {"K0": 0.2, "K1": 0.3, "K2": 0.5})[0]
    assert one.entrants == other.entrants
    assert list(one.value) == list(other.value)
    assert list(one.entrant) == list(other.entrant)


def test_weighted_mean_and_missing_criterion() -> None:
    scores = read_scores((HEAD + "A,X,p,10\nA,X,q,20\nA,Y,p,30\nB,X,p,1\nB,X,q,2\nB,Y,p,3\nB,Y,q,4\n").encode())
    sheets, notices = to_sheets(scores, {"p": 0.25, "q": 0.75})
    assert sheets.table.tolist() == [[17.5, 1.75], [30.0, 3.75]]
    assert [notice.code for notice in notices] == [Caution.INCOMPLETE]
    assert notices[0].values == {"sheets": 1, "judge": "A", "entrant": "Y", "filled": 1, "all": 2}
    assert one_criterion(scores, "q").value.tolist() == [20, 2, 4]


def test_affiliations() -> None:
    head = "judge,judge_affiliation,entrant,entrant_affiliation,criterion,score\n"
    found = read_scores((head + "A,KPRI,X,KPRI,m,1\nA,,Y,KSP,m,2\n").encode())
    assert found.judge_affiliation == {"A": "KPRI"}
    assert found.entrant_affiliation == {"X": "KPRI", "Y": "KSP"}
    assert refused(head + "A,KPRI,X,,m,1\nA,KSP,Y,,m,2\n").code is Fault.AFFILIATION


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("criterion,weight\na,60\nb,30\n", Fault.WRONG_SUM),
        ("criterion,weight\na,2\nb,3\n", Fault.WRONG_SUM),
        ("criterion,weight\na,100\nb,0\n", Fault.NOT_POSITIVE),
        ("criterion,weight\na,110\nb,-10\n", Fault.NOT_POSITIVE),
        ("criterion,weight\na,nan\n", Fault.NOT_A_NUMBER),
        ("criterion,weight\na,50\na,50\n", Fault.DUPLICATE),
        ("criterion,weight\n,100\n", Fault.NAME),
        ("criterion,weight\n", Fault.EMPTY),
        ("criterion\na\n", Fault.NO_COLUMN),
    ],
)
def test_weights_refused(content: str, code: Fault) -> None:
    with pytest.raises(Refused) as fault:
        read_weights(content.encode())
    assert fault.value.code is code


def test_weights() -> None:
    assert read_weights(b"criterion,weight\na,60\nb,40\n") == {"a": 0.6, "b": 0.4}
    assert read_weights(b"criterion;weight\na;60%\nb;40 %\n") == {"a": 0.6, "b": 0.4}
    assert sum(normalised({"a": 33.3, "b": 33.3, "c": 33.3}).values()) == pytest.approx(1, abs=1e-15)
    assert for_criteria(["a", "b"], None) == {"a": 0.5, "b": 0.5}
    for criteria, code in ((["a", "z"], Fault.NO_WEIGHT), (["a"], Fault.UNUSED_WEIGHT)):
        with pytest.raises(Refused) as fault:
            for_criteria(criteria, {"a": 0.5, "b": 0.5})
        assert fault.value.code is code


@pytest.mark.parametrize(
    "garbage",
    [
        b"x" * 10_000_000,
        b"\xff\x00\x12" * 3_500_000,
        b'"' * 10_000_000,
        b"," * 10_000_000,
        b"\n" * 10_000_000,
        b"judge,entrant,criterion,score\n" + b"9" * 10_000_000,
        b"judge,entrant,criterion,score\n" + b"A,X,m," + b"9" * 10_000_000,
        b"judge,entrant,criterion,score\n" + b"A,X,m,1\n" * 1_250_000,
        b"judge,entrant,criterion,score\n" + b",,,\n" * 2_500_000,
        random.Random(1).randbytes(10_000_000),
        bytes(random.Random(2).choices(range(32, 127), k=10_000_000)),
    ],
    ids=lambda raw: raw[:8].hex(),
)
def test_ten_megabytes_of_garbage(garbage: bytes) -> None:
    start = time.process_time()
    refused(garbage)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ([[1.0], [2.0]], Fault.ONE_JUDGE),
        ([[1.0, 2.0]], Fault.ONE_ENTRANT),
        ([[70.0, 70.0], [70.0, 70.0]], Fault.ALL_EQUAL),
        ([[1.0, 2.0, None, None], [2.0, 4.0, None, None], [None, None, 1.0, 5.0]], Fault.DISCONNECTED),
        ([[1.0, 2.0, None], [None, 4.0, 1.0]], Fault.TREE),
    ],
)
def test_designs_refused(table: list[list[float | None]], code: Fault) -> None:
    with pytest.raises(Refused) as fault:
        analysis.analyse(made(table))
    assert fault.value.code is code


def codes(table: list[list[float | None]]) -> set[Caution]:
    return {notice.code for notice in analysis.analyse(made(table)).notices}


def test_cautions() -> None:
    assert Caution.ONE_NUMBER in codes([[7.0, 5.0, 6.0], [7.0, 9.0, 8.5], [7.0, 4.0, 4.5]])
    assert codes([[1.0, 2.0], [2.0, 3.0], [5.0, 6.0]]) == {Caution.EXACT}
    assert codes([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]) >= {Caution.EXACT, Caution.CANNOT_TELL, Caution.ONE_NUMBER}
    assert Caution.SINGLE_SHEET in codes([[1.0, 2.0], [2.0, 2.5], [4.0, 6.0], [None, 2.0]])


def test_exact_scores() -> None:
    found = analysis.analyse(made([[1.0, 2.0], [2.0, 3.0], [5.0, 6.0]]))
    assert list(found.ranks) == [3, 2, 1]
    assert found.outcome.fit.scores == pytest.approx([1.5, 2.5, 5.5])
    assert found.variances.residual == 0
    assert found.variances.criterion is None
    assert found.variances.judge == pytest.approx(0.5)
    assert found.standing.first == pytest.approx([0, 0, 1])


def test_a_thousand_judges() -> None:
    start = time.process_time()
    found = analysis.analyse(drawn(3, 80, 1000, 0.15))
    assert len(found.judges) == 1000
    assert time.process_time() - start < 20


@pytest.mark.parametrize(("times", "plus"), [(1e-12, 0.0), (1e15, 0.0), (1e90, 0.0), (1.0, 1e9), (-3.0, 2.0)])
def test_any_numbers(times: float, plus: float) -> None:
    """The same ranking whatever scores are counted in; turned round where high is bad."""
    sheets = drawn(21, 12, 5)
    one, other = (analysis.analyse(s) for s in (sheets, sheets.with_values(times * sheets.value + plus)))
    assert list(other.ranks) == list(one.ranks if times > 0 else 13 - one.ranks)
    spread = (times * one.outcome.fit.se).tolist()
    assert other.outcome.fit.se.tolist() == pytest.approx([abs(se) for se in spread], rel=1e-4)


def test_eighteen_thousand_scores() -> None:
    """Measured at 0.3 s with imports and sensitivity; the bound leaves room for a busy machine."""
    chance = random.Random(3)
    sheets = chance.sample([(e, j) for e in range(200) for j in range(15)], 900)
    rows = [f"J{j},E{e},K{c},{chance.randint(1, 5)}" for e, j in sheets for c in range(20)]
    start = time.process_time()
    table = read_scores((HEAD + "\n".join(rows)).encode())
    found = analysis.analyse(to_sheets(table, for_criteria(table.criteria, None))[0], with_sensitivity=True)
    assert time.process_time() - start < 1.5
    assert found.sensitivity is not None
    assert len(found.sensitivity.without) == 15
