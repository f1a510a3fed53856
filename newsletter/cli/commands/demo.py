"""`newsletter demo`: a whole service in one process, filled once, with mail that stays on this machine."""

from __future__ import annotations

from newsletter.audience.lists_reading import ListTerms
from newsletter.bootstrap import Parts
from newsletter.cli import demo_gazette, demo_issues
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.opening import opened
from newsletter.cli.sample_sources import SampleSources
from newsletter.cli.serving import Service
from newsletter.config import Settings, load
from newsletter.issues.addressing import every_publication
from newsletter.issues.catalogue import newest
from newsletter.publications.creating import NewPublication
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
        with SampleSources(parts.clock.now(), demo_gazette.port_of(parts)) as samples:
            parts.__dict__["source_fetcher"] = samples.fetcher(parts.clock)  # of this process, and of no other
            if not demo_gazette.has_begun(parts):
                print("Gathering a first issue, which takes a moment ...", flush=True)
            demo_gazette.begin(parts, samples)
            link = parts.accounts.links.first_owner(by=at_machine())  # not while it serves: see `serve`
            asking = demo_issues.asking_for_approval(parts, the_publication(parts, PUBLICATION))
            with demo_gazette.second_issue(parts, samples), asking:
                service.run(parts, embedded=True, ready=lambda: _welcome(parts.settings, link))


def fill(parts: Parts) -> None:
    """Make whatever of the demo is missing. A second call changes nothing."""
    _ensure_publication(parts)
    if not _has_issue(parts):
        _import_readers(parts)
        home = the_publication(parts, PUBLICATION)
        demo_issues.send_past(parts, home)
        demo_issues.write_next(parts, home)


def _ensure_publication(parts: Parts) -> None:
    if any(publication.slug == PUBLICATION for publication in every_publication(parts.database)):
        return
    wanted = NewPublication(
        slug=PUBLICATION,
        name="The Open Notebook",
        from_address="notebook@demo.example",
        description="Papers, numbers and links worth an evening, sent by a service that runs on your own machine.",
        postal_address="The Open Notebook, 1 Example Street, Exampleton",
    )
    parts.creating.create(wanted, by=at_machine())


def _has_issue(parts: Parts) -> bool:
    return bool(newest(parts.database, publication_id=the_publication(parts, PUBLICATION).id, limit=1))


def _import_readers(parts: Parts) -> None:
    parts.importing.import_list(
        [{"email": address, "name": name} for address, name in READERS],
        ListTerms("demo", "Invented readers of the demo; they agreed to everything.", confirmed=True),
        publication_id=the_publication(parts, PUBLICATION).id,
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
  Gazette    {base}/{demo_gazette.PUBLICATION}    assembles itself; its next issue is a draft in a moment
  Today      {base}/desk/{PUBLICATION}    three issues went out; Mara Quay asks for the approval of today's; one is a draft
  Inbox      {base}/inbox    every mail, as its reader sees it
  Editor     {desk}

Everything is kept in {settings.data_dir}/. Ctrl-C stops it.""",
        flush=True,
    )
