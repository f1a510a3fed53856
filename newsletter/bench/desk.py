"""`newsletter bench desk`: from a keystroke to the fresh preview, in Chromium, at a `newsletter serve` of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.bench.accounting import usage
from newsletter.bench.web import Server
from newsletter.bootstrap import Parts, wire
from newsletter.config import load
from newsletter.errors import UnavailableError
from newsletter.issues.sample import sample_text
from newsletter.model import Issue
from newsletter.model.actor import operator
from newsletter.model.rights import HeldGrant, Role
from newsletter.publications.creating import NewPublication
from newsletter.signing_keys import ProcessRole, new_secret
from newsletter.store.migrating import upgrade

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"
_ADDRESS, _PASSWORD = "bench@news.example", "a long password of a bench"
_WAIT = 20_000  # milliseconds
_WATCH = """() => { window.waits = []; window.pressed = 0;
const text = document.getElementById("text"), frame = document.getElementById("frame");
text.addEventListener("input", () => { window.pressed = performance.now(); });
document.addEventListener("looked", () => {
  const words = window.typed.replace(/\\s+/g, " ").trim();
  if (window.pressed && frame.contentDocument.body.textContent.includes(words)) { window.waits.push(performance.now() - window.pressed); window.pressed = 0; }
}); }"""
_SHOWN = """(before) => new Promise((done) => {
const look = () => { if (window.waits.length > before) { done(); } else { setTimeout(look, 5); } }; look(); })"""
_BEFORE_SECTIONS = """() => { const lines = document.getElementById("text").value.split("\\n");
window.issueEditor.jump(lines.findIndex((line) => line.startsWith("## ")) - 1, 1); }"""
_ANSWERS = """() => performance.getEntriesByType("resource").filter((each) => each.name.endsWith("/preview"))
.map((each) => each.responseEnd - each.requestStart)"""


def measure_desk(keys: int, text: str | None = None) -> dict[str, Any]:
    """Return percentiles in milliseconds: from key to preview, and of the server's answers alone. Raises UnavailableError.

    With them comes the CPU time that the server took for each key, its own page and the keeping of what is typed included.
    `text` is an issue file; without it the sample is written in.
    """
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        settings = load(
            data_dir=Path(folder),
            database_url="",
            redis_url="",
            smtp_url="memory:",
            secret_key=new_secret(),
            signing_keys="",
        )
        parts = wire(settings, role=ProcessRole.SERVICE)
        upgrade(parts.database)
        issue = _prepared(parts, text if text is not None else sample_text())
        server = Server(parts.settings)
        try:
            waits, answers, seconds = _typed(server, issue, keys)
        finally:
            server.end()
            parts.close()
    each = round(seconds * 1000 / max(len(waits), 1), 1)
    return {
        "keys": len(waits),
        "key_to_preview_ms": _shares(waits),
        "answer_ms": _shares(answers),
        "server_cpu_ms_per_key": each,
    }


def _prepared(parts: Parts, text: str) -> Issue:
    by = operator("bench")
    slug = next(line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("publication:"))
    parts.creating.create(NewPublication(slug, "The Bench", "bench@news.example"), by=by)
    parts.accounts.team.create(_ADDRESS, _PASSWORD, HeldGrant(Role.OWNER, ""), name="Bench", by=by)
    return parts.editing.import_issue(text, source="bench.md", by=by)


def _typed(server: Server, issue: Issue, keys: int) -> tuple[list[float], list[float], float]:
    """Return the waits, the answers' times, both in milliseconds, and the server's CPU seconds."""
    try:
        from playwright.sync_api import Error, sync_playwright  # late: it is no part of the service
    except ImportError:
        raise UnavailableError(
            "playwright is not installed", where="bench desk", remedy="pip install playwright"
        ) from None
    try:
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = running.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(_WAIT)
            _sign_in(page, f"http://127.0.0.1:{server.port}", issue)
            page.evaluate(_WATCH)
            page.evaluate(_BEFORE_SECTIONS)
            page.keyboard.type("Typed: ")
            said, before = "Typed: ", usage(server.pid).cpu_seconds
            for number in range(keys):
                letter = "abcdefghij"[number % 10]
                said += letter
                page.evaluate("(typed) => { window.typed = typed; window.pressed = 0; }", said)
                page.keyboard.type(letter)
                page.evaluate(_SHOWN, number)
            waits, answers = page.evaluate("window.waits"), page.evaluate(_ANSWERS)
            seconds = usage(server.pid).cpu_seconds - before
            running.close()
            return waits, answers, seconds
    except Error as error:
        raise UnavailableError(f"the browser did not go on: {error.message[:300]}", where="bench desk") from None


def _sign_in(page: Page, base: str, issue: Issue) -> None:
    page.goto(f"{base}/desk")
    page.get_by_label("Email address").fill(_ADDRESS)
    page.get_by_label("Password").fill(_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk")
    page.goto(f"{base}/desk/issues/{issue.id}")
    page.locator(".cm-content").wait_for()


def _shares(waits: list[float]) -> dict[str, float]:
    ordered = sorted(waits)
    return {f"p{share}": round(ordered[min(len(ordered) * share // 100, len(ordered) - 1)], 1) for share in (50, 95)}
