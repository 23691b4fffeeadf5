"""*Tiket saya*: type a number, and its links go to that number. The page never says whether it is known."""

from __future__ import annotations

import time

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField

from app.core import clock, limits
from app.core.access import public
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.i18n import lazy_gettext as _l
from app.core.phones import InvalidPhone, parse_phone
from app.festival.queries import require_current
from app.registration import links, queries, services
from app.registration.routes.blueprint import bp
from app.registration.routes.proof import proven_codes
from app.registration.words import phone_words

# A known number costs a row on the disk, an unknown one does not; before this time is over nobody is answered.
ANSWER_SECONDS = 0.08


class PhoneForm(FlaskForm):
    """One telephone number."""

    phone = StringField(_l("Nomor WhatsApp"))


@bp.route("/my-tickets", methods=["GET", "POST"])
@public
@limits.limiter.limit(limits.LINKS_OF_ADDRESS, methods=["POST"])
def my_tickets() -> ResponseReturnValue:
    """Queue the links of a number; and show the sign-ups made in this browser."""
    started = time.monotonic()
    festival = require_current()
    form = PhoneForm()
    sent, status = False, 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            phone, now = parse_phone(form.phone.data or ""), clock.now()
            limits.count_question(phone)
            in_transaction(lambda: services.send_links(festival.id, phone, now))
            time.sleep(max(0.0, ANSWER_SECONDS - (time.monotonic() - started)))
            sent, status = True, 200
        except InvalidPhone as error:
            form.phone.errors = [phone_words(error)]
        except DomainError as refusal:  # too often
            form.phone.errors, status = [refusal.message], refusal.status
    mine = [
        (links.manage_token(found.code), found)
        for found in queries.registrations_of_codes(festival.id, proven_codes())
    ]
    page = render_template("registration/my_tickets.html", form=form, sent=sent, mine=mine)
    return page, status
