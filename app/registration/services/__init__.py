"""What can be done with sign-ups. Each stands inside the caller's ``in_transaction``."""

from app.registration.rules import SignUp as SignUp
from app.registration.services.cancel import Cancelled as Cancelled
from app.registration.services.cancel import cancel as cancel
from app.registration.services.change_slot import Moved as Moved
from app.registration.services.change_slot import change_slot as change_slot
from app.registration.services.consents import withdraw as withdraw
from app.registration.services.find import send_links as send_links
from app.registration.services.names import correct_names as correct_names
from app.registration.services.offers import Accepted as Accepted
from app.registration.services.offers import OfferGone as OfferGone
from app.registration.services.offers import accept as accept
from app.registration.services.offers import decline as decline
from app.registration.services.reissue import reissue as reissue
from app.registration.services.screening import reason_words as reason_words
from app.registration.services.screening import still_forbids as still_forbids
from app.registration.services.sign_up import Holder as Holder
from app.registration.services.sign_up import SignedUp as SignedUp
from app.registration.services.sign_up import holder_of as holder_of
from app.registration.services.sign_up import sign_up as sign_up
from app.registration.services.undo import Undone as Undone
from app.registration.services.undo import undo as undo
from app.registration.services.upkeep import check as check
from app.registration.services.upkeep import fill_freed_places as fill_freed_places
from app.registration.services.upkeep import forget_keys as forget_keys
from app.registration.services.waiting import fill_places as fill_places
from app.registration.services.waiting import lapse_offers as lapse_offers
