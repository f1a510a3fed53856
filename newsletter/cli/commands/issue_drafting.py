"""Words that a language model proposes for a draft, and saying that somebody has read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_issue
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, IssueSlug, Json

if TYPE_CHECKING:
    from newsletter.sources.proposing import Proposed


def propose(
    slug: IssueSlug,
    publication: AnyPublication = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what is proposed and leave the draft alone; tokens are used.")
    ] = False,
    json: Json = False,
) -> None:
    """Let a language model propose a lead, and a sentence on each longer item, of what stands in a draft.

    Off until NEWSLETTER_DRAFTING_URL and NEWSLETTER_DRAFTING_MODEL are set (docs/drafting.md). What is proposed stands in the draft with a
    mark above it, which keeps the issue from going out until somebody has read it. Words of your own are never written over.

    Exit code 0: something was proposed. 6: nothing was, and the answer says why; the draft is as it was.

    \b
      newsletter issue propose today
      newsletter issue propose today --dry-run
      newsletter issue accept today               when you have read them
    """
    with opened() as parts:
        issue = the_issue(parts, slug, publication)
        done = parts.proposing.propose(issue.id, by=at_machine(), stores=not dry_run)
    if json:
        printing.as_json({"slug": slug, "publication": issue.publication, **_values(done)})
    else:
        _tell(slug, done, dry_run=dry_run)
    if done.proposal.unanswered:
        raise typer.Exit(6)


def accept(slug: IssueSlug, publication: AnyPublication = "", json: Json = False) -> None:
    """Take the marks of drafted words out of a draft: you have read them, and they are yours now.

    \b
      newsletter issue accept today
    """
    with opened() as parts:
        issue = the_issue(parts, slug, publication)
        count = parts.drafted_words.accept(issue.id, by=at_machine())
    if json:
        printing.as_json({"slug": slug, "publication": issue.publication, "accepted": count})
    elif count:
        print(f"{count} mark{'' if count == 1 else 's'} taken out of {slug}.")
    else:
        print(f"Nothing in {slug} is marked as drafted.")


def _values(done: Proposed) -> dict[str, Any]:
    proposal = done.proposal
    return {
        "outcome": proposal.unanswered.why.value if proposal.unanswered else "proposed",
        "why": proposal.why,
        "lead": list(proposal.lead),
        "summaries": [
            {"section": section, "item": key, "summary": words}
            for (section, key), words in done.words.summaries.items()
        ],
        "stored": {"lead": done.lead, "summaries": done.summaries},
        "revision": done.revision,
        "dropped": proposal.dropped,
        "tokens": proposal.tokens,
    }


def _tell(slug: str, done: Proposed, *, dry_run: bool) -> None:
    proposal = done.proposal
    if proposal.unanswered:
        print(printing.safe(f"Nothing is proposed for {slug}, which is as it was: {proposal.why}."))
        return
    for paragraph in proposal.lead:
        print(f"{printing.safe(paragraph)}\n")
    for (section, key), words in done.words.summaries.items():
        print(printing.safe(f"{section}/{key}: {words}"))
    dropped = f"; {proposal.dropped} sentences cited nothing and were dropped" if proposal.dropped else ""
    print(f"{proposal.tokens:,} tokens{dropped}.")
    if dry_run:
        print(f"{slug} is as it was.")
        return
    if proposal.lead and not done.lead:
        print("The lead of the draft is yours and stays.")
    count = f"{'a lead' if done.lead else 'no lead'} and {done.summaries} summar{'y' if done.summaries == 1 else 'ies'}"
    print(
        f"Revision {done.revision} of {slug} has {count}, marked as drafted: read them, then `newsletter issue accept {slug}`."
    )
