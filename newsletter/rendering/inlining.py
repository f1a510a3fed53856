"""Style into attributes with premailer, without one request to the network or the disk.

premailer's `allow_network=False` does not stop cssutils, which follows `@import` by itself: its fetcher is replaced by
one that answers nothing, and `@import` is taken out before.
"""

from __future__ import annotations

import logging
import re
import threading
from typing import Any

import cssutils  # type: ignore[import-untyped]
import cssutils.util  # type: ignore[import-untyped]
from premailer import Premailer  # type: ignore[import-untyped]

_IMPORT = re.compile(r"@import\b[^;{}]*;?", re.IGNORECASE)
_IGNORE = ' data-premailer="ignore"'
_lock = threading.Lock()  # cssutils keeps its parser's state in the module
_SHEETS_KEPT = 64  # one for each accent colour and direction
_parsed: dict[tuple[str, int], Any] = {}  # guarded by the lock


def _fetch_nothing(_url: str) -> None:
    return None


cssutils.util._defaultFetcher = _fetch_nothing  # noqa: SLF001 - cssutils has no public way to refuse
cssutils.log.setLevel(logging.CRITICAL)  # it warns of every property younger than CSS 3


class _Premailer(Premailer):  # type: ignore[misc]
    """premailer that reads a sheet once: cssutils takes longer to write its rules out than all the rest."""

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
        if len(_parsed) > _SHEETS_KEPT:
            _parsed.clear()
        key = (css_body, ruleset_index)
        if key not in _parsed:
            _parsed[key] = super()._parse_style_rules(css_body, ruleset_index)
        return _parsed[key]


def inline(html: str, css: str) -> str:
    """Return the HTML page `html` with the rules of `css` in `style` attributes.

    The page's own `<style>` elements stay as they are. `html` begins with `<!DOCTYPE html>` in this case: premailer
    drops any other.
    """
    page = html.replace("<style", f"<style{_IGNORE}")
    with _lock:
        premailer = _Premailer(
            page,
            css_text=[without_imports(css)],
            allow_network=False,
            strip_important=False,
            disable_validation=True,
            disable_leftover_css=True,
            align_floating_images=False,
            disable_basic_attributes=["align", "valign", "width", "height", "bgcolor"],
        )
        return str(premailer.transform(pretty_print=False)).replace(_IGNORE, "")


def without_imports(css: str) -> str:
    """Return `css` without `@import`."""
    return _IMPORT.sub("", css)
