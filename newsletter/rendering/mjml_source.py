"""Compile MJML safely: mjml-python ends the process on deep nesting and passes unknown tags by, so look first."""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re

from mjml import mjml2html

from newsletter.errors import InputError
from newsletter.rendering.kept_work import KeptWork

MAX_DEPTH = 64
MAX_CHARS = 200_000
_COMPILED: KeptWork[str] = KeptWork()
_KNOWN = frozenset(
    "mjml mj-head mj-body mj-attributes mj-all mj-class mj-breakpoint mj-preview mj-style mj-title mj-raw mj-section "
    "mj-column mj-group mj-wrapper mj-text mj-button mj-image mj-divider mj-spacer mj-table mj-hero mj-social "
    "mj-social-element".split()
)
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][\w-]*+)((?>(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^'\">])*))", re.DOTALL
)


def compile_mjml(source: str, *, where: str) -> str:
    """Return the HTML page of an MJML source. Raises InputError, naming `where`, for what MJML must not be given."""
    return _COMPILED.of(source, lambda: _compiled(source, where), lambda page: len(source) + len(page))


def _compiled(source: str, where: str) -> str:
    lint(source, where=where)
    try:
        page = mjml2html(source, fonts={})  # by default it adds an @import of a web font
    except ValueError as error:
        raise InputError(f"MJML refuses this template: {error}", where=where, remedy="mend the template") from None
    return page.replace("<!doctype html>", "<!DOCTYPE html>", 1)


def lint(source: str, *, where: str) -> None:
    """Raise InputError when a source is too large or too deep, includes files, or holds an unknown `mj-` tag."""
    if len(source) > MAX_CHARS:
        raise InputError(f"the template grows past {MAX_CHARS:,} characters", where=where, remedy="make it smaller")
    open_tags: list[str] = []
    for found in _TAG.finditer(source):
        closing, name, rest = found.groups()
        if name is None:  # a comment
            continue
        if name.lower().startswith(("mj-", "mjml")) and name not in _KNOWN:
            raise InputError(f"unknown tag <{name}>", where=where, remedy=f"use one of: {' '.join(sorted(_KNOWN))}")
        if closing:
            if name in open_tags:
                while open_tags.pop() != name:
                    pass
        elif not rest.endswith("/"):
            open_tags.append(name)
        if len(open_tags) > MAX_DEPTH:
            raise InputError(f"the template nests deeper than {MAX_DEPTH} levels", where=where, remedy="flatten it")
