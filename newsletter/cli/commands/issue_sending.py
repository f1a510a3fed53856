"""The second half of an issue's way: try it on yourself, schedule, send, and change your mind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import moments, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import ChosenIssue, the_issue, the_publication
from newsletter.cli.commands import issue_watching
from newsletter.cli.commands.segment import segment_named
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Despite, IssueSlug, Json, Yes

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts


def send_test(
    slug: IssueSlug,
    to: Annotated[str, typer.Option("--to", metavar="ADDR", help="Who gets it.")],
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Send an issue to one address, now, with [Test] before the subject. No reader gets anything.

    Twenty a day may go to addresses of which we know no reader who confirmed and no editor.

    \b
      newsletter issue test today --to me@example.org
    """
    with opened() as parts:
        notice = parts.previewing.send_test(the_issue(parts, slug, publication).id, to, by=at_machine())
        parts.notice_sender.send_notice(notice.id)  # does nothing when a running worker was quicker
        sent = parts.notice_sender.look_at(notice.id)
    if json:
        printing.as_json({"notice": notice.id, "state": sent.state, "reply": sent.reply})
    else:
        print(printing.safe(f"The test to {to} is {sent.state}. {sent.reply}".rstrip()))
    if sent.state == "rejected":
        raise typer.Exit(1)


