"""What can be done with sign-ups. Each stands inside the caller's ``in_transaction``."""

from app.registration.rules import SignUp as SignUp
from app.registration.services.cancel import Cancelled as Cancelled
from app.registration.services.cancel import cancel as cancel
from app.registration.services.find import send_links as send_links
from app.registration.services.sign_up import Holder as Holder
from app.registration.services.sign_up import SignedUp as SignedUp
from app.registration.services.sign_up import sign_up as sign_up
from app.registration.services.upkeep import check as check
from app.registration.services.upkeep import fill_freed_places as fill_freed_places
from app.registration.services.upkeep import forget_keys as forget_keys
from app.registration.services.waiting import fill_places as fill_places
