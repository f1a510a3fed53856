"""The fields of a publication's settings: each with its label, its sentence, and how it is typed. Pages and the form of a new one are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from newsletter.model import Publication
from newsletter.model.brand import FontChoice, SocialLink
from newsletter.publications.creating import MOST_TEXT_CHARS, UNCERTAIN
from newsletter.publications.look import read_social
from newsletter.rendering.catalogue import SOURCE, languages
from newsletter.rendering.language import language_of, spoken_languages
from newsletter.zones import zone_names


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field: `kind` is text, email, color, area, code, choice, offered, tick or ticks; `choices` are (value, words).

    Of a choice one of `choices` is taken, of ticks any of them; of what is offered, one of them or whatever else is typed.
    """

    name: str
    label: str
    help: str
    kind: str = "text"
    most: int = 200
    needed: bool = False
    choices: tuple[tuple[str, str], ...] = ()


_TYPED = {"text", "email", "area", "code", "offered"}
"""Kinds of fields that somebody can empty."""
_F = SettingField
SLUG = _F("slug", "Word in addresses", "Small letters, digits and hyphens, such as daily-news.", most=80, needed=True)
NAME = _F("name", "Name", "Readers see it in the masthead, in the archive and at sign-up.", needed=True)
FROM_NAME = _F("from_name", "Sender’s name", "Stands beside the address in the list of mails.")  # noqa: RUF001 - as set in print
FROM_ADDRESS = _F(
    "from_address", "Sender’s address", "Mail comes from it; its domain needs the records of the page Domain.", "email", 320, needed=True  # noqa: RUF001
)  # fmt: skip
DESCRIPTION = _F(
    "description", "Description", "One sentence for the archive and the form of sign-up.", "area", MOST_TEXT_CHARS
)
POSTAL = _F("postal_address", "Postal address", "Stands in the footer of each mail; the law asks commercial mail for it.", "area", MOST_TEXT_CHARS)  # fmt: skip
LANGUAGE = _F(
    "language",
    "Language",
    "The language of mails and pages as a tag, such as en, de or pt-BR. Our own words are in English where we have none in it.",
    "offered",
    most=35,
    choices=spoken_languages(),
)
LANGUAGES = _F(
    "languages",
    "Further languages",
    "Sign-up, its mail, goodbyes and votes are in the one of these that the browser of a reader wishes, else in the language above. An issue is in the language that its text names.",
    "ticks",
    choices=tuple((tag, language_of(tag).locale.get_display_name("en") or tag) for tag in languages()),
)
TIME_ZONE = _F(
    "time_zone",
    "Time zone",
    "Its days begin and end there: a name such as Europe/Vienna, or UTC.",
    "offered",
    most=64,
    choices=tuple((name, "") for name in zone_names()),
)

NEW = (SLUG, NAME, FROM_ADDRESS, FROM_NAME, DESCRIPTION, POSTAL, LANGUAGE, TIME_ZONE)
"""Of the form of a new publication."""
BASICS = (
    NAME,
    FROM_NAME,
    FROM_ADDRESS,
    _F("reply_to", "Answers go to", "The address that readers answer to; empty: that of the sender.", "email", 320),
    DESCRIPTION,
    POSTAL,
    LANGUAGE,
    LANGUAGES,
    TIME_ZONE,
)
BRAND = (
    _F("accent", "Colour", "Of links, headings and buttons, as #rrggbb; for the dark it is made lighter by itself.", "color", 7),
    _F("font", "Letters", "Every choice stands on the reader’s device already: nothing is fetched.", "choice",  # noqa: RUF001
       choices=tuple((each.value, each.value) for each in FontChoice)),
    _F("tagline", "Tagline", "One line under the name in the masthead; it may be empty."),
    _F("footer", "Footer", "One paragraph of Markdown above the postal address; it may be empty.", "area", 2000),
    _F("social", "Elsewhere", "One link a line, such as Mastodon=https://example.social/@daily; eight at most.", "area", 5000),
    _F("sponsor_label", "Label of sponsors", "Stands above what a sponsor paid for; empty: the word of the language.", most=80),
    _F("typographer", "Set quotes and dashes as printers do", "Straight quotes, -- and ... become those of the language.", "tick"),
)  # fmt: skip
SENDING = (
    _F("four_eyes", "A second person approves each issue", "Nobody can send or schedule what nobody else has approved as it stands.", "tick"),
    _F("welcomes", "Welcome new readers", "Who confirms gets one mail that says so.", "tick"),
    _F("uncertain", "Uncertain deliveries", "When nobody knows whether a server took a message: hold it, or send it again at the risk of a second copy.", "choice",
       choices=(("setting", "as the service is set"), *((word, word) for word in UNCERTAIN if word != "setting"))),
)  # fmt: skip
TRACKING = (
    _F("counts_clicks", "Count clicks without names", "Mails to readers who did not agree to more have links that count, and tell nobody who clicked.", "tick"),
)  # fmt: skip
NEW_ISSUE = (
    _F("new_issue", "A new issue begins with", "Lead and fixed sections as Markdown, without front matter; empty: the sample text.", "code", 100_000),
)  # fmt: skip
RENAME = (SLUG,)


