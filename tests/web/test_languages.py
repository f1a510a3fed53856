"""What readers are shown is in their publication's language, whole, and what they agree to is kept in the words they saw."""

from __future__ import annotations

import re
from datetime import date
from gettext import NullTranslations

import pytest
from bs4 import BeautifulSoup

from newsletter.audience import wording
from newsletter.bootstrap import Parts
from newsletter.model import ConsentRecord, Notice, Publication
from newsletter.model.brand import brand_of
from newsletter.rendering.language import language_of
from newsletter.tokens import Purpose
from newsletter.web.app import create_app
from tests.web.places import Visitor, add_publication, every_key, make_document, publish
from tests.web.public.test_subscribe import FORM, all_of, answer_all, confirm_path, delivered, send_form, soup

PAGES = ("/", "/orchard", "/orchard/subscribe", "/orchard/subscribe/sent", "/orchard/2026-03-02", "/orchard/all/papers")
ENGLISH = "/orchard/2026-03-02"
"""An issue that is written in English, whatever its publication speaks: its date is."""
LANGUAGES = ("de", "fr", "es", "ja", "ar")


def speak(parts: Parts, language: str) -> None:
    """Give the publication another language."""
    with parts.database.write() as session:
        session.get(Publication, 1).language = language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_in_the_publications_language_and_says_so(visitor: Visitor, parts: Parts, language: str) -> None:
    speak(parts, language)
    subscribe = {"de": "Abonnieren", "fr": "S\u2019abonner", "es": "Suscribirse", "ja": "購読する", "ar": "اشتراك"}[
        language
    ]
    for path in PAGES:
        page = soup(visitor.get(path))
        assert (page.html["lang"], page.html["dir"]) == (language, "rtl" if language == "ar" else "ltr")
        assert subscribe in page.text, path


def test_a_language_without_a_catalogue_keeps_its_content_and_speaks_english(visitor: Visitor, parts: Parts) -> None:
    speak(parts, "he")
    publish(parts.database, all_of(parts, Publication)[0], make_document("gan", date(2026, 3, 5), language="he"))
    page = soup(visitor.get("/orchard/gan"))
    assert (page.html["lang"], page.html["dir"]) == ("en", "ltr")
    assert (page.select_one("article")["lang"], page.select_one("article")["dir"]) == ("he", "rtl")
    assert soup(visitor.get("/orchard/all/papers")).select_one(".day")["dir"] == "rtl"


@pytest.mark.parametrize("language", ["en", "de", "ja"])
def test_what_is_agreed_to_is_kept_in_the_words_that_were_shown(visitor: Visitor, parts: Parts, language: str) -> None:
    speak(parts, language)
    form = soup(visitor.get(FORM))
    send_form(visitor, parts, "pip@pear.test", language=form.select_one("input[name=language]")["value"])
    confirm = confirm_path(parts)
    page = soup(visitor.get(confirm))
    visitor.post(confirm, language=page.select_one("input[name=language]")["value"])
    asked, confirmed = all_of(parts, ConsentRecord)
    assert asked.wording == form.select_one("#consent").text
    assert (
        page.select_one(".intro").text in confirmed.wording and page.select_one("form button").text in confirmed.wording
    )
    assert ("The Orchard Letter" in asked.wording) and ("by email" in asked.wording) == (language == "en")


def test_a_form_that_was_shown_in_another_language_is_kept_in_that_one(visitor: Visitor, parts: Parts) -> None:
    speak(parts, "fr")
    shown = soup(visitor.get(FORM)).select_one("#consent").text
    token = soup(visitor.get(FORM)).select_one("input[name=token]")["value"]
    speak(parts, "de")
    parts.clock.sleep(5)
    visitor.post(FORM, address="pip@pear.test", token=str(token), language="fr")
    answer_all(parts)
    assert all_of(parts, ConsentRecord)[0].wording == shown


@pytest.mark.parametrize("tag", ["xx", "pt", "<b>", "e" * 5000, "en" * 40])
def test_a_language_that_nobody_was_shown_is_not_believed(parts: Parts, orchard: Publication, tag: str) -> None:
    assert wording.shown_in(orchard, tag).tag == "en"


def test_a_goodbye_is_taken_back_in_the_words_beside_the_button(
    visitor: Visitor, parts: Parts, orchard: Publication
) -> None:
    path = delivered(parts, orchard)
    speak(parts, "es")
    page = soup(visitor.post(path))
    visitor.post(f"{path}/again", language=page.select_one("input[name=language]")["value"])
    assert all_of(parts, ConsentRecord)[-1].wording == page.select_one("#consent").text != ""


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_what_is_said_of_opens_and_clicks_is_kept_as_it_was_read(
    visitor: Visitor, parts: Parts, orchard: Publication, answer: str
) -> None:
    path = f"{delivered(parts, orchard)}/tracking"
    speak(parts, "de")
    page = soup(visitor.get(path))
    visitor.post(path, answer=answer, language="de")
    shown = page.select_one("form p") if answer == "yes" else page.select_one("button[value=no]")
    assert all_of(parts, ConsentRecord)[-1].wording.endswith(f": {shown.text}")


