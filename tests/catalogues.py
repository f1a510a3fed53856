"""The sentences of readers as they stand in code and templates, and the catalogues made of them.

`python -m tests.catalogues` (`make words`) brings the catalogues up to date: new sentences come in without a translation, which
`tests/rendering/test_catalogue.py` then asks for; sentences that are gone go.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from newsletter.rendering.catalogue import SOURCE, languages
from newsletter.resources import LOCALE

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"sentence": None, "plural": (1, 2), "_": None, "gettext": None, "ngettext": (1, 2)}
COMMENT = "# What readers are told. How to add or correct a sentence: docs/languages.md"
HEADERS = (
    "Language",
    "Plural-Forms",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)
"""Of a catalogue's header: what depends on neither the day nor the person, so that the same catalogue is the same file."""


def catalogues() -> list[str]:
    """Return the languages that have a catalogue."""
    return [language for language in languages() if language != SOURCE]


def file_of(language: str) -> Path:
    """Return a language's catalogue."""
    return LOCALE / language / "LC_MESSAGES" / "newsletter.po"


def read(language: str) -> Catalog:
    """Return a language's catalogue, what is obsolete in it too."""
    return read_po(io.BytesIO(file_of(language).read_bytes()), locale=language, abort_invalid=True)


def collected() -> Catalog:
    """Return every sentence of readers, by the map in `babel.cfg`."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = Catalog(project="newsletter", charset="utf-8")
    for name, _, message, _, context in extract_from_dir(
        ROOT, methods, options, keywords=KEYWORDS, directory_filter=_is_ours
    ):
        found.add(message, locations=[(name, 0)], context=context)
    return found


def _is_ours(folder: str) -> bool:
    relative = Path(folder).relative_to(ROOT)
    return relative.parts[:1] in {("newsletter",), ("templates",)}


def written(catalogue: Catalog) -> str:
    """Return a catalogue as its file."""
    out = io.BytesIO()
    catalogue.header_comment = COMMENT
    write_po(out, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    head, _, rest = out.getvalue().decode().partition("\n\n")
    kept = [line for line in head.split("\n") if not line.startswith('"') or line[1:].split(":")[0] in HEADERS]
    return "\n".join(kept) + "\n\n" + rest


def main() -> None:
    """Bring every catalogue up to date."""
    template = collected()
    for language in catalogues():
        catalogue = read(language)
        catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
        file_of(language).write_text(written(catalogue), encoding="utf-8")


if __name__ == "__main__":
    main()
