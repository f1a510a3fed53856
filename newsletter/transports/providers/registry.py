"""All providers by name: the way out, and the reader of what comes back by webhook.

To add one: its file beside these, its name in `_PROVIDERS`, its reader in `READERS`, a sample of its requests and webhooks under
tests/transports/providers/, and its section in docs/providers.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from newsletter.clock import Clock, SystemClock
from newsletter.errors import InputError
from newsletter.inbound.signatures import Fetch, Once
from newsletter.transports.providers import brevo, mailgun, mailjet, postmark, resend, sendgrid, ses, sparkpost
from newsletter.transports.providers.base import Api
from newsletter.transports.providers.http import ProviderTransport
from newsletter.transports.providers.url import ProviderUrl
from newsletter.transports.providers.webhooks import WebhookEvent, WebhookKind, WebhookReader

__all__ = [
    "APIS",
    "READERS",
    "ProviderTransport",
    "WebhookEvent",
    "WebhookKind",
    "WebhookReader",
    "from_url",
    "readers",
]

MakeApi: TypeAlias = Callable[[ProviderUrl, Clock], Api]
MakeReader: TypeAlias = Callable[[str, Fetch, Once], WebhookReader]

_PROVIDERS = (ses, sendgrid, mailgun, postmark, resend, brevo, sparkpost, mailjet)

APIS: dict[str, tuple[MakeApi, frozenset[str]]] = {each.NAME: (each.from_url, each.OPTIONS) for each in _PROVIDERS}
"""By the scheme of NEWSLETTER_SMTP_URL: what makes the API of a URL, and the options that URL may have."""

READERS: dict[str, MakeReader] = {
    ses.NAME: ses.SesReader,
    sendgrid.NAME: sendgrid.SendGridReader,
    mailgun.NAME: mailgun.MailgunReader,
    postmark.NAME: postmark.PostmarkReader,
    resend.NAME: resend.ResendReader,
    brevo.NAME: brevo.BrevoReader,
    sparkpost.NAME: sparkpost.SparkPostReader,
    mailjet.NAME: mailjet.MailjetReader,
}
"""By the name in `/hooks/{provider}`: what makes the reader from its secret, a guarded way to fetch a certificate, and what remembers that a
token was used."""


def from_url(
    url: str, *, clock: Clock | None = None, on_limit: Callable[[float], None] | None = None
) -> ProviderTransport:
    """Return the way out named by `url`. Raises InputError when the URL is not good."""
    scheme = url.partition(":")[0]
    if scheme not in APIS:
        raise InputError(f"{scheme}: is not a provider", where="NEWSLETTER_SMTP_URL", remedy=", ".join(sorted(APIS)))
    make, options = APIS[scheme]
    clock = clock or SystemClock()
    return ProviderTransport(make(ProviderUrl.read(url, options), clock), clock=clock, on_limit=on_limit)


def readers(secrets: Mapping[str, str], fetch: Fetch, once: Once) -> dict[str, WebhookReader]:
    """Return the readers of the providers that have a secret; the door of the others stays shut (law 7)."""
    return {name: READERS[name](secret, fetch, once) for name, secret in secrets.items() if name in READERS and secret}
