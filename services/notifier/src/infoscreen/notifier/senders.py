"""How a message leaves: as an e-mail by SMTP, or as a webhook signed after Standard Webhooks.

Both carry the id of the delivery, which stays the same when it is tried again, so that a receiver can tell.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiosmtplib
import httpx

from infoscreen.common.client_address import Network
from infoscreen.common.clock import Clock
from infoscreen.common.errors import InfoscreenError, InvalidError
from infoscreen.notifier.messages import subject_and_text
from infoscreen.notifier.settings import SmtpSecurity, SmtpSettings
from infoscreen.notifier.targets import pinned_address

_SECRET_PREFIX = "whsec_"  # noqa: S105 - not a secret but what one begins with
_SECRET_BYTES = 32


class UndeliveredError(InfoscreenError):
    """One attempt at a delivery failed; the message says why."""


class Sender(Protocol):
    """Sends one message to one target."""

    async def send(self, delivery_id: str, target: str, secret: str, body: dict[str, Any]) -> None:
        """Send a message.

        Raises:
            UndeliveredError: it is not known to have arrived.
        """


def new_secret() -> str:
    """A secret for a webhook, in the form of Standard Webhooks."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, delivery_id: str, timestamp: str, content: bytes) -> str:
    """The header ``webhook-signature``: HMAC-SHA256 over id, time and content."""
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    signed = f"{delivery_id}.{timestamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


@dataclass(frozen=True)
class WebhookSender:
    """Posts to webhooks, at an address that was checked, without following redirects.

    Attributes:
        client: has no proxy and follows no redirect.
        allowed: the private networks that webhooks may be in.
    """

    client: httpx.AsyncClient
    allowed: Sequence[Network]
    clock: Clock

    async def send(self, delivery_id: str, target: str, secret: str, body: dict[str, Any]) -> None:
        """See ``Sender``."""
        url, content = urlsplit(target), json.dumps(body).encode()
        host, port = str(url.hostname), url.port or (443 if url.scheme == "https" else 80)
        timestamp = str(int(self.clock().timestamp()))
        headers = {
            "Host": url.netloc,
            "Content-Type": "application/json",
            "User-Agent": "Infoscreen",
            "webhook-id": delivery_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(secret, delivery_id, timestamp, content),
        }
        try:
            pinned = httpx.URL(target).copy_with(host=await pinned_address(host, port, self.allowed))
            request = self.client.build_request(
                "POST", pinned, content=content, headers=headers, extensions={"sni_hostname": host}
            )
            answer = await self.client.send(request, stream=True)  # what it says beside its status is never read
            await answer.aclose()
        except InvalidError as error:
            raise UndeliveredError(str(error)) from error
        except (OSError, httpx.HTTPError) as error:
            raise UndeliveredError(f"{host} does not answer: {str(error) or type(error).__name__}.") from error
        if answer.is_redirect:
            raise UndeliveredError(f"{host} redirects, which is not followed. Give the address that it leads to.")
        if not answer.is_success:
            raise UndeliveredError(f"{host} answered {answer.status_code}.")


def webhook_client(attempt_seconds: float) -> httpx.AsyncClient:
    """A client for ``WebhookSender``, without connections that are kept: each is to a checked address."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=attempt_seconds, limits=limits)


@dataclass(frozen=True)
class EmailSender:
    """Sends e-mails through the mail server of the settings."""

    smtp: SmtpSettings
    clock: Clock
    attempt_seconds: float

    async def send(self, delivery_id: str, target: str, secret: str, body: dict[str, Any]) -> None:  # noqa: ARG002 - e-mails are not signed
        """See ``Sender``."""
        if not self.smtp.host:
            raise UndeliveredError("No mail server is set: see NOTIFIER_SMTP_HOST.")
        message = EmailMessage()
        message["From"], message["To"] = self.smtp.sender, target
        message["Date"] = format_datetime(self.clock())
        message["Message-ID"] = f"<{delivery_id}@{self.smtp.sender.partition('@')[2] or 'infoscreen'}>"
        message["Auto-Submitted"] = "auto-generated"
        subject, text = subject_and_text(body)
        message["Subject"] = subject
        message.set_content(text)
        try:
            await aiosmtplib.send(
                message,
                hostname=self.smtp.host,
                port=self.smtp.port,
                username=self.smtp.username or None,
                password=self.smtp.password.get_secret_value() or None,
                use_tls=self.smtp.security is SmtpSecurity.TLS,
                start_tls=self.smtp.security is SmtpSecurity.STARTTLS,
                timeout=self.attempt_seconds,
            )
        except (OSError, aiosmtplib.SMTPException) as error:
            raise UndeliveredError(f"The mail server did not take it: {str(error) or type(error).__name__}.") from error
