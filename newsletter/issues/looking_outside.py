"""Look at what others say of an issue, when somebody asks: its links and images, a spam filter, the DNS of its sender.

Nothing of it stands in the way of a schedule: it is told, and takes seconds. Each of the steps is bounded by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.errors import NewsletterError
from newsletter.issues.judging_links import of_image, of_link, of_secure, secured
from newsletter.issues.link_checking import LinkAnswer, LinkChecker
from newsletter.issues.preflight import Finding, Inspected, in_order
from newsletter.issues.preflight.outside import DOMAIN, NO_DOMAIN, NO_SCORE, SPAM_SCORE
from newsletter.issues.preflight.written_addresses import WrittenAddress, addresses_of, is_local
from newsletter.issues.previewing import message_of, without_slots
from newsletter.mail.address import parse_address
from newsletter.mail.domain_check import RecordCheck, RecordVerdict
from newsletter.model import Issue, Publication
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.rendering.kept_work import KeptWork
from newsletter.rendering.renderer import Renderer
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.transports.spam_scorers import SpamScorer

KEPT_FOR = timedelta(hours=1)
"""What was looked at is shown again without looking."""
_MOST_KEPT = 2_000_000  # characters
_NAMED = 6
"""Symbols of a spam filter that are named."""


class Outside(StrEnum):
    """What can be looked at outside."""

    LINKS = "links"  # and images
    SPAM = "spam"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class OutsideLook:
    """What was found outside and when, and what was tried: `told` says it in words, one thing each."""

    findings: list[Finding]
    told: list[str]
    at: datetime


@dataclass(frozen=True)
class LookingOutside:
    """The tools of looking outside, put together once per process."""

    database: Database
    clock: Clock
    renderer: Renderer
    settings: Settings
    checker: LinkChecker
    scorer: SpamScorer | None = None
    records: Callable[[str], Sequence[RecordCheck]] | None = None
    """How the DNS records of a domain stand; raises NewsletterError. None where mail does not leave this machine."""
    kept: KeptWork[OutsideLook] = field(default_factory=lambda: KeptWork(_MOST_KEPT))
    """By issue and revision, in this process."""

    def last(self, issue: Issue) -> OutsideLook | None:
        """Return what others answered for the text as it stands, if somebody asked within the hour; nobody is asked anew."""
        found = self.kept.get((issue.id, issue.revision))
        return found if found is not None and self.clock.now() - found.at < KEPT_FOR else None

    def look(self, issue_id: int, steps: Iterable[Outside] = tuple(Outside)) -> OutsideLook:
        """Return what others answer; it takes up to a minute, and in most cases seconds. Raises NotFoundError."""
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            home = issues.publication_of(session, issue)
        document = Document.model_validate(issue.content)
        inspected = Inspected(document, brand_of(home, self.settings.base_url), None, issue.source)
        wanted, findings, told = set(steps), list[Finding](), list[str]()
        if Outside.LINKS in wanted:
            self._links(inspected, findings, told)
        if Outside.SPAM in wanted:
            self._spam(inspected, home, findings, told)
        if Outside.DOMAIN in wanted:
            self._domain(home, findings, told)
        looked = OutsideLook(in_order(findings), told, self.clock.now())
        size = sum(map(len, told)) + sum(len(each.what) + len(each.where) + len(each.remedy) for each in findings)
        return self.kept.keep((issue.id, issue.revision), looked, size) if wanted == set(Outside) else looked

    def _links(self, issue: Inspected, findings: list[Finding], told: list[str]) -> None:
        mailed = (address for address in addresses_of(issue) if address.where not in issue.unmailed)
        addresses = [address for address in mailed if not is_local(address.url)]
        links = [address for address in addresses if not address.is_image]
        images = [address.url for address in addresses if address.is_image]
        insecure = {address.url for address in links if address.url[:5].lower() == "http:"}
        urls = [*(address.url for address in links), *map(secured, sorted(insecure))]
        answers = self.checker.check(urls, images)
        found = list(_judged(addresses, insecure, answers))
        findings += found
        told.append(_tally({address.url for address in links}, set(images), answers))

    def _spam(self, issue: Inspected, home: Publication, findings: list[Finding], told: list[str]) -> None:
        if self.scorer is None:
            told.append("no spam score: NEWSLETTER_SPAM_SCORER names nobody")
            return
        mail = without_slots(self.renderer.email(issue.document, issue.brand, byte_budget=self.settings.byte_budget))
        try:
            score = self.scorer.score(message_of(issue.document, home, issue.brand, mail))
        except NewsletterError as error:
            told.append(f"no spam score: {error.what}")
            findings.append(NO_SCORE.found(error.what, "issue", error.remedy or "look at NEWSLETTER_SPAM_SCORER"))
            return
        symbols = ", ".join(score.symbols[:_NAMED])
        words = f"{score.by} gives it {score.points:.1f} points of {score.limit:.1f}" + (
            f" for {symbols}" if symbols else ""
        )
        told.append(words)
        if score.points >= score.limit:
            findings.append(SPAM_SCORE.found(words, "issue", "change what those rules are about"))

    def _domain(self, home: Publication, findings: list[Finding], told: list[str]) -> None:
        domain = parse_address(home.from_address).domain
        if self.records is None:
            told.append("no look at the domain: mail does not leave this machine")
            return
        try:
            checks = self.records(domain)
        except NewsletterError as error:
            told.append(f"no look at the domain: {error.what}")
            findings.append(
                NO_DOMAIN.found(error.what, "publication", error.remedy or f"`newsletter domain check {domain}`")
            )
            return
        findings += filter(None, map(_of_record, checks))
        good = sum(check.verdict is RecordVerdict.FOUND for check in checks)
        told.append(f"{good} of {len(checks)} DNS records of {domain} are as they should be")


def _judged(
    addresses: Iterable[WrittenAddress], insecure: set[str], answers: dict[str, LinkAnswer]
) -> Iterator[Finding]:
    seen: set[tuple[str, int]] = set()
    for address in addresses:
        if (address.written, address.line) in seen:
            continue
        seen.add((address.written, address.line))
        answer = answers[address.url]
        yield from of_image(address, answer) if address.is_image else of_link(address, answer)
        if address.url in insecure:
            yield from of_secure(address, answers[secured(address.url)])


def _tally(links: set[str], images: set[str], answers: dict[str, LinkAnswer]) -> str:
    answered = sum(answers[url].page is not None for url in links | images)
    count = f"{len(links)} link{'' if len(links) == 1 else 's'}"
    count += f" and {len(images)} image{'' if len(images) == 1 else 's'}" if images else ""
    silent = len(links | images) - answered
    return f"{count} tried" + (f", {silent} of them without an answer" if silent else ", all answered")


def _of_record(check: RecordCheck) -> Finding | None:
    if check.verdict is RecordVerdict.FOUND or not check.record.required:
        return None
    name = f"{check.record.kind} record at {check.record.name}"
    if check.verdict is RecordVerdict.UNKNOWN:
        return NO_DOMAIN.found(f"the {name} could not be looked up", "publication", check.remedy or "ask again")
    how = "is missing" if check.verdict is RecordVerdict.MISSING else "is not as it should be"
    return DOMAIN.found(f"the {name} {how}", "publication", check.remedy or f"publish: {check.record.zone_line}")
