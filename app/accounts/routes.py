"""Pages of accounts: signing in and out, the own password, the start page, and staff users."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin, LoginManager, current_user

from app.accounts import queries, services
from app.accounts.forms import ROLE_DUTIES, ROLE_NAMES, AddUserForm, PasswordForm, RolesForm, SignInForm
from app.accounts.models import Permission, Role, User
from app.accounts.rules import FRESH_LINK, SESSION_LIFETIME, name_key
from app.core import clock, hooks
from app.core.access import public, requires, signed_in
from app.core.crypto import derive_token
from app.core.db import in_transaction, transaction
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.limits import limiter
from app.core.links import public_url
from app.core.paths import local_path
from app.core.sessions import open_session

bp = Blueprint("accounts", __name__)
login_manager = LoginManager()


class Nobody(AnonymousUserMixin):
    """Whoever has not signed in."""

    def may(self, _permission: str) -> bool:
        """Nothing."""
        return False


def init_app(app: Flask) -> None:
    """Bind Flask-Login. Its own guard is off: it ties sessions to an address, and phones change theirs."""
    login_manager.session_protection = None
    login_manager.anonymous_user = Nobody
    login_manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user  # looked up where a page names it, not on every page
    # There are no "remember me" cookies, and looking for one would open the session of every request.
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)
    app.jinja_env.globals["endpoints"] = app.view_functions  # menus show what this installation has


@login_manager.user_loader
def _user_of_session(session_id: str) -> User | None:
    """The user of this request: not signed out, not shut out, and signed in less than 12 hours ago."""
    since, secret = session.get("since"), session.get("sid")
    if not isinstance(since, int) or not isinstance(secret, str):
        return None
    if clock.now().timestamp() - since > SESSION_LIFETIME.total_seconds():
        return None
    user = queries.user_for_session(session_id)
    return None if user is None or queries.session_ended(secret) else user


def _name_for_limit() -> str:
    """Counts tries by name without storing a name."""
    name = name_key(request.form.get("name", "")[:200])
    return derive_token(bytes(current_app.config["SECRET_KEY"]), "sign-in-limit", name)


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("10/minute", methods=["POST"])
@limiter.limit(
    "5/minute", key_func=_name_for_limit, methods=["POST"], deduct_when=lambda answer: answer.status_code == 401
)
@public
def sign_in() -> ResponseReturnValue:
    """Name and password."""
    target = local_path(request.args.get("next")) or url_for("accounts.dashboard")
    if current_user.is_authenticated and request.method != "POST":
        return redirect(target)
    form, status, refusal = SignInForm(), 200, None
    if form.validate_on_submit():
        proof = services.check_password(form.name.data, form.password.data)
        now = clock.now()
        if proof is not None:
            with transaction():
                user = services.sign_in(proof, now)
            open_session(user)
            return redirect(target, 303)
        with transaction():
            services.note_failed_sign_in(now)
        status, refusal = 401, services.bad_credentials().message
    elif request.method == "POST":
        status = 422
    return render_template("accounts/sign_in.html", form=form, refusal=refusal), status


@bp.route("/sign-in/<token>", methods=["GET", "POST"])
@limiter.limit("20/minute")
@public
def sign_in_link(token: str) -> ResponseReturnValue:
    """A one-time link. Opening it only shows a button, so that the preview of a messenger does not use it up."""
    hide_referrer()
    if request.method != "POST":  # HEAD too
        owner = queries.link_owner(token, clock.now())
        if owner is None:
            raise services.link_dead()
        return render_template("accounts/sign_in_link.html", owner=owner)
    with transaction():
        user = services.use_sign_in_link(token, clock.now())
    open_session(user, by_link=True)
    return redirect(url_for("accounts.password" if user.password_hash is None else "accounts.dashboard"), 303)


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this session, and only this one."""
    secret, user_id = session["sid"], current_user.id
    in_transaction(lambda: services.end_session(secret, user_id, clock.now()))
    session.clear()
    flash(_("Anda sudah keluar."))
    return redirect(url_for("accounts.sign_in"), 303)


@bp.route("/account/password", methods=["GET", "POST"])
@limiter.limit("10/minute", methods=["POST"])
@signed_in
def password() -> ResponseReturnValue:
    """Set or change the own password; every other session of the user ends."""
    form = PasswordForm()
    ask_current = current_user.password_hash is not None and not _came_by_link()
    if not ask_current:
        del form.current
    status = 422 if request.method == "POST" else 200
    if form.validate_on_submit() and _current_is_right(form, ask_current) and (made := _new_hash(form)):
        with transaction():
            user = services.set_password(queries.user_by_id(current_user.id) or abort(404), made, clock.now())
        open_session(user)
        flash(_("Kata sandi tersimpan. Di perangkat lain Anda perlu masuk lagi."))
        return redirect(url_for("accounts.dashboard"), 303)
    return render_template("accounts/password.html", form=form, first=current_user.password_hash is None), status


