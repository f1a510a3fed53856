"""Choices an option offers, kept here so that `--help` need not load the rooms; a test holds them equal to the rooms' own."""

from __future__ import annotations

from enum import StrEnum


class OutputChoice(StrEnum):
    """The outputs of an issue: `newsletter.issues.previewing.OutputKind`."""

    EMAIL = "email"
    TEXT = "text"
    WEB = "web"
    MARKDOWN = "markdown"
    EML = "eml"


class State(StrEnum):
    """The states of a delivery: `newsletter.model.states.DeliveryState`."""

    QUEUED = "queued"
    SKIPPED = "skipped"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Uncertain(StrEnum):
    """The policies for uncertain deliveries: `newsletter.publications.creating.UNCERTAIN`."""

    HOLD = "hold"
    RESEND = "resend"
    SETTING = "setting"


class Font(StrEnum):
    """The letters of a publication: `newsletter.model.brand.FontChoice`, which no command need load."""

    SERIF = "serif"
    SANS = "sans"
    CLASSIC = "classic"


class LookChoice(StrEnum):
    """What `newsletter publication preview` shows."""

    EMAIL = "email"
    TEXT = "text"
    WEB = "web"


class OnOff(StrEnum):
    """A switch."""

    ON = "on"
    OFF = "off"


class SourceKind(StrEnum):
    """The kinds of sources: `newsletter.model.sources.SourceKind`."""

    FEED = "feed"
    ARXIV = "arxiv"
    HF_PAPERS = "hf-papers"
    HACKER_NEWS = "hacker-news"
    GITHUB = "github"
    TABLE = "table"


class FilledSection(StrEnum):
    """The kinds of sections that sources fill: `newsletter.sources.section_keeping.FILLED`."""

    LINKS = "links"
    PAPERS = "papers"
    TABLES = "tables"
    REPOSITORIES = "repositories"
