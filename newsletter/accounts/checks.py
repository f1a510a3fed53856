"""What the doctor looks at of the ways in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from newsletter.config import Settings
from newsletter.verdicts import Result

if TYPE_CHECKING:
    from newsletter.accounts.oidc import SingleSignOn

_NAME = "single sign-on"


def has_extra(settings: Settings, installed: Callable[[], bool]) -> Iterable[Result]:
    """See that what single sign-on needs is installed, where it is set."""
    if settings.oidc_issuer and not installed():
        what = "NEWSLETTER_OIDC_ISSUER is set, and a package that it needs is not installed: authlib"
        yield Result(_NAME, "wrong", what, 'pip install "newsletter[oidc]"')


def issuer(sign_on: SingleSignOn | None) -> Iterable[Result]:
    """See that the issuer answers, by its name and with its keys."""
    if sign_on is not None:
        sign_on.issuer.look()
        yield Result(_NAME, "good", f"{sign_on.issuer.client.issuer} answers")
