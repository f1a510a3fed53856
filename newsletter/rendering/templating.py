"""One Jinja2 environment for all templates: escaping on, an unknown name is an error, includes checked before use."""

from __future__ import annotations

import threading
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, meta
from jinja2.exceptions import TemplateSyntaxError

from newsletter.errors import InputError, NotFoundError
from newsletter.rendering.headlines import unwidowed
from newsletter.rendering.slots_in_content import finalize
from newsletter.rendering.speaking import speak

MAX_INCLUDE_DEPTH = 8
MAX_TEMPLATE_CHARS = 100_000
_UNESCAPED = (".txt.j2", ".subject.j2", ".css.j2")


class Templates:
    """The templates under a folder. Names are paths below it, such as `issue/mail.mjml.j2`."""

    def __init__(self, folder: Path) -> None:
        self._loader = FileSystemLoader(folder)
        self._environment = Environment(
            loader=self._loader,
            autoescape=lambda name: not (name or "").endswith(_UNESCAPED),  # noqa: S701 - off for text and CSS only
            undefined=StrictUndefined,
            finalize=finalize,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(unwidowed=unwidowed)
        speak(self._environment)
        self._checked: set[str] = set()
        self._lock = threading.Lock()

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
        for child in meta.find_referenced_templates(self._environment.parse(source, name)):
            if child is None:
                raise InputError("includes a template whose name is computed", where=name, remedy="write the name")
            if child in way:
                raise InputError(
                    f"includes itself: {' -> '.join((*way, child))}", where=name, remedy="break the circle"
                )
            if len(way) >= MAX_INCLUDE_DEPTH:
                raise InputError(f"includes go deeper than {MAX_INCLUDE_DEPTH}", where=name, remedy="include fewer")
            self._walk(child, (*way, child))
