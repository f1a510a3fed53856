"""How far an issue is, reader by reader if need be, and the worker that `send --wait` runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import printing, processes
from newsletter.cli.choosing import ChosenIssue, the_issue
from newsletter.cli.kinds import State
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, IssueSlug, Json
from newsletter.errors import ConflictError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.delivery.at_work import HeldWork
    from newsletter.delivery.progress import Progress
    from newsletter.delivery.signs_of_life import Sign

_LOOK_SECONDS = 0.2
_PAGE = 1000
_MOST_AILING = 5


def status(slug: IssueSlug, publication: AnyPublication = "", json: Json = False) -> None:
    """Show how far an issue is: its state and the number of deliveries in each state.

    \b
      newsletter issue status today --json
    """
    with opened() as parts:
        tell(parts, the_issue(parts, slug, publication), json)


def deliveries(
    slug: IssueSlug,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 is all.")] = 0,
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """List what became of an issue, reader by reader, with the servers' words.

    \b
      newsletter issue deliveries today --state rejected
    """
    with opened() as parts:
        rows = _pages(parts, the_issue(parts, slug, publication).id, state, limit)
        if json:
            printing.as_json_list(rows)
            return
        for row in rows:
            words = " ".join(str(row[name]) for name in ("status", "reply") if row[name])
            print(printing.safe(f"{row['id']:>10}  {row['state']:<10}  {row['address']}  {words}".rstrip()))


def tell(parts: Parts, issue: ChosenIssue, json: bool) -> None:
    """Print where an issue stands."""
    from newsletter.delivery import signs_of_life
    from newsletter.signing_keys import ProcessRole

    seen = look(parts, issue.id)
    scheduler, held, signs = _at_work(parts, issue, seen)
    if json:
        at_work = {"scheduler": scheduler and scheduler.as_dict(), "held_by": [each.as_dict() for each in held]}
        at_work |= {"at_work": [sign.as_dict() for sign in signs]}
        printing.as_json({"publication": issue.publication, "slug": issue.slug} | seen.as_dict() | at_work)
        return
    counts = ", ".join(f"{count:,} {state.value}" for state, count in seen.counts.items() if count)
    excluded, gone = seen.excluded_standing + seen.excluded_suppressed, seen.deliveries_gone_since
    printing.facts(
        [
            ("issue", f"{issue.publication}/{issue.slug}"),
            ("state", seen.state.value + (f" ({seen.paused_why})" if seen.paused_why else "")),
            ("waits", seen.waiting_why),
            ("slowed", seen.slowed_why),
            ("alert", seen.alert if seen.alert != seen.paused_why else ""),
            ("due", seen.scheduled_at.isoformat() if seen.scheduled_at else ""),
            ("undo", way_back(issue) if seen.goes_in else ""),
            ("deliveries", f"{seen.total:,}: {counts}" if seen.total else ""),
            ("excluded", f"{excluded:,} not active or suppressed" if excluded else ""),
            ("rate", _pace(seen) or _standstill(seen)),
            ("workers", signs_of_life.summary(signs, ProcessRole.WORKER)),
            *(("", sign) for sign in _ailing(signs)),
            ("scheduler", _by_clock(parts, scheduler) if scheduler else ""),
            *(("held", _by_clock(parts, each)) for each in held),
            ("finished", seen.finished_at.isoformat() if seen.finished_at else ""),
            ("rolled up", f"single deliveries are gone since {gone:%Y-%m-%d}" if gone else ""),
        ]
    )


def _by_clock(parts: Parts, held: HeldWork) -> str:
    """Say who holds what, and when a clock of theirs was wrong: their lease is void, and whoever is in order takes it."""
    from newsletter.delivery.at_work import is_beyond

    wrong = is_beyond(held, parts.clock, parts.settings.lease_seconds)
    return f"{held}: a clock was ahead there, see `newsletter doctor`" if wrong else str(held)


def way_back(issue: ChosenIssue) -> str:
    """Say how what was scheduled is taken back."""
    return f"Until then `newsletter issue undo {issue.slug} -p {issue.publication}` makes it a draft again, and nobody got it."


def work_until_done(parts: Parts, issue: ChosenIssue) -> None:
    """Run worker and scheduler here until the issue is at an end. Raises ConflictError when someone pauses, cancels or undoes it."""
    from newsletter.model.states import IssueState

    try:
        seen = _work(parts, issue)
    except KeyboardInterrupt:
        if look(parts, issue.id).state is IssueState.SCHEDULED:
            printing.aside(f"{issue.slug} is scheduled still. {way_back(issue)}")
        raise
    if seen.state is not IssueState.SENT:
        raise ConflictError(f"the issue is {seen.state} ({seen.paused_why or 'by an editor'})", where=issue.slug)


def _work(parts: Parts, issue: ChosenIssue) -> Progress:
    from newsletter.model.states import IssueState

    with processes.embedded(parts), printing.progress_bar() as bar:
        task = bar.add_task(issue.slug, total=None, note="") if bar else None
        while (seen := look(parts, issue.id)).state in (IssueState.SCHEDULED, IssueState.SENDING):
            if bar and task is not None:
                bar.update(task, total=seen.total or None, completed=seen.total - seen.left, note=_note(seen))
            parts.clock.sleep(_LOOK_SECONDS)
    return seen


def _note(seen: Progress) -> str:
    if seen.goes_in:
        return f"goes out in {seen.goes_in} s"
    return f"{seen.total - seen.left:,} of {seen.total:,}  {seen.waiting_why or _pace(seen)}".rstrip()


def _pace(seen: Progress) -> str:
    """Messages a second, and how long the rest takes at that pace; empty when nothing moves."""
    if not seen.pace:
        return ""
    left = f", about {timedelta(seconds=seen.eta_seconds)} left" if seen.eta_seconds else ""
    return f"{seen.pace}{left}"


def _standstill(seen: Progress) -> str:
    """Say of an issue that is being sent that nothing moves."""
    from newsletter.model.states import IssueState

    if seen.state is not IssueState.SENDING or not seen.left:
        return ""
    return "nobody is sending" if seen.senders == 0 else "none: no server answered in the last ten seconds"


def _ailing(signs: list[Sign]) -> list[Sign]:
    """Workers and schedulers that are there and cannot work, or whose signs ceased."""
    return [sign for sign in signs if not sign.works and sign.ended_at is None][:_MOST_AILING]


def _at_work(parts: Parts, issue: ChosenIssue, seen: Progress) -> tuple[HeldWork | None, list[HeldWork], list[Sign]]:
    """Who plans, who sends this issue, and who gives signs of life: of interest while it has work left."""
    from newsletter.delivery import at_work, signs_of_life
    from newsletter.model.states import IssueState

    if seen.state not in (IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED):
        return None, [], []
    held = at_work.batches(parts.database, issue_id=issue.id)
    return at_work.scheduler(parts.database), held, signs_of_life.signs(parts.database, clock=parts.clock)


def look(parts: Parts, issue_id: int) -> Progress:
    """Return how far an issue is. Raises NotFoundError."""
    from newsletter.delivery.progress import progress

    return progress(parts.database, clock=parts.clock, issue_id=issue_id)


def _pages(parts: Parts, issue_id: int, state: State | None, limit: int) -> Iterator[dict[str, Any]]:
    from newsletter.delivery.progress import listing
    from newsletter.model.states import DeliveryState

    wanted = DeliveryState(state.value) if state else None
    after, left = 0, limit
    while True:
        size = min(_PAGE, left) if limit else _PAGE
        page = listing(parts.database, issue_id=issue_id, state=wanted, after=after, limit=size)
        yield from page
        left -= len(page)
        if len(page) < size or (limit and not left):
            return
        after = page[-1]["id"]