def test_the_mails_that_answer_a_sign_up_are_in_its_language(visitor: Visitor, parts: Parts) -> None:
    speak(parts, "de")
    send_form(visitor, parts, "pip@pear.test")
    visitor.post(confirm_path(parts))
    send_form(visitor, parts, "pip@pear.test")
    answer_all(parts)
    subjects = [notice.subject for notice in all_of(parts, Notice) if notice.kind != "welcome"]
    assert subjects == [
        "Bitte bestätigen Sie Ihr Abonnement von The Orchard Letter",
        "Sie haben The Orchard Letter bereits abonniert",
    ]


@pytest.mark.parametrize(
    ("path", "browser", "tag"),
    [
        ("/orchard/nothing", "fr", "de"),  # the publication's own
        ("/nobody/nothing", "fr", "fr"),
        (f"/confirm/{'A' * 30}", "ja, en;q=0.5", "ja"),
        (f"/u/{'A' * 24}", "", "en"),
        ("/a/b/c/d/e/f", "es-AR", "es-AR"),
        ("/orchard?before=rubbish", "fr", "de"),
        ("/desk/nothing/at/all", "de", "en"),
        ("/hooks/nothing", "de", "en"),
    ],
)
def test_an_error_speaks_the_publications_language_or_else_the_browsers(
    visitor: Visitor, parts: Parts, path: str, browser: str, tag: str
) -> None:
    speak(parts, "de")
    answer = visitor.get(path, accept_language=browser)
    page = soup(answer)
    assert answer.status_code >= 400 and page.html["lang"] == tag
    assert ("To the publications" in page.text) == (tag == "en")


def test_a_program_is_told_in_english(visitor: Visitor, parts: Parts) -> None:
    speak(parts, "de")
    told = visitor.get("/orchard/nothing", accept="application/json", accept_language="de").json()
    assert told["error"] == "Nothing is here" and told["what"] == "There is no such issue in this archive."


def test_an_address_that_cannot_be_used_is_told_of_in_the_language_of_the_form(visitor: Visitor, parts: Parts) -> None:
    speak(parts, "de")
    page = soup(send_form(visitor, parts, "pip"))
    assert "In der E-Mail-Adresse fehlt das @." in page.select_one("#address-mistake").text
    speak(parts, "ja")
    assert (
        "もう一度ボタンを押してください。"
        in soup(visitor.post(FORM, address="a@b.test", token="x")).select_one(".mistake").text
    )


def test_the_list_of_publications_speaks_what_they_share_and_else_what_the_browser_wishes(
    visitor: Visitor, parts: Parts
) -> None:
    speak(parts, "de")
    assert "Publikationen" in visitor.get("/", accept_language="fr").text
    add_publication(parts.database, "verger", language="fr", list_id="verger.orchard.test")
    answers = [visitor.get("/", accept_language=language) for language in ("ja", "es", "pt")]
    assert [soup(answer).html["lang"] for answer in answers] == ["ja", "es", "en"]
    assert len({answer.headers["etag"] for answer in answers}) == 3
    assert {answer.headers["vary"] for answer in answers} == {"Accept-Language"}


class Marked(NullTranslations):
    """A catalogue that shows what went through it."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, several: str, count: int) -> str:
        return f"⟦{one if count == 1 else several}⟧"


CONTENT = re.compile(
    r"The Orchard Letter|Apples, weekly\.|1 Pippin Lane|Appleby|Letter 2026-\d\d-\d\d|Ada Crabtree|From the Wire|Papers|Tables"
    r"|All (?:wire|papers)|Grafting number \d of 2026-\d\d-\d\d|Abstract \d of 2026-\d\d-\d\d|trees\.[GP]R|Sweetness|Apple|Brix"
    r"|Pippin|Russet|The lead of _?2026-\d\d-\d\d|A short word before|[\w….+-]+@[\w.]+|[年月日曜]|火|水|木|金|土|http\S+"
)


def unsaid(html: str) -> str:
    """Return the letters of a page that neither a catalogue nor an editor wrote."""
    page = BeautifulSoup(html, "html.parser")
    for silent in page.select("style, script, [aria-hidden=true]"):
        silent.extract()
    heard = [
        tag[name]
        for tag in page.find_all(True)
        for name in ("title", "alt", "aria-label", "placeholder")
        if tag.get(name)
    ]
    left = " ".join(re.sub(r"⟦[^⟦⟧]*⟧", "", "\n".join([page.get_text(" "), *heard])).split())
    return "".join(sign for sign in CONTENT.sub("", left) if sign.isalpha())


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Japanese, which has no letters in its dates but a few, said by `Marked`."""
    monkeypatch.setattr("newsletter.rendering.language.catalogue", lambda _: Marked())


