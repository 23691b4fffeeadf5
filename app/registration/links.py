"""Secret links of registrations and tickets. Their secret part is derived, never stored."""

from __future__ import annotations

from app.core import keys
from app.core.crypto import same
from app.core.links import public_url

CODE_LENGTH = 10


def manage_token(registration_code: str) -> str:
    """What opens one registration: its code, a point, 128 secret bits."""
    return f"{registration_code}.{keys.derived('manage', registration_code)}"


def ticket_token(ticket_code: str, ticket_id: int) -> str:
    """What opens one ticket's page."""
    return f"{ticket_code}.{keys.derived('ticket', ticket_id)}"


def registration_code_of(token: str) -> str | None:
    """The code of the registration that a manage token opens, None for any other text."""
    code = token[:CODE_LENGTH]
    return code if same(token, manage_token(code)) else None


def manage_url(registration_code: str) -> str:
    """The full address of the manage page."""
    return manage_address(manage_token(registration_code))


def manage_address(token: str) -> str:
    """The same by its token."""
    return public_url(f"/registrations/{token}")


def decline_url(registration_code: str) -> str:
    """The full address of the page that asks whether an offered place is given up."""
    return f"{manage_url(registration_code)}/decline"


def ticket_url(ticket_code: str, ticket_id: int) -> str:
    """The full address of a ticket's page."""
    return public_url(f"/tickets/{ticket_token(ticket_code, ticket_id)}")


def upload_token(link_code: str) -> str:
    """What opens one upload link."""
    return f"{link_code}.{keys.derived('upload', link_code)}"


def upload_code_of(token: str) -> str | None:
    """The code of the upload link that a token opens, None for any other text."""
    code = token[:CODE_LENGTH]
    return code if same(token, upload_token(code)) else None


def upload_url(link_code: str) -> str:
    """The full address at which somebody sends lists."""
    return public_url(f"/uploads/{upload_token(link_code)}")


def team_place_token(place_code: str) -> str:
    """What lets somebody write a name to one place of a team."""
    return f"{place_code}.{keys.derived('team', place_code)}"


def team_place_code_of(token: str) -> str | None:
    """The code of the place that a token opens, None for any other text."""
    code = token[:CODE_LENGTH]
    return code if same(token, team_place_token(code)) else None


def team_place_url(place_code: str) -> str:
    """The full address at which a member writes a name."""
    return public_url(f"/teams/{team_place_token(place_code)}")


def opens_ticket(token: str, ticket_code: str, ticket_id: int) -> bool:
    """Whether a token opens this ticket; the time it takes does not tell how nearly."""
    return same(token, ticket_token(ticket_code, ticket_id))
