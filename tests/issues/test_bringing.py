"""An issue comes with its images, from beside it or out of an archive, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, DocumentError, ForbiddenError, InputError, UnavailableError
from newsletter.fetch import Fetcher, FetchLimits
from newsletter.imaging.files import Beside, unpack
from newsletter.issues.bringing import Bringing, BroughtIssue, Luggage
from newsletter.model import AuditEntry, Image, Issue
from newsletter.model.actor import Actor, ActorKind
from newsletter.store.database import Database
from tests.fetch.test_fetcher import Site, page
from tests.imaging.test_files import packed
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.pictures import moving_gif, png
from tests.web.places import make_parts

BASE = "https://news.example.org"


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    add_publication(database)
    return make_parts(database, clock, tmp_path / "data", BASE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "in"
    home.mkdir()
    return home


def text_with(*lines: str) -> str:
    return issue_text().replace("It opens in spring.", "\n\n".join(lines))


def bring(
    parts: Parts, text: str, folder: Path | None, *, copies: bool = False, tools: Bringing | None = None
) -> BroughtIssue:
    luggage = Luggage(Beside(folder) if folder else None, copies)
    return (tools or parts.bringing).import_issue(text, luggage, source="it.md", by=OPERATOR)


def rows(database: Database) -> list[Image]:
    with database.read() as session:
        return list(session.scalars(select(Image).order_by(Image.id)))


def stored(parts: Parts) -> list[Path]:
    return [path for path in parts.settings.image_folder.rglob("*") if path.is_file()]


def nothing_is_stored(parts: Parts) -> bool:
    with parts.database.read() as session:
        return not rows(parts.database) and not stored(parts) and session.scalars(select(Issue)).first() is None


def test_images_beside_an_issue_come_along_once_each(parts: Parts, folder: Path) -> None:
    (folder / "chart.png").write_bytes(png())
    (folder / "same.png").write_bytes(png())
    (folder / "deep").mkdir()
    (folder / "deep" / "b b.gif").write_bytes(moving_gif())
    text = text_with('![A chart](chart.png "A caption")', "![](same.png) and ![b](<deep/b b.gif>)")
    brought = bring(parts, text, folder)
    assert brought.images == 2
    first, second = rows(parts.database)
    assert [(i.name, i.alt, i.width, i.height, i.media_type) for i in (first, second)] == [
        ("chart.png", "A chart", 400, 300, "image/png"),
        ("b b.gif", "b", 60, 40, "image/gif"),
    ]
    assert f'![A chart](/images/{first.digest}.png "A caption")' in brought.issue.source
    assert f"![](/images/{first.digest}.png) and ![b](/images/{second.digest}.gif)" in brought.issue.source
    assert first.digest in str(brought.issue.content)
    assert sorted(path.stem for path in stored(parts)) == sorted([first.digest, second.digest])
    with parts.database.read() as session:
        actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["image.add", "image.add", "issue.create"]


def test_to_bring_it_again_changes_nothing(parts: Parts, folder: Path) -> None:
    (folder / "chart.png").write_bytes(png())
    text = text_with("![A chart](chart.png)")
    once = bring(parts, text, folder).issue
    again = bring(parts, text, folder).issue
    assert (again.id, again.source) == (once.id, once.source)
    assert len(rows(parts.database)) == len(stored(parts)) == 1


def test_an_archive_does_the_same(parts: Parts) -> None:
    content = packed(
        {"day/issue.md": text_with("![A](chart.png)").encode(), "day/chart.png": png(), "day/unused.png": b"no image"}
    )
    archive = unpack(content, where="it.zip")
    brought = parts.bringing.import_issue(archive.text(10**6), Luggage(archive), source="it.zip", by=OPERATOR)
    assert (brought.images, len(rows(parts.database))) == (1, 1)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("![a](missing.png)", "no such file"),
        ("![a](../in/chart.png)", "leads out"),
        ("![a](/etc/hostname)", "no path beside"),
        ("![a](text.png)", "no PNG"),
        ("![a](drawing.svg)", "SVG"),
        ('<img src="missing.png" alt="a">', "no such file"),
    ],
)
def test_what_cannot_come_along_is_told_with_its_line_and_nothing_is_stored(
    parts: Parts, folder: Path, line: str, word: str
) -> None:
    (folder / "chart.png").write_bytes(png())
    (folder / "text.png").write_text("words")
    (folder / "drawing.svg").write_text("<svg></svg>")
    with pytest.raises(DocumentError, match=word) as caught:
        bring(parts, text_with("![good](chart.png)", line), folder)
    assert (caught.value.line, caught.value.where) == (18, "it.md:18:1")
    assert caught.value.remedy
    assert nothing_is_stored(parts)


def test_a_bad_text_or_one_that_is_sent_stores_no_image(parts: Parts, folder: Path) -> None:
    (folder / "chart.png").write_bytes(png())
    with pytest.raises(DocumentError):
        bring(parts, text_with("![good](chart.png)", "[bad](javascript:x)"), folder)
    assert nothing_is_stored(parts)
    stranger = Actor(ActorKind.EDITOR, 9, "Ina")
    with pytest.raises(ForbiddenError):
        parts.bringing.import_issue(text_with("![a](chart.png)"), Luggage(Beside(folder)), source="x", by=stranger)
    assert nothing_is_stored(parts)


PICTURED = """\
---
publication: tide
title: The Tide Table
slug: 2026-01-02
date: 2026-01-01
image: {front}
image-alt: A harbour
---

