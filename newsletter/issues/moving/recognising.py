"""Find the posts among the files of a move, and which product wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from newsletter.errors import InputError
from newsletter.issues.moving.post_table import PostTable, tables_among
from newsletter.issues.moving.posts import ForeignPost
from newsletter.issues.moving.products import GHOST, PLAIN, PRODUCTS, TABLES, ghost, plain
from newsletter.issues.moving.products.mailchimp import TEXTS_FOLDER
from newsletter.moved_files import MovedFile

_TWINS = (".opens.csv", ".clicks.csv", ".delivers.csv")


@dataclass(frozen=True)
class FoundPosts:
    """The posts of a move, oldest first, the files they were read from, and all files, for the pictures among them."""

    posts: Sequence[ForeignPost] = ()
    claimed: frozenset[str] = frozenset()
    files: Sequence[MovedFile] = ()
    broken: Sequence[tuple[str, str]] = field(default=())
    """Tables that cannot be read, each with the reason: where nobody named them."""


def find_posts(files: Sequence[MovedFile], *, product: str = "") -> FoundPosts:
    """Return the posts among files; files by themselves count where no table names posts. Raises InputError for a named table that is broken."""
    if product and product not in PRODUCTS:
        return FoundPosts(files=files)
    gathering = _Gathering(files, product)
    gathering.read_tables()
    gathering.read_ghost()
    if product in ("", PLAIN, "mailchimp"):
        gathering.read_plain()
    posts = sorted(gathering.posts.values(), key=lambda post: (str(post.at or ""), post.foreign_id))
    return FoundPosts(posts, frozenset(gathering.claimed), files, gathering.broken)


class _Gathering:
    def __init__(self, files: Sequence[MovedFile], product: str) -> None:
        self._files = files
        self._product = product
        self.posts: dict[tuple[str, str], ForeignPost] = {}
        self.claimed: set[str] = set()
        self.broken: list[tuple[str, str]] = []

    def read_tables(self) -> None:
        known: Sequence[PostTable] = [each for each in TABLES if self._product in ("", each.word)]
        for file, table in tables_among([each for each in self._files if not each.name.endswith(_TWINS)], known):
            self.claimed.add(file.name)
            try:
                for post, text in table.posts(file, self._files):
                    self._add(post)
                    self.claimed |= {text.name} if text else set()
            except InputError as error:
                self._fail(file, error)

    def read_ghost(self) -> None:
        for file in self._files if self._product in ("", GHOST) else ():
            if ghost.is_export(file):
                try:
                    for post in ghost.posts_of(file):
                        self._add(post)
                    self.claimed.add(file.name)
                except InputError as error:
                    self._fail(file, error)

    def read_plain(self) -> None:
        """Take files of text by themselves: those somebody named, those of Mailchimp, and the others where nothing else was found."""
        alone = not self.posts
        for file in self._files:
            path = PurePosixPath(file.name)
            of_mailchimp = TEXTS_FOLDER in path.parts
            if plain.is_text(file) and file.name not in self.claimed and (alone or file.named or of_mailchimp):
                try:
                    self._add(plain.post_of(file))
                except InputError as error:
                    self._fail(file, error)
                self.claimed.add(file.name)

    def _add(self, post: ForeignPost) -> None:
        self.posts.setdefault((post.product, post.foreign_id), post)

    def _fail(self, file: MovedFile, error: InputError) -> None:
        if file.named:
            raise error
        self.broken.append((file.name, error.what))
