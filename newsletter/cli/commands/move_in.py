"""`newsletter move-in`: bring readers and past issues from another product, whatever its export lies in."""

from __future__ import annotations

import json as jsons
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, TextIO

import typer

from newsletter import private_files
from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.commands import import_telling as telling
from newsletter.cli.commands import post_telling
from newsletter.cli.commands.asking import DespiteLocal, DryRun, check_ways
from newsletter.cli.commands.moving_posts import PostMove, post_terms, posts_among
from newsletter.cli.commands.subscriber import Ask, ConsentWords, States
from newsletter.cli.opening import PartsAsNeeded
from newsletter.cli.options import Json, Publication, RawIn, Yes
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.audience.import_report import ImportReport
    from newsletter.audience.moving.error_files import ErrorFiles
    from newsletter.audience.moving.opening import MovedFile
    from newsletter.audience.moving.recognising import Recognised, SaidOfFiles
    from newsletter.bootstrap.ledger import LedgerParts
    from newsletter.issues.moving.post_report import PostsReport

POST_ERRORS = "past-issues.errors.csv"
"""The file of posts that are kept as drafts, left out, or not as they were."""
Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...",
        help="Files, folders, ZIP archives; - for standard input; listmonk+https://USER@HOST for its API.",
    ),
]
As = Annotated[
    str,
    typer.Option("--as", metavar="PRODUCT", help="Take the lists for those of this product, whatever they look like."),
]
OfList = Annotated[
    str,
    typer.Option("--list", metavar="ID", help="Which list of listmonk, by its number."),
]
Map = Annotated[
    list[str],
    typer.Option(
        "--map",
        metavar="COLUMN=FIELD",
        help="What a column is: address, name, first_name, last_name, state, consent_at, consent_ip, consent_text, since, tags, ignore, "
        "or the name of a field of the readers. May be given several times.",
    ),
]
Rows = Annotated[
    str, typer.Option("--rows", metavar="FILE", help="Write a line of JSON for each row: what it says of whom.")
]
Errors = Annotated[
    str,
    typer.Option(
        "--errors",
        metavar="FOLDER",
        help="Write the rows that cannot be used into files of this folder, to be mended and moved in again, and the posts that "
        "are kept as drafts, left out, or lost something.",
    ),
]
Issues = Annotated[
    bool | None,
    typer.Option(
        "--issues/--no-issues",
        help="Only the past issues, or only the readers; without either, whatever is found.",
        show_default=False,
    ),
]
Images = Annotated[
    str, typer.Option("--images", metavar="copy|leave", help="Copy pictures of past issues that lie on the web.")
]
IncludePaid = Annotated[bool, typer.Option("--include-paid", help="Show in the archive what was for payers only, too.")]
Site = Annotated[
    str, typer.Option("--site", metavar="URL", help="Where past issues stood: addresses without a host begin there.")
]


def add_to(app: typer.Typer) -> None:
    """Add this command to the root."""
    app.command("move-in")(move_in)


def move_in(
    paths: Paths,
    publication: Publication,
    consent: ConsentWords = "",
    state: States = [],  # noqa: B006 - Typer reads it, and nothing writes it
    columns: Map = [],  # noqa: B006 - Typer reads it, and nothing writes it
    product: As = "",
    list_id: OfList = "",
    ask: Ask = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    rows: Rows = "",
    errors: Errors = "",
    issues: Issues = None,
    images: Images = "leave",
    include_paid: IncludePaid = False,
    site: Site = "",
    despite: DespiteLocal = [],  # noqa: B006 - Typer reads it, and nothing writes it
    raw: RawIn = False,
    json: Json = False,
) -> None:
    """Move readers in from Mailchimp, Substack, Ghost, listmonk, Buttondown, Kit, beehiiv, Mailman, Google Groups, or any CSV, and past issues.

    The product is known by its columns. Who left, bounced or complained there is never mailed here; whoever left here stays out. On a
    terminal it says first what would be done, and asks. Run again, it changes nothing; after a kill, it ends the same. Posts of Substack,
    Ghost, Buttondown, Mailchimp and beehiiv, and files of HTML or Markdown, go into the archive under their own dates; nobody is mailed them.

    \b
      newsletter move-in mailchimp-export.zip -p daily
      newsletter move-in subscribers.csv -p daily --consent "Signed up by the form of our blog" --dry-run
      newsletter move-in listmonk+https://api@lists.example.org --list 3 -p daily
      newsletter move-in members.csv -p daily --rows rows.jsonl --errors mend/
      newsletter move-in substack.zip -p daily --issues --images copy
    """
    from newsletter.audience.moving.mapping import read_mapping
    from newsletter.audience.moving.recognising import SaidOfFiles

    said = SaidOfFiles(product, list_id, read_mapping(columns), raw)
    with ExitStack() as stack:
        parts = PartsAsNeeded(stack)
        if ask:
            check_ways(parts.whole, despite, only_say=dry_run)
        home = the_publication(parts.ledger, publication).id
        files, how = _files(parts, stack, paths, list_id), post_terms(images, site, include_paid=include_paid)
        posts = PostMove(parts, home, posts_among(files, product, issues), how)
        lists = _lists(files, said, alone=issues, posts=posts)
        move = _Move(parts.ledger, lists, home, consent, state, ask=ask) if lists else None
        if sys.stdin.isatty() and sys.stdout.isatty() and not (dry_run or yes or json):
            _run(move, posts, dry_run=True)
            typer.confirm("Move them in?", abort=True)
        report = _run(move, posts, dry_run=dry_run, rows=rows, errors=errors, json=json)
    if report:
        telling.end(report)


