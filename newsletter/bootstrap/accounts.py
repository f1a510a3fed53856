"""Single sign-on, put together where it is set and its extra is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from newsletter.clock import Clock
from newsletter.config import Settings

if TYPE_CHECKING:
    from newsletter.accounts.oidc import SingleSignOn
    from newsletter.accounts.oidc_identities import Identities

BACK = "/desk/sign-in/oidc/callback"
"""Where the issuer sends browsers to, below `BASE_URL`: it must know this address."""


def has_extra() -> bool:
    """Tell whether what `newsletter[oidc]` brings is installed."""
    return find_spec("authlib") is not None


def single_sign_on(settings: Settings, clock: Clock, identities: Identities) -> SingleSignOn | None:
    """Return what lets editors in by an issuer; None where none is set, or the extra is not installed."""
    if not settings.oidc_issuer or not has_extra():
        return None
    from newsletter.accounts.oidc import SingleSignOn  # late: most do without
    from newsletter.accounts.oidc_issuer import Client, Issuer
    from newsletter.transports.oidc_http import OidcHttp

    secret = settings.oidc_client_secret.get_secret_value()
    client = Client(settings.oidc_issuer, settings.oidc_client_id, secret, f"{settings.base_url}{BACK}")
    return SingleSignOn(Issuer(client, OidcHttp(), clock), identities, settings.oidc_name)
