"""Posts of products that export a table of them: which columns mean what, and where their texts lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from newsletter.issues.moving.post_rows import columns_of, plain, rows_of, text_of
from newsletter.issues.moving.posts import (
    ForeignPost,
    PostBody,
    first_of,
    moment_of,
    path_of,
    site_of,
    told_words,
    words,
)
from newsletter.model.keys import slugify
from newsletter.moved_files import MovedFile

TEXTS = (".html", ".htm", ".md", ".markdown")
_NO = frozenset({"", "false", "no", "0", "f", "n"})
_NAMELESS = "untitled"


@dataclass(frozen=True)
class PostTable:
    """What a product's table of posts looks like; columns go by their plain names, the first that holds something counts."""

    word: str
    signs: tuple[frozenset[str], ...]
    """Columns of which one set must be there."""
    key: tuple[str, ...]
    title: tuple[str, ...]
    at: tuple[str, ...]
    subject: tuple[str, ...] = ()
    preheader: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    slug: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    url: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    flag: str = ""
    """A column that says by yes or no whether it was published."""
    kind: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    public: frozenset[str] = frozenset()
    """Words of the status that mean published; others do not."""
    undated_is_draft: bool = False
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Words of the kind that are no issue, and why."""
    paid: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    """Words of the audience that mean those who gave their address, and paid nothing."""
    hidden: frozenset[str] = frozenset()
    """Words of the audience that mean nobody could read it on the web."""
    paths: tuple[str, ...] = ()
    """Old paths, with {slug} and {key}."""
    in_utc: bool = True

    def knows(self, columns: set[str]) -> bool:
        """Tell whether a table has these columns."""
        return any(signs <= columns for signs in self.signs)

    def posts(self, table: MovedFile, files: Sequence[MovedFile]) -> Iterator[tuple[ForeignPost, MovedFile | None]]:
        """Yield the posts of a table, each with the file of its text. Raises InputError for a broken table."""
        texts = _Texts(table, files)
        for row in rows_of(table):
            key = first_of(row, self.key)
            slug = self._slug(row, key)
            if key or slug:
                text = None if first_of(row, self.body) else texts.of(key, slug, first_of(row, self.title))
                yield self._post(table, row, key or slug, slug, text), text

    def _slug(self, row: Mapping[str, str], key: str) -> str:
        given = first_of(row, self.slug) or path_of(first_of(row, self.url)).rpartition("/")[2]
        return given or key.partition(".")[2]

    def _post(
        self, table: MovedFile, row: Mapping[str, str], key: str, slug: str, text: MovedFile | None
    ) -> ForeignPost:
        body, link = first_of(row, self.body), first_of(row, self.link)
        title = told_words(first_of(row, self.title), most=300)
        subject = told_words(first_of(row, self.subject), most=300)
        at = moment_of(first_of(row, self.at), utc=self.in_utc)
        why = self.skipped.get(first_of(row, self.kind).casefold(), "")
        if not (why or body or text or link):
            why = "its text is missing"
        paths = (path_of(first_of(row, self.url)), *(path_of(each.format(slug=slug, key=key)) for each in self.paths if slug))  # fmt: skip
        return ForeignPost(
            product=self.word,
            foreign_id=key[:300],
            file=(text or table).name,
            title=title or subject or _NAMELESS,
            read=lambda: PostBody(body) if body else read_text(text) if text else PostBody(""),
            at=at,
            why_draft=self._why_draft(row, dated=at is not None),
            paid=(audience := first_of(row, self.audience).casefold()) in self.paid,
            for_members=audience in self.members,
            skipped=why,
            subject=subject,
            preheader=told_words(first_of(row, self.preheader)),
            author=words(first_of(row, self.author)),
            slug=slugify(slug or title or subject),
            paths=tuple(dict.fromkeys(filter(None, paths))),
            site=site_of(first_of(row, self.url)),
            link=link,
            image=image if site_of(image := first_of(row, self.image)) else "",
        )

    def _why_draft(self, row: Mapping[str, str], *, dated: bool) -> str:
        status = first_of(row, self.status).casefold()
        if status and self.public and status not in self.public:
            return f"it was {status} there"
        if self.flag in row and row[self.flag].strip().casefold() in _NO:
            return "it was a draft there"
        if self.undated_is_draft and not dated:
            return "it was a draft there"
        audience = first_of(row, self.audience).casefold()
        return f"it was {audience} there" if audience in self.hidden else ""


class _Texts:
    """Files of texts by their names without folder and ending: those that lie below the folder of the table."""

    def __init__(self, table: MovedFile, files: Sequence[MovedFile]) -> None:
        home = PurePosixPath(table.name).parent
        self._files: dict[str, MovedFile] = {}
        for file in files:
            path = PurePosixPath(file.name)
            if path.suffix.lower() in TEXTS and (home == PurePosixPath() or home in path.parents):
                self._files.setdefault(path.name[: -len(path.suffix)], file)
        self._by_start = {_start(stem): file for stem, file in reversed(self._files.items())}
        self._by_words = {slugify(stem): file for stem, file in reversed(self._files.items())}

    def of(self, key: str, slug: str, title: str) -> MovedFile | None:
        """Return the file of a post, or None."""
        exact = next((self._files[name] for name in (key, slug) if name and name in self._files), None)
        return exact or self._by_start.get(_start(key) if key else "") or self._by_words.get(slugify(title) if title else "")  # fmt: skip


def _start(stem: str) -> str:
    """What names begin with that hold an id: `140000001.first-letter`, `5a6b7c8d9e_weekly`."""
    return plain(stem.replace("_", ".").partition(".")[0])


def read_text(file: MovedFile) -> PostBody:
    """Return what a file says."""
    text = text_of(file)
    return PostBody(text, is_markdown=file.name.lower().endswith((".md", ".markdown")))


def tables_among(files: Sequence[MovedFile], known: Sequence[PostTable]) -> Iterator[tuple[MovedFile, PostTable]]:
    """Yield the tables of posts among files, each with what it is."""
    for file in files:
        if file.name.lower().endswith((".csv", ".tsv")):
            columns = columns_of(file)
            if (found := next((each for each in known if each.knows(columns)), None)) is not None:
                yield file, found
