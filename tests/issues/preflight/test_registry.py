"""Every rule stands in the documentation, and the documentation has no rule that there is not."""

from __future__ import annotations

import ast
import re

from newsletter.issues import judging_links, looking_outside, preflight, questions, recurring
from newsletter.issues.preflight import GROUPS, MAY_PASS, RULES, SEVERITIES
from newsletter.issues.preflight.finding import Rule
from tests.test_floors import ROOT

ROW = re.compile(r"^\| `([\w-]+)` \| (\w+) \| ([\w, ]*) \| (.+) \|$", re.MULTILINE)


def test_the_documentation_and_the_registry_have_the_same_rules() -> None:
    written = ROW.findall((ROOT / "docs" / "preflight.md").read_text(encoding="utf-8"))
    marks = {rule: ", ".join(["passes"] * rule.may_pass + ["mends"] * rule.fixes) for rule in RULES.values()}
    assert written == [(rule.id, rule.severity, marks[rule], rule.finds.replace("|", "\\|")) for rule in RULES.values()]


def test_ids_are_names_and_no_two_rules_share_one() -> None:
    ids = [rule.id for rules in GROUPS.values() for rule in rules]
    assert len(ids) == len(set(ids)) == len(RULES)
    assert all(re.fullmatch(r"[A-Za-z][a-z-]*[a-z]|TK|TODO", name) for name in ids)
    assert {rule.severity for rule in RULES.values()} == set(SEVERITIES)
    assert {rule for rule in MAY_PASS if RULES[rule].severity == "advise"} == set(), "advice needs no answer"


def test_every_rule_that_is_made_is_registered() -> None:
    made = {
        value.id
        for path in sorted((ROOT / "newsletter" / "issues" / "preflight").glob("*.py"))
        for value in _rules_of(path.stem)
    }
    assert made == set(RULES)


def test_findings_are_made_by_rules_alone() -> None:
    for module in (preflight, judging_links, looking_outside, questions, recurring):
        tree = (
            ast.parse((ROOT / module.__name__.replace(".", "/")).with_suffix(".py").read_text())
            if module is not preflight
            else ast.parse("")
        )
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding"]
        assert not calls, module.__name__


def _rules_of(name: str) -> list[Rule]:
    import importlib

    module = importlib.import_module(
        f"newsletter.issues.preflight.{name}" if name != "__init__" else "newsletter.issues.preflight"
    )
    found = [value for value in vars(module).values() if isinstance(value, Rule)]
    for value in vars(module).values():
        if isinstance(value, dict):
            found += [each for each in value.values() if isinstance(each, Rule)]
    return found
