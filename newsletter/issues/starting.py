"""The text a new issue begins with: every part of the format once, to be written over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date

from newsletter.model.document import Document, Section
from newsletter.rendering.markdown_file import write_markdown

_HEAD = """\
---
publication: {publication}
title: {title}
slug: {slug}
date: {date}
subject: {subject}
preheader: One sentence that stands beside the subject in the list of mails.
{language}---

"""
STARTER_BODY = """\
Begin with a paragraph or two in your own words: what happened, and why a reader should care.

## Links {#links kind=links all="All links"}

### [A story worth reading](https://example.org/story) {source="Example"}

Say in two sentences what is new in it.

## Research papers {#papers kind=papers all="All papers"}

### [Title of a paper](https://example.org/paper) {category=cs.CL}

Its abstract, or your summary of it.
"""
"""What an issue begins with below its front matter, where its publication has nothing of its own."""
LEAD_TO_WRITE = "Write the lead here: what happened, and why a reader should care."
"""Stands where the lead of an issue belongs that was put together from sources; nobody can send it."""
_SENTENCES = frozenset({*_HEAD.splitlines(), *STARTER_BODY.splitlines(), LEAD_TO_WRITE})


def starter(publication: str, name: str, language: str, slug: str, today: date, *, body: str = "") -> str:
    """Return an issue file for `publication` (its slug) with the title `name`, dated `today`; `body` stands below its front matter."""
    head = _HEAD.format(
        publication=publication,
        title=json.dumps(name, ensure_ascii=False),  # a JSON string is a YAML string
        slug=slug,
        date=today.isoformat(),
        subject=json.dumps(f"{name}, {today.isoformat()}", ensure_ascii=False),
        language="" if language == "en" else f"language: {language}\n",
    )
    return f"{head}{body or STARTER_BODY}"


def filled(publication: str, name: str, language: str, slug: str, today: date, *, sections: Sequence[Section]) -> str:
    """Return an issue file as `starter` does, with these sections and a lead that is still to be written."""
    document = Document(
        publication=publication,
        title=name,
        slug=slug,
        date=today,
        subject=f"{name}, {today.isoformat()}",
        language=language,
        lead=LEAD_TO_WRITE,
        sections=tuple(sections),
    )
    return write_markdown(document)


def is_starter(paragraph: str) -> bool:
    """Tell whether a paragraph is one that every new issue begins with."""
    return paragraph in _SENTENCES


def left_over(document: Document) -> Iterator[str]:
    """Yield the places where `document` still says what every new issue says."""
    if f"preheader: {document.preheader}" in _SENTENCES:
        yield "preheader"
    if document.lead and (document.lead in _SENTENCES or LEAD_TO_WRITE in document.lead.split("\n")):
        yield "lead"
    for section in document.sections:
        yield from (f"{section.slug}/{item.key}" for item in section.items if item.body and item.body in _SENTENCES)
