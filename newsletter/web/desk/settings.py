"""The settings of a publication, page by page; each keeps what was typed when something of it will not do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import HTMLResponse

from newsletter.errors import InputError, NewsletterError, NotFoundError, UnavailableError
from newsletter.images.keeping import Upload
from newsletter.issues.previewing import OutputKind
from newsletter.issues.sample_previewing import TriedLook
from newsletter.issues.starting import STARTER_BODY
from newsletter.model.rights import Right
from newsletter.publications.creating import PublicationChange
from newsletter.publications.look import logo_of_images
from newsletter.web.desk import fields
from newsletter.web.desk.fields import SettingField, SettingForm, shown, typed_in
from newsletter.web.desk.limits import shared_limits
from newsletter.web.desk.pages import Desk, Manages, SeesSettings, back_to
from newsletter.web.desk.previews import SANDBOX
from newsletter.web.framing import frame_headers, opening_links_outside

router = APIRouter(prefix="/desk/{publication}/settings")
Typed = Annotated[SettingForm, Form()]
Given = Annotated[UploadFile | None, File()]


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


@router.post("/brand/logo")
def change_logo(
    desk: Manages, *, light: Given = None, dark: Given = None, remove: Annotated[str, Form()] = ""
) -> Response:
    """Take in a picture as the logo, and another for a dark ground if there is one; or take the logo away."""
    assert desk.publication is not None
    home, parts = desk.publication, desk.parts
    try:
        kept = [] if remove else parts.keeping_images.add(home.id, _pictures(light, dark), by=desk.by)
        logo = logo_of_images(*(each.image for each in kept)) if kept else {}
        parts.creating.change(home.id, PublicationChange(logo=logo), by=desk.by)
    except (InputError, UnavailableError) as error:
        return settings_page(desk, "brand", logo_mistake=error, status=error.http_status)
    return back_to(f"/desk/{home.slug}/settings/brand", "saved")


@router.get("/{word}")
def by_word(desk: SeesSettings, word: str) -> Response:
    """Show the page of settings with this word. Raises NotFoundError."""
    return settings_page(desk, _changed_here(word))


@router.post("/{word}")
def change_by_word(desk: Manages, word: str, typed: Typed) -> Response:
    """Change what the page of settings with this word holds. Raises NotFoundError."""
    return _change(desk, _changed_here(word), typed)


def _pictures(light: UploadFile | None, dark: UploadFile | None) -> list[Upload]:
    """The pictures of a logo as they came, the one for a dark ground last. Raises InputError where there is none."""
    if light is None or not light.size:
        raise InputError("no picture was chosen", where="light", remedy="choose a PNG, JPEG, GIF or WebP")
    given = [each for each in (light, dark) if each is not None and each.size]
    return [Upload(each.filename or "logo", each.file.read(), alt="Logo") for each in given]


def _changed_here(word: str) -> str:
    if not any(page.word == word and page.fields for page in PAGES):
        raise NotFoundError("there is no such page of settings", remedy="the list above names them")
    return word


def _change(desk: Desk, word: str, form: SettingForm) -> Response:
    assert desk.publication is not None
    home, parts = desk.publication, desk.parts
    try:
        values = typed_in(form, _BY_WORD[word].fields)
        if word == "sections":
            parts.new_issues.keep(home.id, values["new_issue"], by=desk.by)
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
    status: int = 200,
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
        "logo_mistake": None,
        "ended_name": "",
        "wrong": wrong_field(mistake, page.fields),
        "starter": STARTER_BODY,
        "limits": shared_limits(desk.parts.settings) if word == "sending" else (),
        "may_see_people": desk.may(Right.SEE_PEOPLE),
        **more,
    }
    return desk.page("settings.html", values, status=mistake.http_status if mistake else status)


def wrong_field(mistake: NewsletterError | None, there: tuple[SettingField, ...]) -> str:
    """Return the name of the field that a mistake is about; empty where it names none of them."""
    name = mistake.where.replace(" ", "_") if mistake else ""
    return name if name in {each.name for each in there} else ""