A lead.

## Harbours {{#harbours kind=links}}

### [A new pier](https://pier.example.org/) {{source="Pier" image={item} image-alt="A pier"}}

It opens in spring.

```
### No heading {{image=missing.png}}
```

### [Another](https://pier.example.org/2) {{image-alt="Two" image={other}}}
"""


def pictured(front: str = "a.png", item: str = '"my pier 50%.png"', other: str = "deep/c.gif") -> str:
    return PICTURED.format(front=front, item=item, other=other)


def fill(folder: Path) -> dict[str, bytes]:
    files = {"a.png": png(), "my pier 50%.png": png(shade=20), "deep/c.gif": moving_gif()}
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return files


@pytest.mark.parametrize("front", ["a.png", '"a.png"', "'a.png'  # the first", "./a.png"])
def test_pictures_of_front_matter_and_headings_come_along(parts: Parts, folder: Path, front: str) -> None:
    fill(folder)
    brought = bring(parts, pictured(front), folder)
    first, second, third = rows(parts.database)
    assert [(i.name, i.alt) for i in (first, second, third)] == [
        ("a.png", "A harbour"),
        ("my pier 50%.png", "A pier"),
        ("c.gif", "Two"),
    ]
    document = brought.issue.content
    assert document["image"] == f"/images/{first.digest}.png"
    assert [item["image"] for item in document["sections"][0]["items"]] == [
        f"/images/{second.digest}.png",
        f"/images/{third.digest}.gif",
    ]
    assert "{image=missing.png}" in brought.issue.source
    assert len(stored(parts)) == 3


def test_pictures_come_along_out_of_an_archive_and_with_lines_that_end_as_on_windows(
    parts: Parts, folder: Path
) -> None:
    files = fill(folder)
    text = pictured().replace("\n", "\r\n").encode()
    archive = unpack(
        packed({"day/issue.md": text, **{f"day/{name}": file for name, file in files.items()}}), where="it"
    )
    brought = parts.bringing.import_issue(archive.text(10**6), Luggage(archive), source="it.zip", by=OPERATOR)
    assert brought.images == 3


@pytest.mark.parametrize(
    ("given", "line", "word"),
    [
        ({"front": "missing.png"}, 6, "no such file"),
        ({"front": "../a.png"}, 6, "leads out"),
        ({"item": "deep/none.png"}, 14, "no such file"),
        ({"item": "http://pier.example.org/a.png"}, 14, "address of a picture|not an address|image"),
    ],
)
def test_a_picture_that_cannot_come_along_is_told_with_its_line(
    parts: Parts, folder: Path, given: dict[str, str], line: int, word: str
) -> None:
    fill(folder)
    with pytest.raises(DocumentError, match=word) as caught:
        bring(parts, pictured(**given), folder)
    assert caught.value.line == line
    assert nothing_is_stored(parts)


def test_a_picture_on_the_web_is_copied_on_demand(parts: Parts, clock: SettableClock, site: Site, folder: Path) -> None:
    fill(folder)
    site.pages["/p.png"] = page(png(shade=40))
    brought = bring(parts, pictured(site.url("/p.png")), folder, copies=True, tools=with_fetch(parts, clock))
    assert brought.images == 3
    assert site.url("/p.png") not in brought.issue.source


def test_without_files_a_named_picture_needs_an_address_as_before(parts: Parts) -> None:
    with pytest.raises(DocumentError, match="not an address of a picture"):
        bring(parts, pictured(), None)


def test_what_fails_in_the_ledger_leaves_no_octets_and_keeps_those_that_others_show(parts: Parts, folder: Path) -> None:
    (folder / "kept.png").write_bytes(png())
    (folder / "new.png").write_bytes(png(shade=30))
    issue = bring(parts, text_with("![a](kept.png)"), folder).issue
    parts.publishing.schedule(issue.id, parts.clock.now(), despite=["other-date", "same-text", "same-day"], by=OPERATOR)
    with pytest.raises(ConflictError):
        bring(parts, text_with("![a](kept.png) ![b](new.png)"), folder)
    assert len(rows(parts.database)) == len(stored(parts)) == 1


def test_a_draft_that_is_none_any_more_leaves_no_row(parts: Parts, folder: Path) -> None:
    (folder / "chart.png").write_bytes(png())
    issue = bring(parts, text_with("Words."), folder).issue
    parts.publishing.schedule(issue.id, parts.clock.now(), despite=["other-date", "same-text", "same-day"], by=OPERATOR)
    with pytest.raises(ConflictError):
        bring(parts, text_with("![a](chart.png)"), folder)
    assert rows(parts.database) == []


def test_an_image_store_that_fails_leaves_no_row_and_no_draft(parts: Parts, folder: Path) -> None:
    (folder / "chart.png").write_bytes(png())
    parts.settings.image_folder.parent.mkdir(exist_ok=True)
    parts.settings.image_folder.write_text("a file where the folder should be")
    with pytest.raises(UnavailableError):
        bring(parts, text_with("![a](chart.png)"), folder)
    assert rows(parts.database) == []


def test_without_files_a_picture_needs_an_address(parts: Parts) -> None:
    with pytest.raises(DocumentError, match="not an address"):
        bring(parts, text_with("![a](chart.png)"), None)


def test_an_address_of_this_service_becomes_a_short_one(parts: Parts, folder: Path) -> None:
    (folder / "chart.png").write_bytes(png())
    bring(parts, text_with("![a](chart.png)"), folder)
    [image] = rows(parts.database)
    copied = text_with(f"![a]({BASE}/images/{image.digest}.png)")
    assert f"![a](/images/{image.digest}.png)" in bring(parts, copied, None).issue.source


def test_a_gif_that_stands_still_now_is_told(parts: Parts, folder: Path) -> None:
    (folder / "m.gif").write_bytes(moving_gif(2, 1300))
    assert bring(parts, text_with("![m](m.gif)"), folder).told == ("line 16: m.gif: it moved; its first frame is kept",)


@pytest.fixture
def site() -> Site:
    return Site()


def with_fetch(parts: Parts, clock: SettableClock, allowed: Callable[..., bool] = lambda _address: True) -> Bringing:
    limits = FetchLimits(octets=10**6, seconds=5, schemes=("https", "http"))
    return replace(parts.bringing, fetch=Fetcher(limits, allowed=allowed))


def test_foreign_images_stay_where_they_are_unless_copies_are_wanted(parts: Parts, site: Site) -> None:
    site.pages["/a.png"] = page(png())
    text = text_with(f"![a]({site.url('/a.png')})")
    assert bring(parts, text, None).issue.source == text
    assert site.asked == []


def test_foreign_images_are_copied_on_demand_and_failures_told_one_by_one(
    parts: Parts, clock: SettableClock, site: Site
) -> None:
    site.pages["/a.png"] = page(png())
    site.pages["/gone.png"] = page(b"", 404)
    site.pages["/page.png"] = page(b"<html>")
    names = ("a", "gone", "page")
    text = text_with(*(f"![{name}]({site.url(f'/{name}.png')})" for name in names))
    brought = bring(parts, text, None, copies=True, tools=with_fetch(parts, clock))
    [image] = rows(parts.database)
    assert (image.name, image.alt) == ("a.png", "a")
    assert f"![a](/images/{image.digest}.png)" in brought.issue.source
    assert [said.partition(" ")[2].partition(":")[0] for said in brought.told] == ["18", "20"]
    assert "404" in brought.told[0] and "no PNG" in brought.told[1]
    for name in names[1:]:
        assert site.url(f"/{name}.png") in brought.issue.source


def test_an_address_on_a_private_network_is_not_copied(parts: Parts, site: Site) -> None:
    site.pages["/a.png"] = page(png())
    brought = bring(parts, text_with(f"![a]({site.url('/a.png')})"), None, copies=True)
    assert "not a public address" in brought.told[0]
    assert (site.asked, rows(parts.database)) == ([], [])


def test_too_many_images_are_refused(parts: Parts, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.issues.bringing.MAX_IMAGES", 2)
    for n in range(3):
        (folder / f"{n}.png").write_bytes(png(20, 20, shade=n))
    with pytest.raises(InputError, match="more than 2 images"):
        bring(parts, text_with(*(f"![a]({n}.png)" for n in range(3))), folder)
    assert nothing_is_stored(parts)
