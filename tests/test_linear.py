"""Every pattern and scanner of ours takes time in proportion to its input: shown by input that is eight times as long."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from contextlib import suppress

import pytest

from newsletter.audience.importing import read_csv
from newsletter.errors import NewsletterError
from newsletter.feedback.reading import read
from newsletter.issues.parsing import parse_issue
from newsletter.mail import mime
from newsletter.model.keys import slugify
from newsletter.rendering import latex, markdown, minifying, plain_width, sanitising
from newsletter.rendering.plain_blocks import Footnotes, block_lines
from tests.parts.adversary import attacks
from tests.parts.linear import LIMIT, growth
from tests.parts.patterns import Found, sites

SITES = list(sites())
PATTERNS = [site.found for site in SITES if site.found is not None]
SMALL = 1000
MOST_ATTACKS = 16
"""Texts tried on one pattern; each is repeated up to 8,000 characters."""
FRONT = "---\npublication: demo\ntitle: A title\nslug: first\ndate: 2026-01-02\n---\n"
FROM_DAEMON = "From: MAILER-DAEMON@relay.example\nReturn-Path: <>\n"

MADE_WHILE_RUNNING = {
    "newsletter/mail/dialects/gateways.py": "sentences of one line each; tried by `bounce` below",
    "newsletter/mail/reasons/grammar.py": "the word tables; tried by `bounce` below",
    "newsletter/mail/mailbox_key.py": "names of providers' domains, asked of an address of 320 characters at most",
    "newsletter/issues/headings.py": "a class of two or three signs",
    "newsletter/transports/providers/merging.py": "the marks of slots, without repetition",
    "newsletter/transports/providers/sparkpost.py": "an address as it is, without repetition",
}
"""Files whose patterns only the running program knows, and why they are tried elsewhere or need not be."""

GUARDED = {
    "newsletter/issues/preflight.py": "asked of text that ends in >, so that no run goes on without an end",
    "newsletter/cli/settings_table.py": "asked of an address that the operator wrote into a setting",
    "newsletter/mail/domain_check.py": "asked by match, from the beginning alone, though handed on as a function",
}
"""Files with a pattern that is not linear by itself, and what keeps it so."""

FRAGMENTS = [
    *(
        "a",
        "&<",
        "<a",
        "\"'",
        "<div ",
        "<div>",
        "</div>",
        "<b>",
        "</a",
        "<a>",
        "<!--",
        "<!--a-->",
        "<a href=x>",
        "<p>",
        "<li>a",
    ),
    *(
        "<td>a",
        "<table>",
        "<script>",
        "<style>",
        "<title>",
        "*",
        "**",
        "*a_",
        "__a",
        "~~",
        "`",
        "``",
        "[",
        "[a](",
        "![",
        "](",
    ),
    *(
        "\\",
        "\\(",
        "\\textbf{",
        "\\frac{a}{",
        "$",
        "$a$",
        "$$",
        "{a=b",
        '{a="',
        "http://a",
        "mailto:a",
        "x@y.z ",
        "---",
        "##",
    ),
    *(
        "#",
        ">",
        "-",
        "1.",
        "|",
        "|a|b|",
        "a|b",
        "=?a?q?b?=",
        "a@b.c, ",
        "a: ",
        "550-a",
        "<a@b.c>",
        "&amp;",
        "&#1;",
        "%%slot",
    ),
    *(
        "(",
        ")",
        "{",
        "}",
        "[]",
        '"',
        "'",
        ",",
        ";",
        " ",
        "\t",
        "\n",
        "a\n",
        "- a\n",
        "> a\n",
        "|a|b|\n",
        "a: b\n",
        "\n\n",
    ),
    *("a  \n", "--b\n", '"a"\n', "\u0301"),
]


def _issue(text: str) -> object:
    return parse_issue(FRONT + text)


def _items(text: str) -> object:
    line = text.replace("\n", " ")
    return parse_issue(f"{FRONT}## a {{kind={line}}}\n### [x](https://a.example/{line}) {{{line}}}\n")


def _part(text: str) -> object:
    return mime.parse(f"Content-Type: multipart/mixed; boundary=b\n\n--b\n{text}".encode())


def _bounce(text: str) -> object:
    return read(f"{FROM_DAEMON}Subject: failure notice\n\n{text}".encode())


def _headers(text: str) -> object:
    return read((FROM_DAEMON + "Subject: " + text.replace("\n", "\n ") + "\n\nx").encode())


def _rows(text: str) -> object:
    return list(read_csv(io.BytesIO(b"email,name\n" + text.encode())))


ENTRIES: dict[str, tuple[Callable[[str], object], int]] = {
    "HTML": (sanitising.sanitise, 4000),
    "depth": (lambda text: sanitising.depth(text, lenient=True), 4000),
    "Markdown": (markdown.to_html, 1500),
    "LaTeX": (latex.soften_line, 4000),
    "minifying": (minifying.minify, 4000),
    "plain text": (lambda text: block_lines(markdown.to_html(text), Footnotes(str)), 1500),
    "wrapping": (plain_width.wrap, 4000),
    "slug": (slugify, 4000),
    "issue": (_issue, 1500),
    "headings and attributes": (_items, 1500),
    "MIME": (_part, 4000),
    "bounce": (_bounce, 3000),
    "headers of a bounce": (_headers, 3000),
    "CSV": (_rows, 4000),
}


def test_the_patterns_of_the_product_are_found() -> None:
    assert len(PATTERNS) > 150
    assert {site.file for site in SITES if site.found is None} == set(MADE_WHILE_RUNNING)


@pytest.mark.parametrize("found", PATTERNS, ids=lambda found: found.place)
def test_a_pattern_takes_time_in_proportion_to_its_input(found: Found) -> None:
    slow = [
        (way, head, pump, tail)
        for way, (head, pump, tail) in itertools.product(sorted(found.ways), _some(attacks(found.pattern)))
        if _is_slow(lambda size, way=way, text=(head, pump, tail): _ask(found, way, text, size), SMALL)
    ]
    file = found.place.partition(":")[0]
    assert slow == [] or file in GUARDED, found.pattern.pattern


@pytest.mark.parametrize("name", ENTRIES)
def test_a_reader_takes_time_in_proportion_to_its_input(name: str) -> None:
    entry, small = ENTRIES[name]
    slow = [f for f in FRAGMENTS if _is_slow(lambda size, f=f: _quietly(entry, f * (size // len(f) + 1)), small)]
    assert slow == []


@pytest.mark.parametrize("kib", [10, 20, 40, 1024])
def test_a_run_of_opened_elements_is_refused_or_read_at_once(kib: int) -> None:
    assert not _is_slow(lambda size: _quietly(sanitising.sanitise, "<div " * (size // 5)), kib * 1024 // 8)


def _is_slow(work: Callable[[int], object], small: int) -> bool:
    # What looks slow is asked again at four times the size, where the cost of beginning no longer shows.
    return growth(work, small, tries=3) > LIMIT and growth(work, small * 4, tries=3) > LIMIT


def _some(texts: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return texts[:: max(1, len(texts) // MOST_ATTACKS)]


def _ask(found: Found, way: str, text: tuple[str, str, str], size: int) -> None:
    head, pump, tail = text
    written = head + pump * (size // len(pump) + 1) + tail
    given = written.encode("utf-8", "replace") if isinstance(found.pattern.pattern, bytes) else written
    if way == "scan":
        for _ in found.pattern.finditer(given):  # type: ignore[arg-type]
            pass
    else:
        getattr(found.pattern, way)(given)


def _quietly(entry: Callable[[str], object], text: str) -> None:
    with suppress(NewsletterError):
        entry(text)
