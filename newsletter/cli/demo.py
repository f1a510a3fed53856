"""`newsletter demo`: a whole service in one process, filled once, with mail that stays on this machine."""

from __future__ import annotations

import secrets

from newsletter import private_files
from newsletter.accounts.editors import create, listed
from newsletter.audience.importing import ListTerms
from newsletter.bootstrap import Parts
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.opening import opened
from newsletter.cli.serving import Service
from newsletter.config import load
from newsletter.issues.addressing import every_publication
from newsletter.issues.catalogue import newest
from newsletter.issues.editing import import_issue
from newsletter.issues.founding import found
from newsletter.issues.preflight import OTHER_DATE
from newsletter.issues.publishing import schedule
from newsletter.issues.sample import sample_text
from newsletter.service.readiness import migrate
from newsletter.signing_keys import Role

PUBLICATION = "demo"
EDITOR = "editor@demo.example"  # .example is nobody's (RFC 2606 section 2)
READERS = (
    ("ada@analytical.example", "Ada Quill"),
    ("basil@orchard.example", "Basil Thorne"),
    ("chioma@harbour.example", "Chioma Adeyemi"),
    ("dmitri@observatory.example", "Dmitri Vale"),
    ("élodie@maison.example", "Élodie Marchand"),
    ("farid@workshop.example", "Farid Nasser"),
    ("grete@bücher.example", "Grete Lindqvist"),
    ("hana@tidepool.example", "Hana Mori"),
)


def run() -> None:
    """Start the demo and serve until SIGTERM or SIGINT. Raises UnavailableError when the port is taken."""
    settings = load(
        database_url="", redis_url="", smtp_url=""
    )  # whatever else is set here: nothing leaves this machine
    with Service(settings) as service, opened(service.settings, role=Role.SERVICE) as parts:
        migrate(parts.database)
        password = fill(parts)
        service.run(parts, embedded=True, ready=lambda: _welcome(parts, password))


def fill(parts: Parts) -> str:
    """Make whatever of the demo is missing, and return the editor's password. A second call changes nothing."""
    _ensure_publication(parts)
    password = _ensure_editor(parts)
    if not _has_issue(parts):
        _import_readers(parts)
        _send_sample(parts)
    return password


def _ensure_publication(parts: Parts) -> None:
    if any(publication.slug == PUBLICATION for publication in every_publication(parts.database)):
        return
    found(
        parts.database,
        clock=parts.clock,
        slug=PUBLICATION,
        name="The Open Notebook",
        from_address="notebook@demo.example",
        description="Papers, numbers and links worth an evening, sent by a service that runs on your own machine.",
        postal_address="The Open Notebook, 1 Example Street, Exampleton",
        by=at_machine(),
    )


def _ensure_editor(parts: Parts) -> str:
    kept = parts.settings.data_dir / "demo_editor"
    exists = any(known.editor.address == EDITOR for known in listed(parts.database, clock=parts.clock))
    if kept.exists() or exists:
        password = kept.read_text(encoding="ascii").strip() if kept.exists() else ""
    else:
        password = secrets.token_urlsafe(12)
        # first: an editor whose password nobody knows would be worse
        private_files.keep(kept, f"{password}\n".encode())
    if not exists:
        create(
            parts.database,
            parts.passwords,
            clock=parts.clock,
            address=EDITOR,
            password=password,
            name="Demo editor",
        )
    return password


def _has_issue(parts: Parts) -> bool:
    return bool(newest(parts.database, publication_id=the_publication(parts, PUBLICATION).id, limit=1))


def _import_readers(parts: Parts) -> None:
    parts.importing.import_list(
        [{"email": address, "name": name} for address, name in READERS],
        ListTerms("demo", "Invented readers of the demo; they agreed to everything.", confirmed=True),
        publication_id=the_publication(parts, PUBLICATION).id,
        by=at_machine(),
    )


def _send_sample(parts: Parts) -> None:
    issue = import_issue(parts.database, clock=parts.clock, text=sample_text(), source="sample issue", by=at_machine())
    at_once = {"undo_seconds": 0}  # nobody waits here for a change of mind; what an editor sends later can be undone
    schedule(
        parts.database,
        clock=parts.clock,
        renderer=parts.renderer,
        settings=parts.settings.model_copy(update=at_once),
        publication=PUBLICATION,
        slug=issue.slug,
        at=parts.clock.now(),
        despite=[OTHER_DATE],  # it is dated when it was written
        by=at_machine(),
    )


def _welcome(parts: Parts, password: str) -> None:
    base = parts.settings.base_url
    sign_in = f"sign in as {EDITOR}, password {password}" if password else f"sign in as {EDITOR}"
    print(
        f"""
The Open Notebook is running. Its mail stays on this machine.

  Archive    {base}/{PUBLICATION}
  Subscribe  {base}/{PUBLICATION}/subscribe
  Inbox      {base}/inbox    every mail, as its reader sees it
  Editor     {base}/desk     {sign_in}

Everything is kept in {parts.settings.data_dir}/. Ctrl-C stops it.""",
        flush=True,
    )
