"""Rules behind a result: order of reading, windows, words, quorum, minutes, feedback, deliberation, the report."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.competition import charts, result_words
from app.competition.rules import bundle, deliberation, feedback, minutes, objections, spelled
from app.competition.rules.announcing import Card, cards
from app.competition.rules.faults import Fault, Refused
from app.competition.rules.quorum import quorum
from app.competition.rules.report import Given, on_one_scale, report
from app.cooperatives.models import Trouble
from app.core.clock import WIB

PLACES = st.lists(st.tuples(st.integers(1, 6), st.text(min_size=1, max_size=5)), max_size=12)


def test_the_third_is_read_before_the_first() -> None:
    found = cards([(1, "Maju"), (2, "Sinar"), (3, "Tani"), (4, "Karya")])
    assert found == [Card(1, 3, ("Tani",)), Card(2, 2, ("Sinar",)), Card(3, 1, ("Maju",))]


def test_shared_places_stand_on_one_card() -> None:
    assert cards([(1, "b"), (1, "a"), (3, "c")]) == [Card(1, 3, ("c",)), Card(2, 1, ("a", "b"))]
    assert cards([(1, "a"), (2, "c"), (2, "b"), (2, "d")])[0] == Card(1, 2, ("b", "c", "d"))
    assert cards([]) == []
    assert cards([(1, "only")]) == [Card(1, 1, ("only",))]


@given(PLACES)
def test_the_winner_is_always_on_the_last_card(places: list[tuple[int, str]]) -> None:
    if places and min(place for place, _ in places) != 1:
        with pytest.raises(ValueError, match="begin with 1"):
            cards(places)
        return
    found = cards(places)
    assert [card.place for card in found] == sorted({p for p, _ in places if p <= 3}, reverse=True)
    assert not places or found[-1].place == 1


@pytest.mark.parametrize("places", [[(0, "a"), (1, "b")], [(2, "a")], [(3, "a"), (2, "b")]])
def test_a_list_that_does_not_begin_with_one_is_not_read(places: list[tuple[int, str]]) -> None:
    with pytest.raises(ValueError, match="begin with 1"):
        cards(places)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "nol"), (1, "satu"), (9, "sembilan"), (10, "sepuluh"), (11, "sebelas"), (12, "dua belas"),
        (19, "sembilan belas"), (20, "dua puluh"), (21, "dua puluh satu"), (100, "seratus"),
        (101, "seratus satu"), (111, "seratus sebelas"), (200, "dua ratus"),
        (999, "sembilan ratus sembilan puluh sembilan"),
        (1000, "seribu"), (1001, "seribu satu"), (1100, "seribu seratus"), (2000, "dua ribu"),
        (2023, "dua ribu dua puluh tiga"), (11_000, "sebelas ribu"), (100_000, "seratus ribu"),
        (101_000, "seratus satu ribu"), (1_000_000, "satu juta"), (1_001_000, "satu juta seribu"),
        (999_999_999, "sembilan ratus sembilan puluh sembilan juta sembilan ratus sembilan puluh sembilan ribu "
         "sembilan ratus sembilan puluh sembilan"),
    ],
)  # fmt: skip
def test_numbers_in_words(value: int, words: str) -> None:
    assert spelled.number_words(value) == words


@pytest.mark.parametrize("value", [-1, 1_000_000_000])
def test_numbers_without_words(value: int) -> None:
    with pytest.raises(ValueError, match="have words"):
        spelled.number_words(value)


@given(st.integers(0, spelled.LARGEST), st.integers(0, spelled.LARGEST))
def test_two_numbers_never_have_the_same_words(one: int, other: int) -> None:
    assert (spelled.number_words(one) == spelled.number_words(other)) == (one == other)


def test_dates_and_figures_in_words() -> None:
    thursday = "Kamis, tanggal dua puluh, bulan Juli, tahun dua ribu dua puluh tiga"
    assert spelled.date_words(date(2023, 7, 20)) == thursday
    assert spelled.date_figures(date(2023, 12, 1)) == "1 Desember 2023"
    assert [spelled.decimal(v) for v in (84.5, -0.001, -2.306, 0)] == ["84,50", "0,00", "-2,31", "0,00"]
    assert [spelled.percent(v) for v in (0, 0.004, 0.48, 0.995, 1)] == ["0%", "<1%", "48%", ">99%", "100%"]


def test_the_window_ends_at_midnight_of_the_last_day_in_depok() -> None:
    told = datetime(2023, 7, 20, 10, 0, tzinfo=WIB).astimezone(UTC)
    found = objections.window(told, 10, WIB)
    end = datetime(2023, 7, 31, 0, 0, tzinfo=WIB)
    assert found.closes == end
    assert found.last_day.astimezone(WIB).date() == date(2023, 7, 30)
    inside = {told: True, end - timedelta(microseconds=1): True, end: False, told - timedelta(seconds=1): False}
    assert {now: found.holds(now) for now in inside} == inside


def test_late_in_the_evening_it_is_already_tomorrow_in_utc_terms() -> None:
    told = datetime(2023, 7, 20, 17, 30, tzinfo=UTC)  # 21 July, 00.30 WIB
    assert objections.window(told, 0, WIB).closes == datetime(2023, 7, 22, tzinfo=WIB)


@pytest.mark.parametrize("days", [-1, 91])
def test_windows_that_cannot_be(days: int) -> None:
    with pytest.raises(ValueError, match="days"):
        objections.window(datetime(2023, 7, 20, tzinfo=UTC), days, WIB)
    with pytest.raises(ValueError, match="aware"):
        objections.window(datetime(2023, 7, 20), 1, WIB)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("panel", "needed"), [(0, 2), (1, 2), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (9, 5), (15, 8)]
)
def test_quorum_is_more_than_half_and_never_one_person(panel: int, needed: int) -> None:
    assert quorum(panel, 0).needed == needed
    assert quorum(panel, panel).reached == (panel >= 2)
    if needed <= panel:
        assert quorum(panel, needed).reached
        assert not quorum(panel, needed - 1).reached


def test_nobody_from_outside_makes_a_quorum() -> None:
    with pytest.raises(ValueError, match="panel"):
        quorum(3, 4)


def test_quartiles_as_excel_gives_them() -> None:
    assert feedback.quartiles([1, 2, 3, 4]) == (1.75, 2.5, 3.25)
    assert feedback.quartiles([5]) == (5, 5, 5)
    assert feedback.quartiles([7, 1, 3]) == (2, 3, 5)
    with pytest.raises(ValueError, match="nothing"):
        feedback.quartiles([])


@given(st.lists(st.floats(0, 100), min_size=1))
def test_quartiles_ascend_within_the_values(values: list[float]) -> None:
    low, middle, high = feedback.quartiles(values)
    assert min(values) - 1e-9 <= low <= middle + 1e-9
    assert middle <= high + 1e-9
    assert high <= max(values) + 1e-9


def test_own_criteria_and_their_quarter() -> None:
    found = feedback.own_criteria({"A": {"x": 1, "y": 2, "z": 3, "w": 4}, "B": {"y": 1}}, "x")
    assert [(one.code, one.quarter) for one in found] == [("A", 1)]
    best = feedback.own_criteria({"A": {"x": 4, "y": 2, "z": 3, "w": 1}}, "x")[0]
    assert (best.quarter, best.middle) == (4, 2.5)
    few = feedback.own_criteria({"A": {"x": 4, "y": 2, "z": 3}}, "x")[0]
    assert (few.quarter, few.middle) == (None, None)  # three entrants: the others could be worked out


def test_corrected_scores_stay_on_the_scale_they_are_shown_on() -> None:
    found = feedback.within({"A": {"x": 102.3, "y": -4, "z": 50}}, {"A": (0, 100)})
    assert found == {"A": {"x": 100, "y": 0, "z": 50}}


def test_the_weakest_are_those_furthest_below_the_middle() -> None:
    own = [
        feedback.OwnCriterion("A", 3, 2, 4, 5), feedback.OwnCriterion("B", 1, 1, 4, 5),
        feedback.OwnCriterion("C", 5, 4, 5, 5), feedback.OwnCriterion("D", 4, 1, 2, 3),
        feedback.OwnCriterion("E", 50, 60, 70, 80),
    ]  # fmt: skip
    scales = {**dict.fromkeys("ABCD", (1.0, 5.0)), "E": (0.0, 100.0)}
    assert feedback.weakest(own, scales) == ["B", "A", "E"]
    assert feedback.weakest([feedback.OwnCriterion("C", 5)], scales) == []
    assert feedback.weakest([feedback.OwnCriterion("A", 4), feedback.OwnCriterion("B", 2)], scales) == ["B", "A"]


def test_remarks_lose_names_and_order() -> None:
    said = feedback.anonymous(
        ["  Buku rapi,\nkata Siti. ", "AMINAH: kas kurang", "", "buku rapi, kata siti.", "Sitinah tetap"],
        ["Siti Aminah"], "[juri]",
    )  # fmt: skip
    assert said == ["[juri]: kas kurang", "Buku rapi, kata [juri].", "buku rapi, kata [juri].", "Sitinah tetap"]
    assert feedback.anonymous(["Bagus"], [], "x") == ["Bagus"]
    assert feedback.anonymous(["Al hadir"], ["Al"], "x") == ["Al hadir"]  # two letters are in many words


@pytest.mark.parametrize(
    ("criterion", "trouble"),
    [
        ("Kinerja Keuangan", "finances"), ("Permodalan", "capital"), ("Digitalisasi", "digital"),
        ("Partisipasi anggota", "inactive_members"), ("Tata Kelola", "administration"), ("Manajemen", "management"),
        ("Ketepatan RAT", "meeting_overdue"), ("Karat besi", "management"), ("", "management"),
    ],
)  # fmt: skip
def test_a_criterion_tells_the_kind_of_trouble(criterion: str, trouble: str) -> None:
    assert Trouble(feedback.trouble_of(criterion)) == trouble


def test_conflicts_lock_out_of_the_category_they_concern() -> None:
    assert deliberation.locked_out({1: {10}, 2: set(), 3: {99}}, {10, 11}) == {1}


def test_the_most_uncertain_are_talked_about_first() -> None:
    lines = [
        {"entrant": "a", "rank": 1, "rank_low": 1, "rank_high": 2},
        {"entrant": "b", "rank": 2, "rank_low": 1, "rank_high": 5},
        {"entrant": "c", "rank": 3, "rank_low": 2, "rank_high": 3},
        {"entrant": "d", "rank": 4, "rank_low": 4, "rank_high": 5},
    ]  # fmt: skip
    assert deliberation.discussion_order(lines, {"a": 1.0, "c": 2.0}) == ["b", "c", "a", "d"]


@pytest.mark.parametrize(
    ("after", "reason", "fault"),
    [
        ({"a": 2, "b": 1, "c": 3}, "Temuan kunjungan", None),
        ({"a": 1, "b": 1, "c": 3}, "Temuan kunjungan", None),
        ({"a": 1, "b": 2, "c": 3}, "Temuan kunjungan", "nothing_changed"),
        ({"a": 1, "b": 1, "c": 2}, "Temuan kunjungan", "places"),
        ({"a": 1, "b": 3, "c": 3}, "Temuan kunjungan", "places"),
        ({"a": 0, "b": 2, "c": 3}, "Temuan kunjungan", "places"),
        ({"a": 1, "b": 2}, "Temuan kunjungan", "not_the_same"),
        ({"a": 2, "b": 1, "c": 3, "d": 4}, "Temuan kunjungan", "not_the_same"),
        ({"a": 2, "b": 1, "c": 3}, "  salah   ", "no_reason"),
    ],
)
def test_what_a_panel_may_change(after: dict[str, int], reason: str, fault: str | None) -> None:
    assert deliberation.change_fault({"a": 1, "b": 2, "c": 3}, after, reason) == fault


def test_who_moved() -> None:
    found = deliberation.moved({"a": 1, "b": 2, "c": 3}, {"a": 2, "b": 1, "c": 3})
    assert [(one.entrant, one.before, one.after) for one in found] == [("b", 2, 1), ("a", 1, 2)]


def some_minutes(**changed: object) -> minutes.Minutes:
    line = minutes.Line(1, "01 Maju", 84.5, 1.2, 83.9, 3, 0.48, 0.8, 1, 4, "score")
    section = minutes.Section(
        "Konsumen", (line,), (), (minutes.JudgeLine("Budi", 5, -1.5, 0.4, None, False),), "q", "s", "p", ("c",),
        (minutes.Change("01 Maju", 2, 1, "temuan"),), "shrunk", 7, "b" * 64, "c" * 64, "d" * 64,
    )  # fmt: skip
    values: dict[str, object] = {
        "number": "BA/1", "amends": "", "amendment_reason": "", "festival": "f", "competition": "c", "stage": "s",
        "organiser": "o", "city": "Depok", "place": "Balai Kota", "day": date(2023, 7, 20),
        "legal_basis": ("UU 25",),
        "panel": (minutes.Member("Budi", "", "hadir"),), "quorum_panel": 3, "quorum_present": 2,
        "sections": (section,), "dissent": (minutes.Dissent("Budi", "tidak"),), "tie_rule": "t",
        "objection_days": 10,
        "weights_sha256": "a" * 64, "log_sha256": "e" * 64, "signers": (("Budi", "Anggota"), ("Ani", "Anggota")),
    }  # fmt: skip
    return minutes.sealed(minutes.Minutes(**{**values, **changed}))  # type: ignore[arg-type]


def test_minutes_come_back_as_they_were_stored() -> None:
    made = some_minutes()
    assert minutes.from_content(json.loads(json.dumps(minutes.content(made)))) == made


@pytest.mark.parametrize("name", ["number", "day", "place", "quorum_present", "content_sha256"])
def test_changed_minutes_are_found_out(name: str) -> None:
    stored = minutes.content(some_minutes())
    stored[name] = 1 if name == "quorum_present" else "2023-07-21"
    with pytest.raises(ValueError, match="changed"):
        minutes.from_content(stored)


def test_a_deep_change_is_found_out_too() -> None:
    stored = minutes.content(some_minutes())
    stored["sections"][0]["ranked"][0]["place"] = 2
    with pytest.raises(ValueError, match="changed"):
        minutes.from_content(stored)


SCORES = {"J1": {"a": 90, "b": 80, "c": 70}, "J2": {"a": 80, "b": 75, "d": 50}, "J3": {"b": 85, "c": 70, "d": 65}}
ROWS = [
    (judge, entrant, code, float(score + shift))
    for judge, sheets in SCORES.items()
    for entrant, score in sheets.items()
    for code, shift in (("A", 2), ("B", -1))
]


def some_given(**changed: object) -> Given:
    values: dict[str, object] = {
        "rows": ROWS, "weights": {"A": 60.0, "B": 40.0}, "scales": {"A": (0.0, 100.0), "B": (0.0, 100.0)},
        "method": "shrunk", "seed": 7, "tie_chain": (),
    }  # fmt: skip
    return Given(**{**values, **changed})  # type: ignore[arg-type]


def test_a_report_is_what_pekan_rank_gives(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("rank")
    table = "judge,entrant,criterion,score\n" + "".join(f"{j},{e},{c},{s}\n" for j, e, c, s in ROWS)
    (folder / "scores.csv").write_text(table)
    (folder / "weights.csv").write_text("criterion,weight\nA,60\nB,40\n")
    command = [sys.executable, "-c", "from app.competition.cli import rank; rank()", str(folder / "scores.csv")]
    options = ["--weights", str(folder / "weights.csv"), "--seed", "7", "--sensitivity", "--json"]
    told = json.loads(subprocess.run(command + options, capture_output=True, check=True).stdout)
    found = json.loads(json.dumps(report(some_given()).content))
    for name in told:
        if name != "warnings":
            assert found[name] == told[name], name


def test_its_bundle_verifies_and_names_no_judge() -> None:
    content = report(some_given(), judge_order=[2, 0, 1]).content
    raw = json.dumps(content["bundle"]).encode()
    assert bundle.verify(raw).ranks_sha256 == content["bundle"]["ranks_sha256"]
    assert content["bundle"]["scores"][0][0] in ("J1", "J2", "J3")
    renamed = [(f"Budi {judge}", entrant, code, score) for judge, entrant, code, score in ROWS]
    assert "Budi" not in json.dumps(report(some_given(rows=renamed)).content["bundle"])


def test_places_follow_the_score_unless_a_chain_was_declared() -> None:
    plain = report(some_given()).content
    assert [row["place"] for row in plain["places"]] == [row["rank"] for row in plain["ranking"]]
    close = some_given(rows=close_rows(), tie_chain=("B", "NOT THERE"))
    assert report(close).content["ranking"][0]["entrant"] == "b"
    chained = report(close).content["places"]
    assert {row["entrant"]: row["place"] for row in chained} == {"a": 1, "b": 2, "c": 3}
    assert chained[0]["decided"] == "criterion"


def close_rows() -> list[tuple[str, str, str, float]]:
    """Two that cannot be told apart: ``a`` is better in B by as much as ``b`` is in A."""
    noise = iter([1.4, -1.3, 0.6, -0.4, 2.3, -2.6, 0.9] * 20)
    return [
        (judge, entrant, code, base + {"aB": 1, "bA": 1}.get(entrant + code, 0) + next(noise))
        for judge in ("J1", "J2", "J3", "J4")
        for entrant, base in (("a", 80), ("b", 80), ("c", 40))
        for code in ("A", "B")
    ]


def test_different_scales_are_brought_to_one() -> None:
    rows = on_one_scale([("J", "a", "A", 3), ("J", "a", "B", 40)], {"A": (1.0, 5.0), "B": (0.0, 100.0)})
    assert [row[3] for row in rows] == [50, 40]
    assert on_one_scale([("J", "a", "A", 3)], {"A": (1.0, 5.0), "B": (1.0, 5.0)})[0][3] == 3


def test_marks_of_the_picture_lie_on_one_round_scale() -> None:
    lines = [
        {"entrant": "a", "score": 89.3, "se": 9.2, "mean": 91.3},
        {"entrant": "b", "score": 20.5, "se": 9.2, "mean": 4},
    ]  # fmt: skip
    found = charts.intervals(lines)
    assert (found.lowest, found.highest) == (0, 110)
    mark = found.by_entrant["a"]
    assert 0 <= mark.low < mark.score < mark.mean < mark.high <= charts.WIDTH
    alike = charts.intervals([{"entrant": "a", "score": 5, "se": 0, "mean": 5}])
    assert alike.by_entrant["a"].score == alike.by_entrant["a"].mean
    with pytest.raises(ValueError, match=r"empty|arg"):
        charts.intervals([])


def test_the_public_is_not_told_which_judge_decides() -> None:
    content = {
        "ranking": [{"entrant": name} for name in "abcd"],
        "sensitivity": {
            "methods": {"mean": ["a", "b", "c"], "huber": ["a", "b", "d"]},
            "without": {"Budi": ["b", "a", "c"], "Ani": ["a", "b", "d"], "Eka": None},
        },
    }  # fmt: skip
    assert result_words.sensitivity(content) == (
        "Tiga besarnya berbeda pada 1 dari 2 cara hitung lain. Tanpa juri Budi, peringkat pertama berubah. "
        "Tanpa juri Ani, susunan tiga besar berubah."
    )
    assert "Budi" not in result_words.sensitivity(content, named=False)
    steady = {
        **content,
        "sensitivity": {"methods": {"mean": ["c", "b", "a"]}, "without": {"Budi": ["a", "b", "c"]}},
    }
    assert result_words.sensitivity(steady).endswith("Tanpa juri yang mana pun, tiga besarnya tetap.")


def test_nothing_judged_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        report(some_given(rows=[]))
    assert refused.value.code is Fault.EMPTY
