"""Pictures of posts: from the archive they came in, from the web where somebody asks for that, or left where they are and told."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.errors import UnavailableError
from newsletter.issues.moving.picture_addresses import unwrapped
from newsletter.issues.moving.post_report import PostsReport
from newsletter.model import Image
from tests.issues.moving.exports import ghost, issue_named, move, substack, substack_row
from tests.parts.pictures import png

WEB = "https://pictures.example.org/a.png"


def kept(parts: Parts) -> list[Image]:
    with parts.database.read() as session:
        return list(session.scalars(select(Image)))


def with_picture(folder: Path, source: str = WEB, times: int = 1) -> Path:
    html = f'<p>x</p><img src="{source}" alt="A mast">'
    return substack(folder, *((substack_row(f"{n}.post-{n}", title=f"Post {n}"), html) for n in range(times)))


def answering(parts: Parts, octets: bytes | Exception) -> list[str]:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        if isinstance(octets, Exception):
            raise octets
        return octets

    parts.__dict__["image_fetcher"] = fetch
    return asked


def test_a_picture_on_the_web_stays_there_unless_it_is_to_be_copied(small_parts: Parts, tmp_path: Path) -> None:
    asked = answering(small_parts, png())
    report = move(small_parts, with_picture(tmp_path))
    assert (asked, report.pictures_left, kept(small_parts)) == ([], 1, [])
    assert f"![A mast]({WEB})" in issue_named(small_parts, "post-0").source


def test_one_that_is_copied_is_fetched_once_and_kept_once(small_parts: Parts, tmp_path: Path) -> None:
    asked = answering(small_parts, png())
    report: PostsReport = move(small_parts, with_picture(tmp_path, times=3), copies=True)
    assert (asked, report.pictures_taken) == ([WEB], 1)
    (image,) = kept(small_parts)
    assert image.alt == "A mast"
    assert f"](/images/{image.digest}.png)" in issue_named(small_parts, "post-2").source
    assert move(small_parts, with_picture(tmp_path, times=3)).changes == {"unchanged": 3}


def test_one_that_cannot_be_had_stays_and_is_told(small_parts: Parts, tmp_path: Path) -> None:
    answering(small_parts, UnavailableError("it answered 404"))
    report = move(small_parts, with_picture(tmp_path), copies=True)
    assert f"]({WEB})" in issue_named(small_parts, "post-0").source
    assert "is not copied: it answered 404" in report.posts[0].told[0]


def test_what_is_no_picture_is_not_kept(small_parts: Parts, tmp_path: Path) -> None:
    answering(small_parts, b"<html>login</html>")
    report = move(small_parts, with_picture(tmp_path), copies=True)
    assert kept(small_parts) == []
    assert report.pictures_failed


def test_files_beside_the_posts_are_read_first(small_parts: Parts, tmp_path: Path) -> None:
    asked = answering(small_parts, png())
    ghost(tmp_path / "g.json", {"html": '<img src="__GHOST_URL__/content/images/size/w600/2020/01/p.png" alt="P">'})
    (tmp_path / "content" / "images" / "2020" / "01").mkdir(parents=True)
    (tmp_path / "content" / "images" / "2020" / "01" / "p.png").write_bytes(png())
    move(small_parts, tmp_path)
    (image,) = kept(small_parts)
    assert asked == []
    assert f"![P](/images/{image.digest}.png)" in issue_named(small_parts, "ebb").source


def test_one_without_a_host_begins_where_the_posts_stood(small_parts: Parts, tmp_path: Path) -> None:
    folder = with_picture(tmp_path, "/img/a.png")
    assert "--site says" in move(small_parts, folder).posts[0].told[0]
    move(small_parts, folder, site="https://old.example.org")
    assert "](https://old.example.org/img/a.png)" in issue_named(small_parts, "post-0").source


@pytest.mark.parametrize(
    ("address", "bare"),
    [
        (
            "https://cdn.example.net/image/fetch/w_1/https%3A%2F%2Fm.example.net%2Fa%20b.png",
            "https://m.example.net/a b.png",
        ),
        ("https://m.example.com/cdn-cgi/image/fit=scale-down/uploads/x.png", "https://m.example.com/uploads/x.png"),
        (
            "https://g.example/content/images/size/w600/format/webp/2020/x.png",
            "https://g.example/content/images/2020/x.png",
        ),
        ("//m.example/x.png", "https://m.example/x.png"),
    ],
)
def test_an_address_is_that_of_the_picture_and_not_of_what_makes_it_small(address: str, bare: str) -> None:
    assert unwrapped(address) == bare
