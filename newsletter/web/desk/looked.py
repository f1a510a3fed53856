"""The preview as a script asks for it: one answer with the page of the frame, what preflight found and where, and what each section weighs."""

from __future__ import annotations

from typing import Any

from newsletter.issues.accepting import sort_out
from newsletter.issues.preflight.finding import Finding
from newsletter.issues.preflight.finished_mail import CLIP_OCTETS
from newsletter.issues.preflight.marking import columns_at, columns_of
from newsletter.model import Issue, Publication
from newsletter.web.desk.drafts import Draft, Mistake
from newsletter.web.desk.pages import Desk
from newsletter.web.desk.previews import EMPTY, page_of
from newsletter.web.templating import render


def looked(
    desk: Desk, issue: Issue, publication: Publication, found: Draft | Mistake, text: str, *, kind: str, images: bool
) -> dict[str, Any]:
    """Return what the script is told of a text: of one that cannot be read the mistake alone, and the last good preview stays."""
    lines = text.split("\n")
    if isinstance(found, Mistake):
        values: dict[str, Any] = {"mistake": found, "findings": [], "octets": 0, "frame": ""}
        return {"html": render("desk/findings.html", **values), "findings": [_mistaken(found, lines)]}
    octets = len(found.mail.html.encode())
    address = desk.at(issue.id, f"previews/{EMPTY}/{kind}{'?images=1' if images else ''}")
    told = sort_out(found.findings, text, desk.parts.accepting.accepted(issue.id))
    values = {"mistake": None, "octets": octets, "frame": address, "findings": told.shown, "accepted": told.accepted}
    return {
        "html": render("desk/findings.html", **values),
        "findings": [_placed(each, lines) for each in told.shown],
        "kind": kind,
        "frame": address,
        "page": page_of(desk, publication, found, kind),
        "octets": octets,
        "clip": CLIP_OCTETS,
        "folded": found.mail.folded,
        "weights": [
            {"slug": each.slug, "title": each.title, "line": each.line, "octets": each.octets} for each in found.weights
        ],
    }


def _placed(finding: Finding, lines: list[str]) -> dict[str, Any]:
    line = lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
    start, end = columns_of(finding, line)
    fix = None if finding.fix is None else {"line": finding.fix.line, "old": finding.fix.old, "new": finding.fix.new}
    told = {"severity": finding.severity, "rule": finding.rule, "what": finding.what, "remedy": finding.remedy}
    return {**told, "line": finding.line, "from": start, "to": end, "fix": fix}


def _mistaken(mistake: Mistake, lines: list[str]) -> dict[str, Any]:
    line = lines[mistake.line - 1] if 0 < mistake.line <= len(lines) else ""
    start, end = columns_at(line, max(mistake.column, 1))
    told = {"severity": "mistake", "rule": "mistake", "what": mistake.what, "remedy": mistake.remedy, "fix": None}
    return {**told, "line": mistake.line, "from": start, "to": end}
