"""A morning on which half of the world is hostile: the others are unharmed, each is told, and memory stays bounded."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bench.accounting import family, resident
from newsletter.issues.parsing import parse_issue
from newsletter.model import Candidate, Issue
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR
from tests.parts.source_server import Stand, redirect
from tests.rendering.documents import BRAND
from tests.sources.gathering_rig import Rig, lines, results, rig_on, rss

SECONDS = 4.0
MEGABYTES = 450
"""Of this process beyond what it had, and of both readers: one of them may hold its whole question, and what it makes of it."""
GOOD = 6
LAUGHS = (
    b"<!DOCTYPE lolz [<!ENTITY lol 'lol'>%b]><rss version='2.0'><channel><title>&lol9;</title></channel></rss>"
    % b"".join(
        b"<!ENTITY lol%d '%b'>" % (n, b"&lol%b;" % (b"" if n == 1 else b"%d" % (n - 1)) * 10) for n in range(1, 10)
    )
)
OUTSIDE = b"<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><rss version='2.0'><channel><item><title>&f;</title><link>https://x.example/1</link></item></channel></rss>"
ATTRIBUTES = b"<rss version='2.0' " + b" ".join(b"a%d='1'" % n for n in range(200_000)) + b"><channel/></rss>"
ITEM = "<item><title>{}</title><link>{}</link><guid isPermaLink='false'>{}</guid><pubDate>{}</pubDate></item>"
TODAY, LATER, NEVER = "Fri, 08 May 2026 04:00:00 GMT", "Tue, 08 Jun 2027 10:00:00 GMT", "some day"


def feed(*items: tuple[str, str, str, str], encoding: str = "utf-8", declared: str = "") -> bytes:
    """Return a feed of (title, address, guid, date)."""
    head = f"<?xml version='1.0' encoding='{declared or encoding}'?><rss version='2.0'><channel><title>T</title>"
    return (head + "".join(ITEM.format(*each) for each in items) + "</channel></rss>").encode(encoding)


MANY = feed(*((f"n{n}", f"https://m.example/{n}", str(n), TODAY) for n in range(100_000)))
TITLES = (
    "# [a](https://evil.example) {mailed=no}",
    "&lt;script&gt;alert(1)&lt;/script&gt; ![x](https://evil.example/p.png)",
    "---\nslug: stolen\n---",
    "``` `x` $\\frac{1}{2}$ |a|b|",
)
STANDS: dict[str, tuple[Stand, set[str]]] = {
    "laughs": (Stand(LAUGHS), {"broken", "new"}),
    "outside": (Stand(OUTSIDE), {"broken", "new"}),
    "attributes": (Stand(ATTRIBUTES), {"broken", "slow"}),
    "many": (Stand(MANY), {"refused"}),
    "manypacked": (Stand(MANY[:3_900_000], packs=True), {"broken", "new", "slow"}),
    "bomb": (Stand(gzip.compress(bytes(400_000_000), 1), headers={"Content-Encoding": "gzip"}), {"refused"}),
    "endless": (Stand(b"<rss>" + b"x" * 1000, endless=True), {"refused", "slow"}),
    "drips": (Stand(rss("one"), drips=0.1), {"slow"}),
    "dripshead": (Stand(rss("one"), drips=0.1, drips_head=True), {"slow"}),
    "loop": (redirect("/feed", 302), {"refused"}),
    "private": (redirect("http://10.0.0.1/feed", 301), {"refused"}),
    "metadata": (redirect("http://169.254.169.254/latest", 302), {"refused"}),
    "file": (redirect("file:///etc/passwd", 302), {"refused"}),
    "charset": (
        Stand(feed(("Żółć and ćma", "https://c.example/1", "c1", TODAY), encoding="utf-8", declared="us-ascii")),
        {"new"},
    ),
    "broken": (Stand(rss("one", "two")[:-60]), {"broken", "new"}),
    "page": (Stand(b"<!doctype html><title>No feed</title><p>Hello", content_type="application/rss+xml"), {"broken"}),
    "later": (
        Stand(
            feed(
                ("Of next year", "https://l.example/1", "l1", LATER), ("Of no day", "https://l.example/2", "l2", NEVER)
            )
        ),
        {"new"},
    ),
    "titles": (
        Stand(feed(*((title, f"https://t.example/{n}", f"t{n}", TODAY) for n, title in enumerate(TITLES)))),
        {"new"},
    ),
    "oneguid": (
        Stand(feed(*((f"Of one guid {n}", f"https://g.example/{n}", "same", TODAY) for n in range(3)))),
        {"new"},
    ),
    "onelink": (Stand(feed(*((f"Of one link {n}", "https://o.example/", f"o{n}", TODAY) for n in range(3)))), {"new"}),
}
"""What stands at each hostile host, and what may be told of it."""


@pytest.fixture
def rig(sqlite_database: Database, tmp_path: Path) -> Iterator[Rig]:
    """A publication with a server of its own."""
    with rig_on(sqlite_database, tmp_path, seconds=SECONDS) as made:
        yield made


class Watched:
    """The most octets that this process and all below it held at once, beyond those it had."""

    most = 0


_LOOKS = 10_000
"""Far more than a run takes."""


@contextmanager
def watched() -> Iterator[Watched]:
    """Look again and again while something is done."""
    me, found, ended = os.getpid(), Watched(), threading.Event()
    before = sum(map(resident, family(me)))

    def look() -> None:
        for _ in range(_LOOKS):
            if ended.wait(0.05):
                return
            found.most = max(found.most, sum(map(resident, family(me))) - before)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        ended.set()
        looking.join()


def test_a_hostile_morning_harms_no_other_source_and_each_is_told(rig: Rig) -> None:
    for n in range(GOOD):
        rig.server.put(f"good{n}.example", "/feed", Stand(rss(f"one {n}", f"two {n}", host=f"good{n}.example")))
        rig.add(f"good{n}.example")
    for name, (stand, _) in STANDS.items():
        rig.server.put(f"{name}.example", "/feed", stand)
        rig.add(f"{name}.example")
    with watched() as memory:
        report = rig.gather()
    told = results(report)
    assert {told[f"good{n}.example"] for n in range(GOOD)} == {"new"}
    assert {lines(report)[f"good{n}.example"].found for n in range(GOOD)} == {2}
    wrong = {name: told[f"{name}.example"] for name, (_, may) in STANDS.items() if told[f"{name}.example"] not in may}
    assert wrong == {}, {name: lines(report)[f"{name}.example"].words for name in wrong}
    for line in report.missing:
        assert line.words, line.name
    assert memory.most < MEGABYTES * 1_000_000
    check_candidates(rig)
    check_draft(rig)


def check_candidates(rig: Rig) -> None:
    with rig.database.read() as session:
        rows = {row.title: row for row in session.scalars(select(Candidate))}
    assert len([title for title in rows if title.startswith("Of one guid")]) == 3
    assert len([title for title in rows if title.startswith("Of one link")]) == 3
    assert "Żółć and ćma" in rows
    for title in ("Of next year", "Of no day"):
        assert rows[title].published_is_seen and rows[title].published <= rig.clock.moment + timedelta(minutes=1)
    assert not any("root:" in title or "lollol" in title for title in rows)


def check_draft(rig: Rig) -> None:
    made = rig.parts.assembling.assemble(rig.publication.id, by=OPERATOR)
    with rig.database.read() as session:
        draft = session.get_one(Issue, made.issue_id)
    document = parse_issue(draft.source)
    assert draft.slug == document.slug == "2026-05-08"
    addresses = [item.url for section in document.sections for item in section.items]
    assert addresses and not any("evil.example" in address for address in addresses)
    page = rig.parts.renderer.web(document, BRAND)
    assert "<script" not in page and 'href="https://evil' not in page and 'src="https://evil' not in page
