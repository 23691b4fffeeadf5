"""What nobody types by accident, and the forms it is typed into."""

from __future__ import annotations

from typing import Any

TEXTS = {
    "nul": "a\0b",
    "surrogate": "a\ud800b",
    "empty": "",
    "blank": " \u200b\u3164 ",
    "long": "x" * 20_000,
    "right_to_left": "\u202egnp.exe\u2066",
    "bell": "\x1b[2J\x07",
    "lines": "a\r\nSet-Cookie: a=b\r\n\r\n<b>",
    "template": "{{7*7}}%(x)s%s{0.__class__}",
    "formula": "=HYPERLINK(1)",
    "markup": "</script><img src=x onerror=y>",
    "like": "%_\\' OR 1=1 --",
}
NUMBERS = {
    "huge": "99999999999999999999", "beyond_int": "2147483648", "beyond_bigint": "9223372036854775808",
    "negative": "-1", "zero": "0", "other_digits": "١٢٣", "superscript": "²", "fraction": "1.5", "exponent": "1e9",
    "endless": "9" * 5000, "underscore": "1_0", "nan": "nan",
}  # fmt: skip
MOMENTS = {
    "first_year": "0001-01-01T00:00", "last_year": "9999-12-31T23:59", "no_day": "2026-02-30T10:00",
    "first_day": "0001-01-01", "last_day": "9999-12-31", "late": "24:00", "last_minute": "23:59",
}  # fmt: skip
EVERYTHING = {**TEXTS, **NUMBERS, **MOMENTS}
# The forms are many: what the walks of addresses and bodies try besides makes no difference to a field.
TYPED = {
    k: v
    for k, v in EVERYTHING.items()
    if k
    not in (
        "bell",
        "template",
        "like",
        "zero",
        "underscore",
        "exponent",
        "fraction",
        "blank",
        "superscript",
        "no_day",
        "late",
    )
}

VALUES: dict[str, Any] = {
    **EVERYTHING,
    "null": None,
    "true": True,
    "number": 1,
    "minus": -1,
    "huge_number": 99999999999999999999,
    "float": 1.5,
    "infinite": float("inf"),
    "not_a_number": float("nan"),
    "list": [],
    "object": {},
    "nested": [[[{}]]],
    "many": ["x"] * 2000,
    "year_one": "0001-01-01T00:00:00+14:00",
    "year_9999": "9999-12-31T23:59:59-14:00",
    "no_offset": "2026-07-20T10:00:00",
    "epoch": "0",
}


