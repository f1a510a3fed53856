"""Documents for tests: written by hand, and built by hypothesis."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from newsletter.model.brand import Brand
from newsletter.model.document import (
    Column,
    Document,
    LinkItem,
    PaperItem,
    RepositoryItem,
    Section,
    SectionKind,
    TableItem,
)
from newsletter.rendering.renderer import Renderer
from newsletter.resources import TEMPLATES

BRAND = Brand(
    slug="letter",
    name="The Letter & Co",
    description="A letter.",
    language="en",
    postal_address="1 Long Street\nOld Town",
    accent="#b3261e",
    base_url="https://news.example.org",
    from_address="letter@example.org",
)
RENDERER = Renderer(TEMPLATES)
BUDGET = 100_000


def document(**changes: Any) -> Document:
    """A document of one sentence, with `changes`."""
    values: dict[str, Any] = {
        "publication": "letter",
        "title": "A day in May",
        "slug": "2026-05-09",
        "date": dt.date(2026, 5, 9),
        "subject": "What happened",
        "lead": "One sentence.",
    }
    return Document(**{**values, **changes})


def section(slug: str, *items: Any, **changes: Any) -> Section:
    """A section of items, of the kind of the first one."""
    kind = items[0].kind if items else "links"
    return Section(**{"title": slug.title(), "slug": slug, "kind": SectionKind(kind), "items": items, **changes})


def table(*rows: tuple[str, ...], head: tuple[str, ...], key: str = "table", **changes: Any) -> TableItem:
    """A table item."""
    columns = tuple(Column(title=title) for title in head)
    return TableItem(**{"key": key, "title": "Figures", "columns": columns, "rows": rows, **changes})


def full() -> Document:
    """A document with one of everything."""
    return document(
        author="Ann Editor",
        preheader="In short",
        lead="See [there](https://example.com/lead) and **here**.\n\n![a tree](https://example.com/tree.png)",
        sections=(
            section(
                "links", LinkItem(key="a", title="Elsewhere", url="https://example.com/a?x=1&y=2", source="The Wire")
            ),
            section(
                "papers",
                PaperItem(
                    key="p", title="On <angle> brackets", category="cs.CL", authors="B. Author", body="Abstract."
                ),
                all_title="All papers",
            ),
            section(
                "code",
                RepositoryItem(key="r", title="owner/repo", url="https://example.com/r", language="C", stars=12345),
            ),
            section("tables", table(("alpha", "1.5"), ("beta", "12.25"), head=("Name", "Score"))),
            section("empty", all_title="All of it"),
        ),
    )


words = st.text(alphabet="abcdefghijkmnopqrstuvwxyzABC éüßλж中文&<>\"'", min_size=1, max_size=100).filter(
    lambda text: any(character.isalnum() for character in text)
)
cells = st.text(alphabet="abcdefgλ中é", min_size=1, max_size=30)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents with sections of papers and tables."""
    sections = []
    for number in range(draw(st.integers(0, 3))):
        papers = [
            PaperItem(key=f"k{index}", title=draw(words), body=draw(words)) for index in range(draw(st.integers(0, 4)))
        ]
        sections.append(section(f"papers-{number}", *papers, all_title=draw(st.sampled_from(["", "All"]))))
    width = draw(st.integers(1, 5))
    row = st.tuples(*[cells] * width)
    rows = draw(st.lists(row, min_size=1, max_size=4))
    sections.append(section("tables", table(*rows, head=draw(row))))
    return document(lead=draw(words), sections=tuple(sections))


def squeezed(text: str) -> str:
    """Text without any space, for comparing what is said and not how it is laid out."""
    return "".join(text.split())
