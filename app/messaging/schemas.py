"""What WhatsApp tells its webhook, read with care: signed, but of a shape that grows without notice."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from app.messaging.channels.whatsapp_errors import fault_of
from app.messaging.rules import MessageStatus, News

MOST_NEWS = 2000
_STATES = {
    "sent": MessageStatus.SENT, "delivered": MessageStatus.DELIVERED, "read": MessageStatus.READ,
    "failed": MessageStatus.FAILED,
}  # fmt: skip


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether ``X-Hub-Signature-256`` is the HMAC of the body as it came; takes the same time for any header."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(header.encode(), expected.encode())


def parse_news(body: bytes, phone_id: str) -> list[News]:
    """The news of delivery for our number in a webhook's body; what else it may hold is passed over."""
    try:
        told = json.loads(body)
    except ValueError:
        return []
    news = []
    for value in _values(told):
        if _dict(value.get("metadata")).get("phone_number_id") == phone_id:
            news += [one for status in _dicts(value.get("statuses")) if (one := _news(status))]
    return news[:MOST_NEWS]


def _values(told: Any) -> Iterator[dict[str, Any]]:
    for entry in _dicts(_dict(told).get("entry")):
        for change in _dicts(entry.get("changes")):
            if change.get("field") == "messages":
                yield _dict(change.get("value"))


def _news(status: dict[str, Any]) -> News | None:
    provider_id, state = status.get("id"), status.get("status")
    told = _STATES.get(state) if isinstance(state, str) else None
    if told is None or not isinstance(provider_id, str) or not 0 < len(provider_id) <= 255 or "\0" in provider_id:
        return None
    mark = status.get("biz_opaque_callback_data")
    fault = None
    if told is MessageStatus.FAILED:
        codes = [error.get("code") for error in _dicts(status.get("errors"))]
        fault = fault_of(codes[0] if codes and isinstance(codes[0], int) else None)
    return News(provider_id, mark if isinstance(mark, str) else "", told, fault)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
