"""Decisions of check-in, pure: ``verdicts`` of scans, ``presence``, ``unseen`` tickets, ``packing`` for phones."""

from app.checkin.rules.facts import NEVER_BY_HAND as NEVER_BY_HAND
from app.checkin.rules.facts import NOT_OURS as NOT_OURS
from app.checkin.rules.facts import SERVER_ONLY as SERVER_ONLY
from app.checkin.rules.facts import Admitted as Admitted
from app.checkin.rules.facts import Attempt as Attempt
from app.checkin.rules.facts import BookedSlot as BookedSlot
from app.checkin.rules.facts import Denied as Denied
from app.checkin.rules.facts import Leaves as Leaves
from app.checkin.rules.facts import Outcome as Outcome
from app.checkin.rules.facts import PhoneState as PhoneState
from app.checkin.rules.facts import PointFacts as PointFacts
from app.checkin.rules.facts import PointFields as PointFields
from app.checkin.rules.facts import PointKind as PointKind
from app.checkin.rules.facts import Presence as Presence
from app.checkin.rules.facts import Reason as Reason
from app.checkin.rules.facts import ScanStatus as ScanStatus
from app.checkin.rules.facts import TicketFacts as TicketFacts
from app.checkin.rules.facts import Undoing as Undoing
from app.checkin.rules.facts import Verdict as Verdict
from app.checkin.rules.pin import pin_fault as pin_fault
from app.checkin.rules.presence import admission_key as admission_key
from app.checkin.rules.unseen import decide_unseen as decide_unseen
from app.checkin.rules.verdicts import by_hand as by_hand
from app.checkin.rules.verdicts import decide as decide
from app.checkin.rules.verdicts import moment_of as moment_of
from app.checkin.rules.verdicts import settle as settle
