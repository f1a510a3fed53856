"""What is counted of readers: by publication without identity, by reader only when they agreed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import named_publication, the_publication
from newsletter.cli.opening import opened
from newsletter.cli.options import AddressArgument, Publication


class ConsentChoice(StrEnum):
    """What a reader said: `newsletter.model.states.Consent`."""

    UNKNOWN = "unknown"
    GRANTED = "granted"
    DENIED = "denied"


def add_to(publication: typer.Typer, subscriber: typer.Typer) -> None:
    """Add these commands to `newsletter publication` and `newsletter subscriber`."""
    publication.command("clicks")(clicks)
    subscriber.command("tracking")(tracking)


def clicks(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="Slug of the publication.")],
    count: Annotated[bool, typer.Option("--count/--no-count", help="Count clicks, or stop.")] = True,
) -> None:
    """Count the clicks of a publication's readers without knowing whose they are. Opens are not counted.

    \b
      newsletter publication clicks daily --count
    """
    with opened() as parts:
        parts.click_counting.count_clicks(named_publication(parts, slug).id, on=count, by=at_machine())
    print(f"Clicks of {slug} are {'counted' if count else 'not counted'} from the next issue on.")


def tracking(
    address: AddressArgument,
    consent: Annotated[ConsentChoice, typer.Option(help="What the reader said.")],
    publication: Publication,
) -> None:
    """Record whether a reader lets it be kept what they open and click. Readers say it themselves at /u/TOKEN/tracking.

    \b
      newsletter subscriber tracking ada@example.org --publication daily --consent granted
    """
    from newsletter.model.states import Consent as Wanted

    with opened() as parts:
        whose = the_publication(parts, publication).id
        changed = parts.tracking_consent.decide_for(address, whose, Wanted(consent.value), by=at_machine())
    print("Recorded." if changed else "It was so already.")
