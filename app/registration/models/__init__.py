"""Tables of registration: people and their bookings; what happens to them later; what kinds and batches add."""

from app.registration.models.batches import Batch as Batch
from app.registration.models.batches import BatchRow as BatchRow
from app.registration.models.batches import BlankSheet as BlankSheet
from app.registration.models.batches import BlankTicket as BlankTicket
from app.registration.models.batches import UploadLink as UploadLink
from app.registration.models.changes import TicketReissue as TicketReissue
from app.registration.models.changes import WaitingOffer as WaitingOffer
from app.registration.models.kinds import BibCounter as BibCounter
from app.registration.models.kinds import Consent as Consent
from app.registration.models.kinds import Prescreening as Prescreening
from app.registration.models.people import Booking as Booking
from app.registration.models.people import Participant as Participant
from app.registration.models.people import Registration as Registration
from app.registration.models.people import Ticket as Ticket
from app.registration.models.teams import Team as Team
from app.registration.models.teams import TeamPlace as TeamPlace
from app.registration.rules import BatchState as BatchState
from app.registration.rules import BookingStatus as BookingStatus
from app.registration.rules import OfferState as OfferState
from app.registration.rules import Purpose as Purpose
from app.registration.rules import RegistrationStatus as RegistrationStatus
from app.registration.rules import RowSkip as RowSkip
from app.registration.rules import TeamPlaceState as TeamPlaceState
from app.registration.rules import TicketStatus as TicketStatus
