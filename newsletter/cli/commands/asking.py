"""`newsletter subscriber ask`: ask the pending people of imported lists, once ever, whether they want it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json, Yes
from newsletter.errors import ConflictError, InputError, TransportError

if TYPE_CHECKING:
    from newsletter.audience.inviting import InvitationProgress
    from newsletter.bootstrap import Parts
    from newsletter.bootstrap.ledger import LedgerParts

LOCAL = "local"
DespiteLocal = Annotated[
    list[str],
    typer.Option(
        "--despite",
        metavar="RULE",
        help="Ask although this rule speaks against it: `local`, that mail or its links stay on this machine.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def ask(
    publication: AnyPublication = "",
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Put at most so many more in line; without it everybody.")
    ] = None,
    dry_run: DryRun = False,
    status: Annotated[
        bool, typer.Option("--status", help="Say how many wait, were asked, and what they said.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Ask nobody of those who still wait.")] = False,
    despite: DespiteLocal = [],  # noqa: B006 - Typer reads it, and nothing writes it
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Ask the pending people of imported lists by one mail each, once ever, whether they want it.

    Whoever asked by themselves, left, is ruled out or was asked before is not asked; nor who has a word in the list that nobody
    explained. The mails go at the pace of NEWSLETTER_INVITATIONS_PER_HOUR.

    \b
      newsletter subscriber ask -p daily --dry-run
      newsletter subscriber ask -p daily --limit 1000
      newsletter subscriber ask -p daily --status
    """
    if sum((dry_run, status, stop)) > 1:
        raise InputError("--dry-run, --status and --stop are three different questions", remedy="name one of them")
    with opened() as parts:
        owner = the_publication(parts, publication).id
        if status:
            _tell_progress(parts, owner, json=json)
        elif stop:
            _stop(parts, owner, json=json)
        else:
            _ask(parts, owner, limit, despite, dry_run=dry_run, yes=yes, json=json)


def check_ways(parts: Parts, despite: list[str], *, ask: bool = True, only_say: bool = False) -> None:
    """See, if anybody is to be asked, that the mails would leave this machine and their links lead back: there is no second time.

    Raises ConflictError, TransportError, or says so on standard error; InputError for an unknown rule.
    """
    try:
        if ask:
            _check_ways(parts, despite)
    except (ConflictError, TransportError) as error:
        if not only_say:
            raise
        printing.aside(str(error))


def _check_ways(parts: Parts, despite: list[str]) -> None:
    from newsletter.service.checks_of_parts import try_way_out

    if unknown := set(despite) - {LOCAL}:
        raise InputError(f"there is no rule {', '.join(sorted(unknown))}", where="--despite", remedy=f"only {LOCAL}")
    if LOCAL in despite:
        return
    if parts.settings.is_local:
        raise _kept_here(f"the links in these mails would lead to {parts.settings.base_url}", "NEWSLETTER_BASE_URL")
    try:
        transport = try_way_out(parts.transport)
    except TransportError as error:
        raise TransportError(
            f"the way out does not work: {error.what}",
            where=error.where,
            remedy="`newsletter doctor`; nobody was asked",
        ) from error
    if transport in ("maildir", "memory"):
        raise _kept_here(f"mail stays on this machine ({transport})", "NEWSLETTER_SMTP_URL")


def in_line(parts: LedgerParts) -> int:
    """Count all who wait, of every publication: they share one pace."""
    from newsletter.audience import inviting

    return inviting.in_line(parts.database)


def pace(parts: LedgerParts, number: int) -> str:
    """Return in words how long so many mails take."""
    from newsletter.audience.inviting import lasting

    per_hour = parts.settings.invitations_per_hour
    return (
        f"at most {per_hour:,} an hour, so within {_told(lasting(number, per_hour))} (NEWSLETTER_INVITATIONS_PER_HOUR)"
    )


def _ask(
    parts: Parts, owner: int, most: int | None, despite: list[str], *, dry_run: bool, yes: bool, json: bool
) -> None:
    from newsletter.audience import inviting

    check_ways(parts, despite, only_say=dry_run)
    number = 0
    if dry_run or not yes:
        number = inviting.count(parts.database, clock=parts.clock, publication_id=owner, most=most)
    ahead = in_line(parts)
    if not dry_run:
        if not yes and number:
            typer.confirm(f"Ask {number:,} people by mail, {pace(parts, ahead + number)}?", abort=True)
        number = inviting.line_up(parts.database, clock=parts.clock, publication_id=owner, by=at_machine(), most=most)
        ahead = in_line(parts) - number
    if json:
        hours = round(inviting.lasting(ahead + number, parts.settings.invitations_per_hour) / timedelta(hours=1), 2)
        printing.as_json({"asked": number, "ahead": ahead, "hours": hours, "dry_run": dry_run})
    elif not number:
        print("There is nobody to ask: `newsletter subscriber ask --help` says who is not.")
    else:
        print(f"{number:,} {'would be' if dry_run else 'will be'} asked, {pace(parts, ahead + number)}.")


def _tell_progress(parts: Parts, owner: int, *, json: bool) -> None:
    from newsletter.audience import inviting

    found = inviting.progress(parts.database, publication_id=owner)
    if json:
        printing.as_json(
            {name: getattr(found, name) for name in ("waiting", "ahead", "invited", "confirmed", "declined", "silent")}
        )
        return
    printing.facts(_facts(parts, found))


def _facts(parts: Parts, found: InvitationProgress) -> list[tuple[str, str]]:
    others = found.ahead - found.waiting
    return [
        ("waiting", f"{found.waiting:,}" + (f", {pace(parts, found.ahead)}" if found.waiting else "")),
        ("of others", f"{others:,} wait too and share the pace" if others else ""),
        ("asked", f"{found.invited:,}"),
        ("confirmed", f"{found.confirmed:,}"),
        ("said no", f"{found.declined:,}"),
        ("no answer", f"{found.silent:,}"),
    ]


def _stop(parts: Parts, owner: int, *, json: bool) -> None:
    from newsletter.audience import inviting

    number = inviting.stop(parts.database, clock=parts.clock, publication_id=owner, by=at_machine())
    if json:
        printing.as_json({"stopped": number})
    else:
        print(f"{number:,} who waited are not asked. They may be asked later.")


def _kept_here(what: str, where: str) -> ConflictError:
    return ConflictError(
        f"{what}, and nobody can be asked a second time",
        where=where,
        remedy=f"set it; to try it out on this machine: --despite {LOCAL}",
    )


def _told(lasting: timedelta) -> str:
    minutes = max(1, -(-int(lasting.total_seconds()) // 60))
    if minutes < 120:
        return f"{minutes} minutes" if minutes > 1 else "a minute"
    hours = -(-minutes // 60)
    return f"{hours} hours" if hours < 72 else f"{-(-hours // 24)} days"
