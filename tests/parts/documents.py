"""Documents of every shape, for property tests: nasty titles, bodies that look like structure, tables of any content."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from newsletter.model.document import (
    Align,
    Column,
    Document,
    LinkItem,
    PaperItem,
    RepositoryItem,
    Section,
    SectionKind,
    SponsorItem,
    TableItem,
    TextItem,
)

_SIGNS = st.sampled_from(
    [
        *"{}[]()|\\\"`#*_<>:=&~!'-",
        "](",
        "{#a b=c}",
        "\\{",
        "\\]",
        " {x",
        "# ",
        " ##",
        "é",
        "語",
        "🙂",
        "\u200f",
        "\ufeff",
    ]
)
_WORDS = st.sampled_from(["a", "b c", "Attention", "https://x.example", "no", "null", "yes", "1.5", "---", "kind=text"])
_LETTERS = st.characters(exclude_categories=["Cs"])
LINES = st.lists(st.one_of(_SIGNS, _WORDS, st.text(_LETTERS, max_size=3), st.just(" ")), max_size=6).map("".join)
_FURNITURE = [":::quote Ada\nWords.\n:::", ":::button\n[Go](https://go.example)\n:::", "::: note\nno end", ":::"]
_FENCES = ["```\n## not a heading\n```", "~~~ x\n### no\n\n---\n~~~", "```\n\n| a |\n|---|\n```", "> ```\n> # a"]
_ESCAPED = ["\\## escaped", "#### deeper", "# one", "Set\n---", "Set\n===", "---", "***", "> ## quoted", "- ## listed"]
_TABLES = ["| a | b |\n|---|--:|\n| 1 | 2 |", "a | b\n--|--\n1 | \\|"]
_BLOCKS = [
    "    ## code",
    "- a\n\n  b",
    "1. x\n2. y",
    "<div>\n## in html\n</div>",
    "<!-- ## a -->",
    "[r]: https://r.example",
]
PIECES = st.one_of(st.sampled_from([*_FENCES, *_FURNITURE, *_ESCAPED, *_BLOCKS]), LINES)
BODIES = st.lists(PIECES, max_size=3).map("\n\n".join)
NOTES = st.lists(st.one_of(PIECES, st.sampled_from(_TABLES)), max_size=3).map("\n\n".join)
SLUGS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,12}[a-z0-9])?", fullmatch=True)
URLS = st.one_of(
    st.just(""),
    st.sampled_from(
        [
            "https://arxiv.org/abs/2605.01234v2",
            "https://github.com/owner/name",
            "https://en.wikipedia.org/wiki/Attention_(machine_learning)",
            "HTTPS://[::1]/a](b)?{c}|d^`e",
            "mailto:editor@example.org?subject=a&amp;b",
        ]
    ),
    st.text(st.characters(min_codepoint=33), max_size=8).map("https://example.org/".__add__),
)
_ATTRIBUTES = st.dictionaries(st.from_regex(r"x-[a-z0-9-]{0,5}", fullmatch=True), LINES, max_size=3)
_DATES = st.one_of(st.none(), st.dates())
_COUNTS = st.one_of(st.none(), st.integers(0, 10**12))


def _valid(model: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Build `model`, leaving out what it refuses."""

    def build(values: dict[str, Any]) -> Any:
        try:
            return model(**values)
        except ValidationError:
            return None

    return st.fixed_dictionaries(fields).map(build).filter(lambda built: built is not None)


_PICTURE: dict[str, st.SearchStrategy[Any]] = {
    "image": st.one_of(st.just(""), st.just("https://pictures.example/a_(b).png?x=1&y={2}"), URLS),
    "image_alt": LINES,
    "image_caption": LINES,
}


_COMMON: dict[str, st.SearchStrategy[Any]] = {
    **_PICTURE,
    "key": st.one_of(st.just(""), SLUGS),
    "title": LINES.map(lambda line: line.strip() or "Title"),
    "url": URLS,
    "body": BODIES,
    "attributes": _ATTRIBUTES,
    "mailed": st.sampled_from([True, True, False]),
}


@st.composite
def _tables(draw: st.DrawFn) -> TableItem | None:
    columns = draw(st.lists(st.builds(Column, title=_CELLS, align=st.sampled_from(Align)), min_size=1, max_size=3))
    rows = draw(st.lists(st.tuples(*[_CELLS] * len(columns)), max_size=3))
    bars = st.sampled_from(["", "", *(column.title for column in columns)])
    best = st.sampled_from(["", "highest", "lowest"])
    change = st.sampled_from(["", *(column.title for column in columns)])
    return draw(
        _valid(
            TableItem,
            **_COMMON,
            columns=st.just(columns),
            rows=st.just(rows),
            note=NOTES,
            bars=bars,
            best=best,
            change=change,
        )
    )


def _is_cell(line: str) -> bool:
    try:
        Column(title=line)
    except ValidationError:
        return False
    return True


_CELLS = LINES.filter(_is_cell)
ITEMS: dict[SectionKind, st.SearchStrategy[Any]] = {
    SectionKind.LINKS: _valid(LinkItem, **_COMMON, source=LINES, published=_DATES),
    SectionKind.PAPERS: _valid(PaperItem, **_COMMON, category=LINES, authors=LINES, published=_DATES),
    SectionKind.TABLES: _tables(),
    SectionKind.REPOSITORIES: _valid(RepositoryItem, **_COMMON, language=LINES, stars=_COUNTS, stars_today=_COUNTS),
    SectionKind.TEXT: _valid(TextItem, **_COMMON),
    SectionKind.SPONSOR: _valid(SponsorItem, **_COMMON, sponsor=LINES),
}


@st.composite
def sections(draw: st.DrawFn) -> Section:
    """A section of any kind, its items' keys unique."""
    kind = draw(st.sampled_from(SectionKind))
    items = draw(st.lists(ITEMS[kind], min_size=draw(st.integers(0, 2)), max_size=3, unique_by=lambda item: item.key))
    intro = draw(NOTES)
    values = {"title": draw(_COMMON["title"]), "slug": draw(SLUGS), "all_title": draw(LINES), "intro": intro}
    return draw(
        _valid(
            Section,
            **{name: st.just(value) for name, value in values.items()},
            kind=st.just(kind),
            items=st.just(items),
            attributes=_ATTRIBUTES,
        )
    )


DOCUMENTS = _valid(
    Document,
    publication=SLUGS,
    title=_COMMON["title"],
    slug=SLUGS.filter(lambda slug: slug not in {"all", "subscribe", "search"}),
    date=st.dates(min_value=dt.date(1, 1, 1)),
    subject=_COMMON["title"],
    author=LINES,
    preheader=LINES,
    poll=LINES,
    **_PICTURE,
    language=st.sampled_from(["en", "no", "pt-BR", "zh-Hant"]),
    lead=st.one_of(NOTES, st.just("### A heading of the lead\n\nText.")),
    sections=st.lists(sections(), min_size=1, max_size=3, unique_by=lambda section: section.slug),
)