class SettingForm(BaseModel):
    """What was typed into any of these fields; None where nothing was: a field that is emptied arrives as one that is not there."""

    model_config = ConfigDict(frozen=True)

    slug: str | None = None
    name: str | None = None
    from_name: str | None = None
    from_address: str | None = None
    reply_to: str | None = None
    description: str | None = None
    postal_address: str | None = None
    language: str | None = None
    languages: list[str] = []
    time_zone: str | None = None
    accent: str | None = None
    font: str | None = None
    tagline: str | None = None
    footer: str | None = None
    social: str | None = None
    sponsor_label: str | None = None
    typographer: str | None = None
    four_eyes: str | None = None
    welcomes: str | None = None
    uncertain: str | None = None
    counts_clicks: str | None = None
    new_issue: str | None = None


def typed_in(form: SettingForm, fields: tuple[SettingField, ...]) -> dict[str, Any]:
    """Return what was typed into these fields, all of which the form has, as a publication has it. Raises InputError for links that are none."""
    found: dict[str, Any] = {}
    for each in fields:
        value = getattr(form, each.name)
        if value is None and each.kind in _TYPED:
            value = ""
        if each.kind == "tick":
            found[each.name] = value == "yes"
        elif each.kind == "ticks":
            found[each.name] = ",".join(value)
        elif each.name == "social":
            found[each.name] = read_social([line for line in value.splitlines() if line.strip()])
        elif value is not None:
            found[each.name] = value.replace("\r\n", "\n")
    return found


def shown(home: Publication, form: SettingForm | None, fields: tuple[SettingField, ...]) -> dict[str, str]:
    """Return what stands in each field: what was typed and refused, else what is kept; "yes" for what is ticked."""
    return _retyped(form, fields) if form is not None else {each.name: _kept(home, each) for each in fields}


def shown_new(form: SettingForm | None, time_zone: str) -> dict[str, str]:
    """Return what stands in the fields of a new publication: what was typed and refused, else English, and the zone of whoever makes it."""
    begun = {"language": SOURCE, "time_zone": time_zone or "UTC"}
    return _retyped(form, NEW) if form is not None else {each.name: begun.get(each.name, "") for each in NEW}


def _retyped(form: SettingForm, fields: tuple[SettingField, ...]) -> dict[str, str]:
    """Return what was typed into these fields."""
    return {each.name: _as_typed(getattr(form, each.name)) for each in fields}


def _as_typed(value: str | list[str] | None) -> str:
    return ",".join(value) if isinstance(value, list) else value or ""


def _kept(home: Publication, field: SettingField) -> str:
    value = getattr(home, field.name)
    if field.kind == "tick":
        return "yes" if value else ""
    if field.name == "social":
        links = [SocialLink(**each) for each in value or ()]
        return "\n".join(f"{link.name}={link.url}" for link in links)
    return str(value or ("setting" if field.name == "uncertain" else ""))
