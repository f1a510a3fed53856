"""Every reader of what strangers or editors wrote, each with the size of its smaller text, in characters."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from newsletter.audience.importing import readable
from newsletter.audience.list_file import read_csv
from newsletter.canonical_url import key_of
from newsletter.errors import NewsletterError
from newsletter.feedback import last_resort, unsubscribe_mail
from newsletter.feedback.reading import read
from newsletter.inbound.maildir import fields_of, parse, part_of
from newsletter.issues import preflight
from newsletter.issues.mending import mended
from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight.drafted_marks import without_marks
from newsletter.issues.preflight.finding import Fix
from newsletter.issues.preflight.prose import prose_of
from newsletter.issues.preflight.written_addresses import found_in
from newsletter.mail import body, message, mime
from newsletter.mail.address import parse_address
from newsletter.mail.encoded_word import encoded_words
from newsletter.model.keys import natural_key, slugify
from newsletter.rendering import latex, markdown, minifying, mjml_source, plain_width, sanitising
from newsletter.rendering.plain_blocks import block_lines
from newsletter.rendering.plain_links import LinkNumbers
from newsletter.rendering.renderer import Renderer
from newsletter.sources.cited_sentences import CitedSentences, ToldCandidate
from newsletter.tracking_names import without_tracking
from newsletter.transports.smtp.replies import ProtocolError, ReplyReader
from newsletter.web.framing import opening_links_outside
from tests.parts.hostile import SERVED, WRITTEN
from tests.rendering.documents import BRAND

FRONT = "---\npublication: demo\ntitle: A title\nslug: first\ndate: 2026-01-02\n---\n"
DAEMON = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: failure notice\n"
CITED = {1: ToldCandidate(1, "A pier", "https://pier.example/")}
RENDERER = Renderer(Path(__file__).resolve().parents[2] / "templates")


@dataclass(frozen=True, slots=True)
class Reader:
    """A way in: what reads, the size of the smaller text, and the pieces that are hard for it."""

    read: Callable[[str], object]
    small: int
    pieces: tuple[str, ...] = WRITTEN

    def __call__(self, text: str) -> None:
        """Read; what is refused with an error of ours is read, too."""
        try:
            self.read(text)
        except (NewsletterError, ProtocolError):
            return


def folded(text: str) -> str:
    """Return text that goes on in one header field."""
    return text.replace("\n", "\n ")


def octets(text: str) -> bytes:
    """Return text as it travels."""
    return text.encode("utf-8", "replace")


PASTED = [
    "<span style='font-weight:700'>x</span> ",
    "<span hidden>x</span> y ",
    "<input type=checkbox> x ",
    "<p style='font-style:italic'>x</p>",
    "<a href='#n' id='r'>1</a> <i id=n><a href='#r'>2</a> x</i> ",
    "<p>x<a href='#n' id='r'>1</a></p><p><a href='#r' id='n'>1</a> y</p>",
    "<details><summary>x</summary></details>",
    "<rt>x</rt> ",
    "<button>x</button>",
    "<table><tr><td rowspan=9 colspan=9>x</table>",
    "<tr><td rowspan=99>x",
    "<h3>x</h3>",
    "<![if x]> ",
    "<o:p></o:p>",
]
MARKED = [
    "[^1] ",
    "\n[^1]: x\n",
    "\n\n[^1]: ",
    "==x ",
    " ==x==",
    "\n- [ ] x",
    "\n> [!NOTE]\n> ",
    "\n\n> [!x] ",
    ":rocket: ",
    ":x",
    "{.x}",
    "[x](https://a.example){.x}",
    "![](https://a.example){",
    "\\cite{x} ",
    "\\foo{",
    "`==",
    "==",
]
"""Pieces of what other programs and writers make."""


def bounce(head: str, text: str) -> object:
    """Read a report."""
    return read(octets(f"{head}\n{text}"))


def bounce_of_many(text: str) -> object:
    """Read a report about the more people, the longer it is."""
    people = ", ".join(f"u{number}@example.org" for number in range(len(text) // 40))
    return bounce(f"{DAEMON}X-Failed-Recipients: {people}\n", text)


def plain(text: str) -> object:
    """Lay out clean HTML, as all of it is."""
    return block_lines(sanitising.sanitise(text), LinkNumbers(str))


def issue_mail(text: str) -> object:
    """Do what the desk does for a preview: read, render, look over."""
    document = parse_issue(f"{FRONT}\n## One {{#one}}\n\n### Two\n\n{text}\n")
    mail = RENDERER.email(document, BRAND, byte_budget=95_000)
    return preflight.check(preflight.Inspected(document, BRAND, mail))


def attributes(text: str) -> object:
    """Read headings and their attributes."""
    line = text.replace("\n", " ")
    return parse_issue(f'{FRONT}## a\n### [x](https://a.example/{line}) {{#k a={line} b="{line}"}}\n')


def titles(text: str) -> object:
    """Read a heading without a link."""
    return parse_issue(f"{FRONT}## {text.replace(chr(10), ' ')}\n")


def caught(text: str) -> object:
    """Show a message of the inbox."""
    found = parse(octets(f"To: {folded(text)}\nSubject: {folded(text)}\nContent-Type: {folded(text)}\n\n{text}"))
    return fields_of(found), part_of(found, "html")


def goodbye(text: str) -> object:
    """Look whether a message asks to leave."""
    return unsubscribe_mail.is_goodbye(octets(f"To: {folded(text)}\n\n"), sent_to="", address="leave@news.test")


def replies(text: str) -> None:
    """Read a server's words in small pieces."""
    reader, said = ReplyReader(), b"250-" + octets(text).replace(b"\n", b"\n250-")
    for place in range(0, len(said), 7):
        reader.feed(said[place : place + 7])


