"""What the client plays: raw requests of a phone, a program and a browser, and what their answers must say."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

import brotli

from bench.client import Answer, Scenario, UnexpectedAnswerError
from bench.town import Gate

ENCODINGS = "Accept-Encoding: gzip, deflate, br"  # as every browser sends them
COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)
BROTLI = re.compile(rb"\r\ncontent-encoding: *br", re.IGNORECASE)
HIDDEN = re.compile(rb'name="(csrf_token|submission)"[^>]*value="([^"]+)"')
_numbers = itertools.count(1)


def get(path: str, *headers: str) -> bytes:
    """A GET as bytes."""
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", "")).encode()


def post(path: str, body: bytes, kind: str, *headers: str) -> bytes:
    """A POST as bytes."""
    length = f"Content-Length: {len(body)}"
    lines = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {kind}", length, *headers, "", "")
    return "\r\n".join(lines).encode() + body


def expect(answer: Answer, status: int, word: bytes = b"") -> None:
    """Raises UnexpectedAnswerError when the answer is another one."""
    if answer.status != status or word not in answer.body:
        raise UnexpectedAnswerError(f"{answer.status}: {answer.body[:300]!r}")


def single(request: bytes, status: int, word: bytes = b"") -> Scenario:
    """One request and its answer."""
    expect((yield request), status, word)


def repeated(request: bytes, status: int, word: bytes = b"") -> Iterator[Scenario]:
    """The same request for ever."""
    while True:
        yield single(request, status, word)


def scan_request(gate: Gate, phone: int, codes: Sequence[str], moment: str) -> bytes:
    """An upload of scans by one of the phones of a gate."""
    scans = [{"id": str(uuid.uuid4()), "code": code, "scanned_at": moment, "offline": False} for code in codes]
    token = gate.tokens[phone % len(gate.tokens)]
    path = f"/api/v1/checkin/points/{gate.slug}/scans"
    return post(path, json.dumps({"scans": scans}).encode(), "application/json", f"Authorization: Bearer {token}")


def check_ins(gate: Gate, codes: Sequence[str], moment: str) -> Iterator[Scenario]:
    """One scan a request, each of a ticket that this gate has not seen: all are admitted."""
    requests = [scan_request(gate, number, [code], moment) for number, code in enumerate(codes)]
    return (single(request, 200, b'"admitted"') for request in requests)


def json_sign_ups(slot_id: int) -> Iterator[Scenario]:
    """One person a request, every one new, each under a number of their own."""
    for number in _numbers:
        yield single(sign_up_request(slot_id, _name(number), _phone(number)), 201, b"PK1:")


def sign_up_request(slot_id: int, name: str, phone: str, *, waitlist: bool = False) -> bytes:
    """One person's sign-up through JSON."""
    body = {
        "slot_id": str(slot_id), "contact": {"name": name, "phone": phone},
        "participants": [{"name": name, "birth_date": "1984"}], "answers": {}, "consent": True,
        "waitlist": waitlist,
    }  # fmt: skip
    key = f"Idempotency-Key: {uuid.uuid4()}"
    return post("/api/v1/registrations", json.dumps(body).encode(), "application/json", key)


def page_sign_ups(slug: str, slot_id: int) -> Iterator[Scenario]:
    """A browser that has never been here: the form, the form sent, the page with the ticket."""
    for number in _numbers:
        yield _page_sign_up(f"/activities/{slug}/register", slot_id, number)


def _page_sign_up(path: str, slot_id: int, number: int) -> Scenario:
    form = yield get(path, ENCODINGS)
    expect(form, 200)
    page = brotli.decompress(form.body) if BROTLI.search(form.head) else form.body
    hidden = {name.decode(): value.decode() for name, value in HIDDEN.findall(page)}
    cookies = COOKIE.findall(form.head)
    fields = {
        **hidden, "slot": slot_id, "contact_name": _name(number), "phone": _phone(number),
        "people-0-name": _name(number), "people-0-birth": "1984", "consent": "y",
    }  # fmt: skip
    kind = "application/x-www-form-urlencoded"
    sent = yield post(path, urlencode(fields).encode(), kind, ENCODINGS, cookie_header(cookies))
    expect(sent, 303)
    cookies += COOKIE.findall(sent.head)
    place = LOCATION.search(sent.head)
    if place is None:
        raise UnexpectedAnswerError("no address of the tickets")
    tickets = yield get(place[1].decode(), ENCODINGS, cookie_header(cookies))
    expect(tickets, 200)
    if len(tickets.body) < 1500:  # a ticket with its QR code does not compress below that
        raise UnexpectedAnswerError("a page without a ticket")


def cookie_header(cookies: list[bytes]) -> str:
    return "Cookie: " + b"; ".join(cookies).decode()


def _name(number: int) -> str:
    return f"Siti Aminah {number}"


def _phone(number: int) -> str:
    return f"0812{number:08d}"
