"""Exports of other products as small as they can be, written by us, and what moves them in."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from newsletter.bootstrap import Parts
from newsletter.issues.moving.post_report import PostsReport
from newsletter.issues.moving.post_terms import PostTerms
from newsletter.issues.moving.recognising import find_posts
from newsletter.model import Issue
from newsletter.moved_files import opened
from newsletter.store.issues import issues
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_publication

HOME = "tide"


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def substack_row(key: str = "77.low-water", **more: str) -> dict[str, str]:
    """Return a row of Substack's posts.csv: a public post of 2021 unless it is said otherwise."""
    return {
        "post_id": key,
        "post_date": "2021-05-06T05:00:00.000Z",
        "is_published": "true",
        "email_sent_at": "",
        "type": "newsletter",
        "audience": "everyone",
        "title": "Low water",
        "subtitle": "Mud &amp; birds",
        "podcast_url": "",
        **more,
    }


def substack(folder: Path, *posts: tuple[dict[str, str], str]) -> Path:
    """Write an export of Substack: rows with their HTML."""
    write_rows(folder / "posts.csv", [row for row, _ in posts])
    (folder / "posts").mkdir(exist_ok=True)
    for row, html in posts:
        (folder / "posts" / f"{row['post_id']}.html").write_text(html, encoding="utf-8")
    return folder


def ghost(path: Path, *posts: dict[str, Any], **tables: list[dict[str, Any]]) -> Path:
    """Write an export of Ghost."""
    usual = {"type": "post", "status": "published", "visibility": "public", "published_at": "2020-02-03 04:05:06"}
    rows = [{"id": f"g{number}", "title": "Ebb", "slug": "ebb", **usual, **post} for number, post in enumerate(posts)]
    path.write_text(json.dumps({"db": [{"meta": {}, "data": {"posts": rows, **tables}}]}), encoding="utf-8")
    return path


def move(parts: Parts, *paths: Path, dry_run: bool = False, **terms: Any) -> PostsReport:
    """Move what these paths hold into the publication."""
    with opened([str(path) for path in paths]) as files:
        return parts.moving_posts.move_in(
            find_posts(files),
            PostTerms(**terms),
            publication_id=id_of_publication(parts.database, HOME),
            by=OPERATOR,
            dry_run=dry_run,
        )


def issue_named(parts: Parts, slug: str) -> Issue:
    """Return an issue."""
    with parts.database.read() as session:
        return issues.get(session, HOME, slug)