def _came_by_link() -> bool:
    """A fresh one-time link stands in for a forgotten password."""
    linked = session.get("linked")
    return isinstance(linked, int) and clock.now().timestamp() - linked < FRESH_LINK.total_seconds()


def _current_is_right(form: PasswordForm, ask: bool) -> bool:
    if not ask or services.check_password(current_user.name, form.current.data or "") is not None:
        return True
    form.current.errors = [_("Kata sandi sekarang tidak cocok.")]
    return False


def _new_hash(form: PasswordForm) -> str | None:
    try:
        return services.acceptable_hash(form.password.data, current_user.name)
    except InvalidInput as refusal:
        form.password.errors = [refusal.message]
        return None


@bp.get("/committee")
@signed_in
def dashboard() -> ResponseReturnValue:
    """The start page: numbers of today, contributed by the features above."""
    if not current_user.may(Permission.SEE_DASHBOARD):
        elsewhere = next((found for found in hooks.start_pages(current_user.id) if found), None)
        if elsewhere:
            return redirect(elsewhere)
        return render_template("accounts/no_task.html")
    festival_id = next((found for found in hooks.shown_festival() if found is not None), None)
    tiles = [] if festival_id is None else [t for many in hooks.dashboard_tiles(festival_id) for t in many]
    return render_template(
        "accounts/dashboard.html",
        tiles=sorted(tiles, key=lambda tile: tile.order),
        has_festival=festival_id is not None,
        now=clock.now(),
    )


@bp.route("/committee/users", methods=["GET", "POST"])
@requires(Permission.MANAGE_USERS)
def users() -> ResponseReturnValue:
    """Who may sign in, and a form for one more."""
    form = AddUserForm()
    if form.validate_on_submit():
        now = clock.now()
        try:
            with transaction():
                user = services.add_user(form.name.data, form.roles.data, now, current_user.id)
                token = services.new_sign_in_link(user, now, current_user.id)
            return _link_page(user, token)
        except DomainError as refusal:
            form.name.errors = [refusal.fields.get("name", refusal.message)]
    page = max(1, request.args.get("page", 1, type=int))
    found, total = queries.users_page(min(page, 10_000))
    answer = render_template(
        "accounts/users.html", form=form, users=found, total=total, page=page, page_size=queries.PAGE, **_roles()
    )
    return answer, 422 if form.errors else 200


@bp.post("/committee/users/<int:user_id>/link")
@requires(Permission.MANAGE_USERS)
def user_link(user_id: int) -> ResponseReturnValue:
    """A fresh one-time link, shown this once."""
    with transaction():
        user = _user(user_id)
        token = services.new_sign_in_link(user, clock.now(), current_user.id)
    return _link_page(user, token)


def _link_page(user: User, token: str) -> str:
    hide_referrer()
    link = public_url(url_for("accounts.sign_in_link", token=token))
    return render_template("accounts/user_link.html", user=user, link=link)


@bp.route("/committee/users/<int:user_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_USERS)
def user_edit(user_id: int) -> ResponseReturnValue:
    """Roles of one user, and shutting out."""
    user = _user(user_id)
    form = RolesForm(roles=sorted(user.roles))
    if form.validate_on_submit():
        with transaction():
            services.set_roles(_user(user_id), form.roles.data, clock.now(), current_user.id)
        flash(_("Peran %(name)s tersimpan.", name=user.name))
        return redirect(url_for("accounts.users"), 303)
    return render_template("accounts/user_edit.html", user=user, form=form, **_roles()), 422 if form.errors else 200


@bp.post("/committee/users/<int:user_id>/deactivate")
@requires(Permission.MANAGE_USERS)
def user_deactivate(user_id: int) -> ResponseReturnValue:
    """Shut a user out at once."""
    with transaction():
        user = _user(user_id)
        services.deactivate(user, clock.now(), current_user.id)
    flash(_("%(name)s tidak dapat masuk lagi.", name=user.name))
    return redirect(url_for("accounts.users"), 303)


@bp.post("/committee/users/<int:user_id>/activate")
@requires(Permission.MANAGE_USERS)
def user_activate(user_id: int) -> ResponseReturnValue:
    """Let a user in again."""
    with transaction():
        user = _user(user_id)
        services.activate(user, clock.now(), current_user.id)
    flash(_("%(name)s dapat masuk lagi.", name=user.name))
    return redirect(url_for("accounts.users"), 303)


def _user(user_id: int) -> User:
    user = queries.user_by_id(user_id)
    if user is None:
        raise NotFound(_("Petugas ini tidak ada."))
    return user


def _roles() -> dict[str, object]:
    """What the templates need to draw roles in words."""
    return {"all_roles": list(Role), "role_names": ROLE_NAMES, "role_duties": ROLE_DUTIES}
