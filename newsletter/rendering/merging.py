"""Merge fields of a whole issue: filled for a reader, shown by their fallback, or marked to be filled for each."""

from __future__ import annotations

from dataclasses import replace

from newsletter.mail.merge_fields import FALLBACKS, MergePlace, Merging
from newsletter.rendering.content import IssueContent, ItemContent, SectionContent
from newsletter.rendering.merge_marks import OPENS, merged

ROOM = 64
"""Octets that the value of a merge field is counted as, beside its mark, where a mail is kept below its budget."""


def merged_issue(issue: IssueContent, merging: Merging, place: MergePlace = MergePlace.HTML) -> IssueContent:
    """Return an issue with the merge fields of its texts filled; itself where it has none."""
    if not merge_count(issue):
        return issue

    def item(each: ItemContent) -> ItemContent:
        return replace(each, body=merged(each.body, merging, place), short=merged(each.short, merging, place))

    def section(each: SectionContent) -> SectionContent:
        return replace(each, intro=merged(each.intro, merging, place), items=tuple(map(item, each.items)))

    sections = tuple(map(section, issue.sections))
    lead, picture = merged(issue.lead, merging, place), merged(issue.picture, merging, place)
    for_all = merged(issue.lead, FALLBACKS)
    return replace(issue, lead=lead, lead_for_all=for_all, picture=picture, sections=sections)


def merge_count(issue: IssueContent) -> int:
    """Count the merge fields in the texts of an issue."""
    texts = [issue.lead, issue.picture]
    for section in issue.sections:
        texts += [section.intro, *(text for item in section.items for text in (item.body, item.short))]
    return sum(text.count(OPENS) for text in texts)
