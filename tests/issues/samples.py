"""A publication, an issue file, and the settings that the tests of this room stand on."""

from __future__ import annotations

from datetime import UTC, datetime

from newsletter import resources
from newsletter.config import Settings
from newsletter.model import Publication
from newsletter.rendering.renderer import Renderer
from newsletter.store.database import Database

SETTINGS = Settings(base_url="https://news.example.org", _env_file=None)
RENDERER = Renderer(resources.TEMPLATES)

ISSUE = """\
---
publication: tide
title: The Tide Table
slug: {slug}
date: 2026-01-01
subject: {subject}
preheader: High water at noon.
---

The **moon** stands close to the earth this week.

## Harbours {{#harbours kind=links all="All harbours"}}

### [A new pier](https://pier.example.org/) {{source="Pier Post"}}

It opens in spring.

## Papers {{#papers kind=papers all="All papers"}}

### [Waves that meet](https://waves.example.org/1) {{category=physics.ao}}

When two swells cross.

## Quiet {{#quiet kind=links all="All quiet"}}
"""


def issue_text(slug: str = "2026-01-02", subject: str = "Springs and neaps") -> str:
    """Return an issue file of publication `tide`."""
    return ISSUE.format(slug=slug, subject=subject)


def add_publication(database: Database, slug: str = "tide", **values: str) -> Publication:
    """Store a publication."""
    facts = {"name": "The Tide Table", "from_name": "Mara Quay", "from_address": "mara@tide.example.org"}
    facts |= {"list_id": f"{slug}.tide.example.org", "postal_address": "3 Pier Road, Wells"}
    publication = Publication(slug=slug, created_at=datetime(2026, 1, 1, tzinfo=UTC), **{**facts, **values})
    with database.write() as session:
        session.add(publication)
    return publication
