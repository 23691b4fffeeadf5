"""A festival in full swing for the tests that look at the whole site: the sample data, a family, staff, a phone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from flask import Flask

from app.accounts import services as accounts
from app.accounts.models import Role, User
from app.checkin.models import CheckinPoint
from app.competition.models import Certificate, Minutes
from app.cooperatives import services as cooperatives
from app.cooperatives.models import CaseState, Cooperative, CooperativeImport, Trouble
from app.cooperatives.rules.coaching import CaseFields
from app.cooperatives.services import imports
from app.core import clock
from app.core.db import db, transaction
from app.core.sheets import write_csv
from app.festival.queries import require_current
from app.operations import demo, tls
from app.programme.models import Activity, TimeSlot
from app.registration import services as registration
from app.registration.links import manage_token, team_place_token, upload_token
from app.registration.models import Batch, Participant
from app.registration.queries import registration_by_id, team_of
from app.registration.rules import BirthDate, Person
from app.registration.services import batches as lists
from tests.competition import arena
from tests.competition.test_result_pages import Panel

FAMILY = [
    {"name": "Siti Aminah", "birth_date": "1984"},
    {
        "name": "Muhammad Rizky Al-Fatih Ramadhan Kusumaningrat Wirahadikusumah", "birth_date": "2014",
        "guardian_name": "Siti Aminah",
    },
    {"name": "Budi", "birth_date": "1980"},
    {"name": "Ny. Dewi D'Souza-Prawirodirdjo", "birth_date": "1955"},
]  # fmt: skip
PHONE = "0812 3456 7890"


@dataclass(frozen=True)
class Town:
    """Addresses and secrets of what was made."""

    manage_url: str
    manage_token: str
    ticket_token: str
    sign_in_token: str
    day: str
    walk_slot: int
    nib_slot: int
    activity_id: int
    point_id: int
    gate_id: int
    user_id: int
    participant_id: int
    upload_token: str
    batches: dict[str, int]
    sheet_id: int
    link_batch: int
    cooperative_id: int
    cooperative_slug: str
    case_id: int
    import_id: int
    team_token: str
    team_place_token: str
    judged: dict[str, Any]  # a competition that is being judged, by the names of blanks in addresses
    announced: dict[str, Any]  # one whose result was announced


def load(app: Flask) -> None:
    """The sample festival, its first day today."""
    with app.app_context(), transaction():
        demo.load(dates="today", fresh=False, now=clock.now())


def committee_link(app: Flask, name: str = "panitia") -> str:
    """The token of a one-time sign-in link for an administrator."""
    with app.app_context(), transaction():
        user = accounts.ensure_user(name, [Role.ADMIN, Role.COMMITTEE], clock.now())
        return accounts.new_sign_in_link(user, clock.now())


def sign_up(server: str, slot_id: int, people: list[dict[str, str]], **body: object) -> dict:
    """Sign people up through the JSON side of a running server."""
    answer = httpx.post(
        f"{server}/api/v1/registrations",
        json={
            "slot_id": str(slot_id), "contact": {"name": people[0]["name"], "phone": PHONE},
            "participants": people, "answers": {}, "consent": True, **body,
        },
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return answer.json()


def build(app: Flask, server: str) -> Town:
    """The sample festival with a family of four signed up for the walk, and a committee user."""
    load(app)
    tls.local_certificate(Path(app.instance_path), ["localhost"], clock.now())  # the page /trust is about it
    with app.app_context():
        walk = _slots("jalan-santai")[-1]
        nib = _slots("nib")[-1]
        point = db.session.query(CheckinPoint).filter_by(slug="jalan-santai").one()
        gate = db.session.query(CheckinPoint).filter_by(slug="gerbang-utama").one()
        db.session.remove()
    family = sign_up(server, walk.id, FAMILY)
    token = committee_link(app)
    with app.app_context():
        user_id = db.session.scalars(sa.select(User.id)).one()
        participant_id = db.session.scalars(sa.select(sa.func.min(Participant.id))).one()
        lists_ = _lists(walk.festival_id, walk.id, user_id) | _cooperatives(user_id)
    return Town(
        manage_url=family["manage_url"], manage_token=family["manage_token"],
        ticket_token=family["tickets"][1]["url"].rsplit("/", 1)[-1], sign_in_token=token,
        day=clock.local(walk.starts_at).date().isoformat(), walk_slot=walk.id, nib_slot=nib.id,
        activity_id=walk.activity_id, point_id=point.id, gate_id=gate.id, user_id=user_id,
        participant_id=participant_id, **lists_, **_team(app), **_competitions(app, user_id),
    )  # fmt: skip


def _lists(festival_id: int, slot_id: int, user_id: int) -> dict[str, Any]:
    """Lists of people as far as they can be, one of them sent through a link; a stack of blank tickets."""
    now = clock.now()
    head = ["Nama", "Tahun lahir", "No HP"]
    wrong = [head, ["", "1984", "12"], [FAMILY[1]["name"] * 2, "kemarin", ""]]
    twice = [head, ["Siti Aminah", "1990", "0811 1111 111"], ["Hj. Aminah Siti", "1990", ""]]
    good = [head, *[[f"Warga {n}", "1990", f"0811 2222 {n:03d}"] for n in range(4)]]

    def send(rows: list[list[str]], link_id: int | None = None) -> int:
        sender = lists.Sender(festival_id, "Pak RT", "+6281300000000", link_id, user_id)
        return lists.take_list(sender, lists.read_list(write_csv(rows)), "rt05.csv", slot_id, now)

    with transaction():
        link = lists.new_upload_link(festival_id, "RT 05 RW 02", None, 100, 7, user_id, now)
        made = {"wrong": send(wrong), "ready": send(twice), "stored": send(good), "gone": send(good)}
        of_link = send(twice, link.id)
        lists.discard(made["gone"], now)
        lists.claim(made["stored"], now)
        sheet = registration.print_blank(festival_id, 16, user_id, now)
    with transaction():
        lists.store(db.session.get_one(Batch, made["stored"]), now, skip_repeats=False, now=now)
    return {"upload_token": upload_token(link.code), "batches": made, "sheet_id": sheet, "link_batch": of_link}


def _team(app: Flask) -> dict[str, str]:
    """A team with a long name: one member has written a name, one has not."""
    with app.app_context():
        gym, now, name = _slots("senam-kreasi")[-1], clock.now(), FAMILY[1]["name"]

        def one(phone: str, key: str) -> registration.SignUp:
            return registration.SignUp(gym.id, name, phone, (Person(name, BirthDate(1984)),), {}, False, key, key)

        with transaction():
            leader = registration.reserve_team(one("+6281277777777", "leader"), f"Senam {name}", 3, [], now)
        view = registration_by_id(leader.registration_id)
        team = team_of(leader.registration_id)
        assert view is not None
        assert team is not None
        db.session.rollback()
        with transaction():
            registration.name_place(team.places[0].code, one("+6281277777778", "member"), [], now)
        return {
            "team_token": manage_token(view.code), "team_place_token": team_place_token(team.places[1].code),
        }  # fmt: skip


def _competitions(app: Flask, user_id: int) -> dict[str, Any]:
    """One that is being judged, by the user among others; one whose result everybody may see."""
    with app.app_context():
        judged = arena.for_pages(require_current(), user_id)
        done = arena.build(festival=require_current(), entrants_count=6, judges_count=4, stages=1)
        arena.fill_all(done)
        panel = Panel(app, done)
        panel.announce()
        minutes = db.session.scalars(sa.select(Minutes)).first()
        certificate = db.session.scalars(sa.select(Certificate)).first()
        assert minutes is not None
        assert certificate is not None
        announced = {
            "competition_id": done.competition.id, "category_id": panel.category, "stage_id": panel.stage,
            "minutes_id": minutes.id, "slug": done.competition.slug, "code": minutes.code,
            "certificate": certificate.code, "token": panel.link().rpartition("/")[2], "section": 1,
        }  # fmt: skip
        db.session.remove()
    return {"judged": judged, "announced": announced}


def _cooperatives(user_id: int) -> dict[str, Any]:
    """One of the sample with a case of coaching, and an upload with all that can be wrong or doubtful."""
    now = clock.now()
    with transaction():
        one = db.session.scalars(sa.select(Cooperative).order_by(Cooperative.id).limit(1)).one()
        fields = CaseFields(Trouble.FINANCES, "", "Susun neraca 2022", date(2023, 7, 20), CaseState.OPEN, "")
        case = cooperatives.open_case(one, fields, user_id, now)
        rows = [["Nama", "Kelurahan", "Aset"], ["KSP Baru", "Curug", "1,5 juta"], [one.name, "", ""]]
        typed = imports.read_table(write_csv(rows))
        upload = imports.take(typed, "ods.csv", "ODS", date(2023, 7, 20), 2022, user_id, now)
        imports.decide_columns(
            db.session.get_one(CooperativeImport, upload),
            {"0": "name", "1": "kelurahan", "2": "assets"},
            user_id,
            now,
        )
        return {
            "cooperative_id": one.id, "cooperative_slug": one.slug, "case_id": case.id, "import_id": upload,
        }  # fmt: skip


def _slots(slug: str) -> list[TimeSlot]:
    return (
        db.session.query(TimeSlot)
        .join(Activity, Activity.id == TimeSlot.activity_id)
        .filter(Activity.slug == slug)
        .order_by(TimeSlot.starts_at)
        .all()
    )
