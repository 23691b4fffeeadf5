"""What can be done with messages. Each stands inside the caller's transaction."""

from app.messaging.services.by_hand import drop as drop
from app.messaging.services.by_hand import mark_sent as mark_sent
from app.messaging.services.by_hand import repeat as repeat
from app.messaging.services.by_hand import take_over as take_over
from app.messaging.services.delivery import note_delivery as note_delivery
from app.messaging.services.dispatch import claim as claim
from app.messaging.services.dispatch import record as record
from app.messaging.services.dispatch import rest as rest
from app.messaging.services.dispatch import works as works
from app.messaging.services.health import check as check
from app.messaging.services.outbox import channel_for as channel_for
from app.messaging.services.outbox import queue_message as queue_message
from app.messaging.services.upkeep import forget_texts as forget_texts
from app.messaging.services.upkeep import give_up_old as give_up_old
