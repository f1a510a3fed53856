"""What moving past issues in tells: counts, the posts by what becomes of them, and what was found wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli import printing

if TYPE_CHECKING:
    from newsletter.issues.moving.post_report import PostsReport

_SHOWN = 20


def tell(report: PostsReport, *, dry_run: bool) -> None:
    """Tell it on a terminal."""
    print(f"Past issues: {len(report.posts):,} posts of {', '.join(report.products)}")
    would = "would be " if dry_run else ""
    words = {"archived": f"{would}in the archive", "draft": f"{would}drafts", "skipped": "left out", "failed": "not readable"}  # fmt: skip
    for name, said in words.items():
        if report.fates[name]:
            print(f"  {report.fates[name]:>10,}  {said}")
    for why, number in report.reasons.most_common():
        print(f"  {number:>10,}  {printing.safe(why)}")
    _tell_changes(report, dry_run=dry_run)
    _tell_pictures(report, dry_run=dry_run)
    told = [(each, what) for each in report.posts for what in each.told]
    for each, what in told[:_SHOWN]:
        printing.aside(f"{each.file}: {each.title[:60]}: {what}")
    if len(told) > _SHOWN:
        printing.aside(f"... and {len(told) - _SHOWN:,} more; --json and --errors tell all")


def _tell_changes(report: PostsReport, *, dry_run: bool) -> None:
    done = report.changes
    if done["unchanged"] or done["left"] or not dry_run:
        print(
            f"  {done['new']:,} new, {done['changed']:,} changed, {done['unchanged']:,} as they were, {done['left']:,} left alone"
        )


def _tell_pictures(report: PostsReport, *, dry_run: bool) -> None:
    if report.pictures_taken:
        print(f"  {report.pictures_taken:,} pictures {'would be ' if dry_run else ''}kept here")
    if report.pictures_left:
        print(f"  {report.pictures_left:,} pictures stay where they are; --images copy brings them")
    if report.pictures_failed:
        print(f"  {len(report.pictures_failed):,} pictures could not be copied")
