"""What the doctor looks at of readers: whether we see where they come from."""

from __future__ import annotations

import os
from collections.abc import Iterable

from newsletter.audience.origins import shared_address
from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.store.database import Database
from newsletter.verdicts import Result


def proxies(database: Database, clock: Clock, settings: Settings) -> Iterable[Result]:
    """Say who is believed about the address of a visitor."""
    remedy = "set NEWSLETTER_TRUSTED_PROXIES to the proxy's address: docs/production.md"
    if settings.base_url.startswith("https://") and not settings.proxy_networks:
        what = "no proxy is trusted, so behind one all visitors are one address, for limits and in consent records"
        yield Result("proxies", "doubtful", what, remedy)
    else:
        trusted = ", ".join(map(str, settings.proxy_networks)) or "nobody"
        yield Result("proxies", "good", f"believed about a visitor's address: {trusted}")
    shared = shared_address(database, clock=clock)
    if shared and not settings.is_local:
        yield Result("proxies", "doubtful", f"all consents of the last day came from {shared}", remedy)
    if "FORWARDED_ALLOW_IPS" in os.environ:
        yield Result("proxies", "doubtful", "FORWARDED_ALLOW_IPS is set, and not looked at", remedy)
