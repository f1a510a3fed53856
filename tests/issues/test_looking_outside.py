"""Links and images are tried against real servers, within bounds; a spam filter and the DNS are asked where there are some."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from newsletter.clock import SettableClock, SystemClock
from newsletter.errors import UnavailableError
from newsletter.fetch import Fetcher, FetchLimits, PrivateAddressError
from newsletter.issues import looking_outside
from newsletter.issues.editing import Editing
from newsletter.issues.judging_links import of_image, of_link, of_secure
from newsletter.issues.link_checking import LinkAnswer, LinkChecker, LinkLimits
from newsletter.issues.looking_outside import LookingOutside, Outside
from newsletter.issues.preflight import Finding
from newsletter.issues.preflight.written_addresses import WrittenAddress
from newsletter.mail.domain_check import RecordCheck, RecordVerdict
from newsletter.mail.domain_records import DomainRecord, RecordKind
from newsletter.store.database import Database
from newsletter.transports.spam_scorers import SpamScore
from tests.issues.preflight.looks import with_words
from tests.issues.samples import RENDERER, SETTINGS, add_publication
from tests.issues.test_image_size import png
from tests.parts.actors import OPERATOR
from tests.parts.site import LinkSite, by_method, held, status

PLAIN = ("https", "http")


@pytest.fixture
def site() -> Iterator[LinkSite]:
    """A server with a few pages."""
    made = LinkSite()
    made.pages |= {
        "/good": status(200),
        "/gone": status(410),
        "/moved": status(301, Location="/good"),
        "/for-now": status(302, Location="/good"),
        "/members": status(302, Location="/login?next=/members"),
        "/login": status(200),
        "/refused": status(403),
        "/no-head": by_method(HEAD=status(405), GET=status(200)),
        "/round": status(301, Location="/round"),
        "/small.png": status(200, png(600, 300), Content_Type="image/png"),
        "/wide.png": status(200, png(2400, 300) + b"x" * 300_000),
    }
    yield made
    made.close()


def checker(**limits: float) -> LinkChecker:
    """Return a checker that may connect to loopback."""
    most = LinkLimits(**limits)  # type: ignore[arg-type]
    fetcher = Fetcher(FetchLimits(seconds=most.each, redirects=5, schemes=PLAIN), allowed=lambda _: True)
    return LinkChecker(fetcher.glance, SystemClock(), most, PrivateAddressError)


def of(site: LinkSite, path: str, *, image: bool = False, **limits: float) -> list[Finding]:
    """Return what is said of one address of the site."""
    url = site.url(path)
    [answer] = checker(**limits).check([] if image else [url], [url] if image else []).values()
    address = WrittenAddress("lead", 8, url, image)
    return list((of_image if image else of_link)(address, answer))


@pytest.mark.parametrize(
    ("path", "rule", "word"),
    [
        ("/gone", "dead-link", "410"),
        ("/nothing", "dead-link", "404"),
        ("/moved", "redirected-link", "/good"),
        ("/members", "sign-in-link", "/login"),
        ("/refused", "unreached-link", "403"),
        ("/round", "unreached-link", "redirects"),
    ],
)
def test_what_a_link_answers_is_told(site: LinkSite, path: str, rule: str, word: str) -> None:
    [finding] = of(site, path)
    assert (finding.rule, finding.line) == (rule, 8)
    assert word in finding.what


@pytest.mark.parametrize("path", ["/good", "/for-now", "/no-head"])
def test_a_link_that_answers_is_fine(site: LinkSite, path: str) -> None:
    assert of(site, path) == []


def test_get_is_asked_only_where_head_is_not_taken_well(site: LinkSite) -> None:
    of(site, "/good")
    assert site.methods == {"HEAD": 1}
    of(site, "/no-head")
    assert site.methods == {"HEAD": 2, "GET": 1}


def test_an_image_is_weighed_and_measured(site: LinkSite) -> None:
    assert of(site, "/small.png", image=True) == []
    assert [each.rule for each in of(site, "/wide.png", image=True)] == ["heavy-image", "large-image"]
    assert [each.rule for each in of(site, "/gone", image=True)] == ["dead-image"]


def test_a_server_that_does_not_answer_is_told_within_the_bound(site: LinkSite) -> None:
    release = threading.Event()
    site.pages["/slow"] = held(release)
    begun = time.monotonic()
    [finding] = of(site, "/slow", seconds=1.0, each=0.5)
    release.set()
    assert finding.rule == "unreached-link"
    assert "could not be reached: no answer" in finding.what
    assert time.monotonic() - begun < 5


def test_all_of_it_ends_in_time_however_many_are_slow(site: LinkSite) -> None:
    release = threading.Event()
    site.pages["/slow"] = held(release)
    urls = [site.url(f"/slow?{number}") for number in range(40)] + [site.url("/good")]
    begun = time.monotonic()
    answers = checker(seconds=1.5, each=1.0).check(urls)
    took = time.monotonic() - begun
    release.set()
    assert took < 6
    assert set(answers) == set(urls)
    assert all(answers[url].trouble for url in urls[:-1])
    assert site.most_at_once <= 2 + 2, "two of one host, and those that were given up"


def test_few_of_one_host_are_asked_at_once(site: LinkSite) -> None:
    urls = [site.url(f"/good?{number}") for number in range(30)]
    answers = checker().check(urls)
    assert all(answer.page is not None and answer.page.status == 200 for answer in answers.values())
    assert site.most_at_once <= 2
    other = [site.url(f"/good?x{number}", "localhost") for number in range(5)]
    assert len(checker().check([*urls, *other])) == 35


def test_no_more_than_so_many_are_tried_and_the_rest_is_told(site: LinkSite) -> None:
    urls = [site.url(f"/good?{number}") for number in range(5)]
    answers = checker(most=3).check(urls)
    assert [bool(answer.trouble) for answer in answers.values()] == [False, False, False, True, True]


def test_a_private_address_is_refused_and_told(site: LinkSite) -> None:
    guarded = Fetcher(FetchLimits(schemes=PLAIN), clock=SystemClock())
    url = site.url("/good")
    [answer] = LinkChecker(guarded.glance, SystemClock(), private=PrivateAddressError).check([url]).values()
    [finding] = of_link(WrittenAddress("lead", 8, url), answer)
    assert (finding.rule, finding.severity) == ("forbidden-link", "ask")
    assert site.methods == {}


def test_a_name_that_nobody_has_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> object:
        raise OSError("no such name")

    monkeypatch.setattr("socket.getaddrinfo", nobody)
    [answer] = checker(each=3.0).check(["http://no-such-host.invalid/"]).values()
    [finding] = of_link(WrittenAddress("lead", 8, "http://no-such-host.invalid/"), answer)
    assert finding.rule == "unreached-link"
    assert "could not be reached: nobody knows its host" in finding.what


def test_a_link_whose_site_answers_with_encryption_gets_a_fix() -> None:
    from newsletter.fetch import Page

    address = WrittenAddress("lead", 8, "http://a.example/?utm_source=x")
    [finding] = of_secure(address, LinkAnswer(Page("https://a.example/", 200, {}, b"")))
    assert finding.fix is not None
    assert (finding.rule, finding.fix.new) == ("https-answers", "https://a.example/")
    assert list(of_secure(address, LinkAnswer(trouble="no answer"))) == []
    assert list(of_secure(address, LinkAnswer(Page("https://a.example/", 404, {}, b"")))) == []


class _Scorer:
    def __init__(self, points: float, error: str = "") -> None:
        self.points, self.error, self.seen = points, error, b""

    def score(self, message: bytes) -> SpamScore:
        self.seen = message
        if self.error:
            raise UnavailableError(self.error)
        return SpamScore("SpamAssassin", self.points, 5.0, ("HTML_FONT_LOW_CONTRAST",))


RECORD = DomainRecord(RecordKind.SPF, "tide.example.org", "v=spf1 mx -all", "says who sends")


def _outside(database: Database, clock: SettableClock, text: str, **tools: Any) -> tuple[int, LookingOutside]:
    add_publication(database)
    issue = Editing(database, clock).import_issue(text, source="x.md", by=OPERATOR)
    looking = LookingOutside(database, clock, RENDERER, SETTINGS, checker(), **tools)
    return issue.id, looking


def test_each_address_of_the_issue_is_tried_once_and_told_on_its_line(
    database: Database, clock: SettableClock, site: LinkSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_outside, "is_local", lambda url: "example" in url)  # the sample's own are not tried
    text = with_words(
        f"[a]({site.url('/gone')}) and ![b]({site.url('/wide.png').replace('http:', 'https:')}) `{site.url('/code')}`"
    )
    number, looking = _outside(database, clock, text)
    looked = looking.look(number, (Outside.LINKS,))
    [dead] = [each for each in looked.findings if each.rule == "dead-link"]
    assert site.url("/gone") in text.split("\n")[dead.line - 1]
    assert "1 link and 1 image tried, 1 of them without an answer" in looked.told
    assert site.methods == {"HEAD": 1, "GET": 1}


def test_a_score_above_the_limit_is_asked_about_and_one_below_is_told(database: Database, clock: SettableClock) -> None:
    scorer = _Scorer(7.5)
    number, looking = _outside(database, clock, with_words("Words."), scorer=scorer)
    looked = looking.look(number, (Outside.SPAM,))
    assert [(each.rule, each.severity) for each in looked.findings] == [("spam-score", "ask")]
    assert b"List-Unsubscribe" in scorer.seen
    scorer.points = -0.3
    looked = looking.look(number, (Outside.SPAM,))
    assert (looked.findings, looked.told) == (
        [],
        ["SpamAssassin gives it -0.3 points of 5.0 for HTML_FONT_LOW_CONTRAST"],
    )


def test_a_filter_that_is_away_is_told_and_none_is_no_trouble(database: Database, clock: SettableClock) -> None:
    number, looking = _outside(database, clock, with_words("Words."), scorer=_Scorer(0, "spamd cannot be asked"))
    [finding] = looking.look(number, (Outside.SPAM,)).findings
    assert (finding.rule, finding.severity) == ("no-spam-score", "advise")
    looked = replace(looking, scorer=None).look(number, (Outside.SPAM,))
    assert (looked.findings, looked.told) == ([], ["no spam score: NEWSLETTER_SPAM_SCORER names nobody"])


@pytest.mark.parametrize(
    ("verdict", "rules"),
    [
        (RecordVerdict.FOUND, []), (RecordVerdict.MISSING, ["domain-record"]), (RecordVerdict.DIFFERS, ["domain-record"]),
        (RecordVerdict.UNKNOWN, ["unknown-domain"]),
    ],
)  # fmt: skip
def test_the_records_of_the_domain_are_looked_at(
    database: Database, clock: SettableClock, verdict: RecordVerdict, rules: list[str]
) -> None:
    number, looking = _outside(database, clock, with_words("Words."), records=lambda _: [RecordCheck(RECORD, verdict)])
    looked = looking.look(number, (Outside.DOMAIN,))
    assert [each.rule for each in looked.findings] == rules
    assert looked.told[0].startswith(f"{int(not rules)} of 1 DNS records")


def test_a_domain_that_cannot_be_asked_is_told(database: Database, clock: SettableClock) -> None:
    def fails(_domain: str) -> list[RecordCheck]:
        raise UnavailableError("this machine names no name server")

    number, looking = _outside(database, clock, with_words("Words."), records=fails)
    [finding] = looking.look(number, (Outside.DOMAIN,)).findings
    assert finding.rule == "unknown-domain"
    assert replace(looking, records=None).look(number, (Outside.DOMAIN,)).findings == []
