"""An update loads the page anew: only when nobody works, and never while scans are in memory only."""

from __future__ import annotations

import pytest

from tests.checkin.conftest import Gate
from tests.checkin.phone.conftest import Phone

pytestmark = pytest.mark.browser

# A shell with an update that waits; what it would tell the waiting worker is in phone.posted.
_WAITING = """phone.load("shell").then(({ Shell }) => {
  phone.posted = [];
  const waiting = { postMessage: (word) => phone.posted.push(word) };
  phone.shell = Object.create(Shell.prototype);
  Object.assign(phone.shell, { gate: phone.gate, waiting, asked: false, taken: false });
  phone.skip = (name, ms) => {
    const [clock, real] = [name === "Date" ? Date : performance, (name === "Date" ? Date : performance).now];
    clock.now = () => real.call(clock) + ms;
  };
})"""
LOOK = "(phone.shell.look(), phone.posted)"
INSTALL = "(phone.shell.install(), phone.posted)"
NO_SPACE = """(() => {
  IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); };
})()"""


@pytest.fixture
def updating(phone: Phone) -> Phone:
    phone.run(_WAITING)
    return phone


def test_an_update_is_taken_after_ten_minutes_without_a_scan(updating: Phone) -> None:
    assert updating.run(LOOK) == []
    updating.run("phone.skip('performance', 600001)")
    assert updating.run("phone.shell.ready") is True
    assert updating.run(LOOK) == ["install"]


def test_a_clock_put_right_is_no_rest(updating: Phone) -> None:
    updating.run("phone.skip('Date', 3600000)")
    assert updating.run(LOOK) == []


def test_scans_in_memory_only_hold_up_every_update(updating: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    updating.sync()
    updating.offline()
    updating.run(NO_SPACE)
    assert updating.scan(ticket.qr)["status"] == "admitted"
    updating.run("phone.skip('performance', 600001)")
    assert updating.run("phone.shell.ready") is False  # no button for it either
    assert updating.run(LOOK) == []
    assert updating.run(INSTALL) == []
    updating.run("phone.gate.warn(null)")
    assert updating.run(INSTALL) == []  # space again, but that scan is still nowhere else
    updating.offline(False)
    assert updating.sync()["unsent"] == 0
    assert updating.run(LOOK) == ["install"]


def test_unsent_scans_whose_store_was_taken_away_hold_up_updates(updating: Phone, live_gate: Gate) -> None:
    updating.offline()
    updating.scan(live_gate.ticket().qr)
    updating.run("phone.skip('performance', 600001)")
    updating.run("phone.gate.warn('cleared')")
    assert updating.run(LOOK) == []
    updating.run("phone.gate.warn(null)")
    assert updating.run(LOOK) == ["install"]  # kept on the phone: they go out after it


def test_supervisor_mode_is_not_interrupted(updating: Phone) -> None:
    updating.run("phone.gate.roster.take(Date.now() + 7200000, [])")
    updating.run("phone.skip('performance', 600001)")
    assert updating.run(LOOK) == []
    updating.run("phone.gate.lock()")
    assert updating.run(LOOK) == ["install"]
