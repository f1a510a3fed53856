"""Style into attributes with premailer, without one request to the network or the disk.

premailer's `allow_network=False` does not stop cssutils, which follows `@import` by itself: its fetcher is replaced by
one that answers nothing, and `@import` is taken out before.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from html import escape
from typing import Any, TypeAlias

import cssutils  # type: ignore[import-untyped]
import cssutils.util  # type: ignore[import-untyped]
import premailer.merge_style  # type: ignore[import-untyped]
import premailer.premailer  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]
from premailer import Premailer

from newsletter.rendering.kept_work import KeptWork

PLACE = "<!--content-->"
"""Where the content stands in a frame."""

_IMPORT = re.compile(r"@import\b[^;{}]*;?", re.IGNORECASE)
_IGNORE = ' data-premailer="ignore"'
_lock = threading.Lock()  # cssutils keeps its parser's state in the module
_SHEETS_KEPT = 64  # one for each accent colour and direction
_parsed: dict[tuple[str, int], Any] = {}  # guarded by the lock
_CUT = "<!--cut-->"
_Above: TypeAlias = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
_done: KeptWork[tuple[str, ...]] = KeptWork()
_ABOVE: KeptWork[_Above] = KeptWork()
_KEPT = 4096
"""Selectors and lists of declarations that are kept read: one mail has about two hundred."""


def _fetch_nothing(_url: str) -> None:
    return None


cssutils.util._defaultFetcher = _fetch_nothing  # noqa: SLF001 - cssutils has no public way to refuse
cssutils.log.setLevel(logging.CRITICAL)  # it warns of every property younger than CSS 3


def _keep_more() -> None:
    """Give premailer room for all that a mail has: its own 128 places, one cache for both kinds, are overrun by each mail."""
    pairs, selectors = premailer.merge_style.csstext_to_pairs, premailer.premailer._create_cssselector  # noqa: SLF001
    roomy = lru_cache(_KEPT)(pairs.__wrapped__)
    roomy._lock = pairs._lock  # type: ignore[attr-defined]  # noqa: SLF001 - it asks for it by the function's name
    premailer.merge_style.csstext_to_pairs = premailer.premailer.csstext_to_pairs = roomy
    premailer.premailer._create_cssselector = lru_cache(_KEPT)(selectors.__wrapped__)  # noqa: SLF001


_keep_more()


class _Premailer(Premailer):  # type: ignore[misc]
    """premailer that reads a sheet once: cssutils takes longer to write its rules out than all the rest."""

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
        if len(_parsed) > _SHEETS_KEPT:
            _parsed.clear()
        key = (css_body, ruleset_index)
        if key not in _parsed:
            _parsed[key] = super()._parse_style_rules(css_body, ruleset_index)
        return _parsed[key]


def inline_pieces(
    frame: str, parts: Sequence[str], css: str, *, finish: Callable[[str], str], key: Hashable
) -> list[str]:
    """Return a page in pieces, each with the rules of `css` inline and finished: the frame up to `PLACE`, the parts, the rest of the frame.

    A part that was done before in such a frame is not done again: its attributes depend on the rules, on its own tags and on those
    around it, for no rule looks from one part to another. `key` says what `finish` depends on.
    """
    above = _ABOVE.of(frame, lambda: _ancestors(frame), lambda _: len(frame))
    around = (css, key, above)
    frame_key, part_keys = (*around, frame), [(*around, part) for part in parts]
    known = {each: _done.get(each) for each in (frame_key, *part_keys)}
    missing = [each for each in dict.fromkeys(part_keys) if known[each] is None]
    if missing or known[frame_key] is None:
        whole = frame if known[frame_key] is None else _bare_page(above)
        page = whole.replace(PLACE, _CUT + "".join(f"{each[-1]}{_CUT}" for each in missing), 1)
        before, *done, after = inline(page, css).split(_CUT)
        for each, piece in zip(missing, map(finish, done), strict=True):
            known[each] = _done.keep(each, (piece,), len(each[-1]) + len(piece))
        if known[frame_key] is None:
            known[frame_key] = _done.keep(frame_key, (finish(before), finish(after)), 2 * len(frame))
    before, after = known[frame_key] or ("", "")
    return [before, *((known[each] or ("",))[0] for each in part_keys), after]


def _ancestors(frame: str) -> _Above:
    """Return the tags around the place of the content, the outermost first, without what they say to screen readers."""
    page = etree.fromstring(frame, etree.HTMLParser())
    place = next(each for each in page.iter(etree.Comment) if etree.tostring(each, with_tail=False).decode() == PLACE)
    return tuple(
        (each.tag, tuple((n, v) for n, v in sorted(each.attrib.items()) if n != "aria-label"))
        for each in reversed(list(place.iterancestors()))
    )


def _bare_page(above: _Above) -> str:
    """Return a page of these tags and nothing else: what stands beside the content says nothing about it."""
    said = (" ".join([tag, *(f'{name}="{escape(value)}"' for name, value in more)]) for tag, more in above)
    opened = "".join(f"<{each}>" for each in said)
    return f"<!DOCTYPE html>{opened}{PLACE}{''.join(f'</{tag}>' for tag, _ in reversed(above))}"


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
