"""Sentences in templates: `_()` and `ngettext()` say them in the language that the template is given as `words`.

Whoever translates writes words and nothing else: the text of a catalogue is escaped where the template's own is not, so that
markup in it is shown and never obeyed. What stands around words inside a sentence comes as a value: `link`, `strong`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from jinja2 import Environment, pass_context
from jinja2.ext import InternationalizationExtension
from jinja2.runtime import Context
from markupsafe import Markup, escape

from newsletter.rendering.language import Language

LINK_END = Markup("</a>")


def speak(environment: Environment) -> None:
    """Teach an environment's templates to say sentences."""
    environment.add_extension(InternationalizationExtension)
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    for name in ("gettext", "ngettext"):
        environment.globals[name] = _setting_apart(environment.globals[name])
    environment.globals.update(link=link, link_end=LINK_END, strong=strong, own=own)


def link(href: str) -> Markup:
    """Return the beginning of a link inside a sentence."""
    return Markup('<a href="%s">') % href


def own(language: Language) -> Markup:
    """Return the attributes of our own words among those of `language`, where that has no catalogue."""
    words = language.spoken
    return Markup() if words is language else Markup(' lang="%s" dir="%s"') % (words.tag, words.direction)


@pass_context
def strong(context: Context, text: str) -> Markup:
    """Return text that a sentence points out."""
    words = cast("Language", context.resolve("words"))
    return Markup("<strong>%s</strong>") % words.isolated(text)


def _setting_apart(say: Any) -> Callable[..., str]:
    """Return what says a sentence with its values set apart, where they are of another direction (see `Language.set_apart`)."""

    @pass_context
    def said(context: Context, *arguments: Any, **values: object) -> str:
        words = context.resolve("words")
        apart = {name: words.set_apart(value) for name, value in values.items()}
        return cast("str", say(context, *arguments, **apart))

    return said


@pass_context
def _gettext(context: Context, message: str) -> str:
    return _as_text(context, context.resolve("words").gettext(message))


@pass_context
def _ngettext(context: Context, one: str, several: str, count: int) -> str:
    return _as_text(context, context.resolve("words").ngettext(one, several, count))


def _as_text(context: Context, said: str) -> str:
    # The extension takes what it is given for markup: so it is given text that has been escaped.
    return escape(said) if context.eval_ctx.autoescape else said
