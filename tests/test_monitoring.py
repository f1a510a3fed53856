"""What is written for those who watch is true: each metric that exists is documented and shown, and each that is named exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import promql_parser
import pytest
import yaml
from prometheus_client import REGISTRY

from newsletter.web import app
from newsletter.web.machine import scraping
from tests.test_floors import ROOT

MONITORING = ROOT / "docs" / "monitoring"
RULES = yaml.safe_load((MONITORING / "alert-rules.yml").read_text(encoding="utf-8"))
DASHBOARD = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]
RECORDED = {rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule}
UNSERVED = {"newsletter_inbound_refused"}
"""Counted in a process that has no web server."""
LABELS = {family.name: set(family.labels) for family in scraping.FAMILIES}
ROW = re.compile(r"^\| `(newsletter_\w+)` \| (counter|gauge) \|([^|]*)\| ([^|]+) \|$", re.MULTILINE)


def existing() -> dict[str, str]:
    """The kind of each metric of ours that a scrape may hold, by name: the test of scraping sees that each does."""
    assert app  # whose modules make the counters of a web server
    found = {family.name: family.kind for family in scraping.FAMILIES}
    for metric in REGISTRY.collect():
        if metric.name.startswith("newsletter_") and metric.name not in UNSERVED:
            found[metric.name + ("_total" if metric.type == "counter" else "")] = metric.type
    return found


def dashboard_expressions() -> Iterator[tuple[str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m")


EXPRESSIONS = [
    *dashboard_expressions(),
    *((rule.get("alert") or rule["record"], rule["expr"]) for group in RULES["groups"] for rule in group["rules"]),
]


def selectors(expression: str) -> Iterator[promql_parser.VectorSelector]:
    """The metrics that an expression asks for, however deep."""
    pending = [promql_parser.parse(expression)]
    while pending:
        node = pending.pop()
        if isinstance(node, promql_parser.VectorSelector):
            yield node
        for name in ("expr", "lhs", "rhs", "vector_selector", "args"):
            found = getattr(node, name, None)
            pending += found if isinstance(found, list) else [found] if found is not None else []


def names(expressions: list[tuple[str, str]]) -> set[str]:
    return {each.name for _, expression in expressions for each in selectors(expression)}


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS, ids=[where for where, _ in EXPRESSIONS])
def test_an_expression_is_well_formed_and_names_metrics_and_labels_that_exist(where: str, expression: str) -> None:
    found = list(selectors(expression))
    assert found, "it asks for something"
    for each in found:
        assert each.name in set(existing()) | RECORDED
        asked = {matcher.name for matcher in each.matchers.matchers}
        assert asked <= LABELS.get(each.name, {"status", "effect", *asked} if each.name in RECORDED else {"status"})


def test_the_names_in_expressions_are_found_by_reading_them_too() -> None:
    text = (MONITORING / "alert-rules.yml").read_text(encoding="utf-8") + json.dumps(DASHBOARD)
    written = set(re.findall(r"newsletter_[a-z_]+", text))
    assert written == {name for name in names(EXPRESSIONS) if "_" in name and ":" not in name}


def test_every_metric_is_on_the_dashboard() -> None:
    assert set(existing()) - names(list(dashboard_expressions())) == set()


def test_every_metric_is_documented_with_its_kind_and_labels_and_no_other() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rows = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in ROW.findall(page)}
    assert {name: kind for name, (kind, _) in rows.items()} == existing()
    assert {name: labels for name, (_, labels) in rows.items() if name in LABELS} == LABELS


def test_the_words_of_labels_that_rules_and_dashboard_ask_for_are_documented() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    asked = {
        word
        for _, expression in EXPRESSIONS
        for each in selectors(expression)
        for matcher in each.matchers.matchers
        for word in matcher.value.split("|")
        if matcher.name != "status"
    }
    assert [word for word in sorted(asked) if f"`{word}`" not in page] == []


def test_every_alert_says_what_how_urgent_and_the_remedy() -> None:
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)
    for rule in ALERTS:
        assert rule["labels"]["severity"] in ("page", "warn", "info")
        assert rule["annotations"]["summary"] and rule["annotations"]["remedy"]
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
            assert label in rule["expr"], "the expression keeps the label"


def test_figures_of_the_whole_service_are_never_added_up_over_web_servers() -> None:
    whole = {family.name for family in scraping.FAMILIES}
    for where, expression in EXPRESSIONS:
        for name in set(re.findall(r"newsletter_\w+", expression)) & whole:
            assert re.search(
                rf"(?:max|min)(?: by \([\w, ]+\))? ?\((?:rate\(|increase\()?{name}|absent\({name}", expression
            ), where


def test_no_panel_lies_upon_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24
        taken |= cells