def test_what_is_said_by_nobody_is_found():
    assert unsaid("<p>⟦Hello <a href='/'>there</a>⟧ The Orchard Letter</p>") == ""
    assert unsaid("<p>⟦Hello⟧ you</p>") == "you" and unsaid('<a title="Go">⟦x⟧</a>') == "Go"


@pytest.mark.usefixtures("marked")
def test_every_page_says_all_its_words_through_the_catalogue(
    visitor: Visitor, parts: Parts, orchard: Publication
) -> None:
    with parts.database.write() as session:
        session.get(Publication, 1).language = "ja"
    publish(parts.database, orchard, make_document("2026-03-05", date(2026, 3, 5), language="ja"))
    leave = delivered(parts, orchard)
    forged = f"/confirm/{every_key(parts).issue_timed(Purpose.CONFIRM, 99, parts.clock.now())}"
    asked = [
        visitor.get(path)
        for path in (*PAGES, "/orchard/2026-03-05", "/orchard/2026-03-05/papers/grafting-1")
        if path != ENGLISH
    ]
    asked += [
        visitor.get(path)
        for path in ("/orchard?before=2026-03-02.2", "/orchard/all/papers?category=trees.GR", "/orchard/x")
    ]
    asked += [visitor.get(path, accept_language="ja") for path in (forged, "/confirm/x", "/x", "/a/b/c/d/e")]
    asked += [
        send_form(visitor, parts, address)
        for address in ("", "pip", "pip@", "@x.test", "a b@x.test", "pip@x", "pip@pear.test")
    ]
    asked += [visitor.post(FORM, address="pip@pear.test", token="x", name="n" * 300)]
    confirm = confirm_path(parts)
    asked += [visitor.get(confirm), visitor.get(f"{confirm}/never"), visitor.post(confirm), visitor.get(confirm)]
    asked += [visitor.get(leave), visitor.get(f"{leave}/tracking"), visitor.post(f"{leave}/tracking", answer="yes")]
    asked += [
        visitor.post(leave),
        visitor.get(f"{leave}/tracking"),
        visitor.post(f"{leave}/again"),
        visitor.post(f"{confirm}/never"),
    ]
    for answer in asked:
        assert unsaid(answer.text) == "", answer.url
    for notice in all_of(parts, Notice):
        assert unsaid(notice.html) == "", notice.kind
        assert unsaid(f"<pre>{notice.text}</pre>") == "", notice.kind


@pytest.mark.usefixtures("marked")
def test_an_issues_mail_and_its_text_say_all_their_words_through_the_catalogue(
    parts: Parts, orchard: Publication
) -> None:
    orchard.language = "ja"
    brand = brand_of(orchard, "http://news.test")
    document = make_document("2026-03-05", date(2026, 3, 5), language="ja", papers=40)
    mail = parts.renderer.email(document, brand, byte_budget=12_000)
    assert mail.folded and unsaid(re.sub("Subject of 2026-03-05|news.test/orchard/2026-03-05<", "<", mail.html)) == ""
    assert unsaid(f"<pre>{mail.text}</pre>") == ""


def test_an_application_in_no_language_at_all_answers_in_english(parts: Parts) -> None:
    assert soup(Visitor(create_app(parts)).get("/")).html["lang"] == language_of("en").tag


def test_sign_up_its_mail_and_goodbyes_speak_the_wished_one_of_the_languages_that_a_publication_names(
    visitor: Visitor, parts: Parts, orchard: Publication
) -> None:
    with parts.database.write() as session:
        session.get_one(Publication, orchard.id).languages = "de,fr"
    wishes = {"accept-language": "ja, de-AT;q=0.8, en;q=0.1"}
    form = soup(visitor.get(FORM, **wishes))
    assert form.html["lang"] == "de" and "by email" not in form.select_one("#consent").text
    parts.clock.sleep(5)
    token = str(form.select_one("input[name=token]")["value"])
    visitor.post(FORM, address="pip@pear.test", token=token, language="de")
    answer_all(parts)
    assert "bestätig" in all_of(parts, Notice)[-1].text.lower()
    assert all_of(parts, ConsentRecord)[0].wording == form.select_one("#consent").text
    assert soup(visitor.get(FORM, **{"accept-language": "ja"})).html["lang"] == "en"
    assert soup(visitor.get(delivered(parts, orchard, "bo@pear.test"), **wishes)).html["lang"] == "de"