READERS: dict[str, Reader] = {
    "sanitising": Reader(sanitising.sanitise, 4000),
    "pasted HTML": Reader(sanitising.sanitise, 2000, PASTED),
    "pasted HTML as plain text": Reader(plain, 1000, PASTED),
    "notes and marks": Reader(markdown.to_html, 600, MARKED),
    "losses": Reader(markdown.losses, 600, MARKED + PASTED),
    "depth": Reader(lambda text: sanitising.depth(text, lenient=True), 8000),
    "Markdown": Reader(markdown.to_html, 600),
    "Markdown of one line": Reader(markdown.to_inline_html, 500, WRITTEN[::2]),
    "LaTeX": Reader(latex.soften_line, 4000),
    "minifying": Reader(minifying.minify, 8000),
    "minifying CSS": Reader(minifying.minify_css, 4000),
    "MJML": Reader(lambda text: mjml_source.lint(text, where=""), 8000),
    "plain text": Reader(plain, 2000),
    "wrapping": Reader(plain_width.wrap, 4000),
    "prose": Reader(prose_of, 4000),
    "marks of drafted words": Reader(without_marks, 2000, (*WRITTEN, "<!-- drafted -->", "<!-- drafted -->\nx\n")),
    "a model's words": Reader(lambda text: CitedSentences(CITED).kept(f"{text} [1]."), 2000, (*WRITTEN, "a.b", "1.2/", "://", "[1]", "@", "\u200d", "é\u200dé", ". ")),
    "canonical addresses": Reader(
        lambda text: (key_of(f"https://a.example/{text}"), key_of(f"https://{text}"), key_of(f"https://github.com/{text}")),
        4000,
        (*WRITTEN, "&b=1", "/..", "/.", "//", "%41", "%", "&amp;", "?", "#!", "é", "https://youtu.be/", "arxiv.org/abs/", "@", "."),
    ),
    "tracking names": Reader(lambda text: without_tracking(f"https://a.example/?{text}"), 4000, (*WRITTEN, "&utm_a=1", "&amp;", "?", "#")),
    "addresses": Reader(lambda text: list(found_in(text)), 4000, (*WRITTEN, "https://a.example/", "(", ")", ".")),
    "mending": Reader(lambda text: mended(text, [Fix(1, "https://a.example/", "x")]), 4000, (*WRITTEN, "https://a.example/ ")),
    "slug": Reader(slugify, 4000),
    "key": Reader(lambda text: natural_key("papers", "x", f"https://arxiv.org/abs/{text}"), 4000),
    "preview": Reader(issue_mail, 1000, WRITTEN[::5]),
    "front matter": Reader(lambda text: parse_issue(f"---\ntitle: {text}\n---\n"), 1500),
    "headings and attributes": Reader(attributes, 2000),
    "titles": Reader(titles, 2000),
    "quoted-printable": Reader(body.quoted_printable, 4000),
    "header": Reader(lambda text: message.header("Subject", text.replace("\n", " ")), 4000),
    "encoded words": Reader(encoded_words, 2000),
    "address": Reader(lambda text: parse_address(f"{text}@{text}.example.org"), 4000),
    "list of readers": Reader(lambda text: list(readable(read_csv(io.BytesIO(octets(f"email,name\n{text}"))), [])), 2000),
    "frame": Reader(opening_links_outside, 8000),
    "caught mail": Reader(caught, 3000),
    "goodbye": Reader(goodbye, 4000, WRITTEN + SERVED),
    "replies": Reader(replies, 4000, SERVED),
    "MIME": Reader(lambda text: mime.parse(octets(f"Content-Type: multipart/mixed; boundary=b\n\n--b\n{text}")), 4000, SERVED),
    "words of a bounce": Reader(lambda text: bounce(DAEMON, text), 1200, SERVED),
    "words for many": Reader(bounce_of_many, 1000, SERVED[::3]),
    "fields of a bounce": Reader(lambda text: bounce(f"{DAEMON}Content-Type: message/delivery-status\n", text), 2000, SERVED),
    "page of a bounce": Reader(lambda text: bounce(f"{DAEMON}Content-Type: text/html\n", text), 1200, SERVED[::2]),
    "subject of a bounce": Reader(lambda text: read(octets(f"From: a@b.cc\nSubject: {folded(text)}\n\nx")), 2000, SERVED),
    "sender of a bounce": Reader(lambda text: read(octets(f"From: {folded(text)}\nTo: {folded(text)}\n\nx")), 2000, SERVED),
    "the last resort": Reader(lambda text: last_resort.recipients(octets(f"{DAEMON}\n{text}")), 3000, SERVED),
}  # fmt: skip
