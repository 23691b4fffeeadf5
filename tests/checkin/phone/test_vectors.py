"""The cases of tests/vectors on the phone: the same file decides in Python (tests/checkin/test_vectors.py)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.checkin.phone.conftest import Phone

pytestmark = pytest.mark.browser
VECTORS = Path(__file__).parents[2] / "vectors"

_CASES = """(async () => {
  const { decide } = await phone.load("rules");
  const ms = (text) => (text ? Date.parse(text) : null);
  return given.map(({ point, slots, ticket, issued_at, scope, as_of, admissions, scan_id, at, direction }) => {
    const found = decide(
      { id: scan_id, at: ms(at), direction, scope, issuedAt: ms(issued_at) },
      ticket && { ...ticket, bookings: ticket.bookings.map(([n, state]) => {
        const { activity, starts_at, ends_at } = slots.find((slot) => slot.n === n);
        return { activity, starts: ms(starts_at), ends: ms(ends_at), state };
      }) },
      { ...point, pausedAt: ms(point.paused_at), asOf: ms(as_of) },
      admissions.map((one) => ({ key: one.key, admittedAt: ms(one.admitted_at), leftAt: ms(one.left_at) })),
    );
    return {
      status: found.status, reason: found.reason, key: found.key, first_admitted_at: found.firstAdmittedAt,
      slot_starts_at: found.slotStartsAt, unchecked: found.unchecked, leaves: found.out,
    };
  });
})()"""
_MOMENTS = "given.map((text) => text && Date.parse(text))"
_CODES = """(async () => {
  const { Keys, readText } = await phone.load("signature");
  return Promise.all(given.map(async ({ text, keys, festival }) => {
    const found = await readText(text, new Keys(keys), festival);
    const { kind, code, id, scope, keyId, festival: number } = found;
    if (kind === "typed") return { expect: kind, code };
    return kind === "ticket" ? { expect: kind, id, scope, key_id: keyId, festival: number } : { expect: kind };
  }));
})()"""


@pytest.fixture
def bare(new_phone: Callable[[], Phone]) -> Phone:
    made = new_phone()
    made.start(gate=False)
    return made


def vectors() -> dict[str, Any]:
    return dict(json.loads((VECTORS / "checkin.json").read_text()))


def test_every_verdict_is_the_same_on_the_phone(bare: Phone) -> None:
    cases = vectors()["cases"]
    assert len(cases) >= 200
    moments = ("first_admitted_at", "slot_starts_at")
    expected = [dict(case["expect"]) for case in cases]
    for name in moments:
        for one, at in zip(expected, bare.run(_MOMENTS, [e[name] for e in expected]), strict=True):
            one[name] = at
    found = bare.run(_CASES, cases)
    wrong = [(c["name"], e, f) for c, e, f in zip(cases, expected, found, strict=True) if e != f]
    assert wrong == []


def test_every_text_is_read_the_same_on_the_phone(bare: Phone) -> None:
    cases = vectors()["codes"]
    found = bare.run(_CODES, cases)
    wrong = [
        (case["name"], one) for case, one in zip(cases, found, strict=True)
        if one != {name: case[name] for name in one}
    ]  # fmt: skip
    assert wrong == []


def test_the_codes_that_server_and_phone_share(bare: Phone) -> None:
    codes = json.loads((VECTORS / "codes.json").read_text())
    keys = [
        {"id": int(number), "hex": key} for number, key in codes["tickets"]["public_keys_hex"].items()
    ]  # fmt: skip
    script = """(async () => {
      const { base45, hex, issuedAt, normaliseTyped, parseTicket } = await phone.load("codes");
      const { Keys, verifierFor } = await phone.load("signature");
      const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
      const known = new Keys([]);
      for (const { id, hex: key } of given.keys) known.bytes.set(id, bytes(key));
      const wrong = [];
      const check = (name, right) => right || wrong.push(name);
      for (const { hex: whole, text } of given.base45.valid) check(text, hex(base45(text)) === whole);
      for (const { text, why } of given.base45.invalid) check(why, base45(text) === null);
      for (const { text, code } of given.typed.accepted) check(text, normaliseTyped(text) === code);
      for (const { text, why } of given.typed.refused) check(why, normaliseTyped(text) === null);
      for (const { text, ticket_id_hex: id, issued_at: issued, payload_hex: payload } of given.tickets.genuine) {
        const ticket = parseTicket(text);
        check(text, ticket.id === id && hex(ticket.payload) === payload && issuedAt(id) === Date.parse(issued));
        check(`${text} signed`, await known.verify(ticket));
        const library = await verifierFor(known.bytes.get(ticket.keyId), false);
        const signed = new Uint8Array([...new TextEncoder().encode("pekan-ticket-v1\\0"), ...ticket.payload]);
        check(`${text} by the library`, await library(ticket.signature, signed));
        signed[20] ^= 1;
        check(`${text} changed`, !(await library(ticket.signature, signed)));
      }
      for (const { text, why } of given.tickets.forged) {
        const ticket = parseTicket(text);
        check(why, ticket && !(await known.verify(ticket)));
        if (!known.knows(ticket.keyId)) continue;
        const library = await verifierFor(known.bytes.get(ticket.keyId), false);
        const signed = new Uint8Array([...new TextEncoder().encode("pekan-ticket-v1\\0"), ...ticket.payload]);
        check(`${why}, by the library`, !(await library(ticket.signature, signed).catch(() => false)));
      }
      for (const { text, why } of given.tickets.not_a_ticket) check(why, parseTicket(text) === null);
      return wrong;
    })()"""
    assert bare.run(script, {**codes, "keys": keys}) == []
