"""The long-running commands: demo, serve, worker, scheduler; and migrate, which comes before them."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import printing, processes
from newsletter.cli.acting import at_machine
from newsletter.cli.opening import opened
from newsletter.cli.options import Json
from newsletter.errors import InputError
from newsletter.logs import log_to_stderr
from newsletter.signing_keys import ProcessRole

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.config import Settings


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root."""
    app.command()(demo)
    app.command()(serve)
    app.command()(worker)
    app.command()(scheduler)
    app.command()(alive)
    app.command()(migrate)


def demo() -> None:
    """Try everything in one process: web, scheduler, worker, SQLite, and an inbox that catches the mail.

    The first start makes a publication, a handful of readers and a sample issue, and sends it. No mail leaves this machine:
    NEWSLETTER_DATABASE_URL, NEWSLETTER_REDIS_URL and NEWSLETTER_SMTP_URL are not looked at.

    \b
      newsletter demo
      NEWSLETTER_PORT=9000 NEWSLETTER_DATA_DIR=elsewhere newsletter demo
    """
    from newsletter.cli.commands.demo import run

    run()


def serve() -> None:
    """Run the web server. Without NEWSLETTER_REDIS_URL it also runs the scheduler and a worker inside.

    \b
      NEWSLETTER_HOST=0.0.0.0 newsletter serve
    """
    from newsletter.cli.serving import Service
    from newsletter.config import load

    settings = load()
    role = ProcessRole.WEB if settings.redis_url else ProcessRole.SERVICE
    with Service(settings) as service, opened(service.settings, log_level=settings.log_level, role=role) as parts:
        check_ready(parts)
        # asked before it serves: while it does, one who holds the ledger would keep everybody waiting here
        link = parts.accounts.links.first_owner(by=at_machine())
        service.run(parts, embedded=not settings.redis_url, ready=lambda: _tell(service.address, link))


def _tell(address: str, link: str) -> None:
    printing.aside(f"Serving {address}")
    if link:
        printing.aside(f"Nobody can sign in yet. Within a day this link makes the owner, once: {link}")


def worker(
    processes_: Annotated[
        int, typer.Option("--processes", min=1, max=256, help="Processes; without it one for each CPU.")
    ] = os.cpu_count() or 1,
    threads: Annotated[int, typer.Option(min=1, max=256, help="Batches each process works on at a time.")] = 4,
) -> None:
    """Run workers that send what the scheduler rings. SIGTERM drains: what is on the wire is finished and recorded.

    \b
      newsletter worker --processes 2 --threads 4
    """
    settings = _with_redis("worker")
    with opened(settings, role=ProcessRole.WORKER) as parts:
        check_ready(parts)
    log_to_stderr(settings.log_level)
    processes.run_workers(processes_, threads)


def scheduler() -> None:
    """Run the scheduler: it plans issues that are due and rings the workers. A second one waits until the first is gone.

    \b
      newsletter scheduler
    """
    settings = _with_redis("scheduler")
    with opened(settings, role=ProcessRole.SCHEDULER) as parts:
        check_ready(parts)
    log_to_stderr(settings.log_level)
    processes.run_scheduler()


class QuietRole(StrEnum):
    """Roles that answer no call, so that only a sign of life tells that they are well."""

    WORKER = "worker"
    SCHEDULER = "scheduler"


def alive(role: Annotated[QuietRole, typer.Argument(metavar="ROLE", help="worker or scheduler.")]) -> None:
    """Tell whether the workers, or the scheduler, of this machine do their work: exit code 1 when none does, or one is stuck.

    Each gives a sign of life to the ledger every few seconds, with what keeps it from working. While the database is away nobody
    works: the command fails then, too, and says so. A web server is asked at /healthz.

    \b
      newsletter alive worker
    """
    from newsletter.delivery.signs_of_life import here

    with opened() as parts:
        found = here(parts.database, clock=parts.clock, role=role)
    well = sum(sign.works for sign in found)
    print(f"{well} {role} processes are well.")
    for sign in found:
        if not sign.works:
            print(printing.safe(f"{sign.host}:{sign.process_id} {sign.standing}"))
    if not well or well < len(found):
        raise typer.Exit(1)


def migrate(json: Json = False) -> None:
    """Make the tables, or bring them to the shape this release needs. Safe to run at any time and from several machines.

    \b
      newsletter migrate
    """
    from newsletter.service import readiness

    with opened() as parts:
        applied = readiness.migrate(parts.database)
    if json:
        printing.as_json({"applied": applied, "revision": readiness.revision_needed()})
    elif applied:
        print(f"Migrated to {applied[-1]}.")
    else:
        print(f"Nothing to do: the database is at {readiness.revision_needed()}.")


def _with_redis(role: str) -> Settings:
    from newsletter.config import load

    settings = load()
    if not settings.redis_url:
        raise InputError(
            f"a {role} of its own needs a broker that processes share",
            where="NEWSLETTER_REDIS_URL",
            remedy="set it (redis://host:6379/0), or run `newsletter serve`, which does all in one process",
        )
    return settings


def check_ready(parts: Parts) -> None:
    """Raise ConflictError unless the tables have the shape this release needs, InputError when the keys of its role are not there."""
    from newsletter.service.readiness import see_that_it_is_migrated

    _ = parts.signer
    see_that_it_is_migrated(parts.database)
