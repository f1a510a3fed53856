"""`newsletter inbound`: the way in for bounces, complaints and goodbyes."""

from __future__ import annotations

import typer

from newsletter.cli import printing, processes
from newsletter.cli.commands.service import check_ready
from newsletter.cli.opening import opened
from newsletter.logs import log_to_stderr
from newsletter.signing_keys import ProcessRole


def add_to(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command()(inbound)


def inbound() -> None:
    """Listen for what comes back by mail: bounces, complaints and goodbyes, by SMTP or LMTP; and fetch them by IMAP.

    Let your MTA relay the mail of the return path's domain here. SIGTERM ends it; whatever was answered with 250 is kept.

    \b
      NEWSLETTER_INBOUND_PORT=8024 newsletter inbound
    """
    from newsletter.config import load

    settings = load()
    with opened(settings, role=ProcessRole.INBOUND) as parts:
        check_ready(parts)
    log_to_stderr(settings.log_level)
    printing.aside(f"Listening on {settings.inbound_host}:{settings.inbound_port} ({settings.inbound_protocol})")
    processes.run_inbound()
