"""Furniture dressed for its place: the templates of `templates/issue/furniture/`, one for each kind and output."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from markupsafe import Markup

from newsletter.rendering.content import IssueContent, ItemContent, SectionContent
from newsletter.rendering.furniture.bars import has_bars, with_bars, without_bars
from newsletter.rendering.furniture.charts import sources
from newsletter.rendering.furniture.fences import Block
from newsletter.rendering.furniture.marks import BEGINNING, replaced
from newsletter.rendering.furniture.sponsors import for_notes
from newsletter.rendering.language import Language
from newsletter.rendering.links import PAID
from newsletter.rendering.templating import Templates
from newsletter.sentences import sentence

CALLOUTS = {Block.NOTE: sentence("Note"), Block.TIP: sentence("Tip"), Block.WARNING: sentence("Warning")}
"""What a callout is called where its editor says nothing else."""
_LINK = re.compile(
    r"<a(?P<before>(?: [a-z-]+=\"[^\"]*\")*?) href=\"(?P<href>[^\"]*)\"[^<>]*>(?P<words>(?>(?:[^<]++|<(?!/?a\b))*))</a>"
)
_IMAGE = re.compile(r"<img ")


class Place(StrEnum):
    """The outputs that show furniture."""

    MAIL = "mail"
    WEB = "web"
    TEXT = "text"


class Dresser:
    """Dresses the furniture of one issue, in its language, for one output."""

    def __init__(self, place: Place, templates: Templates, language: Language) -> None:
        self._place = place
        self._templates = templates
        self._language = language

    def __call__(self, html: str) -> Markup:
        """Return clean content HTML with its furniture dressed; without any it is returned as it is."""
        if BEGINNING in html:
            draws = self._place is Place.MAIL and has_bars(html)
            html = replaced(
                html, lambda name, *words: "" if name == "zero" and not draws else self._dress(name, *words)
            )
        html = with_bars(html, self._bar) if self._place is Place.MAIL else without_bars(html)
        return Markup(html)  # noqa: S704 - clean before, and templates escape

    def _dress(self, name: str, words: Markup, line: Markup) -> str:
        if name in CALLOUTS:
            return self._render(
                "callout", content=words, line=line or self._language.say(CALLOUTS[Block(name)]), kind=name
            )
        if name == "chart" and self._place is not Place.WEB:
            return ""  # a mail draws cells, and the text has the table
        if name == "chart":
            words = Markup(sources(words))  # noqa: S704 - addresses of our own
        if name == Block.BUTTON:
            return self._buttons(words)
        if name == "picture" and self._place is Place.MAIL and " width=" not in words:
            words = Markup(_IMAGE.sub('<img width="592" ', words, count=1))  # noqa: S704 - a width of our own: Outlook obeys no other
        return self._render(name, content=words, line=line)

    def _bar(self, share: int, cells: int) -> str:
        return self._render("bar", share=share, cells=cells)

    def _buttons(self, words: Markup) -> str:
        """Return the links as buttons, and words without a link as they are."""
        links = [
            {"href": Markup(found["href"]), "words": Markup(found["words"]), "more": Markup(found["before"])}  # noqa: S704
            for found in _LINK.finditer(words)
        ]
        return self._render("button", links=links) if links else words

    def _render(self, template: str, **values: object) -> str:
        name = f"issue/furniture/{self._place.value}_{template}.html.j2"
        return self._templates.render(name, language=self._language, words=self._language.spoken, **values).strip()


def dressed(issue: IssueContent, place: Place, templates: Templates) -> IssueContent:
    """Return an issue whose furniture is dressed for one output; in text the links that were paid for are told from others."""
    dress = Dresser(place, templates, issue.language)
    return replace(
        issue,
        lead=dress(issue.lead),
        picture=dress(issue.picture),
        sections=tuple(_dressed_section(section, dress, in_text=place is Place.TEXT) for section in issue.sections),
    )


def _dressed_section(section: SectionContent, dress: Dresser, *, in_text: bool) -> SectionContent:
    def shown(html: Markup) -> Markup:
        return for_notes(dress(html)) if in_text and section.label else dress(html)

    def link(item: ItemContent) -> str:
        return PAID + item.href if in_text and section.label else item.href

    items = tuple(replace(item, body=shown(item.body), href=link(item)) for item in section.items)
    return replace(section, intro=shown(section.intro), items=items)
