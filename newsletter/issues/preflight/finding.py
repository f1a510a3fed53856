"""What preflight says: findings, each made by a rule that has a name, a level and a remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["stop", "ask", "advise"]
"""A stop keeps an issue from going out, what is asked wants an answer first, advice is to be weighed."""
SEVERITIES: tuple[Severity, ...] = ("stop", "ask", "advise")
_LONGEST_SHOWN = 80  # characters of somebody's text within a sentence of ours


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends a finding: `old` stands on `line` (from 1) of the issue file, and `new` takes its place."""

    line: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something preflight noticed: what, where in the issue, and what to do about it."""

    severity: Severity
    rule: str
    """The name of the rule that found it: it stays the same from release to release."""
    what: str
    where: str
    remedy: str
    line: int = 0
    """The line of the issue file, from 1; 0 where it is about the issue as a whole."""
    about: str = ""
    """What a question is asked about: the slugs of the other issues, or the two dates."""
    may_pass: bool = False
    """Whether an editor may let it pass by name, though it stops the issue or asks."""
    fix: Fix | None = None

    @property
    def answer(self) -> str:
        """What lets exactly this pass: another question of the same rule is asked all the same."""
        return f"{self.rule}:{self.about}" if self.about else self.rule


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that preflight looks for."""

    id: str
    severity: Severity
    finds: str
    """What it looks for, in a few words: a line of docs/preflight.md."""
    may_pass: bool = False
    fixes: bool = False
    """Whether some of its findings say what would mend them."""

    def found(
        self, what: str, where: str, remedy: str, *, line: int = 0, about: str = "", fix: Fix | None = None
    ) -> Finding:
        """Return a finding of this rule."""
        return Finding(self.severity, self.id, what, where, remedy, line, about, self.may_pass, fix)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with the gravest first, and those of one level by line; what has no line comes first."""
    return sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), finding.line))


def counted(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Return how many there are of each level."""
    levels = [finding.severity for finding in findings]
    return {severity: levels.count(severity) for severity in SEVERITIES}


def short(text: str) -> str:
    """Return somebody's text as a sentence of ours quotes it."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
