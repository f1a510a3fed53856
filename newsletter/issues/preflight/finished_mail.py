"""Rules about the finished mail: its size and what each section weighs, its way out, and whether everybody can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from newsletter.issues.preflight.finding import Finding, Rule, short
from newsletter.issues.preflight.inspected import Inspected
from newsletter.mail.slots import Slot

CLIP_OCTETS = 102_400
"""Gmail shows no more than 102 KiB of a mail's HTML, and so hides the unsubscribe link at its end."""
NEAR_CLIP = 0.85
"""From this share of that size on it is told which sections weigh most."""
CLIPPED = Rule("clipped", "stop", f"the HTML part has more than {CLIP_OCTETS:,} octets, where Gmail clips it")
NEARLY = Rule("nearly-clipped", "advise", f"the HTML part has more than {NEAR_CLIP:.0%} of that")
FOLDED = Rule("folded", "advise", "items stand on the web only, to keep the mail small")
NO_WAY_OUT = Rule("no-unsubscribe-link", "stop", "a part of the mail has no unsubscribe link")
RULES = (CLIPPED, NEARLY, FOLDED, NO_WAY_OUT)
_HEADING = re.compile(r"<h2\b[^<>]*>(.*?)</h2>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_FOOT = re.compile(r"<td\b[^<>]*\bclass=\"[^\"<>]*\bfoot\b")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class SectionWeight:
    """How many octets of the mail's HTML a section takes, its heading included; the lead has no name."""

    slug: str
    title: str
    line: int
    octets: int


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at the mail as it would go out."""
    mail = issue.mail
    if mail is None:
        return
    octets = len(mail.html.encode())
    if octets > CLIP_OCTETS:
        what = f"the HTML part has {octets:,} octets; Gmail clips at {CLIP_OCTETS:,}{_heaviest(issue)}"
        yield CLIPPED.found(what, "issue", "shorten the lead or the long items")
    elif octets > NEAR_CLIP * CLIP_OCTETS:
        what = f"the HTML part has {octets:,} octets of the {CLIP_OCTETS:,} that Gmail shows{_heaviest(issue)}"
        yield NEARLY.found(what, "issue", "shorten what weighs most")
    if mail.folded:
        count = f"{mail.folded} {'item stands' if mail.folded == 1 else 'items stand'}"
        yield FOLDED.found(f"{count} on the web only, to keep the mail small", "issue", "move what matters up")
    for part, name in ((mail.html, "HTML"), (mail.text, "plain text")):
        if Slot.UNSUBSCRIBE not in part:
            what = f"the {name} part has no unsubscribe link"
            yield NO_WAY_OUT.found(what, "issue", "mend the template templates/issue: every mail must carry one")


def weights(issue: Inspected) -> list[SectionWeight]:
    """Return what each part of the mail weighs, in the order it stands: the lead (with the head of the mail), then the sections.

    A section that the mail does not show under a heading of its own is left out.
    """
    html = issue.mail.html if issue.mail is not None else ""
    sections = list(zip(issue.document.sections, issue.places.sections, strict=True))
    starts: list[tuple[int, str, str, int]] = [(0, "", "", issue.places.lead)]
    for heading in _HEADING.finditer(html):
        words = bare(unescape(_TAG.sub("", heading[1])))
        for number, (section, placed) in enumerate(sections):
            if bare(section.title) and words.startswith(bare(section.title)):
                starts.append((heading.start(), section.slug, section.title, placed.heading))
                del sections[: number + 1]
                break
    foot = _FOOT.search(html, starts[-1][0])
    ends = [start[0] for start in starts[1:]] + [foot.start() if foot else len(html)]
    return [
        SectionWeight(slug, title, line, len(html[start:end].encode()))
        for (start, slug, title, line), end in zip(starts, ends, strict=True)
    ]


def bare(text: str) -> str:
    """Return letters and digits alone: a title is softened on its way into the mail."""
    return "".join(filter(str.isalnum, text)).casefold()


def _heaviest(issue: Inspected) -> str:
    most = sorted(weights(issue), key=lambda weight: -weight.octets)[:_NAMED]
    told = [f"{short(weight.title) or 'the lead'} {weight.octets:,}" for weight in most]
    return f": {', '.join(told)}" if len(told) > 1 else ""