def _lists(files: Sequence[MovedFile], said: SaidOfFiles, *, alone: bool | None, posts: PostMove) -> Recognised | None:
    """Return the lists of readers, or None where only issues move in. Raises InputError where neither is found."""
    from newsletter.audience.moving.recognising import recognise

    if alone:
        return None
    left = [each for each in files if each.name not in posts.found.claimed]
    found = recognise(left, said, may_be_none=bool(posts.found.posts))
    return found if found.lists else None


def _run(
    move: _Move | None,
    posts: PostMove,
    *,
    dry_run: bool,
    rows: str = "",
    errors: str = "",
    json: bool = False,
) -> ImportReport | None:
    """Move in, or say what would be: readers first, for their lists may be refused."""
    report = move.run(dry_run=dry_run, rows=rows, errors=errors) if move else None
    if move and report and not json:
        move.tell(report, dry_run=dry_run)
    of_posts = posts.run(dry_run=dry_run) if posts.found.posts else None
    if of_posts and errors:
        _write_errors(Path(errors), of_posts)
    if json:
        told = move.as_told(report) if move and report else {"lists": []}
        issues = {"issues": of_posts.told()} if of_posts else {}
        printing.as_json(told | issues | {"dry_run": dry_run})
    elif of_posts:
        post_telling.tell(of_posts, dry_run=dry_run)
        for name, why in posts.found.broken:
            printing.aside(f"{name}: not read: {why}")
    return report


def _files(parts: PartsAsNeeded, stack: ExitStack, paths: Sequence[str], list_id: str) -> list[MovedFile]:
    from newsletter.audience.moving import opening
    from newsletter.audience.moving.listmonk_live import is_listmonk

    live = [stack.enter_context(parts.whole.listmonk.answers(path, list_id)) for path in paths if is_listmonk(path)]
    lying = [path for path in paths if not is_listmonk(path)]
    standard = sys.stdin.buffer if opening.STANDARD in lying else None
    return live + stack.enter_context(opening.opened(lying, standard))


class _Move:
    """One move, which may be tried before it is done."""

    def __init__(
        self,
        parts: LedgerParts,
        found: Recognised,
        publication_id: int,
        consent: str,
        states: Sequence[str],
        *,
        ask: bool,
    ) -> None:
        from newsletter.audience.lists_reading import ListTerms

        names = ", ".join(each.source for each in found.lists)
        self._said = ListTerms(f"move-in {names}"[:200], consent, states, confirmed=not ask, ask=ask)
        self._parts, self._found, self._publication_id, self._ask = parts, found, publication_id, ask

    def run(self, *, dry_run: bool, rows: str = "", errors: str = "") -> ImportReport:
        """Import, or say what would be imported."""
        from newsletter.audience.lists_reading import Watching
        from newsletter.audience.moving.opening import Meter

        meter = Meter()
        lists = [replace(each, file=meter.over(each.file)) for each in self._found.lists]
        octets = sum(each.file.octets for each in lists)
        with telling.watched(octets, meter) as progress, _row_file(rows) as line, _error_files(errors) as wrong:
            watching = Watching(progress, line, wrong.write)
            return self._parts.importing.move_in(
                lists,
                self._said,
                publication_id=self._publication_id,
                by=at_machine(),
                dry_run=dry_run,
                watching=watching,
            )

    def as_told(self, report: ImportReport) -> dict[str, Any]:
        """Return what was done, or would be, as JSON holds it."""
        return report.told() | {"not_read": [{"file": name, "why": why} for name, why in self._found.others]}

    def tell(self, report: ImportReport, *, dry_run: bool) -> None:
        """Tell what was done, or would be."""
        telling.tell_lists(report, list(self._found.others))
        if dry_run:
            telling.tell_samples(report)
        telling.tell(self._parts, self._said.place.removeprefix("move-in "), report, ask=self._ask, dry_run=dry_run)
        if dry_run and report.unproven and not self._said.consent:
            printing.aside(
                f"{report.unproven:,} of them have no proof of consent in these lists: say how they agreed with --consent"
            )


@contextmanager
def _row_file(path: str) -> Iterator[Any]:
    if not path:
        yield None
        return
    with files.writing_rows(path) as file:
        yield lambda told: file.write(jsons.dumps(told, ensure_ascii=False) + "\n")


def _error_files(folder: str) -> ErrorFiles:
    from newsletter.audience.moving.error_files import ErrorFiles

    return ErrorFiles(partial(_made, Path(folder)) if folder else None)


def _write_errors(folder: Path, report: PostsReport) -> None:
    """Write the posts that are no public issues into a file of the folder, where there are any."""
    lines = list(report.error_lines())
    if lines:
        with _made(folder, POST_ERRORS) as file:
            file.writelines(lines)


def _made(folder: Path, name: str) -> AbstractContextManager[TextIO | IO[str]]:
    try:
        private_files.make_folder(folder)
    except OSError as error:
        raise InputError(f"this folder cannot be made: {error.strerror}", where=str(folder)) from None
    return files.writing_rows(str(folder / name))
