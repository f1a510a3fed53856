"""What an operator sees: the doctor, the status of the issue, and the metrics of the web server, each asked as an operator asks."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from newsletter.bench.soak.case import PROCESSES, SLUG
from newsletter.bootstrap import Parts, wire
from newsletter.config import Settings
from newsletter.delivery.progress import progress
from newsletter.errors import NewsletterError
from newsletter.issues.addressing import issue_named
from newsletter.model.actor import operator
from newsletter.signing_keys import ProcessRole

_SECONDS = 30
_MOST_WORDS = 160
_WHO = operator("soak")
_COSTLY = frozenset({"files", "reports"})
"""Looks that begin a process or read whole folders, and tell nothing of any fault here."""
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Views:
    """`doctor`: what it found that is not good; `status`: of the issue, with `error` where it cannot be told; `metrics` by name and labels."""

    doctor: list[str] = field(default_factory=list)
    status: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    workers: int = 0  # there should be


Expected = Callable[[Views], str]
"""What is said of a fault where it should be; empty where nothing is."""


class Operator:
    """Who looks after the service: with `settings` of a host of their own, and the metrics of the web server at `metrics_url`.

    What its commands do is done in this process, each time with new parts: on a busy machine an interpreter takes longer to begin than
    a fault to be over.
    """

    def __init__(self, settings: Settings, metrics_url: str, workers: int) -> None:
        self._settings, self._url, self._workers = settings, metrics_url, workers

    def pause(self) -> None:
        """Do as `newsletter issue pause` does."""
        with self._parts() as parts:
            parts.control.pause(_issue(parts), why="a soak", by=_WHO)

    def resume(self) -> None:
        """Do as `newsletter issue resume` does."""
        with self._parts() as parts:
            parts.control.resume(_issue(parts), by=_WHO)

    def look(self) -> Views:
        """Ask all three."""
        return Views(self._doctor(), self.status(), self._metrics(), self._workers)

    def status(self) -> dict[str, Any]:
        """Return what `newsletter issue status` says, or its error."""
        try:
            with self._parts() as parts:
                return progress(parts.database, clock=parts.clock, issue_id=_issue(parts)).as_dict()
        except NewsletterError as error:
            return {"error": str(error)}

    def _doctor(self) -> list[str]:
        with self._parts() as parts:
            found = parts.checks.examine(but=_COSTLY)
        return [f"{each.verdict} {each.name}: {each.what}" for each in found if each.verdict != "good"]

    @contextmanager
    def _parts(self) -> Iterator[Parts]:
        parts = wire(self._settings, role=ProcessRole.COMMAND)
        try:
            yield parts
        finally:
            parts.close()

    def _metrics(self) -> dict[str, float]:
        token = self._settings.metrics_token.get_secret_value()
        request = urllib.request.Request(self._url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - http, of our own server
        try:
            with _NO_PROXY.open(request, timeout=_SECONDS) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return {}
        return {
            name.removeprefix("newsletter_"): float(value)
            for name, _, value in (line.rpartition(" ") for line in lines if line.startswith("newsletter_"))
        }


def _issue(parts: Parts) -> int:
    return issue_named(parts.database, SLUG, SLUG).id


def doctor_says(*words: str) -> Expected:
    """Expect a line of the doctor's that is not good and holds all words."""

    def told(views: Views) -> str:
        found = [line for line in views.doctor if all(word in line for word in words)]
        return f"doctor: {shortened(found[0])}" if found else ""

    return told


def status_says(name: str, *words: str) -> Expected:
    """Expect all words in one value of the issue's status."""

    def told(views: Views) -> str:
        value = str(views.status.get(name, "") or "")
        return f"status: {name} {shortened(value)}" if value and all(word in value for word in words) else ""

    return told


def metric(name: str, holds: Callable[[float], bool]) -> Expected:
    """Expect a metric (its name, and labels as they are written) whose value holds."""

    def told(views: Views) -> str:
        found = {key: value for key, value in views.metrics.items() if key.startswith(name)}
        right = [f"{key} {value:g}" for key, value in found.items() if holds(value)]
        return f"metrics: {right[0]}" if right else ""

    return told


def fewer_workers(views: Views) -> str:
    """Expect the workers of a host to be missed among those that live."""
    return metric("workers_alive", lambda alive: alive <= views.workers - PROCESSES)(views)


def shortened(words: str) -> str:
    """Return words on one line, and no more than a table has room for."""
    line = " ".join(words.split())
    return line if len(line) <= _MOST_WORDS else f"{line[: _MOST_WORDS - 3]}..."
