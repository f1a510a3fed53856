"""Look an issue over before it goes out: stops and open questions keep it from being scheduled, advice is to be weighed.

One engine for command and desk. What is found here, on the issue alone, is found by the groups of `registry.LOOKS`; what depends on
other issues and on the day is asked by `newsletter.issues.questions`; what others answer is looked at by `newsletter.issues.looking_outside`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from newsletter.errors import InputError
from newsletter.issues.preflight.asked import OTHER_DATE, REPEATED, SAME_DAY, SAME_TEXT
from newsletter.issues.preflight.finding import SEVERITIES, Finding, Fix, Rule, Severity, counted, in_order
from newsletter.issues.preflight.inspected import Inspected
from newsletter.issues.preflight.registry import GROUPS, LOOKS, MAY_PASS, RULES

__all__ = (
    "GROUPS", "MAY_PASS", "MOST_OF_A_RULE", "OTHER_DATE", "REPEATED", "RULES", "SAME_DAY", "SAME_TEXT", "SEVERITIES", "Finding", "Fix", "Inspected", "Rule",
    "Severity", "check", "counted", "in_order", "stops",
)  # fmt: skip


MOST_OF_A_RULE = 200
"""So many findings of one rule are told one by one; how many more there are is told behind them."""


def check(issue: Inspected) -> list[Finding]:
    """Return what is wrong or doubtful with an issue by itself, the gravest first."""
    return in_order(_bounded(finding for look in LOOKS for finding in look(issue)))


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    seen: Counter[str] = Counter()
    last: dict[str, Finding] = {}
    for finding in findings:
        seen[finding.rule] += 1
        last[finding.rule] = finding
        if seen[finding.rule] <= MOST_OF_A_RULE:
            yield finding
    for rule, finding in last.items():
        if (more := seen[rule] - MOST_OF_A_RULE) > 0:
            yield replace(finding, what=f"{more:,} more findings of this rule", remedy="mend the first ones", fix=None)


def stops(findings: Iterable[Finding], despite: Collection[str] = ()) -> list[Finding]:
    """Return those findings that keep an issue from being scheduled, though the rules of `despite` were let pass by name.

    `despite` holds names of rules, or answers of findings. Raises InputError for a name that no rule has: a slip of the pen
    must not pass for a decision.
    """
    named = {name.casefold() for name in despite}
    if strange := {name.partition(":")[0] for name in named} - {rule.casefold() for rule in MAY_PASS}:
        raise InputError(
            f"there is no rule {', '.join(sorted(strange))[:100]}",
            where="--despite",
            remedy=f"there are {', '.join(MAY_PASS)}",
        )
    return [f for f in findings if f.severity != "advise" and not _is_answered(f, named)]


def _is_answered(finding: Finding, named: set[str]) -> bool:
    return finding.may_pass and not named.isdisjoint({finding.rule.casefold(), finding.answer.casefold()})
