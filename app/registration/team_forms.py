"""Forms of teams: the leader's, and that of one member. Both are the sign-up of one person, and a little more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wtforms import Field, IntegerField, StringField
from wtforms.validators import StopValidation

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.programme.queries import Kind
from app.registration import rules
from app.registration.forms import SignUpForm, form_for
from app.registration.words import name_words

_BIG = 10_000


class _Whole(IntegerField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        text = (valuelist[0] if valuelist else "").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            raise ValueError(_("Isi dengan angka bulat."))
        self.data = int(text)


class _TeamFields:
    """What a leader says besides a sign-up. ``size`` counts the leader."""

    team_name = StringField(_l("Nama regu"))
    size = _Whole(_l("Berapa orang, termasuk Anda?"))

    def validate_team_name(self, field: Field) -> None:
        """A name like that of a person: 1 to 80 characters."""
        if fault := rules.name_fault(self.called(field)):
            raise StopValidation(_("Isi nama regu.") if fault is rules.NameFault.MISSING else name_words(fault))

    @staticmethod
    def called(field: Field) -> str:
        """The name of the team, cleaned."""
        return rules.clean_text(field.data or "")

    def sign_up(self) -> rules.SignUp:
        """The leader's own sign-up; the same person with another team asks for something else."""
        wanted: rules.SignUp = super().sign_up()  # type: ignore[misc]
        body = {"leader": wanted.digest, "team": self.called(self.team_name), "size": self.size.data}
        return replace(wanted, digest=rules.body_digest(body), waitlist=False)


_made: dict[type[SignUpForm], type[SignUpForm]] = {}  # a class costs as much as a form of it


def team_form(kind: Kind) -> type[SignUpForm]:
    """The leader's form for a kind of activity."""
    form = form_for(kind)
    if form not in _made:
        _made[form] = type("TeamForm", (_TeamFields, form), {})
    return _made[form]
