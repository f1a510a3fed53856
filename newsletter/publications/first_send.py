"""The steps from a new publication to its first send, each looked up in the ledger: what is there is done."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.config import Settings
from newsletter.mail.address import parse_address
from newsletter.model import Publication
from newsletter.store.database import Database
from newsletter.store.publications import domain_checks, milestones


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step: its name, what it is good for, the page below the publication where it is done, and whether it is."""

    name: str
    why: str
    page: str
    is_done: bool
    may_wait: bool = False
    """Whether the first send can do without it."""


def steps(database: Database, settings: Settings, home: Publication) -> list[FirstStep]:
    """Return the steps in the order in which they are best done."""
    with database.read() as session:
        reached = milestones.of(session, home.id)
        domain = parse_address(home.from_address).domain
        checked, faults = domain_checks.find(session, domain), domain_checks.faults(session, domain)
    has_look = bool(home.tagline or home.footer or home.logo or home.accent != Publication.accent.default.arg)
    return [
        FirstStep("Say who sends", "Name, address and time zone of the publication.", "settings", True),
        FirstStep(
            "Give a postal address", "It stands in each footer; the law asks for it.", "settings", bool(home.postal_address)
        ),
        FirstStep("Choose the look", "Colour, letters, tagline and footer.", "settings/brand", has_look, may_wait=True),
        FirstStep(
            "Say what new issues begin with", "The sections that every issue has.", "settings/sections", bool(home.new_issue), may_wait=True
        ),
        FirstStep(
            "Publish the records of the domain",
            f"Without them mail of {domain} is filtered. The page asks DNS.",
            "settings/domain",
            checked is not None and not faults,
        ),
        FirstStep(
            "Choose the way out", "Whoever runs the service sets NEWSLETTER_SMTP_URL.", "settings/sending", bool(settings.smtp_url)
        ),
        FirstStep("Have readers", "By the form of sign-up, or a list that is imported.", "readers", reached.has_readers),
        FirstStep("Write an issue", "It opens with the text of new issues.", "issues", reached.has_issue),
        FirstStep("Send a test to yourself", "On the review page of the issue.", "issues?tab=drafts", reached.has_test),
        FirstStep("Send or schedule it", "On the same page.", "issues?tab=drafts", reached.was_sent),
    ]  # fmt: skip
