"""What became of an issue, in numbers; and where its links lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_issue
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, IssueSlug, Json, Raw

if TYPE_CHECKING:
    from newsletter.feedback.statistics import IssueReport, Looks, Poll


def report(
    slug: IssueSlug,
    publication: AnyPublication = "",
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV: measure, detail, count.")] = False,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where the CSV goes.")] = files.STANDARD,
    raw: Raw = False,
) -> None:
    """Show what became of an issue: accepted, returned and why, opened, clicked, by link and by domain.

    \b
      newsletter issue report today
      newsletter issue report today --csv -o today.csv
    """
    from newsletter.feedback import statistics

    with opened() as parts:
        found = statistics.report(parts.database, issue_id=the_issue(parts, slug, publication).id)
    if json:
        printing.as_json(found.as_dict())
    elif csv:
        files.write(output, found.as_csv(raw=raw))
    else:
        _tell(found)


def recount(slug: IssueSlug, publication: AnyPublication = "") -> None:
    """Count the deliveries of an issue anew: when the doctor says that its counts are not those of its rows.

    \b
      newsletter issue recount today
    """
    from newsletter.delivery import kept

    with opened() as parts:
        issue = the_issue(parts, slug, publication)
        wrong = kept.recount(parts.database, parts.clock, issue_id=issue.id, by=at_machine())
    print(f"Counted anew: {wrong:,} of the counts {'was' if wrong == 1 else 'were'} wrong.")


def links(slug: IssueSlug, publication: AnyPublication = "", json: Json = False) -> None:
    """List the numbered links of an issue and where they lead.

    \b
      newsletter issue links today
    """
    from newsletter.feedback.links import listing

    with opened() as parts:
        rows = listing(parts.database, issue_id=the_issue(parts, slug, publication).id)
    if json:
        printing.as_json(rows)
        return
    columns = ("number", "item", "url")
    printing.table(columns, ([row[c] for c in columns] for row in rows), empty="It has no numbered link.")


def relink(
    slug: IssueSlug,
    number: Annotated[int, typer.Argument(min=1, help="Number of the link, as `issue links` shows it.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where it is to lead.")],
    publication: AnyPublication = "",
) -> None:
    """Let a link that was sent lead elsewhere. Works for counted and tracked links; plain ones stand in the mail itself.

    \b
      newsletter issue relink today 3 https://example.org/the-right-page
    """
    from newsletter.feedback.links import change

    with opened() as parts:
        issue = the_issue(parts, slug, publication)
        before = change(parts.database, clock=parts.clock, issue_id=issue.id, number=number, url=url, by=at_machine())
    print(printing.safe(f"Link {number} led to {before} and now leads to {url}."))


def _tell(found: IssueReport) -> None:
    printing.facts(
        [
            ("issue", f"{found.publication}/{found.slug} ({found.state})"),
            ("planned", f"{found.planned:,}"),
            ("accepted", _share(found.accepted, found.planned)),
            ("proven", f"{found.delivered:,}" if found.delivered else ""),
            ("deferred", f"{found.deferred:,}" if found.deferred else ""),
            ("rejected", _share(found.rejected, found.planned) if found.rejected else ""),
            ("uncertain", f"{found.uncertain:,}" if found.uncertain else ""),
            ("bounced", _share(found.bounced, found.accepted) if found.bounced else ""),
            ("complaints", _share(found.complaints, found.accepted) if found.complaints else ""),
            ("left", f"{found.unsubscribes:,}" if found.unsubscribes else ""),
            ("opens", _looks(found.opens)),
            ("clicks", _looks(found.clicks)),
            ("sponsor", _looks(found.sponsor_clicks)),
            ("poll", _poll(found.poll)),
            *(("alert", alert) for alert in found.alerts),
            ("rolled up", _since(found.deliveries_gone_since)),
            ("forgotten", "whose the opens and clicks were" if found.readers_forgotten else ""),
        ]
    )
    _tables(found)


def _since(day: str) -> str:
    return f"single deliveries are gone since {day}" if day else ""


def _tables(found: IssueReport) -> None:
    if found.bounces:
        print()
        rows = ((row.kind, row.reason, row.blame, f"{row.number:,}") for row in found.bounces)
        printing.table(("returned", "reason", "against", "number"), rows, empty="")
    if found.links:
        print()
        links_ = (
            (
                row.number,
                f"{row.people:,}",
                f"{row.machines:,}",
                f"{row.repeats:,}",
                f"{row.url} (sponsor)" if row.paid else row.url,
            )
            for row in found.links
        )
        printing.table(("link", "people", "machines", "repeats", "leads to"), links_, empty="")
    if found.domains:
        print()
        heads = ("domain", "deliveries", "accepted", "deferred", "rejected", "bounced", "complained")
        printing.table(heads, found.domains, empty="")


def _share(count: int, whole: int) -> str:
    return f"{count:,} ({100 * count / whole:.1f} %)" if whole else f"{count:,}"


def _poll(poll: Poll) -> str:
    machines = f", and {poll.machines:,} by machines" if poll.machines else ""
    return f"{poll.up:,} up, {poll.down:,} down{machines}" if poll.up or poll.down or poll.machines else ""


def _looks(looks: Looks) -> str:
    known = f" by {looks.readers:,} readers who agreed" if looks.readers else ""
    machines = f", and {looks.machines:,} by machines" if looks.machines else ""
    repeats = f"; {looks.repeats:,} repeats counted apart" if looks.repeats else ""
    return f"{looks.people:,}{known}{machines}{repeats}" if looks.people or looks.machines or looks.repeats else ""