def forms(town: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Every page that takes a form, with fields that it accepts."""
    edit = f"/committee/activities/{town['activity_id']}"
    activity = {
        "title": "Lomba", "kind": "fun_walk", "summary": "", "description": "", "bring": "",
        "place_id": str(town["place_id"]), "entry_mode": "open", "opens_at": "2026-01-01T08:00",
        "closes_at": "2026-12-01T08:00", "min_age": "17", "max_age": "60", "max_group": "10", "waiting_list": "y",
        "offer_minutes": "720",
        "max_per_number": "12",
        "admission_policy": "once", "version": "1",
    }  # fmt: skip
    festival = {
        "name": "Pekan", "headline": "", "summary": "", "organiser": "DKUM", "city": "Depok", "venue": "Pasar",
        "address": "", "notice": "", "version": "1",
    }  # fmt: skip
    point = {
        "name": "Gerbang", "kind": "gate", "activity_id": "0", "policy": "once", "opens_before": "60",
        "closes_after": "0", "active": "y", "counts_with_id": "0", "counts_inside": "y", "capacity": "100",
        "pin": "",
    }  # fmt: skip
    one = f"/committee/cooperatives/{town['cooperative_id']}"
    judged = town["judged"]
    contest, own = f"/committee/competitions/{judged['competition_id']}", f"/judging/sheets/{judged['own_sheet']}"
    cooperative = {
        "name": "KSP Lain", "nik": "77", "legal_number": "1/BH", "legal_date": "2001-01-01", "address": "Jalan",
        "amendment_number": "", "amendment_date": "", "last_meeting": "2023-03-01", "form": "primer",
        "kelurahan_code": "32.76.02.1008", "kind": "jasa", "pattern": "syariah", "has_savings_unit": "1",
        "group": "", "sector": "", "business_codes": "47111", "nik_status": "", "grade_status": "", "note": "",
    }  # fmt: skip
    case = {"trouble": "finances", "finding": "", "step": "Susun neraca", "due_on": "2026-01-01"}
    day = {"day": str(town["day"]), "first": "08:00", "last": "09:00"}
    return {
        "/committee/activities/new": activity,
        edit: activity,
        f"{edit}/slots": {**day, "capacity": "10"},
        f"{edit}/slots/generate": {
            **day, "every": "20", "people": "5", "pause_from": "08:20", "pause_until": "08:40"
        },
        f"{edit}/slots/{town['slot_id']}": {"capacity": "10", "closed": ""},
        f"/committee/slots/{town['slot_id']}/move": {
            "day": str(town["day"]), "first": "08:00", "last": "09:00", "confirmed": "y",
            "was": "2026-07-20T08:00:00+07:00/2026-07-20T09:00:00+07:00",
        },
        "/committee/festival": festival,
        "/committee/festival/days": {"date": "2027-01-01", "title": "Hari"},
        "/committee/festival/places": {"name": "Aula"},
        f"/committee/festival/places/{town['place_id']}": {"name": "Aula"},
        "/committee/points/new": {**point, "slug": "gerbang-dua"},
        f"/committee/points/{town['point_id']}/edit": point,
        f"/committee/points/{town['point_id']}/paper/{town['slot_id']}": {
            "time": "00.01", "volunteer": "Pak RT", "ticket": "1", "q": "", "page": "1",
        },
        "/committee/conflicts/1/resolve": {"note": "Orang yang sama", "page": "1"},
        "/committee/users": {"name": "baru", "roles": "gate"},
        f"/committee/users/{town['user_id']}": {"roles": "gate"},
        "/account/password": {"current": "", "password": "sandi yang panjang", "again": "sandi yang panjang"},
        "/sign-in": {"name": "petugas", "password": "sandi yang panjang"},
        "/my-tickets": {"phone": "081234567890"},
        f"/activities/{town['slug']}/register": {
            "contact_name": "Siti", "phone": "081234567890", "slot": str(town["slot_id"]), "consent": "y",
            "people-0-name": "Siti", "people-0-birth": "2012", "people-0-guardian": "Ibu Siti",
            "people-0-agrees": "y", "consent_whatsapp": "y", "submission": "x", "email": "siti@example.org",
        },
        f"/activities/{town['donation']}/register": {
            "contact_name": "Siti", "phone": "081234567890", "slot": str(town["bed_id"]), "consent": "y",
            "people-0-name": "Siti", "people-0-birth": "17-05-1984", "people-0-answer_last_donation": "05-2020",
            "people-0-answer_vaccine": "y", "heard_doctor": "y", "consent_health": "y", "submission": "y",
        },
        f"/registrations/{town['manage']}/slot": {"slot": str(town["full_id"])},
        f"/registrations/{town['manage']}/names": {f"name-{town['booking_id']}": "Siti Aminah"},
        f"/registrations/{town['manage']}/cancel": {"booking": "2147483647"},
        f"/committee/reissue/{town['participant_id']}": {"ticket": str(town["ticket_code"]), "send": "y"},
        f"/registrations/{town['manage']}/consents": {"purpose": "whatsapp", "booking": "", "sure": "1"},
        "/committee/batches/new": {
            "contact_name": "Pak RT", "phone": "081234567890", "slot": str(town["slot_id"]), "consent": "y",
        },
        "/committee/upload-links": {"label": "RT 05", "activity_id": "0", "most_people": "50", "days": "7"},
        "/committee/blank-tickets": {"number": "3"},
        # a slot without places: it gets as far as it can, and the ticket stays blank for the next try
        "/committee/blank-tickets/bind": {
            "code": town["blank"], "name": "Siti", "birth": "1984", "phone": "081234567890", "guardian": "Budi",
            "slot": str(town["full_id"]), "consent": "y", "replace": "y",
        },
        "/committee/competitions/new": {
            "name": "Lomba", "stages": "two", "categories": "savings", "template": "t1", "judges_each": "3",
            "gates": "active_nik", "blind": "y", "objection_days": "10", "legal_basis": "SK 1",
        },
        f"{contest}/edit": {
            "name": "Lomba", "objection_days": "10", "legal_basis": "", "tie_chain": "U, K", "version": "1",
        },
        f"{contest}/stages/{judged['stage_id']}": {"name": "Berkas", "judges_each": "3", "goes_on": "5"},
        f"{contest}/stages/{judged['stage_id']}/template": {"template": "t1"},
        f"{contest}/categories": {"name": "Baru", "kinds": "jasa"},
        f"{contest}/criteria/new": {
            "stage_id": str(judged["stage_id"]), "category_id": "0", "code": "Z", "name": "Baru", "weight": "5",
            "evidence": "", "levels": "1 | a\n2 | b",
        },
        f"{contest}/entrants": {"cooperative": str(town["cooperative_id"]), "category-1": "1"},
        f"{contest}/entrants/{judged['entrant_id']}/gate": {
            "gate": "active_nik", "value": "yes", "reason": "Ditunjukkan",
        },
        f"{contest}/judges": {"name": "Siti", "affiliation": "Dekopinda", "phone": "081234567890"},
        f"{contest}/judges/{judged['judge_id']}/conflict": {
            "entrant_id": str(judged["entrant_id"]), "reason": "Ipar",
        },
        f"{contest}/plan": {"seed": "5", "calibration": "2", "anew": "y"},
        f"{contest}/sheets/{judged['own_sheet']}/paper": {"score-K": "75", "remark-K": "Rapi"},
        f"{contest}/sheets/{judged['paper_sheet']}/confirm": {"number": "1"},
        f"{contest}/sheets/{judged['locked_sheet']}/reopening": {"reason": "Salah"},
        own: {
            "client_id": "11111111-1111-4111-8111-111111111111", "based_on": "2", "score-K": "75",
            "remark-K": "Rapi", "remark-": "Bagus",
        },
        f"{own}/conflict": {"reason": "Ipar"},
        "/committee/cooperatives/new": {**cooperative, "men": "1", "women": "2"},
        f"{one}/edit": {**cooperative, "version": "1"},
        f"{one}/years": {"year": "2022", "assets": "Rp1.500", "surplus": "-1", "employees": "3"},
        f"{one}/members": {"as_of": "2023-07-20", "men": "1", "women": "2"},
        f"{one}/statuses": {
            "as_of": "2023-07-20", "source": "DKUM", "governance": "80", "risk": "80", "finance": "80",
            "capital": "80", "score": "80", "value": "sehat",
        },
        f"{one}/readiness": {"answer-bookkeeping": "1"},
        f"{one}/cases/new": case,
        f"/committee/coaching/{town['case_id']}": {**case, "state": "open", "result": "", "version": "1"},
        "/committee/cooperatives/imports": {"source": "ODS", "as_of": "2023-07-20", "year": "2022"},
        f"/committee/cooperatives/imports/{town['import_id']}/columns": {"column-0": "name", "column-1": "assets"},
        f"/committee/cooperatives/imports/{town['import_id']}/store": {"row-2": "new", "rest": "skip"},
        "/committee/messages/take-over": {"channel": "mail"},
        "/committee/messages/1/repeat": {"by": "again", "tab": "failed"},
        f"/activities/{town['team_slug']}/team": {
            "slot": str(town["team_slot_id"]), "team_name": "RW 05", "size": "2", "contact_name": "Siti",
            "phone": "081234567890", "people-0-birth": "1984", "people-0-guardian": "", "consent": "y",
            "submission": "x", "email": "siti@example.org",
        },
        f"/teams/{town['team_place']}": {
            "contact_name": "Budi", "phone": "081300000001", "people-0-birth": "1984", "people-0-guardian": "",
            "consent": "y", "submission": "x",
        },
        f"/registrations/{town['team_manage']}/team/free": {"place": "1"},
        f"/committee/slots/{town['team_slot_id']}/cancel": {"because": "hujan"},
    }  # fmt: skip
