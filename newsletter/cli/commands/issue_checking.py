"""`newsletter issue check`: look an issue over, outside too when asked, and mend what can be mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import moments, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_issue
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Despite, Json
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.issues.accepting import SortedFindings
    from newsletter.issues.looking_over import IssueOverview
    from newsletter.issues.preflight import Finding, Fix
    from newsletter.model import AcceptedFinding

Slug = Annotated[str, typer.Argument(metavar="[SLUG]", help="The issue's slug; not needed with --rules.")]


At = Annotated[
    str, typer.Option("--at", metavar="ISO8601", help="As if it went out then; without it on its own date, or today.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Leave with 1 for advice, too.")]
Links = Annotated[bool, typer.Option("--links", help="Try its links and images; 20 seconds at most.")]
Outside = Annotated[
    bool, typer.Option("--outside", help="Try links and images, ask for a spam score, and look at the domain's DNS.")
]
Mending = Annotated[bool, typer.Option("--fix", help="Mend in the draft what can be mended, and show what was.")]


def check(
    slug: Slug = "",
    at: At = "",
    despite: Despite = [],  # noqa: B006 - Typer makes a new one for each call
    publication: AnyPublication = "",
    strict: Strict = False,
    links: Links = False,
    outside: Outside = False,
    fix: Mending = False,
    rules: Annotated[bool, typer.Option("--rules", help="List what is looked for, and leave.")] = False,
    json: Json = False,
) -> None:
    """Look an issue over: what stops it and what is asked keep it from being scheduled, advice is yours to weigh.

    What was accepted with a reason at the desk is told below, and counts no more. Exit code 0: nothing, or advice only. 1: a stop or a question that --despite does not name; with --strict, anything. 2: the
    command or the issue cannot be read; others as of all commands. docs/preflight.md lists the rules.

    \b
      newsletter issue check today && newsletter issue send today
      newsletter issue check today --at 2026-05-09T08:00+02:00
      newsletter issue check today --links --fix
      newsletter issue check today --json --strict
    """
    if rules:
        _tell_rules(json=json)
        return
    if not slug:
        raise InputError("no issue is named", where="SLUG", remedy="name one, or list the rules: --rules")
    from newsletter.issues import preflight

    moment = moments.read(at, where="--at") if at else None
    preflight.stops((), despite)  # a rule that is none is told before anything is changed
    with opened() as parts:
        number = the_issue(parts, slug, publication).id
        seen, found, told, fixes = _look(parts, number, moment, links=links, outside=outside, fix=fix)
        sorted_out = parts.accepting.sorted_out(number, found)
    if json:
        printing.as_json([*map(_values, sorted_out.shown), *(_accepted(*each) for each in sorted_out.accepted)])
    else:
        _tell(seen, sorted_out, told, fixes)
    if preflight.stops(sorted_out.shown, despite) or (strict and _unanswered(sorted_out.shown, despite)):
        raise typer.Exit(1)


def _accepted(finding: Finding, row: AcceptedFinding) -> dict[str, Any]:
    return {**_values(finding), "accepted": {"name": row.name, "reason": row.reason, "at": row.at.isoformat()}}


def _look(
    parts: Parts, number: int, moment: datetime | None, *, links: bool, outside: bool, fix: bool
) -> tuple[IssueOverview, list[Finding], list[str], list[Fix]]:
    """Look it over, look outside, mend, and look again at what is left."""
    from newsletter.issues import preflight

    seen, fixes = parts.looking_over.look_over(number, moment), list["Fix"]()
    found, told = _outside(parts, number, links=links, outside=outside)
    if fix:
        wanted = [finding.fix for finding in (*seen.findings, *found) if finding.fix]
        fixes = parts.mending.mend(number, wanted, revision=seen.revision, by=at_machine()).fixes
        done = {(each.line, each.old) for each in fixes}
        seen = parts.looking_over.look_over(number, moment) if fixes else seen
        found = [finding for finding in found if not (finding.fix and (finding.fix.line, finding.fix.old) in done)]
    return seen, preflight.in_order([*seen.findings, *found]), told, fixes


def _outside(parts: Parts, number: int, *, links: bool, outside: bool) -> tuple[list[Finding], list[str]]:
    if not links and not outside:
        return [], []
    from newsletter.issues.looking_outside import Outside

    steps = tuple(Outside) if outside else (Outside.LINKS,)
    looked = parts.looking_outside.look(number, steps)
    return looked.findings, looked.told


def _unanswered(found: Sequence[Finding], despite: Sequence[str]) -> bool:
    named = {name.casefold() for name in despite}
    return any(named.isdisjoint({each.rule.casefold(), each.answer.casefold()}) for each in found)


def _values(finding: Finding) -> dict[str, Any]:
    values = asdict(finding)
    return {name: value for name, value in values.items() if name != "fix" or value is not None}


def _tell(seen: IssueOverview, sorted_out: SortedFindings, told: Sequence[str], fixes: Sequence[Fix]) -> None:
    from newsletter.issues import preflight

    found = sorted_out.shown
    for fix in fixes:
        print(printing.safe(f"mended on line {fix.line}: {fix.old}"))
        print(printing.safe(f"  → {fix.new}"))
    rows = [(each.severity, each.line or "", each.where, _sentence(each), each.rule) for each in found]
    printing.table(("level", "line", "where", "what", "rule"), rows, empty="Nothing to mend.")
    for finding, row in sorted_out.accepted:
        print(printing.safe(f"Accepted by {row.name}: {finding.what} ({finding.rule}): {row.reason}"))
    for words in told:
        print(printing.safe(f"Outside: {words}."))
    count = ", ".join(f"{number} to {level}" for level, number in preflight.counted(found).items() if number)
    print(f"{count or 'no findings'}; the HTML part has {seen.html_octets:,} octets, {seen.folded} items folded.")
    sections = ", ".join(f"{each.title or 'lead'} {each.octets:,}" for each in seen.weights)
    print(printing.safe(f"Octets of each part: {sections}."))
    print(printing.safe(f"A phone shows of the subject: “{seen.inbox['phone']}”"))


def _sentence(finding: Finding) -> str:
    meant = f"; if it is meant: --despite {finding.rule}" if finding.may_pass else ""
    mends = "; --fix does it" if finding.fix else ""
    return f"{finding.what} → {finding.remedy}{mends}{meant}"


def _tell_rules(*, json: bool) -> None:
    from newsletter.issues import preflight

    rules = [
        {
            "rule": rule.id,
            "level": rule.severity,
            "group": group,
            "finds": rule.finds,
            "may_pass": rule.may_pass,
            "fixes": rule.fixes,
        }
        for group, of_group in preflight.GROUPS.items()
        for rule in of_group
    ]
    if json:
        printing.as_json(rules)
        return
    marks = [", ".join(["passes"] * bool(rule["may_pass"]) + ["mends"] * bool(rule["fixes"])) for rule in rules]
    rows = [(rule["rule"], rule["level"], mark, rule["finds"]) for rule, mark in zip(rules, marks, strict=True)]
    printing.table(("rule", "level", "", "finds"), rows, empty="")
