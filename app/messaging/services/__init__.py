"""What can be done with messages. Each stands inside the caller's transaction."""

from app.messaging.services.by_hand import drop as drop
from app.messaging.services.by_hand import mark_sent as mark_sent
from app.messaging.services.outbox import channel_for as channel_for
from app.messaging.services.outbox import queue_message as queue_message
