"""`newsletter demo`: a whole service in one process, filled once, with mail that stays on this machine."""

from __future__ import annotations

from newsletter.audience.importing import ListTerms
from newsletter.bootstrap import Parts
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.opening import opened
from newsletter.cli.serving import Service
from newsletter.config import Settings, load
from newsletter.issues.addressing import every_publication
from newsletter.issues.catalogue import newest
from newsletter.issues.editing import import_issue
from newsletter.issues.preflight import OTHER_DATE
from newsletter.issues.publishing import schedule
from newsletter.issues.sample import sample_text
from newsletter.publications.creating import create
from newsletter.service.readiness import migrate
from newsletter.signing_keys import ProcessRole

PUBLICATION = "demo"
READERS = (  # .example is nobody's (RFC 2606 section 2)
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
    with Service(settings) as service, opened(service.settings, role=ProcessRole.SERVICE) as parts:
        migrate(parts.database)
        fill(parts)
        link = parts.accounts.links.first_owner(by=at_machine())  # not while it serves: see `serve`
        service.run(parts, embedded=True, ready=lambda: _welcome(parts.settings, link))


def fill(parts: Parts) -> None:
    """Make whatever of the demo is missing. A second call changes nothing."""
    _ensure_publication(parts)
    if not _has_issue(parts):
        _import_readers(parts)
        _send_sample(parts)


def _ensure_publication(parts: Parts) -> None:
    if any(publication.slug == PUBLICATION for publication in every_publication(parts.database)):
        return
    create(
        parts.database,
        clock=parts.clock,
        slug=PUBLICATION,
        name="The Open Notebook",
        from_address="notebook@demo.example",
        description="Papers, numbers and links worth an evening, sent by a service that runs on your own machine.",
        postal_address="The Open Notebook, 1 Example Street, Exampleton",
        by=at_machine(),
    )


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


def _welcome(settings: Settings, link: str) -> None:
    base = settings.base_url
    desk = f"{link}    makes you the owner, once" if link else f"{base}/desk"
    print(
        f"""
The Open Notebook is running. Its mail stays on this machine.

  Archive    {base}/{PUBLICATION}
  Subscribe  {base}/{PUBLICATION}/subscribe
  Inbox      {base}/inbox    every mail, as its reader sees it
  Editor     {desk}

Everything is kept in {settings.data_dir}/. Ctrl-C stops it.""",
        flush=True,
    )
