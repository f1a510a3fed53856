"""What LaTeX says is said in the same words wherever an issue is shown; its Markdown stays as it was typed."""

# ruff: noqa: RUF001 - letters of formulas
from __future__ import annotations

import html
import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update

from newsletter import resources
from newsletter.bootstrap import Parts
from newsletter.issues.parsing import parse_issue
from newsletter.model import Edition
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.rendering.renderer import EmailRendering, Renderer
from tests.rendering.latex.cases import INSIDE, TOUCHING, WORDS
from tests.web.places import Visitor, add_publication, make_document, publish

ISSUE = "/lattice/2026-03-05"
SOURCE = r"""---
publication: lattice
title: Erd\H{o}s and $\mathcal{O}(n \log n)$
slug: 2026-03-05
date: 2026-03-05
author: Paul Erd\H{o}s
subject: "2$\\times$ as fast, by Schr\\\"odinger"
preheader: On $\sim$10\% of tokens, for $5 to $10
---

Over $\{0,1\}^n$ and ``robust''.

## On $\ell_2$ {#norms kind=papers all="All $\ell_2$ papers"}

### [Na\"{\i}ve codes in $\{0,1\}^n$](https://journal.test/a) {#codes category=cs.IT authors="Erwin Schr\"odinger, K\"{a}hler"}

We show $x\in\mathbb{R}^d$ for ${name}/${version}, $5 to $10.

### Another with CO$_2$ {#another category=cs.LG}

Fig.~1 and $\unknown{x}$.

## Stories {#stories kind=links}

### [A story of $\alpha$](https://wire.test/a) {#story source="The $\beta$ Wire"}
"""
TITLE = "Erdős and O(n log n)"
SUBJECT = "2× as fast, by Schrödinger"
PREHEADER = "On ~10% of tokens, for $5 to $10"
AUTHOR = "Paul Erdős"
HEADS = ("On ℓ₂", "All ℓ₂ papers", "Naïve codes in {0,1}ⁿ", "Another with CO₂", "A story of α")
NAMES = ("Erwin Schrödinger, Kähler", "The β Wire")
BODY = (
    "Over {0,1}ⁿ and “robust”.",
    "We show x∈Rᵈ for ${name}/${version}, $5 to $10.",
    r"Fig. 1 and $\unknown{x}$.",
)


@pytest.fixture
def document() -> Document:
    return parse_issue(SOURCE)


@pytest.fixture
def lattice(parts: Parts, document: Document) -> EmailRendering:
    """Publish the issue, between two others; return its mail."""
    publication = add_publication(parts.database, "lattice", name="Lattice")
    for day in (4, 5, 6):
        dated = document if day == 5 else make_document(f"2026-03-0{day}", date(2026, 3, day), publication="lattice")
        publish(parts.database, publication, dated)
    mail = Renderer(resources.TEMPLATES).email(document, brand_of(publication, "http://news.test"), byte_budget=100_000)
    with parts.database.write() as session:
        session.execute(update(Edition).where(Edition.subject == document.subject).values(subject=mail.subject))
    return mail


def soup(visitor: Visitor, path: str) -> BeautifulSoup:
    answer = visitor.get(path)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def said(text: str) -> str:
    return " ".join(html.unescape(text).split())


def unmarked(text: str) -> str:
    """Text without the signs that the plain text puts around emphasis and code."""
    return re.sub("[*_`]", "", text)


def test_mail_and_text_say_it(lattice: EmailRendering) -> None:
    assert lattice.subject == SUBJECT
    seen = said(BeautifulSoup(lattice.html, "html.parser").get_text())
    text = said(lattice.text)
    for words in (TITLE, AUTHOR, *HEADS, *NAMES, *BODY):
        assert words in seen, words
        assert said(re.sub(r" ?\[\d+\]", "", text)).count(words) >= 1, words
    assert PREHEADER in seen
    assert SUBJECT in said(lattice.html)


def test_the_page_of_an_issue_says_it_in_body_title_and_meta_tags(lattice: EmailRendering, visitor: Visitor) -> None:
    page = soup(visitor, ISSUE)
    seen = said(page.get_text())
    for words in (TITLE, AUTHOR, *HEADS, *NAMES, *BODY):
        assert words in seen, words
    metas = {meta.get("property") or meta.get("name"): meta["content"] for meta in page.select("meta[content]")}
    assert page.title.text == f"{TITLE} · Lattice"
    assert metas["og:title"] == page.h1.text == TITLE
    assert metas["og:description"] == metas["description"] == PREHEADER
    assert metas["author"] == page.select_one(".byline span").text == AUTHOR
    assert page.select_one(".contents a").text == "On ℓ₂ 2"


