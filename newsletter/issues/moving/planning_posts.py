"""Say of each post what it becomes and where it comes to stand, before any of them is stored: links between them are read by that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from newsletter.issues.editing import free_slug
from newsletter.issues.moving.post_report import PostChange, PostFate, ReportedPost
from newsletter.issues.moving.post_terms import PostTerms
from newsletter.issues.moving.posts import ForeignPost
from newsletter.issues.moving.readied import PostLinks
from newsletter.issues.moving.recognising import FoundPosts
from newsletter.model import MovedPost, Publication
from newsletter.model.brand import RESERVED_ISSUE_SLUGS
from newsletter.store.issues import issues, moved
from newsletter.zones import day_of, span_of, zone

_FOR_MEMBERS = "it was for members there, and stands in the archive for everyone"


@dataclass(frozen=True)
class PlannedPost:
    """A post, what it is to become and where; `known` is what it became before."""

    post: ForeignPost
    fate: PostFate
    why: str
    slug: str
    day: date
    at: datetime | None
    known: MovedPost | None

    @property
    def is_skipped(self) -> bool:
        """Whether it is no issue."""
        return self.fate is PostFate.SKIPPED


def plan(
    session: Session, home: Publication, found: FoundPosts, terms: PostTerms, now: datetime
) -> Iterator[PlannedPost]:
    """Say of each post what it becomes and where, so that links between them can be read before any of them is stored."""
    known = moved.of_publication(session, home.id)
    slugs = moved.slugs_of(session, home.id)
    taken = issues.slugs_like(session, home.id, "") | RESERVED_ISSUE_SLUGS
    for post in found.posts:
        before = known.get((post.product, post.foreign_id))
        slug = slugs.get(before.issue_id, "") if before else ""
        if not post.skipped and not slug:
            slug = free_slug(post.slug or "untitled", taken)
            taken.add(slug)
        at = _instant(post.at, home.time_zone)
        fate, why = _fate(post, at, terms, now)
        yield PlannedPost(post, fate, why, slug, day_of(at or now, home.time_zone), at, before)


def _fate(post: ForeignPost, at: datetime | None, terms: PostTerms, now: datetime) -> tuple[PostFate, str]:
    if post.skipped:
        return PostFate.SKIPPED, post.skipped
    if post.why_draft:
        return PostFate.DRAFT, post.why_draft
    if post.paid and not terms.include_paid:
        return PostFate.DRAFT, "it was for payers only"
    if at is None:
        return PostFate.DRAFT, "no date tells when it was published"
    if at > now:
        return PostFate.DRAFT, "its date is still to come"
    return PostFate.ARCHIVED, ""


def _instant(at: datetime | date | None, zone_name: str) -> datetime | None:
    """Return a moment of a post as an aware one; a day begins in the publication's time zone."""
    if at is None:
        return None
    if not isinstance(at, datetime):
        return span_of(at, zone_name)[0]
    return at if at.tzinfo else at.replace(tzinfo=zone(zone_name))


def links_between(planned: Sequence[PlannedPost], home: Publication, base_url: str, site: str) -> PostLinks:
    """Return where links between posts lead: to the archive, where the post is public there."""
    shown = [each for each in planned if each.fate is PostFate.ARCHIVED]
    by_path = {path: f"{base_url}/{home.slug}/{each.slug}" for each in shown for path in each.post.paths}
    sites = {each.post.site for each in planned} | {site}
    return PostLinks(
        by_path, frozenset(each.partition("://")[2].partition(":")[0].casefold() for each in sites if each)
    )


def digest_of(each: PlannedPost, terms: PostTerms) -> str:
    """Return what is the same as long as a post, and what becomes of it, are."""
    post = each.post
    facts: Mapping[str, object] = {
        name: getattr(post, name)
        for name in (
            "title", "subject", "preheader", "author", "slug", "paths", "link", "image", "image_alt", "image_caption",
        )
    }  # fmt: skip
    body = post.read()
    said = [facts, str(post.at), each.fate, terms.site, body.text, body.is_markdown]
    told = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def reported(
    each: PlannedPost, fate: PostFate, change: PostChange | None, told: tuple[str, ...] = (), *, issue_id: int = 0
) -> ReportedPost:
    """Return what is told of a post."""
    post = each.post
    return ReportedPost(
        product=post.product,
        foreign_id=post.foreign_id,
        file=post.file,
        title=post.title,
        fate=fate,
        change=change,
        slug=each.slug,
        dated=each.day if each.at else None,
        issue_id=issue_id,
        why=each.why,
        addresses=post.paths,
        told=(_FOR_MEMBERS, *told) if each.post.for_members and fate is PostFate.ARCHIVED else told,
    )
