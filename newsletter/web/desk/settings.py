"""The settings of a publication, page by page; each keeps what was typed when something of it will not do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import HTMLResponse

from newsletter.errors import ConflictError, InputError, NewsletterError
from newsletter.issues.previewing import OutputKind
from newsletter.issues.sample_previewing import TriedLook
from newsletter.issues.starting import STARTER_BODY
from newsletter.model.rights import Right
from newsletter.publications.creating import PublicationChange
from newsletter.web.desk import fields
from newsletter.web.desk.fields import SettingField, SettingForm, shown, typed_in
from newsletter.web.desk.pages import Desk, Manages, ManagesForGood, SeesSettings, back_to
from newsletter.web.desk.previews import SANDBOX
from newsletter.web.framing import frame_headers, opening_links_outside

router = APIRouter(prefix="/desk/{publication}/settings")
Typed = Annotated[SettingForm, Form()]


@dataclass(frozen=True, slots=True)
class SettingPage:
    """A page of settings: its word in addresses, its name, and its fields."""

    word: str
    name: str
    fields: tuple[SettingField, ...]


PAGES = (
    SettingPage("", "Publication", fields.BASICS),
    SettingPage("brand", "Brand", fields.BRAND),
    SettingPage("sections", "New issues", fields.NEW_ISSUE),
    SettingPage("sending", "Sending", fields.SENDING),
    SettingPage("tracking", "Tracking", fields.TRACKING),
    SettingPage("domain", "Domain", ()),
    SettingPage("suppressions", "Suppressions", ()),
    SettingPage("danger", "Danger zone", fields.RENAME),
)
"""Pages with fields are shown and changed here, the others by modules of their own."""
_BY_WORD = {page.word: page for page in PAGES}


@router.get("")
def basics(desk: SeesSettings) -> Response:
    """Show who sends, and where."""
    return settings_page(desk, "")


@router.post("")
def change_basics(desk: Manages, typed: Typed) -> Response:
    """Change who sends, and where."""
    return _change(desk, "", typed)


@router.get("/brand")
def brand(desk: SeesSettings) -> Response:
    """Show the look, with a sample issue beside it."""
    return settings_page(desk, "brand")


@router.post("/brand")
def change_brand(desk: Manages, typed: Typed) -> Response:
    """Change the look."""
    return _change(desk, "brand", typed)


@router.get("/brand/sample")
def sample(
    desk: SeesSettings,
    accent: Annotated[str | None, Query()] = None,
    font: Annotated[str | None, Query()] = None,
    tagline: Annotated[str | None, Query()] = None,
    footer: Annotated[str | None, Query()] = None,
) -> Response:
    """Show the sample issue as mail, with the look as it is being typed."""
    assert desk.publication is not None
    tried = TriedLook(accent, font, tagline, footer)
    with desk.turn("preview"):
        mail = desk.parts.sample_previewing.preview(desk.publication.id, OutputKind.EMAIL, tried)
    return HTMLResponse(opening_links_outside(mail), headers=frame_headers("'unsafe-inline'", SANDBOX, images=False))


@router.get("/sections")
def sections(desk: SeesSettings) -> Response:
    """Show what new issues begin with."""
    return settings_page(desk, "sections")


@router.post("/sections")
def change_sections(desk: Manages, typed: Typed) -> Response:
    """Change what new issues begin with."""
    return _change(desk, "sections", typed)


@router.get("/sending")
def sending(desk: SeesSettings) -> Response:
    """Show how issues go out, and the limits of the service."""
    return settings_page(desk, "sending")


@router.post("/sending")
def change_sending(desk: Manages, typed: Typed) -> Response:
    """Change how issues go out."""
    return _change(desk, "sending", typed)


@router.get("/tracking")
def tracking(desk: SeesSettings) -> Response:
    """Show what is counted."""
    return settings_page(desk, "tracking")


@router.post("/tracking")
def change_tracking(desk: Manages, typed: Typed) -> Response:
    """Change what is counted."""
    return _change(desk, "tracking", typed)


@router.get("/danger")
def danger(desk: SeesSettings) -> Response:
    """Show what breaks habits of readers."""
    return settings_page(desk, "danger")


@router.post("/danger")
def rename(desk: ManagesForGood, typed: Typed) -> Response:
    """Give the publication another word in addresses."""
    assert desk.publication is not None
    try:
        renamed = desk.parts.renaming.rename_publication(desk.publication.id, typed.slug or "", by=desk.by)
    except (InputError, ConflictError) as error:
        return settings_page(desk, "danger", typed=typed, mistake=error)
    return back_to(f"/desk/{renamed.slug}/settings", "saved")


def _change(desk: Desk, word: str, form: SettingForm) -> Response:
    assert desk.publication is not None
    home, parts = desk.publication, desk.parts
    try:
        values = typed_in(form, _BY_WORD[word].fields)
        if word == "sections":
            parts.new_issues.keep(home.id, values.get("new_issue", ""), by=desk.by)
        elif word == "tracking":
            parts.click_counting.count_clicks(home.id, on=values["counts_clicks"], by=desk.by)
        else:
            parts.creating.change(home.id, PublicationChange(**values), by=desk.by)
    except InputError as error:
        return settings_page(desk, word, typed=form, mistake=error)
    return back_to(f"/desk/{home.slug}/settings" + (f"/{word}" if word else ""), "saved")


def settings_page(
    desk: Desk,
    word: str,
    *,
    typed: SettingForm | None = None,
    mistake: NewsletterError | None = None,
    **more: Any,
) -> Response:
    """Return a page of the settings, with what was typed and what is wrong with it."""
    assert desk.publication is not None
    home, page = desk.publication, _BY_WORD[word]
    values = {
        "publication": home,
        "at": f"/desk/{home.slug}/settings",
        "pages": PAGES,
        "page": page,
        "filled": shown(home, typed, page.fields),
        "mistake": mistake,
        "wrong": wrong_field(mistake, page.fields),
        "starter": STARTER_BODY,
        "way": _way(desk),
        "limits": _limits(desk) if word == "sending" else (),
        "may_see_people": desk.may(Right.SEE_PEOPLE),
        **more,
    }
    return desk.page("settings.html", values, status=mistake.http_status if mistake else 200)


def wrong_field(mistake: NewsletterError | None, there: tuple[SettingField, ...]) -> str:
    """Return the name of the field that a mistake is about; empty where it names none of them."""
    name = mistake.where.replace(" ", "_") if mistake else ""
    return name if name in {each.name for each in there} else ""


def _way(desk: Desk) -> str:
    """Where mail leaves by, without what only the operator may know."""
    parts = urlsplit(desk.parts.settings.smtp_url)
    if not parts.scheme or parts.scheme in {"maildir", "memory"}:
        return "It stays on this machine: no way out is set."
    return f"By {parts.scheme}" + (f" through {parts.hostname}." if parts.hostname else ".")


def _limits(desk: Desk) -> list[tuple[str, str]]:
    """The limits of the service, by name: whoever runs it sets them."""
    limits = desk.parts.settings
    per_second, per_day = limits.messages_per_second, limits.messages_per_day
    return [
        ("Messages a second", f"{per_second:g}" if per_second else "as many as the way out takes"),
        ("Messages a day", f"{per_day:,}" if per_day else "no limit"),
        ("Warm-up since", limits.warm_up_start.isoformat() if limits.warm_up_start else "none"),
        (
            "Pauses by itself",
            f"after {limits.pause_after:,} answers with {limits.pause_permanent:g} % refused for good",
        ),
        ("Time for a change of mind", f"{limits.undo_seconds} seconds"),
        ("Size of a mail’s HTML", f"{limits.byte_budget / 1000:g} kB at most"),  # noqa: RUF001
        ("A deferred message is given up", f"after {limits.max_age_hours} hours"),
    ]
