"""TLS as a route asks for it: certificates are verified unless the operator wrote `verify=no`."""

from __future__ import annotations

import ssl

from newsletter.errors import InputError
from newsletter.transports.smtp.url import Route, Tls


def tls_context(route: Route) -> ssl.SSLContext:
    """Return the context for `route`. Raises InputError when its file of certificates cannot be read."""
    try:
        context = ssl.create_default_context(cafile=route.ca or None)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"cannot read certificates from {route.ca}: {error}", where="NEWSLETTER_SMTP_URL ca="
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996
    # Opportunistic TLS keeps out listeners only; asking for a good certificate would mean falling back to none (RFC 7435).
    if not route.verify or route.tls is Tls.OPPORTUNISTIC:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
