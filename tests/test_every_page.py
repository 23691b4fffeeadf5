"""Every page of the route table in a real browser, on a phone and on a desk: axe finds nothing, nothing hangs
over the edge, the console is silent. A page that is added without being named here fails the test."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page

from tests import town
from tests.conftest import empty_database

pytestmark = pytest.mark.browser

NOT_PAGES = {
    "core.healthz", "core.metrics", "language.choose", "messaging.prove_address", "competition.sheet_file",
    "competition.entrant_file", "competition.dossier_file",
}  # fmt: skip
NOT_PAGE_ENDS = (".ics", ".png", ".pdf", ".svg", ".js", ".webmanifest", ".crt", ".<kind>", ".json", ".csv", ".py")
JUDGED = {
    "competition", "competition_edit", "criteria", "stage_edit", "criterion_new", "criterion_edit", "entrant_list",
    "entrant_search", "entrant", "judge_list", "judge", "plan", "progress",
}  # fmt: skip
SIGNED_OUT_ONLY = {"accounts.sign_in", "accounts.sign_in_link"}


@pytest.fixture
def full_town(app: Flask, live_server: str) -> town.Town:
    with app.app_context():
        empty_database()
    return town.build(app, live_server)


def pages(app: Flask, made: town.Town) -> dict[str, str]:
    """The address of every page, by endpoint."""
    values = {
        "token": made.manage_token, "slug": "jalan-santai", "day": made.day, "activity_id": made.activity_id,
        "point_id": made.point_id, "user_id": made.user_id, "day_id": 1, "place_id": 1, "slot_id": made.walk_slot,
        "sheet": str(made.walk_slot), "batch_id": made.batches["ready"], "sheet_id": made.sheet_id,
        "participant_id": made.participant_id,
        "cooperative_id": made.cooperative_id, "case_id": made.case_id, "import_id": made.import_id,
    }  # fmt: skip
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith("/api/") or rule.endpoint in NOT_PAGES:
            continue
        if rule.rule.endswith(NOT_PAGE_ENDS):
            continue
        own = dict(values)
        if rule.rule.startswith("/tickets/"):
            own["token"] = made.ticket_token
        if rule.rule.startswith("/uploads/"):
            own |= {"token": made.upload_token, "batch_id": made.link_batch}
        if rule.endpoint.startswith("registration.team"):
            own["token"] = made.team_place_token if rule.rule.startswith("/teams/") else made.team_token
            own["slug"] = "senam-kreasi"
        if rule.rule.startswith("/cooperatives/"):
            own["slug"] = made.cooperative_slug
        if rule.rule.startswith("/sign-in/"):
            own["token"] = made.sign_in_token
        if rule.endpoint.startswith("competition."):
            own |= of_competition(rule.endpoint, made)
        unknown = rule.arguments - own.keys()
        assert not unknown, f"{rule.rule}: say here what to put for {unknown}"
        found[rule.endpoint] = re.sub(r"<(?:\w+:)?(\w+)>", lambda m, o=own: str(o[m[1]]), rule.rule)
    return found


def of_competition(endpoint: str, made: town.Town) -> dict[str, object]:
    """What to put into addresses of competitions: one that is being judged, for results one that is over."""
    judged, over = made.judged, made.announced
    match endpoint.removeprefix("competition."):
        case "sheet" | "sheet_history" | "sheet_conflict" | "sheet_files":
            return {"sheet_id": judged["own_sheet"]}
        case "committee_sheet" | "paper" | "paper_confirm":
            return {**judged, "sheet_id": judged["paper_sheet"]}
        case "invitation":
            return {"token": judged["invitation"]}
        case "dossier":
            return {"token": judged["dossier"]}
        case "verify_certificate":
            return {"code": over["certificate"]}
        case name if name in JUDGED:
            return judged
    return over


def faults_of(page: Page, address: str, status: int = 200) -> list[str]:
    """What is wrong with a page, each as a line."""
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    answer = page.goto(address)
    assert answer is not None
    found = [] if answer.status == status else [f"status {answer.status}"]
    results = Axe().run(page)
    found += [f"axe {v['id']}: {v['nodes'][0]['html'][:150]}" for v in results.response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append("hangs over the right edge")
    found += [f"console: {text[:200]}" for text in said if status == 200]
    return [f"{address.split('/', 3)[-1][:40]} — {line}" for line in found]


def test_every_page_is_accessible_and_fits(
    app: Flask, live_server: str, full_town: town.Town, browser: Browser, screen: dict[str, int]
) -> None:
    context = browser.new_context(viewport=screen, locale="id-ID")
    page, faults = context.new_page(), []
    addresses = pages(app, full_town)
    for endpoint in sorted(SIGNED_OUT_ONLY):
        faults += faults_of(context.new_page(), live_server + addresses.pop(endpoint))
    page.goto(f"{live_server}/sign-in/{full_town.sign_in_token}")
    page.get_by_role("main").get_by_role("button").click()
    lists = [f"/committee/batches/{number}" for number in full_town.batches.values()]
    for address in [*sorted(addresses.values()), *lists]:
        tab = context.new_page()
        faults += faults_of(tab, live_server + address)
        tab.close()
    faults += faults_of(context.new_page(), f"{live_server}/tidak-ada", status=404)
    context.close()
    assert not faults, "\n" + "\n".join(faults)


def test_the_public_pages_of_an_empty_installation(
    app: Flask, live_server: str, browser: Browser, screen: dict[str, int]
) -> None:
    with app.app_context():
        empty_database()
    context = browser.new_context(viewport=screen, locale="id-ID")
    faults: list[str] = []
    for path in ("/", "/scan", "/sign-in", "/cooperatives"):
        faults += faults_of(context.new_page(), live_server + path)
    faults += faults_of(context.new_page(), f"{live_server}/my-tickets", status=404)  # nothing to ask for yet
    context.close()
    assert not faults, "\n" + "\n".join(faults)
