"""Transactions, the queue of writers, and the column types."""

from __future__ import annotations

import enum
import multiprocessing
import os
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from app.core.db import Code, UtcDateTime, db, in_transaction, lost_race, transaction
from app.core.turns import NoTurnError, WriteTurns
from app.regions.models import Kecamatan

pytestmark = pytest.mark.usefixtures("ctx")


def region(code: str, name: str = "Sawangan") -> Kecamatan:
    return Kecamatan(code=code, name=name, city_code="32.76", city="Kota Depok")


def stored() -> list[str]:
    """Codes as another connection sees them."""
    with db.engine.connect() as other:
        return list(other.scalars(sa.select(Kecamatan.code).order_by(Kecamatan.code)))


# --- transaction()


def test_the_end_of_the_block_commits() -> None:
    with transaction() as session:
        session.add(region("1"))
        session.flush()
        assert stored() == [], "nothing is seen before"
    assert stored() == ["1"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, SystemExit])
def test_any_way_out_but_the_end_rolls_back(fault: type[BaseException]) -> None:
    def leave() -> None:
        with transaction() as session:
            session.add(region("1"))
            session.flush()
            raise fault

    with pytest.raises(fault):
        leave()
    assert stored() == []
    with transaction() as session:  # and the next one works
        session.add(region("2"))
    assert stored() == ["2"]


def test_a_transaction_inside_a_transaction_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="inside"), transaction(), transaction():
        pass
    with transaction() as session:
        session.add(region("1"))
    assert stored() == ["1"]


def test_changes_made_outside_are_a_bug() -> None:
    db.session.add(region("1"))
    with pytest.raises(RuntimeError, match="outside"), transaction():
        pass
    db.session.rollback()
    with transaction() as session:
        session.add(region("1"))
    found = db.session.get(Kecamatan, "1")
    assert found is not None
    found.name = "Bojongsari"
    with pytest.raises(RuntimeError, match="outside"), transaction():
        pass
    db.session.rollback()


def test_what_was_read_before_is_read_afresh() -> None:
    with transaction() as session:
        session.add(region("1", "before"))
    found = db.session.get(Kecamatan, "1")
    assert found is not None
    with db.engine.connect().execution_options(pekan_write=True) as other, other.begin():
        db.session.rollback()  # or SQLite's reader would hold its old view
        other.execute(sa.update(Kecamatan).values(name="after"))
    with transaction():
        assert found.name == "after"


# --- in_transaction()


def test_a_lost_race_runs_once_more() -> None:
    runs: list[int] = []

    def work() -> str:
        runs.append(1)
        if db.session.get(Kecamatan, "1") is None and len(runs) == 1:
            db.session.add(region("1"))
            db.session.flush()
            raise IntegrityError("insert", {}, Exception("somebody was first"))
        return f"run {len(runs)}"

    assert in_transaction(work) == "run 2"
    assert stored() == [], "the first run left nothing"


def test_the_second_loss_is_an_error() -> None:
    with transaction() as session:
        session.add(region("1"))
    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        db.session.execute(sa.insert(Kecamatan).values(code="1", name="x", city_code="x", city="x"))

    with pytest.raises(IntegrityError):
        in_transaction(work)
    assert len(runs) == 2


def test_other_faults_run_once() -> None:
    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        db.session.execute(sa.text("SELECT * FROM no_such_table"))

    with pytest.raises(sa.exc.DBAPIError):
        in_transaction(work)
    assert len(runs) == 1


def test_which_errors_are_lost_races() -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    assert lost_race(OperationalError("update", {}, Deadlock()))
    assert lost_race(IntegrityError("insert", {}, Exception()))
    assert not lost_race(OperationalError("select", {}, Exception("disk is full")))


# --- reading beside writing


def test_a_reader_takes_no_write_lock(app: Flask) -> None:
    """A page that only reads may be open as long as it likes: writers go on, and the other way round."""
    with transaction() as session:
        session.add(region("1"))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Kecamatan)) == 1  # a transaction is open
    done: list[str] = []

    def write() -> None:
        with app.app_context():
            with transaction() as other:
                other.add(region("2"))
            done.append("written")

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(5)
    assert done == ["written"]
    db.session.rollback()
    with transaction() as session:
        session.add(region("3"))
        session.flush()
        assert stored() == ["1", "2"], "a reader does not wait for a writer"


def test_many_threads_lose_no_update(app: Flask) -> None:
    with transaction() as session:
        session.add(region("1", "0"))

    def count() -> None:
        with app.app_context():
            for _time in range(5):
                with transaction() as session:
                    row = session.get(Kecamatan, "1", with_for_update=True)
                    assert row is not None
                    row.name = str(int(row.name) + 1)

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert db.session.scalar(sa.select(Kecamatan.name)) == "30"


