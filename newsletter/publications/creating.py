"""Create a publication, or change how it shows itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.mail.address import parse_address
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.brand import SocialLink
from newsletter.model.rights import Right
from newsletter.model.slugs import check_slug
from newsletter.publications.look import check_look
from newsletter.rendering.catalogue import languages
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import NO_VALUES, Values
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.zones import day_kept_before, read_hour, zone

_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
UNCERTAIN = {"hold": "hold", "resend": "resend", "setting": ""}
"""What may happen to a delivery whose acceptance is not known, by the word for it, and as it is kept; `setting`: as the settings say."""
_LINES = {"name": 200, "from_name": 200, "language": 35}
"""Fields that stand on one line (some become headers), with their most characters."""
MOST_TEXT_CHARS = 10_000
"""Of a description, and of a postal address: each stands on every page and in every mail."""


@dataclass(frozen=True, slots=True)
class NewPublication:
    """What a publication is made of; what is empty is chosen for it."""

    slug: str
    name: str
    from_address: str
    from_name: str = ""
    description: str = ""
    postal_address: str = ""
    language: str = ""
    time_zone: str = ""
    accent: str = ""
    reply_to: str = ""
    uncertain: str = "setting"
    welcomes: bool = True


@dataclass(frozen=True, slots=True)
class PublicationChange:
    """What a publication shall have from now on; None where it stays as it is. Its slug and List-Id stay."""

    name: str | None = None
    from_address: str | None = None
    from_name: str | None = None
    description: str | None = None
    postal_address: str | None = None
    language: str | None = None
    languages: str | None = None
    """Further ones, comma-separated, of those that have a catalogue."""
    time_zone: str | None = None
    accent: str | None = None
    reply_to: str | None = None
    uncertain: str | None = None
    welcomes: bool | None = None
    four_eyes: bool | None = None
    tagline: str | None = None
    footer: str | None = None
    font: str | None = None
    social: tuple[SocialLink, ...] | None = None
    sponsor_label: str | None = None
    gather_at: str | None = None
    """HH:MM of its time zone at which its sources are asked and a draft is assembled; empty: only by hand."""
    typographer: bool | None = None
    logo: dict[str, Any] | None = None
    """As `newsletter.publications.look.logo_of` makes it; an empty one takes it away."""


@dataclass(frozen=True)
class Creating:
    """The tools of creating and changing publications, put together once per process."""

    database: Database
    clock: Clock

    def create(self, new: NewPublication, *, by: Actor) -> Publication:
        """Store a publication. Raises ForbiddenError, InputError naming the field that will not do, ConflictError when the slug is taken."""
        require(by, Right.MANAGE_SERVICE, None)
        check_slug(new.slug)
        values = _checked(
            {
                "name": new.name,
                "from_address": new.from_address,
                "from_name": new.from_name or new.name,
                "description": new.description,
                "postal_address": new.postal_address,
                "language": new.language or "en",
                "time_zone": new.time_zone or "UTC",
                "accent": new.accent or "#1f5f8b",
                "reply_to": new.reply_to,
                "uncertain": new.uncertain,
            }
        )
        # RFC 2919 section 3: the label is ours, below a domain we may speak for
        list_id = f"{new.slug}.{parse_address(new.from_address).domain}"
        now = self.clock.now()
        added = Publication(slug=new.slug, list_id=list_id, welcomes=new.welcomes, created_at=now, **values)
        with self.database.write() as session:
            _note(session, by, "publication.create", publications.add(session, added), at=now)
        return added

    def change(self, publication_id: int, wanted: PublicationChange, *, by: Actor) -> Publication:
        """Change what is named of a publication. Raises InputError, NotFoundError, ForbiddenError."""
        given = {field: _kept(value) for field, value in asdict(wanted).items() if value is not None}
        values = given | _checked({field: value for field, value in given.items() if isinstance(value, str)})
        check_look(values)
        with self.database.write() as session:
            publication = publications.by_id(session, publication_id)
            require(by, Right.MANAGE_PUBLICATION, publication.id)
            old = {field: getattr(publication, field) for field in values}
            if values.get("gather_at", publication.gather_at) != publication.gather_at:
                zone_name = values.get("time_zone", publication.time_zone)
                publication.gathered_day = day_kept_before(values["gather_at"], zone_name, self.clock.now())
            for field, value in values.items():
                setattr(publication, field, value if field != "logo" else value or None)
            changed = [field for field in values if old[field] != values[field]]
            words = Values(_listed(old, changed), _listed(values, changed))
            _note(session, by, "publication.change", publication, at=self.clock.now(), values=words)
            return publication


def _kept(value: Any) -> Any:
    return [*value] if isinstance(value, tuple) else value


def _note(
    session: Session, by: Actor, action: str, publication: Publication, *, at: datetime, values: Values = NO_VALUES
) -> None:
    subject = audit.Subject("publication", publication.id, publication.slug)
    audit.add(session, by, action, subject, at=at, publication_id=publication.id, old=values.old, new=values.new)


def _listed(values: Mapping[str, object], fields: list[str]) -> str:
    """Fields and values on one line, each cut so that all have room."""
    room = audit.MOST_CHARS // max(1, len(fields)) - 24
    return "; ".join(f"{field.replace('_', ' ')}: {_word(values[field])[: max(room, 8)]}" for field in fields)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return str(value.get("url", ""))
    if isinstance(value, list | tuple):
        return ", ".join(str(each["name"]) for each in value)
    return str(value).strip()


def _checked(values: dict[str, str]) -> dict[str, str]:
    checked = {field: value.strip() for field, value in values.items()}
    for field, most in _LINES.items():
        if field in checked:
            _check_line(field, checked[field], most)
    for field in ("description", "postal_address"):
        _check_text(field, checked.get(field, ""))
    for field in ("from_address", "reply_to"):
        if checked.get(field) or (field == "from_address" and field in values):
            checked[field] = _address(field, checked[field])
    if "accent" in checked and not _ACCENT.fullmatch(checked["accent"]):
        raise InputError(f"{checked['accent']!r} is not a colour", where="accent", remedy="write it like #1f5f8b")
    if "language" in checked and not _LANGUAGE.fullmatch(checked["language"]):
        raise InputError(
            f"{checked['language']!r} is not a language", where="language", remedy="write it like en or de-AT (BCP 47)"
        )
    if "languages" in checked:
        checked["languages"] = _further(checked["languages"])
    if "time_zone" in checked:
        zone(checked["time_zone"])  # raises
    if "gather_at" in checked:
        checked["gather_at"] = read_hour(checked["gather_at"])
    if "uncertain" in checked:
        checked["uncertain"] = _uncertain(checked["uncertain"])
    return checked


def _further(written: str) -> str:
    wanted = dict.fromkeys(filter(None, re.split(r"[\s,]{1,9}", written)))
    if unknown := next((tag for tag in wanted if tag not in languages()), ""):
        what = f"there are no words to readers in {unknown[:35]!r}"
        raise InputError(what, where="languages", remedy=f"there are {', '.join(languages())}")
    return ",".join(wanted)


def _uncertain(word: str) -> str:
    if word not in UNCERTAIN:
        raise InputError(f"{word!r} is no policy", where="uncertain", remedy=f"choose one of: {', '.join(UNCERTAIN)}")
    return UNCERTAIN[word]


def _check_line(field: str, value: str, most: int) -> None:
    if not value or len(value) > most or any(c in value for c in "\r\n\0"):
        raise InputError(
            f"it must be one line of 1 to {most} characters", where=field.replace("_", " "), remedy="shorten or fill it"
        )


def _check_text(field: str, value: str) -> None:
    if len(value) > MOST_TEXT_CHARS:
        what = f"it is longer than {MOST_TEXT_CHARS:,} characters"
        raise InputError(what, where=field.replace("_", " "), remedy="shorten it")


def _address(field: str, value: str) -> str:
    """Return the address that mail comes from or answers go to: in ASCII before its @, for it stands in mail to servers that take no other."""
    where = field.replace("_", " ")
    try:
        found = parse_address(value)
    except InputError as error:
        raise InputError(error.what, where=where, remedy=error.remedy) from None
    if found.smtputf8:
        what = f"{found.local[:64]!r} has letters that only some mail servers take before an @"
        raise InputError(what, where=where, remedy="choose an address with a-z, 0-9, dots and hyphens")
    return found.text
