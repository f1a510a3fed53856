"""Rules about an editor's words: that there are some, that they are finished, and that all of them arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.issues.preflight.drafted_marks import marks_in
from newsletter.issues.preflight.finding import Finding, Rule
from newsletter.issues.preflight.inspected import Inspected, Passage
from newsletter.issues.preflight.unfinished import unfinished
from newsletter.issues.starting import left_over
from newsletter.mail.merge_fields import MERGE_FIELD
from newsletter.model.document import PaperItem
from newsletter.rendering.latex import line_losses
from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import losses

LONG_PARAGRAPH = 150
"""Words of a paragraph, from which on nobody reads it on a phone."""
NOTHING = Rule("nothing-to-read", "stop", "there is no lead and no item that is mailed")
STARTER = Rule("starter", "stop", "words that every new issue begins with", may_pass=True)
DRAFTED = Rule("drafted", "stop", "words that a language model proposed and that nobody has read, by their mark")
UNFINISHED = {
    "TK": Rule("TK", "stop", "the sign for what is still to come, TK", may_pass=True),
    "TODO": Rule("TODO", "stop", "a note to oneself, TODO or FIXME", may_pass=True),
    "lorem": Rule("lorem", "stop", "lorem ipsum", may_pass=True),
    "merge-tag": Rule(
        "merge-tag", "stop", "a merge field without a fallback, in a title or in an address, or a merge tag of another service: {{name}}, {% if %}, *|FNAME|*, %%name%%, %recipient.x%, [[name]], and the forms of some twenty others", may_pass=True
    ),
}  # fmt: skip
PARAGRAPH = Rule("long-paragraph", "advise", f"a paragraph has more than {LONG_PARAGRAPH} words")
LOST_LINK = Rule("lost-link", "advise", "a link that leads nowhere from a mail: relative, `#...`, `tel:`, empty")
LOST_IMAGE = Rule("lost-image", "advise", "an image that no mail shows: `http:`, `data:`, relative")
LOST_EMBED = Rule("lost-embed", "advise", "a frame, video or form, of which at most a link arrives")
LOST_COMMENT = Rule("lost-comment", "advise", "an HTML comment, which no reader sees")
LOST_HTML = Rule("lost-html", "advise", "HTML that is left out, with or without the words inside")
LOST_LATEX = Rule("lost-latex", "advise", "LaTeX that vanishes, or that is shown as typed")
LOST_NOTE = Rule("lost-note", "advise", "a mark or a note of a footnote without the other")
LOST_BLOCK = Rule("lost-block", "advise", "a block between `:::` that cannot be read, or a button without a link")
SHORT_CODE = Rule("unknown-short-code", "advise", "an emoji short code that nobody knows")
RULES = (
    NOTHING, STARTER, DRAFTED, *UNFINISHED.values(), PARAGRAPH, LOST_LINK, LOST_IMAGE, LOST_EMBED, LOST_COMMENT, LOST_HTML, LOST_LATEX, LOST_NOTE, LOST_BLOCK, SHORT_CODE
)  # fmt: skip
_LOST = (
    (re.compile(r"the link to "), LOST_LINK),
    (re.compile(r"the image at "), LOST_IMAGE),
    (re.compile(r"a comment\b"), LOST_COMMENT),
    (re.compile(r"the short code "), SHORT_CODE),
    (re.compile(r"the block "), LOST_BLOCK),
    (re.compile(r"“\[\^"), LOST_NOTE),
    (re.compile(r"“[\\$]"), LOST_LATEX),
    (
        re.compile(
            r"<(?:iframe|video|audio|embed|object|form|input|button|select|textarea|svg|canvas|progress|meter)\b"
        ),
        LOST_EMBED,
    ),
)
_BARE_FIELD = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_]{0,39})\s*\}\}")
_PARTED = re.compile(r"\n[ \t]*\n")
_NO_PARAGRAPH = re.compile(r"\s*(?:[>|#<]|[-*+]\s|\d{1,9}[.)]\s)")


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at every text of the issue."""
    document = issue.document
    if not document.lead.strip() and not any(each.mailed_items or each.intro.strip() for each in document.sections):
        yield NOTHING.found("there is nothing to read: no lead and no items", "issue", "write a lead or an item")
    yield from _left_over(issue)
    for left in unfinished(issue):
        what = f"“{left.words}” is no word for readers"
        yield UNFINISHED[left.rule].found(what, left.where, _remedy(left.words), line=left.line)
    abstracts = {where for where, _, item in issue.items() if isinstance(item, PaperItem)}  # not an editor's words
    for passage in issue.passages:
        if passage.where not in abstracts:
            yield from _paragraphs(passage)
        drafted = {mark.line + 1 for mark in marks_in(passage.text)}
        for number in sorted(drafted):
            what, remedy = "a language model proposed this, and nobody has read it", "read it, then take the mark out"
            line = passage.line + (number - 1 if passage.is_block else 0)
            yield DRAFTED.found(what, passage.where, remedy, line=line)
        for loss in losses(passage.text):
            if loss.line in drafted and _rule_of(loss) is LOST_COMMENT:
                continue  # which is what a mark is
            line = passage.line + (loss.line - 1 if passage.is_block else 0)
            yield _rule_of(loss).found(loss.said, passage.where, loss.remedy, line=line)
    for line_of in issue.lines:
        for loss in line_losses(line_of.text):
            yield LOST_LATEX.found(loss.said, line_of.where, loss.remedy, line=line_of.line)


def _remedy(words: str) -> str:
    """Say what mends words that were left."""
    if MERGE_FIELD.fullmatch(words):
        return "merge fields are filled in texts and in the subject, not in titles and addresses: move it there"
    if bare := _BARE_FIELD.fullmatch(words):
        return f"write {{{{{bare[1]}|there}}}}, with the word for readers of whom nothing is known, or let it pass if it is meant"
    return "finish it, or let it pass if it is meant"


def _left_over(issue: Inspected) -> Iterator[Finding]:
    places = {passage.where: passage.line for passage in reversed(issue.passages)}
    for where in left_over(issue.document):
        line = places.get(where) or issue.places.of_field(where)
        what = "these are the words every new issue begins with"
        yield STARTER.found(what, where, "write your own over them", line=line)


def _rule_of(loss: Loss) -> Rule:
    return next((rule for says, rule in _LOST if says.match(loss.what)), LOST_HTML)


def _paragraphs(passage: Passage) -> Iterator[Finding]:
    text, start, line = passage.prose, 0, passage.line
    for part in (*_PARTED.finditer(text), None):
        end = part.start() if part else len(text)
        words = len(text[start:end].split())
        if words > LONG_PARAGRAPH and passage.is_block and not _NO_PARAGRAPH.match(text, start):
            what = f"a paragraph has {words} words: on a phone that is more than a screen without a rest"
            yield PARAGRAPH.found(what, passage.where, f"part it; {LONG_PARAGRAPH} words are many", line=line)
        line += text.count("\n", start, part.end() if part else end)
        start = part.end() if part else end