def test_the_page_of_an_item_says_it(lattice: EmailRendering, visitor: Visitor) -> None:
    page = soup(visitor, f"{ISSUE}/norms/codes")
    metas = {meta["property"]: meta["content"] for meta in page.select("meta[property]")}
    assert page.title.text == "Naïve codes in {0,1}ⁿ · Lattice"
    assert metas["og:title"] == "Naïve codes in {0,1}ⁿ"
    seen = said(page.get_text())
    for words in (TITLE, *HEADS[:3], NAMES[0], BODY[1]):
        assert words in seen, words


def test_lists_of_the_archive_say_it(lattice: EmailRendering, visitor: Visitor) -> None:
    index = soup(visitor, "/lattice")
    assert TITLE in [link.text for link in index.select(".issues a")]
    assert "All ℓ₂ papers" in [link.text for link in index.select(".all a")]
    every = soup(visitor, "/lattice/all/norms")
    assert every.title.text == "All ℓ₂ papers · Lattice"
    assert every.select_one("meta[property='og:title']")["content"] == every.h1.text == "All ℓ₂ papers"
    assert HEADS[2] in said(every.get_text()) and BODY[1] in said(every.get_text())
    assert TITLE in said(soup(visitor, "/lattice/2026-03-04").select_one("nav.turn").text)
    assert TITLE in said(soup(visitor, "/lattice/2026-03-06").select_one("nav.turn").text)


def test_the_feed_says_it(lattice: EmailRendering, visitor: Visitor) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    root = ET.fromstring(visitor.get("/lattice/feed.atom").text)
    [entry] = [one for one in root.findall(f"{atom}entry") if one.findtext(f"{atom}id").endswith("/2026-03-05")]
    assert entry.findtext(f"{atom}title") == "Erdős and O(n log n)"
    assert entry.findtext(f"{atom}summary") == PREHEADER
    assert entry.findtext(f"{atom}author/{atom}name") == AUTHOR
    assert [one.get("label") for one in entry.findall(f"{atom}category")] == ["On ℓ₂", "Stories"]
    seen = said(BeautifulSoup(entry.findtext(f"{atom}content"), "html.parser").get_text())
    for words in (*HEADS, *NAMES, *BODY):
        assert words in seen, words


def test_the_markdown_stays_as_typed(lattice: EmailRendering, visitor: Visitor, document: Document) -> None:
    written = visitor.get(f"{ISSUE}.md").text
    assert parse_issue(written) == document
    for line in SOURCE.splitlines():
        if line.startswith(("#", "We", "Fig", "Over")):
            assert line in written


def test_every_case_is_the_same_in_every_output(parts: Parts, visitor: Visitor) -> None:
    publication = add_publication(parts.database, "cases", name="Cases")
    cases = [*TOUCHING, *INSIDE, *WORDS]
    body = "\n\n".join(f"Case {number}: so {written}." for number, (written, _) in enumerate(cases))
    titles = [{"kind": "text", "key": f"k{n}", "title": f"Title {n}: {said}"} for n, (said, _) in enumerate(cases)]
    section = {"title": "All", "slug": "all-of-them", "kind": "text", "items": titles}
    document = make_document("x", date(2026, 3, 5), publication="cases", lead=body, sections=[section])
    publish(parts.database, publication, document)
    renderer, brand = Renderer(resources.TEMPLATES), brand_of(publication, "http://news.test")
    mail = renderer.email(document, brand, byte_budget=1_000_000)
    feed = ET.fromstring(visitor.get("/cases/feed.atom").text).findtext(".//{*}content")
    outputs = {
        "mail": said(BeautifulSoup(mail.html, "html.parser").get_text()),
        "text": said(re.sub(r" ?\[\d+\]", "", mail.text)),
        "web": said(soup(visitor, "/cases/x").get_text()),
        "feed": said(BeautifulSoup(feed, "html.parser").get_text()),
    }
    for number, (_, read) in enumerate(cases):
        for name, output in outputs.items():
            assert unmarked(f"Case {number}: so {said(read)}.") in unmarked(output), name
            assert f"Title {number}: {said(read)}" in output, name
    written = visitor.get("/cases/x.md").text
    assert all(f"Case {number}: so {typed}." in written for number, (typed, _) in enumerate(cases))
