"""Find what would run in a template: scripts, handlers of events, links that are programs.

Pages of readers come with a policy that runs nothing inline (CSP3), so none of it works, and each reader's browser reports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import document_fromstring  # type: ignore[import-untyped]

_JINJA = re.compile(r"\{[#%{]")
_ENDS = {"{#": "#}", "{%": "%}", "{{": "}}"}
_TAG = re.compile(r"<[a-zA-Z][^\s<>/]*+((?>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*))")
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_HANDLER = re.compile(r"(?<![\w-])on[a-z]{3,30}(?=\s*+=)", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_PROGRAM = re.compile(r"=\s*+[\"']?\s*+javascript:", re.IGNORECASE)


def in_source(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line, from 1, and the name of what a template's text would run, in branches that no sample takes, too."""
    bare = _without_jinja(text)
    places = [(found.start(), "a script") for found in _SCRIPT.finditer(bare)]
    for tag in _TAG.finditer(bare):
        names = _QUOTED.sub(lambda found: " " * len(found[0]), tag[1])
        places += [(tag.start(1) + found.start(), _called(found[0])) for found in _HANDLER.finditer(names)]
        places += [(tag.start(1) + found.start(), "a link that is a program") for found in _PROGRAM.finditer(tag[1])]
    for place, what in sorted(places):
        yield text.count("\n", 0, place) + 1, what


def in_page(html: str) -> Iterator[str]:
    """Yield the name of what a finished page would run, each once."""
    found: dict[str, None] = {}
    for element in document_fromstring(html).iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "script":
            found["a script"] = None
        for name, value in element.attrib.items():
            if re.fullmatch(r"on[a-z]+", name):
                found[_called(name)] = None
            elif value.strip().lower().startswith("javascript:"):
                found["a link that is a program"] = None
    yield from found


def _called(handler: str) -> str:
    return f"an event handler ({handler.lower()})"


def _without_jinja(text: str) -> str:
    """Return a template's text with blanks in the place of comments, tags and values of Jinja; lines stay as they are."""
    pieces, place = [], 0
    while opening := _JINJA.search(text, place):
        end = text.find(_ENDS[opening[0]], opening.end())
        if end < 0:
            break  # the template cannot be rendered, and that is told
        pieces += [text[place : opening.start()], re.sub(r"[^\n]", " ", text[opening.start() : end + 2])]
        place = end + 2
    return "".join([*pieces, text[place:]])
