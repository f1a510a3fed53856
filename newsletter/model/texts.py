"""The kinds of text a Document holds, each with the pattern and the length that every output can bear."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from newsletter.model.fragments import check_fragment, trim

SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,118}[a-z0-9])?$"
SECTION_SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$"
LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]*$"
URL = r"^(?:(?:[hH][tT][tT][pP][sS]?://[^\s<>\"\\/?#\x00-\x1f\x7f-\x9f][^\s<>\"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]*)|(?:[mM][aA][iI][lL][tT][oO]:[^\s<>\"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+))?$"
PICTURE = r"^(?:/images/[0-9a-f]{64}\.(?:png|jpg|gif)|[hH][tT][tT][pP][sS]://[^\s<>\"\\/?#\x00-\x1f\x7f-\x9f][^\s<>\"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]*)?$"
ATTRIBUTE = r"^[a-z][a-z0-9-]{0,39}$"
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _tabs_to_spaces(value: Any) -> Any:
    return value.replace("\t", " ") if isinstance(value, str) else value


def _lead(value: str) -> str:
    check_fragment(text := trim(value), levels=("##",))
    return text


def _body(value: str) -> str:
    check_fragment(text := trim(value), levels=("##", "###"))
    return text


_ONE_LINE = BeforeValidator(_tabs_to_spaces)
Slug = Annotated[str, Field(pattern=SLUG)]
SectionSlug = Annotated[str, Field(pattern=SECTION_SLUG)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, max_length=1000), _ONE_LINE]
"""Plain text on one line: it may become a header, so it holds no CR, LF or other control character."""
Title = Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, min_length=1, max_length=300), _ONE_LINE]
ShortTitle = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=LINE, min_length=1, max_length=200), _ONE_LINE
]
Label = Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, max_length=200), _ONE_LINE]
Category = Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, max_length=80), _ONE_LINE]
Cell = Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, max_length=2000), _ONE_LINE]
"""Markdown of one line."""
Url = Annotated[str, Field(pattern=URL, max_length=2048)]
"""An http, https or mailto address, or nothing."""
PictureUrl = Annotated[str, Field(pattern=PICTURE, max_length=2048)]
"""An https address, an image of the service (`newsletter.model.images`), or nothing: nobody shows a picture over http."""
Count = Annotated[int, Field(ge=0, le=10**12)]
Attributes = Annotated[dict[Annotated[str, Field(pattern=ATTRIBUTE)], Line], Field(max_length=24)]
LeadMarkdown = Annotated[str, AfterValidator(_lead)]
Markdown = Annotated[str, AfterValidator(_body)]
"""Markdown that holds no heading `##` or `###` of its own and closes every block it opens."""
