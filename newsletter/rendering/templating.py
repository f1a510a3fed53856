"""One Jinja2 environment for all templates: escaping on, an unknown name is an error, includes checked before use.

A publication may have templates of its own, under `publications/<slug>/`: each stands in the place of the house's of the same
name, and may build on that one as `house/<name>`. What they are given and must keep is in docs/templates.md.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    DictLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    meta,
)
from jinja2.exceptions import TemplateSyntaxError
from jinja2.runtime import BlockReference, Context

from newsletter.errors import InputError, NotFoundError
from newsletter.rendering.bytecode_cache import CompiledTemplates
from newsletter.rendering.headlines import unwidowed
from newsletter.rendering.slots_in_content import SlotText, finalize
from newsletter.rendering.speaking import speak

MAX_INCLUDE_DEPTH = 8
MAX_TEMPLATE_CHARS = 100_000
_UNESCAPED = (".txt.j2", ".subject.j2", ".css.j2")


class _ParentBlock:
    """`super` in a template: what comes of a parent's block was seen by `finalize` piece by piece, and keeps its slots."""

    def __init__(self, block: BlockReference) -> None:
        self._block = block

    def __call__(self) -> str:
        return SlotText(self._block())

    @property
    def super(self) -> Any:
        return _keeping_slots(self._block.super)


def _keeping_slots(block: Any) -> Any:
    return _ParentBlock(block) if isinstance(block, BlockReference) else block


class _Context(Context):
    def super(self, name: str, current: Callable[..., Any]) -> Any:
        block = super().super(name, current)
        return _keeping_slots(block) if self.eval_ctx.autoescape else block


class _Environment(Environment):
    context_class = _Context


_COMPILED = CompiledTemplates()

OVERRIDES = "publications"
"""The folder of templates of single publications."""
HOUSE = "house"
"""What stands before the name of a template of the house where one of a publication builds on it."""


class Templates:
    """The templates under a folder. Names are paths below it, such as `issue/mail.mjml.j2`."""

    def __init__(self, folder: Path, *, publication: str = "", only_house: bool = False) -> None:
        self.folder, self._only_house = folder, only_house
        self.own = folder / OVERRIDES / publication if publication else None
        self._of: dict[str, Templates] = {}
        self._loader = _loader(folder, self.own)
        self._environment = _environment(self._loader)
        self._checked: set[str] = set()
        self._lock = threading.Lock()

    def of(self, publication: str) -> Templates:
        """Return the templates of the publication with this slug: these, where it has none of its own."""
        with self._lock:
            if publication not in self._of:
                has_own = (
                    bool(publication) and not self._only_house and (self.folder / OVERRIDES / publication).is_dir()
                )
                self._of[publication] = Templates(self.folder, publication=publication) if has_own else self
            return self._of[publication]

    def overrides(self) -> list[str]:
        """Return the names of the templates that the publication has of its own, in order; none where these are the house's."""
        if self.own is None:
            return []
        return sorted(path.relative_to(self.own).as_posix() for path in self.own.rglob("*") if path.is_file())

    def own_source(self, name: str) -> str:
        """Return the text of one of `overrides`; what is no UTF-8 in it is replaced."""
        return (self.own / name).read_text(encoding="utf-8", errors="replace") if self.own is not None else ""

    def render(self, name: str, /, **values: object) -> str:
        """Render a template. Raises NotFoundError for an unknown one, InputError for one that fails or includes itself."""
        try:
            self._check(name)
            return self._environment.get_template(name).render(values)
        except TemplateNotFound as error:
            raise NotFoundError(f"no template {error.name}", where=name, remedy="restore the file") from None
        except TemplateSyntaxError as error:
            raise InputError(f"line {error.lineno}: {error.message}", where=name, remedy="mend the template") from None
        except TemplateError as error:
            raise InputError(str(error), where=name, remedy="mend the template or give the value") from None
        except RecursionError:
            raise InputError("the template calls itself without end", where=name, remedy="end the recursion") from None
        except (ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError) as error:
            # an expression of the template that fails while it is worked out: 1 / 0, "a" + 1
            what = f"an expression fails: {str(error) or type(error).__name__}"
            raise InputError(what, where=name, remedy="mend the template") from error

    def _check(self, name: str) -> None:
        if name in self._checked:
            return
        self._walk(name, (name,))
        with self._lock:
            self._checked.add(name)

    def _walk(self, name: str, way: tuple[str, ...]) -> None:
        """Follow includes, imports and parents; a cycle or a way longer than the cap is an error."""
        source, _, _ = self._loader.get_source(self._environment, name)
        if len(source) > MAX_TEMPLATE_CHARS:
            raise InputError(f"longer than {MAX_TEMPLATE_CHARS:,} characters", where=name, remedy="make it smaller")
        for child in _named_in(source, name):
            if child is None:
                raise InputError("includes a template whose name is computed", where=name, remedy="write the name")
            if child in way:
                raise InputError(
                    f"includes itself: {' -> '.join((*way, child))}", where=name, remedy="break the circle"
                )
            if len(way) >= MAX_INCLUDE_DEPTH:
                raise InputError(f"includes go deeper than {MAX_INCLUDE_DEPTH}", where=name, remedy="include fewer")
            self._walk(child, (*way, child))


def _environment(loader: BaseLoader) -> Environment:
    made = _Environment(
        loader=loader,
        autoescape=lambda name: not (name or "").endswith(_UNESCAPED),
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    made.filters.update(unwidowed=unwidowed)
    speak(made)
    return made


@cache
def _parser() -> Environment:
    return _environment(DictLoader({}))


@lru_cache(maxsize=500)
def _named_in(source: str, name: str) -> tuple[str | None, ...]:
    """Return the names of the templates that this one includes, imports or builds on; None is one that is computed."""
    return tuple(meta.find_referenced_templates(_parser().parse(source, name)))


def _loader(folder: Path, own: Path | None) -> BaseLoader:
    house = FileSystemLoader(folder)
    if own is None:
        return house
    return ChoiceLoader([FileSystemLoader(own), PrefixLoader({HOUSE: house}), house])
