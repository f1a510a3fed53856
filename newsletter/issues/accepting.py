"""Accept advice of preflight for one issue, with a reason. A changed passage brings it back: what was accepted is that passage.

What others answered is accepted like advice, questions too: nothing of it keeps an issue from going out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.issues import entries
from newsletter.issues.preflight import outside
from newsletter.issues.preflight.finding import Finding
from newsletter.model import AcceptedFinding
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts.audit import Values
from newsletter.store.database import Database
from newsletter.store.issues import accepted_findings as store
from newsletter.store.issues import issues

LONGEST_REASON = 500
OUTSIDE = {rule.id: rule for rule in outside.RULES}
"""Rules about what others answer, by id."""
Accepted = Mapping[str, AcceptedFinding]
"""What was accepted of an issue, by the key of the passage."""


@dataclass(frozen=True, slots=True)
class SortedFindings:
    """Findings that are to be shown, and advice that somebody accepted, with the row that says who and why."""

    shown: list[Finding]
    accepted: list[tuple[Finding, AcceptedFinding]]


@dataclass(frozen=True)
class Accepting:
    """The tools of accepting advice, put together once per process."""

    database: Database
    clock: Clock

    def accept(self, issue_id: int, finding: Finding, text: str, *, reason: str, by: Actor) -> str:
        """Note that advice found in `text` is accepted; return the key of its passage. A second reason takes the place of the first.

        Raises NotFoundError; ForbiddenError; InputError without a reason, and for a finding of our own that stops an issue or asks.
        """
        reason, key = reason.strip(), key_of(finding, text)
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            _check(finding, reason)
            row = AcceptedFinding(
                issue_id=issue_id,
                key=key,
                publication_id=issue.publication_id,
                rule=finding.rule,
                reason=reason,
                person=by.person,
                name=by.shown_as[:200],
                at=self.clock.now(),
            )
            store.put(session, row)
            entries.add(session, by, "issue.accept-finding", issue, at=row.at, values=Values(new=finding.rule))
        return key

    def show_again(self, issue_id: int, key: str, *, by: Actor) -> None:
        """Take back that advice was accepted; where it was not, nothing is changed. Raises NotFoundError; ForbiddenError."""
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            rule = store.remove(session, issue_id, key)
            if rule is not None:
                entries.add(session, by, "issue.reopen-finding", issue, at=self.clock.now(), values=Values(old=rule))

    def accepted(self, issue_id: int) -> Accepted:
        """Return what was accepted of an issue."""
        with self.database.read() as session:
            return {row.key: row for row in store.of(session, issue_id)}

    def sorted_out(self, issue_id: int, findings: Iterable[Finding]) -> SortedFindings:
        """Return which findings of an issue as last saved are to be shown, and which were accepted. Raises NotFoundError."""
        with self.database.read() as session:
            text = issues.by_id(session, issue_id).source
        return sort_out(findings, text, self.accepted(issue_id))


def may_be_accepted(finding: Finding) -> bool:
    """Whether a reason is all that a finding wants."""
    return finding.severity == "advise" or finding.rule in OUTSIDE


def key_of(finding: Finding, text: str) -> str:
    """Return the key of what a finding is about: its rule and place, and the words of the passage, wherever it stands by now."""
    said = (finding.rule, finding.where, finding.what, _passage(text, finding.line))
    return sha256("\0".join(said).encode("utf-8", "surrogatepass")).hexdigest()


def sort_out(findings: Iterable[Finding], text: str, accepted: Accepted) -> SortedFindings:
    """Return which findings of a text are to be shown, and which were accepted."""
    sorted_out = SortedFindings([], [])
    for finding in findings:
        row = accepted.get(key_of(finding, text)) if accepted and may_be_accepted(finding) else None
        if row is None:
            sorted_out.shown.append(finding)
        else:
            sorted_out.accepted.append((finding, row))
    return sorted_out


def _passage(text: str, line: int) -> str:
    """The paragraph around a line; the front matter where a finding has no line."""
    lines = text.replace("\r\n", "\n").split("\n")
    if not 0 < line <= len(lines):
        end = next((number for number, each in enumerate(lines[1:], 1) if each.rstrip() == "---"), 0)
        return "\n".join(lines[: end + 1])
    start = end = line - 1
    while start > 0 and lines[start].strip() and lines[start - 1].strip():
        start -= 1
    while end + 1 < len(lines) and lines[end].strip() and lines[end + 1].strip():
        end += 1
    return "\n".join(lines[start : end + 1])


def _check(finding: Finding, reason: str) -> None:
    if not may_be_accepted(finding):
        raise InputError(
            "only advice can be accepted", where="key", remedy="mend what stops the issue, and answer what is asked"
        )
    if not reason:
        raise InputError("a reason is missing", where="reason", remedy="say in a few words why it may stay")
    if len(reason) > LONGEST_REASON:
        raise InputError(f"the reason is longer than {LONGEST_REASON} characters", where="reason", remedy="shorten it")
