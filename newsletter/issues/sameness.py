"""What an issue says to its readers, as a digest: two with the same one say the same, however they are called and dated.

It is made of the lead, the sections and their mailed items. Subject, preheader and title do not count, for they name the day in many
a publication; nor do slugs, keys, date and white space.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

from newsletter.model.document import Document, ItemBase

_UNSEEN = {"slug", "key", "explicit_key"}
"""Names of sections and items in addresses: nobody reads them."""


def text_digest(document: Document) -> str:
    """Return the digest of what a whole issue says: 64 hexadecimal digits."""
    sections = [
        [section.kind.value, _said(section.model_dump(mode="json", exclude_defaults=True, exclude={"items"}))]
        + [_item(item) for item in section.mailed_items]
        for section in document.sections
    ]
    return _digest([_said(document.lead), sections])


def item_digest(item: ItemBase) -> str:
    """Return the digest of what one item says, wherever it stands: 64 hexadecimal digits."""
    return _digest(_item(item))


def _item(item: ItemBase) -> Any:
    # without defaults, so that a field that a later release adds changes the digest of no item that does without it
    return [getattr(item, "kind", ""), _said(item.model_dump(mode="json", exclude_defaults=True, exclude={"mailed"}))]


def _said(value: Any) -> Any:
    """The same value with its texts brought to one form (Unicode NFC) and without white space."""
    if isinstance(value, str):
        return "".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, dict):
        return {name: _said(each) for name, each in value.items() if name not in _UNSEEN}
    if isinstance(value, (list, tuple)):
        return [_said(each) for each in value]
    return value


def _digest(said: Any) -> str:
    return hashlib.sha256(
        json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    ).hexdigest()
