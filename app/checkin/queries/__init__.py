"""Reads of check-in: ``scanning`` and ``snapshot`` for phones, ``board`` for the committee."""

from app.checkin.queries import board as board
from app.checkin.queries.families import Relative as Relative
from app.checkin.queries.families import families_of as families_of
from app.checkin.queries.names import Names as Names
from app.checkin.queries.names import sealed_names as sealed_names
from app.checkin.queries.people import people_at as people_at
from app.checkin.queries.scanning import ScanningDevice as ScanningDevice
from app.checkin.queries.scanning import StoredScan as StoredScan
from app.checkin.queries.scanning import admissions_of as admissions_of
from app.checkin.queries.scanning import admitted_on as admitted_on
from app.checkin.queries.scanning import day_bounds as day_bounds
from app.checkin.queries.scanning import device_by_hash as device_by_hash
from app.checkin.queries.scanning import device_by_token as device_by_token
from app.checkin.queries.scanning import expected_on as expected_on
from app.checkin.queries.scanning import inside_on as inside_on
from app.checkin.queries.scanning import pairing_by_hash as pairing_by_hash
from app.checkin.queries.scanning import point_of_slug as point_of_slug
from app.checkin.queries.scanning import point_slugs as point_slugs
from app.checkin.queries.scanning import scans_by_id as scans_by_id
from app.checkin.queries.scanning import slot_at as slot_at
from app.checkin.queries.snapshot import snapshot as snapshot
