"""Rules about what stands in an inbox before a mail is opened: subject and preheader.

Both are looked at as they are shown: LaTeX is read, and a merge field of the subject counts as its fallback, for so wide is what whoever
has no value reads. No line is wide that is only written so.
"""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.issues.preflight.finding import Finding, Rule
from newsletter.issues.preflight.inbox_row import LONGEST_PREHEADER, PHONE, WIDEST, seen, width
from newsletter.issues.preflight.inspected import Inspected
from newsletter.rendering.headlines import shown_subject
from newsletter.rendering.latex import soften_line

LONG_SUBJECT = 120
_BEGINNING = 22
"""Characters of a subject that stand beside the name of the sender on the narrowest screens."""
EMPTY_SUBJECT = Rule("empty-subject", "stop", "the subject is empty")
LONG = Rule("long-subject", "advise", f"the subject has more than {LONG_SUBJECT} characters")
CUT_SUBJECT = Rule("cut-subject", "advise", f"the subject is wider than any inbox shows, {WIDEST.subject} px")
REPEATS_NAME = Rule(
    "subject-repeats-name", "advise", f"the sender's name stands in the first {_BEGINNING} characters of the subject"
)
NO_PREHEADER = Rule("no-preheader", "advise", "there is no preheader")
LONG_PREHEADER = Rule(
    "long-preheader", "advise", f"the preheader has more than {LONGEST_PREHEADER} characters, or is wider than any inbox shows"
)  # fmt: skip
SAME_PREHEADER = Rule("preheader-is-subject", "advise", "the preheader says what the subject says")
RULES = (EMPTY_SUBJECT, LONG, CUT_SUBJECT, REPEATS_NAME, NO_PREHEADER, LONG_PREHEADER, SAME_PREHEADER)


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at the subject and the preheader."""
    yield from _subject(issue, shown_subject(issue.document).strip())
    yield from _preheader(issue, soften_line(issue.document.preheader).strip())


def _subject(issue: Inspected, subject: str) -> Iterator[Finding]:
    line = issue.places.of_field("subject" if "subject" in issue.places.fields else "title")
    if not subject:
        yield EMPTY_SUBJECT.found("the subject is empty", "subject", "write one in the front matter", line=line)
        return
    if len(subject) > LONG_SUBJECT:
        what = f"the subject has {len(subject)} characters; most readers see the first 60"
        yield LONG.found(what, "subject", f"keep it below {LONG_SUBJECT}", line=line)
    elif (wide := width(subject, WIDEST.type_size)) > WIDEST.subject:
        what = (
            f"the subject is about {wide:,} px wide: a desktop shows “{seen(subject, WIDEST.subject, WIDEST.type_size)}”, "
            f"a phone “{seen(subject, PHONE.subject, PHONE.type_size)}”"
        )
        yield CUT_SUBJECT.found(what, "subject", "put first what readers should see, or shorten it", line=line)
    for name in filter(None, dict.fromkeys((issue.from_name.strip(), issue.brand.name.strip()))):
        if name.casefold() in subject[: max(_BEGINNING, len(name))].casefold():
            what = f"the subject repeats “{name}”, which stands beside it as the sender"
            remedy = "begin with the news: an inbox shows the name already"
            yield REPEATS_NAME.found(what, "subject", remedy, line=line)
            break


def _preheader(issue: Inspected, preheader: str) -> Iterator[Finding]:
    line = issue.places.fields.get("preheader", 0)
    if not preheader:
        what = "there is no preheader: mail programs show the first words of the mail instead"
        yield NO_PREHEADER.found(what, "preheader", "add a sentence to the front matter")
        return
    wide = width(preheader, WIDEST.type_size)
    if len(preheader) > LONGEST_PREHEADER or wide > max(WIDEST.preheader, PHONE.preheader):
        shown = seen(preheader, WIDEST.preheader, WIDEST.type_size)
        what = (
            f"the preheader has {len(preheader)} characters, about {wide:,} px: an inbox shows no more than “{shown}”"
        )
        yield LONG_PREHEADER.found(what, "preheader", f"keep it below {LONGEST_PREHEADER} characters", line=line)
    if preheader.casefold() == shown_subject(issue.document).strip().casefold():
        what = "the preheader is the subject once more"
        yield SAME_PREHEADER.found(what, "preheader", "say what the subject does not", line=line)
