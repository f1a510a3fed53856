"""Posts are known by what their files look like; what is none is left and told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from newsletter.errors import InputError
from newsletter.issues.moving.posts import ForeignPost, moment_of, path_of
from newsletter.issues.moving.recognising import find_posts
from newsletter.moved_files import opened
from tests.issues.moving.exports import ghost, substack, substack_row, write_rows


def found(*paths: Path) -> list[ForeignPost]:
    with opened([str(path) for path in paths]) as files:
        return list(find_posts(files).posts)


def test_substack_is_known_in_an_archive_too_and_its_lists_are_not_claimed(tmp_path: Path) -> None:
    substack(tmp_path / "in", (substack_row(), "<p>x</p>"))
    (tmp_path / "in" / "email_list.tide.csv").write_text("email,active_subscription\na@example.org,true\n")
    with ZipFile(tmp_path / "out.zip", "w") as archive:
        for path in sorted((tmp_path / "in").rglob("*.*")):
            archive.write(path, f"export/{path.relative_to(tmp_path / 'in')}")
    with opened([str(tmp_path / "out.zip")]) as files:
        seen = find_posts(files)
        assert [(each.product, each.slug, each.paths) for each in seen.posts] == [
            ("substack", "low-water", ("/p/low-water",))
        ]
        assert seen.posts[0].read().text == "<p>x</p>"
    assert seen.claimed == {"export/posts.csv", "export/posts/77.low-water.html"}


def test_ghost_tells_its_subject_its_author_and_what_is_no_issue(tmp_path: Path) -> None:
    path = ghost(
        tmp_path / "g.json",
        {"html": "<p>x</p>", "status": "sent", "custom_excerpt": "Beside"},
        {"html": None, "mobiledoc": "{}", "slug": "draft", "status": "draft", "published_at": None},
        {"type": "page", "html": "<p>us</p>", "slug": "about"},
        {"html": "<p>x</p>", "visibility": "paid", "slug": "paid"},
        posts_meta=[{"post_id": "g0", "email_subject": "By mail"}],
        users=[{"id": "1", "name": "Ada"}],
        posts_authors=[{"post_id": "g0", "author_id": "1", "sort_order": 0}],
    )
    posts = {each.foreign_id: each for each in found(path)}
    first = posts["g0"]
    assert (first.subject, first.author, first.preheader) == ("By mail", "Ada", "Beside")
    assert first.at == datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert posts["g1"].skipped == "its text is missing"
    assert posts["g2"].skipped == "it is a page"
    assert posts["g3"].paid


def test_beehiiv_and_mailchimp_and_buttondown_are_known_by_their_columns(tmp_path: Path) -> None:
    row = {"id": "b1", "web_title": "W", "status": "confirmed", "audience": "premium", "url": "https://w.example.org/p/w", "content_html": "<p>" + "long " * 40_000 + "</p>", "created_at": "2023-01-18 21:25:27"}  # fmt: skip
    write_rows(tmp_path / "b" / "posts.csv", [row])
    write_rows(tmp_path / "m" / "campaigns.csv", [{"Title": "M, 1", "Subject": "S", "Send Date": "Jul 20, 2023 09:00 am", "Unique Id": "abc"}])  # fmt: skip
    (tmp_path / "m" / "campaigns_content").mkdir()
    (tmp_path / "m" / "campaigns_content" / "abc_m-1.html").write_text("<p>m</p>")
    write_rows(tmp_path / "d" / "emails.csv", [{"id": "d1", "subject": "D", "publish_date": "", "email_type": "public", "slug": "dee"}])  # fmt: skip
    (tmp_path / "d" / "emails").mkdir()
    (tmp_path / "d" / "emails" / "dee.md").write_text("text")
    (beehiiv,), (mailchimp,), (buttondown,) = (found(tmp_path / name) for name in "bmd")
    assert (beehiiv.product, beehiiv.paid, beehiiv.paths, beehiiv.site) == ("beehiiv", True, ("/p/w",), "https://w.example.org")  # fmt: skip
    assert (mailchimp.product, mailchimp.at, mailchimp.read().text) == (
        "mailchimp",
        datetime(2023, 7, 20, 9),  # noqa: DTZ001 - its zone is not told
        "<p>m</p>",
    )
    assert (buttondown.why_draft, buttondown.read().is_markdown) == ("it was a draft there", True)


def test_files_by_themselves_tell_in_their_head_or_name_when_they_appeared(tmp_path: Path) -> None:
    (tmp_path / "2019-04-05-spring.md").write_text("---\ntitle: Spring\ndescription: Buds\n---\n\nGreen.\n")
    (tmp_path / "page.html").write_text('<html><head><title>Page</title><meta property="article:published_time" content="2018-01-02T03:04:05Z"></head><body><p>x</p></body></html>')  # fmt: skip
    (tmp_path / "undated.html").write_text("<p>x</p>")
    posts = {each.file: each for each in found(tmp_path)}
    assert (posts["2019-04-05-spring.md"].title, posts["2019-04-05-spring.md"].at) == ("Spring", date(2019, 4, 5))
    assert posts["2019-04-05-spring.md"].read().text.strip() == "Green."
    assert posts["page.html"].at == datetime(2018, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert posts["undated.html"].why_draft == "no date tells when it was published"


def test_a_broken_table_that_somebody_named_is_refused_and_one_in_a_folder_is_told(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text('post_id,is_published,title\n1.a,true,"never closed\n')
    with pytest.raises(InputError, match="CSV"):
        found(path)
    with opened([str(tmp_path)]) as files:
        assert [name for name, _ in find_posts(files).broken] == ["posts.csv"]


@pytest.mark.parametrize(
    "text", ['{"db": 3}', '{"db": [', '{"posts": 5}', "[1]", '{"db":[{"data":{"posts":[1,null]}}]}']
)
def test_json_that_is_no_export_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2023-03-01T07:00:00.000Z", datetime(2023, 3, 1, 7, tzinfo=UTC)),
        ("2024-03-13 00:16:05+00:00", datetime(2024, 3, 13, 0, 16, 5, tzinfo=UTC)),
        ("2023-03-24 10:23:10 UTC", datetime(2023, 3, 24, 10, 23, 10, tzinfo=UTC)),
        ("Jul 20, 2023 09:00 am", datetime(2023, 7, 20, 9, tzinfo=UTC)),
        ("1700000000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2023-03-24", date(2023, 3, 24)),
        ("0001-01-01", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_moments_are_read_as_products_write_them(written: Any, read: Any) -> None:
    assert moment_of(written) == read


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://a.example/p/x/?y=1#z", "/p/x"),
        ("/p/x/", "/p/x"),
        ("p/x", ""),
        ("https://a.example/", ""),
        ("/a b", ""),
        (None, ""),
    ],
)
def test_an_old_path_is_known_without_host_query_and_slash(address: Any, path: str) -> None:
    assert path_of(address) == path


def test_titles_and_subjects_say_what_their_merge_tags_fall_back_to(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(
        "id,web_title,status,url,email_subject_line,email_preview_text,content_html,created_at\n"
        'p1,"Hello, {{first_name|there}}",confirmed,https://a.example/p/x,"*|FNAME:Friend|*, it is here","For {{ subscriber.name | default: ""you"" }}",<p>A</p>,2023-01-01\n'
    )
    (post,) = found(tmp_path / "posts.csv")
    assert (post.title, post.subject, post.preheader) == ("Hello, there", "Friend, it is here", "For you")
