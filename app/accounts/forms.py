"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo, Length

from app.accounts.models import Role
from app.accounts.rules import MAX_NAME, MAX_PASSWORD, MIN_PASSWORD
from app.core.i18n import lazy_gettext as _l

ROLE_NAMES: dict[Role, Any] = {
    Role.ADMIN: _l("Admin"),
    Role.COMMITTEE: _l("Panitia"),
    Role.SUPERVISOR: _l("Koordinator gerbang"),
    Role.GATE: _l("Petugas gerbang"),
    Role.JUDGE: _l("Juri"),
}
ROLE_DUTIES: dict[Role, Any] = {
    Role.ADMIN: _l("Semua hal, termasuk menambah dan menonaktifkan petugas."),
    Role.COMMITTEE: _l("Kegiatan, pendaftaran, pesan, titik periksa dan perangkat."),
    Role.SUPERVISOR: _l(
        "Memasangkan HP pemindai, melihat hasil pindai, mengganti tiket yang hilang, menulis nama di tiket kosong."
    ),
    Role.GATE: _l("Melihat angka hari ini, menulis nama di tiket kosong."),
    Role.JUDGE: _l("Menilai koperasi dalam lomba."),
}


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class SignInForm(FlaskForm):
    """Name and password."""

    name = StringField(
        _l("Nama masuk"),
        filters=[_stripped],
        validators=[DataRequired(_l("Isi nama masuk Anda."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Kata sandi"),
        validators=[DataRequired(_l("Isi kata sandi Anda."))],
        render_kw={"autocomplete": "current-password"},
    )


class PasswordForm(FlaskForm):
    """A new password, typed twice; the old one where it is asked for."""

    current = PasswordField(_l("Kata sandi sekarang"), render_kw={"autocomplete": "current-password"})
    password = PasswordField(
        _l("Kata sandi baru"),
        validators=[
            DataRequired(_l("Isi kata sandi baru.")),
            Length(min=MIN_PASSWORD, message=_l("Kata sandi paling sedikit %(min)d huruf atau angka.")),
        ],
        render_kw={"autocomplete": "new-password", "minlength": MIN_PASSWORD, "maxlength": MAX_PASSWORD},
    )
    again = PasswordField(
        _l("Ulangi kata sandi baru"),
        validators=[EqualTo("password", _l("Kedua kata sandi tidak sama. Ketik sekali lagi."))],
        render_kw={"autocomplete": "new-password"},
    )


def _roles_field() -> SelectMultipleField:
    return SelectMultipleField(
        _l("Peran"),
        choices=[SelectChoice(role, ROLE_NAMES[role]) for role in Role],
        coerce=Role,
        validators=[DataRequired(_l("Pilih paling sedikit satu peran."))],
        validate_choice=True,
    )


class RolesForm(FlaskForm):
    """Which roles a user holds."""

    roles = _roles_field()


class AddUserForm(FlaskForm):
    """A new user: sign-in name and roles."""

    name = StringField(
        _l("Nama masuk"),
        filters=[_stripped],
        validators=[
            DataRequired(_l("Isi nama masuk.")),
            Length(max=MAX_NAME, message=_l("Nama masuk paling banyak %(max)d huruf.")),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "maxlength": MAX_NAME},
    )
    roles = _roles_field()
