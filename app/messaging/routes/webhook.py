"""Where WhatsApp tells what became of messages.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started: a GET proves that the address is ours, each
POST is signed with the app secret. Anything but 200 makes Meta send the same again, for days.
"""

from __future__ import annotations

import hmac

from flask import Response, abort, request

from app.core import clock
from app.core.access import public
from app.core.db import in_transaction
from app.core.settings import settings
from app.messaging import schemas, services
from app.messaging.routes.blueprint import bp
from config import WhatsApp


@bp.get("/webhooks/whatsapp")
@public
def prove_address() -> Response:
    """Give the challenge back to who knows our verify token."""
    told = request.args.get("hub.verify_token", "")
    known = _account().verify_token or ""
    right = hmac.compare_digest(told.encode("utf-8", "replace"), known.encode())
    if request.args.get("hub.mode") != "subscribe" or not right:
        abort(403)
    return Response(request.args.get("hub.challenge", ""), content_type="text/plain; charset=utf-8")


@bp.post("/webhooks/whatsapp")
@public
def take_news() -> Response:
    """Take in signed news of delivery; what is not about a message of ours changes nothing."""
    account, body = _account(), request.get_data(cache=False)
    if not schemas.is_signed(body, request.headers.get("X-Hub-Signature-256", ""), account.app_secret or ""):
        abort(403)
    news = schemas.parse_news(body, account.phone_id)
    if news:
        now = clock.now()
        in_transaction(lambda: services.note_delivery(news, now))
    return Response("ok", content_type="text/plain; charset=utf-8")


def _account() -> WhatsApp:
    """Our account; 404 where there is none, or no secret to check news with."""
    account = settings().whatsapp
    if account is None or not account.app_secret:
        abort(404)
    return account
