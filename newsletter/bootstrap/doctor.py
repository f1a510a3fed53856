"""What the doctor looks at, put together: each room says what is to be checked of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from newsletter.accounts import checks as accounts
from newsletter.audience import checks as audience
from newsletter.bootstrap.accounts import has_extra
from newsletter.bootstrap.tools import secret_key
from newsletter.delivery import checks as delivery
from newsletter.feedback import checks as feedback
from newsletter.images import checks as images
from newsletter.issues import checks as issues
from newsletter.keyring import Keyring
from newsletter.service import checks_of_machine as machine
from newsletter.service import checks_of_parts as of_parts
from newsletter.service.checks import DATABASE, Check, Checks
from newsletter.sources import checks as sources

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts


def checks(parts: Parts) -> Checks:
    """Return all checks; a part that a check needs is made when it looks."""
    settings, clock = parts.settings, parts.clock
    return Checks(
        [
            Check("settings", machine.names_of_settings),
            Check("data folder", partial(machine.data_folder, settings), cheap=False),
            Check("files", partial(machine.files, settings), cheap=False),
            Check(DATABASE, lambda: of_parts.database(parts.database)),
            Check("broker", lambda: of_parts.broker(parts.queue, settings.redis_url)),
            Check("way out", lambda: of_parts.way_out(parts.transport), cheap=False),
            Check("images", lambda: images.can_be_kept(parts.image_store), cheap=False),
            Check(
                "images in the ledger",
                lambda: images.are_there(parts.database, parts.image_store),
                reads_ledger=True,
                cheap=False,
            ),
            Check("secret", partial(machine.secret, settings, secret_key), cheap=False),
            Check("addresses", partial(machine.addresses, settings)),
            Check("single sign-on", partial(accounts.has_extra, settings, has_extra)),
            Check("issuer", lambda: accounts.issuer(parts.accounts.single_sign_on), cheap=False),
            Check("proxies", lambda: audience.proxies(parts.database, clock, settings), reads_ledger=True),
            Check("publications", lambda: of_parts.postal_addresses(parts.database), reads_ledger=True),
            Check("names", lambda: issues.names(parts.database), reads_ledger=True),
            Check(
                "signatures",
                lambda: delivery.signatures(parts.database, Keyring(settings.dkim_folder), settings.dkim_folder),
                reads_ledger=True,
            ),
            Check("reports", lambda: feedback.reports(parts.database, parts.report_reader), cheap=False),
            *_of_sources(parts),
            Check("clock", lambda: delivery.clocks(parts.database, clock, parts.queue)),
            Check(
                "at work", lambda: delivery.at_work(parts.database, clock, settings.lease_seconds), reads_ledger=True
            ),
            Check("counts", lambda: delivery.counts(parts.database), reads_ledger=True, cheap=False),
            Check("retention", parts.retention.check, reads_ledger=True),
            Check("alarms", lambda: delivery.alarms(parts.database), reads_ledger=True),
        ]
    )


def _of_sources(parts: Parts) -> list[Check]:
    database, secrets, settings = parts.database, parts.source_secrets, parts.settings
    return [
        Check(
            "drafting",
            lambda: sources.drafting(settings, parts.language_model.look if parts.language_model else None),
            cheap=False,
        ),
        Check("sources", lambda: sources.resting(database), reads_ledger=True),
        Check(
            "secrets of sources",
            lambda: sources.secrets_are_there(database, secrets),
            reads_ledger=True,
            cheap=False,
        ),
        Check(
            "reader of sources",
            lambda: sources.can_be_read(lambda: parts.source_reader, parts.clock.now()),
            cheap=False,
        ),
    ]