def schedule(
    slug: IssueSlug,
    at: Annotated[str, typer.Option("--at", metavar="ISO8601", help="When, with its time zone.")],
    despite: Despite = [],  # noqa: B006 - Typer makes a new one for each call
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Freeze an issue and schedule it. Until it is due, `undo` makes it a draft again.

    The same text as an issue before, a second issue on a day, and a date that is not the day of sending are asked about;
    --despite answers.

    \b
      newsletter issue schedule today --at 2026-05-09T08:00+02:00
      newsletter issue schedule evening --at 2026-05-09T18:00+02:00 --despite same-day
    """
    moment = moments.read(at, where="--at")
    with opened() as parts:
        issue = the_issue(parts, slug, publication)
        parts.publishing.schedule(issue.id, moment, despite=despite, by=at_machine())
        issue_watching.tell(parts, issue, json)


def send(
    slug: IssueSlug,
    wait: Annotated[
        bool, typer.Option("--wait", help="Run a worker here until the issue is done; safe to interrupt and repeat.")
    ] = False,
    despite: Despite = [],  # noqa: B006 - Typer makes a new one for each call
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Send an issue now. Without --wait the running service does the sending; with it, this command does.

    It goes out after 30 seconds (NEWSLETTER_UNDO_SECONDS); until then `undo` makes it a draft again, and nobody got it.

    \b
      newsletter issue send today
      newsletter issue undo today
      newsletter issue send today --wait --json
    """
    from newsletter.model.states import IssueState

    with opened() as parts:
        issue = the_issue(parts, slug, publication)
        seen = issue_watching.look(parts, issue.id)
        is_going = seen.goes_in is not None and seen.goes_in <= parts.settings.undo_seconds
        if not is_going and (seen.state not in (IssueState.SENDING, IssueState.PAUSED) or not wait):
            parts.publishing.schedule(issue.id, parts.clock.now(), despite=despite, again=True, by=at_machine())
        if wait or not json:
            _tell_undo(parts, issue)
        if wait:
            issue_watching.work_until_done(parts, issue)
        elif not json:
            printing.aside(
                "A running `newsletter serve`, or `scheduler` and `worker`, sends it; or repeat with --wait."
            )
        issue_watching.tell(parts, issue, json)


def pause(
    slug: IssueSlug,
    why: Annotated[str, typer.Option(help="Shown to whoever looks.")] = "paused by the operator",
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Hold an issue that is being sent; what is on the wire is finished, nothing is lost.

    \b
      newsletter issue pause today --why "A number in the table is wrong"
    """
    with opened(log_level="info") as parts:
        issue = the_issue(parts, slug, publication)
        parts.control.pause(issue.id, why=why, by=at_machine())
        _tell(parts, issue, json, f"{slug} is paused; `newsletter issue resume {slug}` goes on.")


def resume(slug: IssueSlug, publication: AnyPublication = "", json: Json = False) -> None:
    """Go on with a paused issue, or try at once a way out that refused us and is held back.

    \b
      newsletter issue resume today
    """
    with opened(log_level="info") as parts:
        issue = the_issue(parts, slug, publication)
        parts.control.resume(issue.id, by=at_machine())
        _tell(parts, issue, json, f"{slug} is being sent again.")


def cancel(slug: IssueSlug, publication: AnyPublication = "", yes: Yes = False, json: Json = False) -> None:
    """End an issue for good: who has not got it will not. Use `undo` for one that is only scheduled.

    \b
      newsletter issue cancel today --yes
    """
    with opened(log_level="info") as parts:
        issue = the_issue(parts, slug, publication)
        if not yes:
            typer.confirm(f"Cancel {slug} for good?", abort=True)
        parts.control.cancel(issue.id, by=at_machine())
        _tell(parts, issue, json, f"{slug} is cancelled.")


def undo(slug: IssueSlug, publication: AnyPublication = "", json: Json = False) -> None:
    """Make a scheduled issue a draft again, as long as its sending has not begun.

    \b
      newsletter issue undo today
    """
    with opened(log_level="info") as parts:
        issue = the_issue(parts, slug, publication)
        parts.publishing.undo(issue.id, by=at_machine())
        _tell(parts, issue, json, f"{slug} is a draft again: nobody got it.")


def audience(
    slug: IssueSlug,
    segment: Annotated[str, typer.Option(metavar="NAME", help="The segment it goes to; without it, everyone.")] = "",
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Choose whom a draft goes to: the readers of a segment as it is now, or everyone.

    \b
      newsletter issue audience today --segment "Press in Ulm"
      newsletter issue audience today
    """
    with opened(log_level="info") as parts:
        issue = the_issue(parts, slug, publication)
        home = the_publication(parts, issue.publication)
        chosen = segment_named(parts, home.id, segment).id if segment else None
        parts.choosing_audience.choose(issue.id, chosen, by=at_machine())
        _tell(parts, issue, json, f"{slug} goes to {segment or 'everyone'}.")


def send_later(slug: IssueSlug, publication: AnyPublication = "", json: Json = False) -> None:
    """Send an issue that went out to those who joined since; who has it gets nothing twice.

    \b
      newsletter issue send-later today
    """
    with opened(log_level="info") as parts:
        issue = the_issue(parts, slug, publication)
        planned = parts.sending_later.send(issue.id, by=at_machine())
        _tell(parts, issue, json, f"{slug} is sent to {planned:,} who joined since.")


def resend(
    slug: IssueSlug,
    uncertain: Annotated[
        bool, typer.Option("--uncertain", help="Also to those whose delivery is uncertain; they may get a second copy.")
    ] = False,
    publication: AnyPublication = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Send an issue to those who never got it: who was refused, or given up after many tries. Who has it gets nothing.

    \b
      newsletter issue deliveries today --state rejected
      newsletter issue resend today
      newsletter issue resend today --uncertain
    """
    with opened(log_level="info") as parts:
        issue = the_issue(parts, slug, publication)
        if uncertain and not yes:
            typer.confirm("Readers whose delivery is uncertain may get a second copy. Send again?", abort=True)
        count = parts.control.resend(issue.id, uncertain=uncertain, by=at_machine())
        _tell(parts, issue, json, f"{count} deliveries are queued again.")


def _tell(parts: Parts, issue: ChosenIssue, json: bool, words: str) -> None:
    if json:
        issue_watching.tell(parts, issue, json)
    else:
        print(words)


def _tell_undo(parts: Parts, issue: ChosenIssue) -> None:
    seen = issue_watching.look(parts, issue.id)
    if seen.goes_in:
        printing.aside(f"It goes out in {seen.goes_in} seconds. {issue_watching.way_back(issue)}")
