"""Use cases of check-in: scans, devices and points."""

from app.checkin.services.conflicts import resolve_conflict as resolve_conflict
from app.checkin.services.devices import create_pairing as create_pairing
from app.checkin.services.devices import pair as pair
from app.checkin.services.devices import pair_directly as pair_directly
from app.checkin.services.devices import revoke as revoke
from app.checkin.services.health import examine as examine
from app.checkin.services.paper import Entered as Entered
from app.checkin.services.paper import enter_ticks as enter_ticks
from app.checkin.services.phones import has_news as has_news
from app.checkin.services.phones import note_phone as note_phone
from app.checkin.services.points import create_point as create_point
from app.checkin.services.points import edit_point as edit_point
from app.checkin.services.points import pause_point as pause_point
from app.checkin.services.points import point_for_activity as point_for_activity
from app.checkin.services.points import resume_point as resume_point
from app.checkin.services.points import set_pin as set_pin
from app.checkin.services.reading import Reading as Reading
from app.checkin.services.reading import read_code as read_code
from app.checkin.services.replaced import carry_admissions as carry_admissions
from app.checkin.services.scans import ScanAnswer as ScanAnswer
from app.checkin.services.scans import record_scans as record_scans
from app.checkin.services.scans import review_scans as review_scans
from app.checkin.services.scans import store_scans as store_scans
from app.checkin.services.supervisors import check_pin as check_pin
from app.checkin.services.supervisors import unlock as unlock
from app.checkin.services.undoing import undo_scans as undo_scans
from app.checkin.services.upkeep import forget_changes as forget_changes
from app.checkin.services.upkeep import seal_names as seal_names
from app.core import hooks


def connect() -> None:
    """Hang check-in on the hooks of the floors below; called once by ``create_app``."""
    hooks.activity_created.register(point_for_activity)
    hooks.doctor_checks.register(examine)
    hooks.due_jobs.register(forget_changes)
    hooks.background_work.register(seal_names)
    hooks.ticket_replaced.register(carry_admissions)
