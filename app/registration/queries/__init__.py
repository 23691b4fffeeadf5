"""What the pages and other features read about sign-ups."""

from app.registration.queries.lists import PAGE_SIZE as PAGE_SIZE
from app.registration.queries.lists import RegistrationRow as RegistrationRow
from app.registration.queries.lists import counts as counts
from app.registration.queries.lists import registrations_page as registrations_page
from app.registration.queries.scans import ScanBooking as ScanBooking
from app.registration.queries.scans import ScanTicket as ScanTicket
from app.registration.queries.scans import tickets_for_scan as tickets_for_scan
from app.registration.queries.sign_up import KnownPerson as KnownPerson
from app.registration.queries.sign_up import SlotFacts as SlotFacts
from app.registration.queries.sign_up import TicketFace as TicketFace
from app.registration.queries.sign_up import activity_to_sign_up_for as activity_to_sign_up_for
from app.registration.queries.sign_up import known_people as known_people
from app.registration.queries.sign_up import registration_by_key as registration_by_key
from app.registration.queries.sign_up import slot_for_sign_up as slot_for_sign_up
from app.registration.queries.sign_up import wait_for_number as wait_for_number
from app.registration.queries.tickets import BookedActivity as BookedActivity
from app.registration.queries.tickets import OwnRegistration as OwnRegistration
from app.registration.queries.tickets import RegistrationPerson as RegistrationPerson
from app.registration.queries.tickets import RegistrationView as RegistrationView
from app.registration.queries.tickets import TicketView as TicketView
from app.registration.queries.tickets import registration_by_code as registration_by_code
from app.registration.queries.tickets import registration_by_id as registration_by_id
from app.registration.queries.tickets import registrations_of_codes as registrations_of_codes
from app.registration.queries.tickets import registrations_of_phone as registrations_of_phone
from app.registration.queries.tickets import ticket_by_code as ticket_by_code
