"""`newsletter backup` and `newsletter restore`: all of the service in one file, and out of it into an empty place."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.opening import opened
from newsletter.cli.options import Json

if TYPE_CHECKING:
    from newsletter.backup.restoring import RestoredService


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; its folder must be there.")],
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Leave out signing keys, DKIM keys and secrets of sources.")
    ] = False,
    json: Json = False,
) -> None:
    """Write the whole service into one file, while it runs and sends: ledger, images, journals and keys.

    All of the ledger is from one moment. The file holds every address and, with the keys, all that signs: keep it as you keep those.

    \b
      newsletter backup newsletter-2026-11-30.backup
      newsletter backup --without-keys /mnt/elsewhere/newsletter.backup
    """
    with opened() as parts:
        made = parts.backing_up.make(file, keys=not without_keys, by=at_machine())
    if json:
        printing.as_json(asdict(made))
        return
    print(f"Wrote {file}: {made.rows:,} rows and {made.images:,} images, {made.octets / 1e6:,.1f} MB.")
    print(f"It is from {made.made_at:%Y-%m-%d %H:%M:%S} UTC, {'with' if made.keys else 'without'} keys.")
    for path in made.left_out:
        print(printing.safe(f"Left out: {path} is a link, or has a name or size that no backup keeps."))
    if made.missing_images:
        print(f"{len(made.missing_images):,} images were not in the image store: `newsletter doctor` names them.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `newsletter backup` wrote.")],
    json: Json = False,
) -> None:
    """Put a backup into an empty database and an empty data folder, of either kind of database. All of it or nothing.

    Nothing goes out by itself afterwards: issues on their way are paused, those due within a day are drafts again, and mails that
    waited are held. Look at them before you start the service; see docs/backup.md.

    \b
      NEWSLETTER_DATA_DIR=new newsletter restore newsletter-2026-11-30.backup
      NEWSLETTER_DATABASE_URL=postgresql+psycopg://me@db/newsletter newsletter restore newsletter.backup
    """
    with opened() as parts:
        restored = parts.restoring.restore(file, by=at_machine())
        folder = parts.settings.data_dir
    if json:
        printing.as_json(asdict(restored))
        return
    print(
        f"Restored {restored.rows:,} rows and {restored.images:,} images "
        f"from {restored.made_at:%Y-%m-%d %H:%M:%S} UTC (release {restored.release})."
    )
    print("Who unsubscribed or was erased after that moment is a reader again: see docs/backup.md before you send.")
    for line in _to_do(restored, folder):
        print(printing.safe(line))


def _to_do(restored: RestoredService, folder: Path) -> list[str]:
    """Say what was held, and what a person does about it; a line each."""
    missing, unlike = len(restored.missing_images), _names(restored.unlike_keys)
    told = [
        (missing, f"Missing: {missing:,} images were not in the backup."),
        (
            not restored.keys,
            "There were no keys in it: links in mail sent before work only with the old NEWSLETTER_SECRET_KEY.",
        ),
        (
            unlike,
            f"Keys that were settings there and are others here: {unlike}. They are in {folder}/restored-settings.env.",
        ),
    ]
    return [*_issues_held(restored), *_mail_held(restored), *(line for condition, line in told if condition)]


def _issues_held(restored: RestoredService) -> list[str]:
    held = restored.held
    paused, taken_back = _names(held.paused), _names(held.taken_back)
    later = ", ".join(f"{slug} ({at:%Y-%m-%d %H:%M} UTC)" for slug, at in held.still_scheduled)
    told = [
        (paused, f"Paused: {paused}. Resume one only if the old service sent none of it since; else cancel it."),
        (taken_back, f"Drafts again, because due: {taken_back}. Schedule one only if it did not go out."),
        (later, f"Still scheduled: {later}."),
        (
            held.approvals,
            f"Let go: {held.approvals:,} approvals of drafts, so that no slot sends by itself. Approve them again.",
        ),
    ]
    return [line for condition, line in told if condition]


def _mail_held(restored: RestoredService) -> list[str]:
    held = restored.held
    told = [
        (
            held.uncertain,
            f"Uncertain: {held.uncertain:,} mails that were on the wire. `newsletter issue resend --uncertain` may send them twice.",
        ),
        (
            held.notices,
            f"Held: {held.notices:,} confirmations, welcomes and other single mails that waited. They are not sent.",
        ),
        (
            held.sign_ups,
            f"Left out: {held.sign_ups:,} sign-ups that nobody had answered. These readers may sign up again.",
        ),
        (
            held.invitations,
            f"Left out: {held.invitations:,} who waited to be invited. Import their list again to invite them.",
        ),
    ]
    return [line for condition, line in told if condition]


def _names(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)
