"""A post made ready to be kept: read, cleaned, converted and parsed by our own parser; what does not pass is kept as a draft of its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from pydantic import ValidationError

from newsletter.errors import DocumentError, InputError, NewsletterError
from newsletter.issues.editing import read_document
from newsletter.issues.moving.cleaning import Addresses, cleaned
from newsletter.issues.moving.composing import PostPlace, document_of, words_of
from newsletter.issues.moving.converting import converted
from newsletter.issues.moving.merge_tags import with_tight_tags
from newsletter.issues.moving.pictures import PostPictures, absolute
from newsletter.issues.moving.posts import ForeignPost, PostBody, path_of
from newsletter.model.document import Document
from newsletter.model.texts import PICTURE, URL
from newsletter.rendering.footnotes import footnotes_plugin
from newsletter.rendering.markdown_file import write_markdown
from newsletter.rendering.written_text import paragraphs

_MODE = re.compile(r"\A\ufeff?\s{0,99}<!--\s{0,9}buttondown-editor-mode:\s{0,9}(\w{1,20})\s{0,9}-->")
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
footnotes_plugin(_MARKDOWN)
_TAG = re.compile(r"<(/?)(\w{0,20})[^<>]{0,4000}>")
_UNREAD = frozenset({"script", "style"})
_MOST_WORDS = 200_000
_LOOKS_LIKE_HTML = re.compile(r"\A\s{0,99}<(?:!doctype|html|body|div|p|h[1-6]|table|figure|section)\b", re.IGNORECASE)


@dataclass(frozen=True)
class ReadiedPost:
    """A Document, its text as it is stored, and what was found wrong with the post; `whole` is false where only its words are kept."""

    document: Document
    text: str
    told: tuple[str, ...]
    whole: bool = True


@dataclass(frozen=True)
class PostLinks:
    """Where links between the posts of a move lead: paths of then to addresses of now."""

    by_path: dict[str, str]
    hosts: frozenset[str]
    """Hosts of then, in small letters."""

    def read(self, written: str, site: str) -> str:
        """Return a link as it leads from outside; "" where it leads nowhere."""
        address = absolute(written, site)
        try:
            host = (urlsplit(address).hostname or "").casefold()
        except ValueError:
            return ""
        if (not host or host in self.hosts) and (found := self.by_path.get(path_of(address))):
            return found
        return address if re.fullmatch(URL, address) and len(address) <= 2048 else _mended(address)


def _mended(address: str) -> str:
    safe = "".join(f"%{ord(sign):02X}" if sign in ' <>"\\' or ord(sign) < 32 else sign for sign in address.strip())
    return safe if len(safe) <= 2048 and re.fullmatch(URL, safe) else ""


def readied(post: ForeignPost, place: PostPlace, pictures: PostPictures, links: PostLinks) -> ReadiedPost:
    """Return a post ready to be kept. Raises InputError for one of which not even the words can be."""
    lost: list[str] = []

    def link(written: str) -> str:
        found = links.read(written, post.site)
        if not found and written.strip():
            lost.append(f"a link to {written.strip()[:80]} leads nowhere: its words stay")
        return found

    written = post.read()
    body = html_of(written)
    try:
        post_left = cleaned(body, post.product, Addresses(link, pictures.address))
        text = converted(lxml_html.tostring(post_left.root, encoding="unicode"))
        document = document_of(post, text, place, preview=post_left.preview)
        return ReadiedPost(*_parsed(document), (*written.told, *post_left.lost, *dict.fromkeys(lost), *pictures.told))
    except (NewsletterError, ValidationError, RecursionError, etree.LxmlError) as error:
        return _of_words(post, place, body, _why(error))


def _why(error: Exception) -> str:
    if isinstance(error, DocumentError):
        return f"line {error.line}: {error.what}"
    if isinstance(error, NewsletterError):
        return error.what
    if isinstance(error, ValidationError):
        return str(error.errors(include_url=False, include_input=False)[0]["msg"]).removeprefix("Value error, ")
    return "it is nested too deeply"


def _parsed(document: Document) -> tuple[Document, str]:
    """Return a document as the parser reads its file, and the file. Raises DocumentError, InputError."""
    text = write_markdown(document)
    return read_document(text, source=document.slug), text


def _of_words(post: ForeignPost, place: PostPlace, body: str, why: str) -> ReadiedPost:
    plain = "\n\n".join(_between_tags(body[: 4 * _MOST_WORDS]))[:_MOST_WORDS]
    told = f"it cannot be kept as it is: {why}; its words are kept as a draft"
    shorter: Callable[[int], str] = lambda most: paragraphs(_readable(plain[:most]))  # noqa: E731
    for most in (_MOST_WORDS, 20_000, 2_000, 0):
        try:
            return ReadiedPost(*_parsed(words_of(post, shorter(most), place)), (told,), whole=False)
        except (NewsletterError, ValidationError, RecursionError):
            continue
    raise InputError(why, where=post.file)


def _between_tags(text: str) -> Iterator[str]:
    """Yield what stands between tags, but for scripts and styles."""
    begin, unread = 0, ""
    for found in _TAG.finditer(text):
        if not unread:
            yield text[begin : found.start()]
        begin, name = found.end(), found[2].lower()
        if unread and found[1] and name == unread:
            unread = ""
        elif not unread and not found[1] and name in _UNREAD:
            unread = name
    if not unread:
        yield text[begin:]


def _readable(text: str) -> str:
    return "".join(sign for sign in text if sign in "\n\t" or (sign.isprintable() and sign not in "<>"))


def html_of(body: PostBody) -> str:
    """Return a body as HTML, whatever it is written in: the first line of Buttondown's says it."""
    text = body.text.removeprefix("\ufeff")
    mode = _MODE.match(text)
    if mode:
        text = text[mode.end() :]
    is_html = not body.is_markdown or (mode and mode[1] == "fancy") or _LOOKS_LIKE_HTML.match(text)
    return text if is_html else str(_MARKDOWN.render(with_tight_tags(text)))


def picture_at_head(post: ForeignPost, pictures: PostPictures) -> str:
    """Return the address of the picture that stands above a post, or "" where no issue could have it there."""
    address = pictures.address(post.image, post.image_alt) if post.image else ""
    return address if re.fullmatch(PICTURE, address) and len(address) <= 2048 else ""
