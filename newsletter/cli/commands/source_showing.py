"""How `newsletter source` says what a source is, what came of it, and what would come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newsletter.cli import printing

if TYPE_CHECKING:
    from datetime import datetime

    from newsletter.model import Source
    from newsletter.model.section_plan import SectionPlan
    from newsletter.sources.found import FoundCandidate
    from newsletter.sources.reporting import GatheredSource, GatheringReport
    from newsletter.sources.trying import Trial

_FIELDS: tuple[str, ...] = (
    *("id", "name", "section", "kind", "address", "header", "secret", "plain_http", "weight", "most", "keep_days"),
    *("every_minutes", "wished", "state", "failures", "last_at", "last_ok_at", "last_result", "last_words"),
    *("next_at", "proposed_address", "mapping"),
)


def values(source: Source) -> dict[str, Any]:
    """Return what programs may read of a source."""
    found = {name: getattr(source, name) for name in _FIELDS}
    return found | {"last_result": source.last_result.value if source.last_result else None}


def tell(source: Source, json: bool) -> None:
    """Print one source."""
    about = values(source)
    if json:
        printing.as_json(about)
        return
    about["wished"] = ", ".join(about["wished"])
    about["mapping"] = "yes" if about["mapping"] else ""
    about["plain_http"] = "yes" if about["plain_http"] else ""
    printing.facts((name.replace("_", " "), value) for name, value in about.items())


def tell_all(sources: tuple[Source, ...], json: bool) -> None:
    """Print a table of sources."""
    if json:
        printing.as_json([values(source) for source in sources])
        return
    rows = [
        (
            source.id,
            source.name,
            source.section,
            source.kind,
            source.state,
            f"{source.last_at:%Y-%m-%d %H:%M}" if source.last_at else "never",
            source.last_result or "",
            source.address or "(uploaded)",
        )
        for source in sources
    ]
    head = ("number", "name", "section", "kind", "state", "asked", "result", "address")
    printing.table(head, rows, empty="No source yet: `newsletter source add ADDRESS --section SLUG`.")


def tell_report(report: GatheringReport, json: bool) -> None:
    """Print what a run came to, a line for each source."""
    if json:
        lines = [line_values(line) for line in report.lines]
        about = {"id": report.gathering_id, "started_at": report.started_at, "ended_at": report.ended_at}
        missing = [line.name for line in report.missing]
        printing.as_json(about | {"sentence": report.sentence, "missing": missing, "new": report.new, "sources": lines})
        return
    rows = [(line.name, line.result, line.new, line.found, line.milliseconds, line.words) for line in report.lines]
    printing.table(("source", "result", "new", "found", "ms", "words"), rows, empty="There was no source to ask.")
    print(printing.safe(report.sentence))


def tell_history(history: list[tuple[datetime, int, GatheredSource]]) -> None:
    """Print what came of one source, newest first."""
    rows = [(f"{at:%Y-%m-%d %H:%M}", line.said, line.milliseconds, f"{line.octets:,}") for at, _, line in history]
    printing.table(("asked (UTC)", "result", "ms", "octets"), rows, empty="It was never asked.")


def line_values(line: GatheredSource) -> dict[str, Any]:
    """Return what programs may read of what came of a source."""
    names = ("source_id", "name", "words", "found", "new", "milliseconds", "octets")
    return {name: getattr(line, name) for name in names} | {"result": line.result.value}


def tell_trial(trial: Trial, json: bool) -> None:
    """Print what would come."""
    if json:
        printing.as_json(_trial_values(trial))
        return
    about = [("address", trial.address), ("kind", trial.kind), ("result", trial.result), ("words", trial.words)]
    printing.facts([*about, ("found", trial.found), ("moved to", trial.moved_to)])
    for address, title in trial.offered:
        print(printing.safe(f"it names a feed: {address}  {title}"))
    for words in trial.told[:50]:
        print(printing.safe(f"note: {words}"))
    if trial.table is not None:
        titles = [str(column.get("title", "")) for column in trial.table.columns]
        cells = [[key, *("" if cell is None else cell for cell in row)] for key, row in trial.table.rows[:5]]
        printing.table(["key", *titles], cells, empty="The mapping fits no row.")
    for number, candidate in enumerate(trial.first, 1):
        day = f"{candidate.published:%Y-%m-%d %H:%M}" if candidate.published else "no date"
        print(printing.safe(f"{number}. {candidate.title}  ({day})"))
        print(printing.safe(f"   {candidate.url or candidate.key}"))


def _trial_values(trial: Trial) -> dict[str, Any]:
    table = None
    if trial.table is not None:
        rows = [{"key": key, "cells": list(cells)} for key, cells in trial.table.rows]
        table = {"columns": list(trial.table.columns), "rows": rows, "attribution": trial.table.attribution}
    return {
        "address": trial.address,
        "kind": trial.kind.value,
        "result": trial.result.value,
        "words": trial.words,
        "found": trial.found,
        "candidates": [_candidate_values(each) for each in trial.first],
        "table": table,
        "offered": [{"address": address, "title": title} for address, title in trial.offered],
        "told": list(trial.told),
        "moved_to": trial.moved_to,
    }


def _candidate_values(candidate: FoundCandidate) -> dict[str, Any]:
    names = ("key", "title", "url", "published", "text", "attributes", "points")
    return {name: getattr(candidate, name) for name in names}


def tell_sections(plan: tuple[SectionPlan, ...], json: bool) -> None:
    """Print the plan of a publication's sections."""
    if json:
        printing.as_json([section.model_dump(mode="json") for section in plan])
        return
    rows = [
        (
            each.slug,
            each.title,
            each.kind,
            each.mailed,
            each.kept,
            each.all_title,
            "left out" if each.drops_empty else "",
        )
        for each in plan
    ]
    head = ("slug", "title", "kind", "mailed", "kept", "link to its page", "when empty")
    printing.table(head, rows, empty="No section.")
