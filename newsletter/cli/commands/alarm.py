"""`newsletter alarm`: what somebody must know of, mark it as seen, and try the second way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.opening import opened
from newsletter.cli.options import Json
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.model import Alarm

app = typer.Typer(name="alarm", help="What somebody must know of: list it, mark it as seen.", no_args_is_help=True)


@app.command("list")
def list_(json: Json = False) -> None:
    """Show what stands, newest first: what happened, since when, and whether anybody has seen it.

    \b
      newsletter alarm list
    """
    from newsletter.delivery.alarming import standing

    with opened() as parts:
        rows = [_values(alarm) for alarm in standing(parts.database)]
    if json:
        printing.as_json(rows)
        return
    for row in rows:
        seen = "seen" if row["seen_at"] else "not seen"
        print(printing.safe(f"{row['id']}  {row['since']:%Y-%m-%d %H:%M} UTC  {seen}  {row['title']}"))
        print(printing.safe(f"    {row['what']}"))
    if not rows:
        print("Nothing stands.")


@app.command()
def seen(
    alarm_id: Annotated[int, typer.Argument(metavar="ID", help="Its number in `newsletter alarm list`.")],
    json: Json = False,
) -> None:
    """Mark one as seen: it leaves the head of the desk, and mails and calls about it end.

    \b
      newsletter alarm seen 3
    """
    from newsletter.delivery.alarming import see

    with opened() as parts:
        told = _values(see(parts.database, clock=parts.clock, alarm_id=alarm_id, by=at_machine()))
    if json:
        printing.as_json(told)
    elif told["ended_at"]:
        print("Noted.")
    else:
        print("Noted. It ends by itself when the cause is mended.")


@app.command("test")
def trial(json: Json = False) -> None:
    """Post a trial to NEWSLETTER_ALERT_URL, to see that it reaches somebody.

    \b
      newsletter alarm test
    """
    with opened() as parts:
        hook = parts.alarms.hook
        if hook is None:
            raise InputError("no address is set", where="NEWSLETTER_ALERT_URL", remedy="docs/production.md tells how")
        hook.post({"text": "A trial: alerts of this service reach you here.", "state": "trial", "title": "A trial"})
    if json:
        printing.as_json({"posted_to": hook.host})
    else:
        print(f"{hook.host} took it.")


def _values(alarm: Alarm) -> dict[str, Any]:
    names = ("id", "cause", "title", "what", "remedy", "url", "since", "seen_at", "ended_at", "told")
    return {name: getattr(alarm, name) for name in names}
