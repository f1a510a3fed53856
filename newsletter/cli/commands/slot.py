"""`newsletter slot`: the usual hour of a publication, the weekdays on which the approved issue goes by itself, and days left out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts

app = typer.Typer(name="slot", help="When a publication sends: hour, weekdays, days left out.", no_args_is_help=True)

Day = Annotated[str, typer.Argument(metavar="DAY", help="A day of the publication's zone, such as 2026-12-25.")]


@app.command()
def show(publication: AnyPublication = "", json: Json = False) -> None:
    """Show the slot of a publication, the days it leaves out, and when it sends next.

    \b
      newsletter slot show daily
    """
    with opened() as parts:
        _tell(parts, the_publication(parts, publication).id, json)


@app.command("set")
def set_slot(
    hour: Annotated[
        str | None, typer.Option(metavar="HH:MM", help='Its usual hour, in its own zone; "" is none.')
    ] = None,
    days: Annotated[
        str | None,
        typer.Option(
            metavar="DAYS",
            help='Days on which the approved issue goes by itself, such as Mon-Fri; "" is none: the hour is only offered.',
        ),
    ] = None,
    warn: Annotated[
        str | None,
        typer.Option(
            metavar="MINUTES",
            help='Minutes before the hour at which an issue that is not approved alarms, such as 30,10; "" is never.',
        ),
    ] = None,
    reader_zones: Annotated[
        str | None, typer.Option(metavar="ZONES", help="Up to four zones of most readers; times are told there, too.")
    ] = None,
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Say when a publication sends; what is not named stays as it is.

    \b
      newsletter slot set --hour 07:00 --days Mon-Fri --warn 30,10
      newsletter slot set --reader-zones America/New_York,Asia/Kolkata
    """
    from newsletter.publications.slotting import SlotChange

    with opened() as parts:
        home = the_publication(parts, publication).id
        parts.slotting.change(home, SlotChange(hour, days, warn, reader_zones), by=at_machine())
        _tell(parts, home, json)


@app.command()
def skip(
    day: Day,
    why: Annotated[str, typer.Option(help="A word why, shown in calendar and alarms.")],
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Leave a day out: nothing goes by itself on it, and nobody is warned.

    \b
      newsletter slot skip 2026-12-25 --why Christmas
    """
    with opened() as parts:
        home = the_publication(parts, publication).id
        parts.slotting.skip(home, _day(day), why, by=at_machine())
        _tell(parts, home, json)


@app.command()
def keep(day: Day, publication: AnyPublication = "", json: Json = False) -> None:
    """Leave a day out no more.

    \b
      newsletter slot keep 2026-12-25
    """
    with opened() as parts:
        home = the_publication(parts, publication).id
        parts.slotting.keep(home, _day(day), by=at_machine())
        _tell(parts, home, json)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text[:20]!r} is no day", where="DAY", remedy="write it like 2026-12-25") from None


def _tell(parts: Parts, publication_id: int, json: bool) -> None:
    from newsletter.slots import told_weekdays

    found = parts.slotting.overview(publication_id)
    slot = found.slot
    values = {
        "hour": slot.hour,
        "days": told_weekdays("".join(str(day) for day in slot.weekdays)),
        "warnings": list(slot.warnings),
        "time_zone": slot.time_zone,
        "skipped": {str(day): why for day, why in found.skipped.items()},
        "next": [moment.isoformat() for _, moment in found.coming],
    }
    if json:
        printing.as_json(values)
        return
    skipped = "; ".join(f"{day}: {why}" for day, why in found.skipped.items())
    sends = values["days"] or "offered only: nothing goes by itself"
    printing.facts(
        [
            ("hour", f"{slot.hour} {slot.time_zone}" if slot.hour else "none"),
            ("days", sends),
            ("warnings", ", ".join(f"{minutes} min" for minutes in slot.warnings) or "none"),
            ("left out", skipped or "none"),
            ("next", ", ".join(f"{day:%a} {day}" for day, _ in found.coming) or "never"),
        ]
    )
