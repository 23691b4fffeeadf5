"""WhatsApp by Meta's Cloud API: ``POST {url}/{version}/{phone number id}/messages`` with a bearer token.

Who did not write to us within 24 hours can be reached by an approved template only. Ours has one parameter in its
body, the whole message on one line; Meta takes no line ends there.
"""

from __future__ import annotations

from typing import Any

import httpx

from app.messaging.channels import Letter, digest_of
from app.messaging.channels.whatsapp_errors import MISSING_TRANSLATION, outcome_of
from app.messaging.rules import Channel, Down, Fault, Outcome, Sent, Unclear, as_parameter, template_for
from config import WhatsApp

TIMEOUT = httpx.Timeout(10, read=30)
LONGEST_TEXT = 4096
HOME_LANGUAGE = "id"


class WhatsAppCarrier:
    """Hands messages over to Meta."""

    channel = Channel.WHATSAPP

    def __init__(self, account: WhatsApp) -> None:
        self._account = account
        self._client: httpx.Client | None = None
        self._base = f"{account.url}/{account.version}/{account.phone_id}"
        self.digest = digest_of(self._base, account.token, sorted(account.templates.items()))

    def open(self) -> Down | None:
        """Nothing is asked yet: the API knows no sessions."""
        self.close()
        bearer = {"Authorization": f"Bearer {self._account.token}"}
        self._client = httpx.Client(timeout=TIMEOUT, headers=bearer)
        return None

    def send(self, letter: Letter) -> Outcome:
        """Hand one message over; in Indonesian where the template has no other language."""
        outcome, code = self._post(self._body(letter, letter.language))
        if code == MISSING_TRANSLATION and letter.language != HOME_LANGUAGE:
            outcome, _code = self._post(self._body(letter, HOME_LANGUAGE))
        return outcome

    def probe(self) -> Down | None:
        """Ask for our own number, which needs a valid token."""
        self.open()
        try:
            answer = self._opened().get(self._base, params={"fields": "id"})
        except httpx.HTTPError:
            return Down(Fault.UNREACHABLE)
        finally:
            self.close()
        if answer.is_success:
            return None
        outcome = _outcome(answer, _error(answer))
        return outcome if isinstance(outcome, Down) else Down(Fault.UNREACHABLE)

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _opened(self) -> httpx.Client:
        if self._client is None:
            self.open()
        assert self._client is not None  # noqa: S101 - just opened
        return self._client

    def _post(self, body: dict[str, Any]) -> tuple[Outcome, int | None]:
        try:
            answer = self._opened().post(f"{self._base}/messages", json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
            return Down(Fault.UNREACHABLE), None
        except httpx.HTTPError:
            return Unclear(), None  # sent, and no answer
        if answer.is_success:
            provider_id = _provider_id(answer)
            return (Sent(provider_id) if provider_id else Unclear()), None
        error = _error(answer)
        return _outcome(answer, error), _number(error.get("code"))

    def _body(self, letter: Letter, language: str) -> dict[str, Any]:
        template = template_for(letter.kind, self._account.templates)
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": letter.phone.removeprefix("+"),
            # comes back with every news of delivery, also of an attempt whose answer never reached us
            "biz_opaque_callback_data": letter.mark,
        }
        if template is None:
            return body | {"type": "text", "text": {"preview_url": False, "body": letter.body[:LONGEST_TEXT]}}
        parameter = {"type": "text", "text": as_parameter(letter.body)}
        content = {
            "name": template, "language": {"code": language},
            "components": [{"type": "body", "parameters": [parameter]}],
        }  # fmt: skip
        return body | {"type": "template", "template": content}


def _provider_id(answer: httpx.Response) -> str | None:
    """``wamid.…`` of an answer like ``{"messages": [{"id": "wamid.…"}]}``."""
    try:
        found = answer.json()["messages"][0]["id"]
    except (ValueError, LookupError, TypeError):
        return None
    return found if isinstance(found, str) and 0 < len(found) <= 255 else None


def _error(answer: httpx.Response) -> dict[str, Any]:
    """The ``error`` object of an answer, empty where there is none."""
    try:
        error = answer.json()["error"]
    except (ValueError, LookupError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def _outcome(answer: httpx.Response, error: dict[str, Any]) -> Outcome:
    retry_after = answer.headers.get("Retry-After", "")
    return outcome_of(
        answer.status_code, _number(error.get("code")), _number(error.get("error_subcode")), retry_after
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