def test_sqlite_is_set_up_to_survive_a_power_cut() -> None:
    if db.engine.dialect.name != "sqlite":
        assert "pekan_turns" not in current_app.extensions
        return
    pragmas = {
        name: db.session.scalar(sa.text(f"PRAGMA {name}"))
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert "pekan_turns" in current_app.extensions


# --- the queue of writers


def test_threads_take_turns_in_the_order_they_came(tmp_path: Path) -> None:
    turns, served = WriteTurns(tmp_path / "turn"), []

    def wait_and_serve(number: int) -> None:
        with turns.turn():
            served.append(number)

    threads = []
    with turns.turn():
        for number in range(12):
            threads.append(threading.Thread(target=wait_and_serve, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) <= number:  # so that the order of arrival is certain
                time.sleep(0.001)
    for thread in threads:
        thread.join(5)
    assert served == list(range(12))


def test_a_turn_ends_with_the_block_however_it_ends(tmp_path: Path) -> None:
    turns = WriteTurns(tmp_path / "turn")
    with pytest.raises(ValueError, match="inside"), turns.turn():
        raise ValueError("inside")
    with turns.turn():
        pass
    with pytest.raises(NoTurnError), WriteTurns(tmp_path / "missing" / "turn").turn():
        pass


def test_a_turn_that_cannot_be_had_does_not_block_the_next(tmp_path: Path) -> None:
    turns = WriteTurns(tmp_path / "missing" / "turn")
    for _time in range(2):
        with pytest.raises(NoTurnError), turns.turn():
            pass


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    turns, served = WriteTurns(tmp_path / "turn", longest_wait=0.05), []

    def try_it() -> None:
        try:
            with turns.turn():
                served.append("in")
        except NoTurnError:
            served.append("no turn")

    with turns.turn():
        for _thread in range(2):
            waiting = threading.Thread(target=try_it)
            waiting.start()
            waiting.join(5)
    assert served == ["no turn", "no turn"]
    try_it()
    assert served[2:] == ["in"], "who gave up holds nobody up"


def test_who_waited_in_vain_makes_the_next_wait_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits cannot serve readers meanwhile; once there was a turn again, patience is back."""
    monkeypatch.setattr("app.core.turns.WAIT_AFTER_THAT", 0.05)
    ours, theirs = (WriteTurns(tmp_path / "turn", longest_wait=0.4) for _process in range(2))
    waited = []
    with theirs.turn():
        for _time in range(2):
            started = time.monotonic()
            with pytest.raises(NoTurnError), ours.turn():
                pass
            waited.append(time.monotonic() - started)
    assert waited[1] < 0.4 <= waited[0]
    with ours.turn():
        pass
    with theirs.turn():
        started = time.monotonic()
        with pytest.raises(NoTurnError), ours.turn():
            pass
    assert time.monotonic() - started >= 0.4


def test_a_process_forked_from_ours_hears_the_bell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.turns.LOOK_AGAIN", 60_000)  # only the bell can wake it
    turns = WriteTurns(tmp_path / "turn")
    listening, telling = os.pipe()
    child = os.fork()
    if child == 0:  # a copy of the test run: it must leave without a word
        os.read(listening, 1)
        with turns.turn():
            os._exit(0)
    with turns.turn():
        os.write(telling, b"!")
        time.sleep(0.2)  # the child is waiting by now, or it finds the turn free
    started = time.monotonic()
    assert os.waitpid(child, 0)[1] == 0
    assert time.monotonic() - started < 10
    os.close(listening)
    os.close(telling)


def _add_ones(folder: str, times: int) -> None:
    counter, turns = Path(folder) / "counter", WriteTurns(Path(folder) / "turn")
    for _time in range(times):
        with turns.turn():
            before = int(counter.read_text())
            time.sleep(0.0005)  # room for another process to get in between, if it could
            counter.write_text(str(before + 1))


def test_processes_exclude_each_other(tmp_path: Path) -> None:
    (tmp_path / "counter").write_text("0")
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_add_ones, args=(str(tmp_path), 40)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert (tmp_path / "counter").read_text() == "120"


# --- column types


class Colour(enum.StrEnum):
    GREEN = "green"


@pytest.fixture
def table() -> sa.Table:
    columns = (sa.Column("at", UtcDateTime), sa.Column("colour", Code(Colour)))
    return sa.Table("probe", sa.MetaData(), *columns, prefixes=["TEMPORARY"])


def test_moments_come_back_as_they_went_in(table: sa.Table) -> None:
    wib = timezone(timedelta(hours=7))
    with db.engine.connect() as connection:
        table.create(connection)
        connection.execute(table.insert().values(at=datetime(2023, 7, 20, 9, 10, tzinfo=wib), colour="green"))
        at, colour = connection.execute(sa.select(table.c.at, table.c.colour)).one()
        assert at == datetime(2023, 7, 20, 2, 10, tzinfo=UTC)
        assert at.utcoffset() == timedelta(0)
        assert colour is Colour.GREEN
        connection.execute(table.update().values(at=None, colour=None))
        assert connection.execute(sa.select(table.c.at, table.c.colour)).one() == (None, None)
        connection.rollback()


@pytest.mark.parametrize("wrong", [{"at": datetime(2023, 7, 20, 9, 10)}, {"colour": "red"}])  # noqa: DTZ001
def test_a_moment_without_a_zone_and_an_unknown_code_are_refused(table: sa.Table, wrong: dict[str, object]) -> None:
    with db.engine.connect() as connection:
        table.create(connection)
        with pytest.raises(StatementError):
            connection.execute(table.insert().values(**wrong))
        connection.rollback()
