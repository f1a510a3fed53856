"""The settings of a publication: what is saved holds, what will not do stays in its field with the reason."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from newsletter.accounts.sessions import PROVED_SECONDS
from newsletter.bootstrap import Parts
from newsletter.config import PREFIX, Settings, load
from newsletter.dns import Lookups
from newsletter.model import AuditEntry, Publication
from newsletter.model.rights import HeldGrant, Role
from newsletter.publications.creating import MOST_TEXT_CHARS
from newsletter.store.accounts import audit
from newsletter.store.publications import publications
from newsletter.web.app import create_app
from newsletter.web.desk.limits import shared_limits
from tests.parts.actors import OPERATOR
from tests.parts.nameserver import Nameserver
from tests.parts.pictures import png
from tests.web.desk.test_images import send
from tests.web.seats import PASSWORD, Browser, add_editor

AT = "/desk/tide/settings"
BASICS = {
    "name": "The Tide Table",
    "from_name": "Mara Quay",
    "from_address": "mara@tide.example.org",
    "reply_to": "",
    "description": "",
    "postal_address": "3 Pier Road",
    "language": "en",
    "time_zone": "Europe/Vienna",
}


@pytest.fixture
def nameserver(parts: Parts) -> Iterator[Nameserver]:
    """A name server that the desk asks."""
    made = Nameserver()
    parts.__dict__["domain_checking"] = replace(parts.domain_checking, lookups=lambda: Lookups(made.address))
    yield made
    made.stop()


def stored(parts: Parts, home: Publication) -> Publication:
    with parts.database.read() as session:
        return publications.by_id(session, home.id)


def entries(parts: Parts) -> list[AuditEntry]:
    with parts.database.read() as session:
        return list(audit.page(session, limit=10))


def test_what_is_saved_is_kept_and_shown(seated: Browser, parts: Parts, home: Publication) -> None:
    answer = seated.post(AT, {}, **BASICS | {"name": "Tides"})
    assert answer.headers["location"] == f"{AT}?done=saved"
    assert (stored(parts, home).name, stored(parts, home).time_zone) == ("Tides", "Europe/Vienna")
    assert 'value="Tides"' in seated.get(AT).text


def test_what_will_not_do_stays_in_its_field_with_the_reason_beside_it(
    seated: Browser, parts: Parts, home: Publication
) -> None:
    answer = seated.post(AT, {}, **BASICS | {"name": "Changed", "time_zone": "Europe/Nowhere"})
    assert answer.status_code == 422
    assert 'value="Europe/Nowhere"' in answer.text and 'value="Changed"' in answer.text
    assert 'aria-describedby="time_zone-help mistake" aria-invalid="true"' in answer.text
    assert stored(parts, home).name == "The Tide Table"


def test_the_look_is_kept_and_the_sample_follows_what_is_typed(
    seated: Browser, parts: Parts, home: Publication
) -> None:
    look = {"accent": "#8b1f5f", "font": "sans", "tagline": "Each day", "footer": "", "sponsor_label": ""}
    social = "Mastodon=https://example.social/@tide\r\n\r\n"
    assert seated.post(f"{AT}/brand", {}, **look, social=social, typographer="yes").status_code == 303
    kept = stored(parts, home)
    assert (kept.accent, kept.typographer, kept.social[0]["name"]) == ("#8b1f5f", True, "Mastodon")
    assert "Mastodon=https://example.social/@tide" in seated.get(f"{AT}/brand").text
    tried = seated.get(f"{AT}/brand/sample?accent=%23123456&tagline=Tried+only&font=nonsense")
    assert "#123456" in tried.text and "Tried only" in tried.text
    assert "sandbox" in tried.headers["content-security-policy"]
    assert stored(parts, home).tagline == "Each day"


def test_a_field_that_is_emptied_is_empty_or_says_why_it_cannot_be(
    seated: Browser, parts: Parts, home: Publication
) -> None:
    full = BASICS | {"reply_to": "mara@tide.example.org", "description": "The sea, daily.", "postal_address": "3 Pier"}
    look = {"accent": "#8b1f5f", "font": "sans", "tagline": "Daily", "footer": "By hand.", "sponsor_label": "Paid"}
    look["social"] = "Mastodon=https://example.social/@tide"
    assert {seated.post(AT, {}, **full).status_code, seated.post(f"{AT}/brand", {}, **look).status_code} == {303}
    for field in full:
        emptied = seated.post(AT, {}, **full | {field: ""})
        is_empty = not getattr(stored(parts, home), field)
        assert (emptied.status_code == 303) == is_empty, field
        assert is_empty or f'aria-describedby="{field}-help mistake"' in emptied.text, field
    for field in ("tagline", "footer", "sponsor_label", "social"):
        assert seated.post(f"{AT}/brand", {}, **look | {field: ""}).status_code == 303
        assert not getattr(stored(parts, home), field), field


@pytest.mark.parametrize("field", [each for each in BASICS if each not in {"description", "postal_address"}])
def test_what_is_nonsense_in_a_field_is_marked_there(seated: Browser, field: str) -> None:
    refused = seated.post(AT, {}, **BASICS | {field: "no\nsense, nowhere <" + "x" * 200})
    assert refused.status_code == 422 and f'aria-describedby="{field}-help mistake"' in refused.text


@pytest.mark.parametrize("field", ["description", "postal_address"])
def test_a_text_that_is_longer_than_its_field_is_refused_beside_it(
    seated: Browser, parts: Parts, home: Publication, field: str
) -> None:
    longest = "x" * MOST_TEXT_CHARS
    assert seated.post(AT, {}, **BASICS | {field: longest}).status_code == 303
    refused = seated.post(AT, {}, **BASICS | {field: f"{longest}x"})
    assert refused.status_code == 422 and f'aria-describedby="{field}-help mistake"' in refused.text
    assert getattr(stored(parts, home), field) == longest


def test_ticks_that_are_missing_are_off(seated: Browser, parts: Parts, home: Publication) -> None:
    seated.post(f"{AT}/sending", four_eyes="yes", uncertain="resend")
    kept = stored(parts, home)
    assert (kept.four_eyes, kept.welcomes, kept.uncertain) == (True, False, "resend")
    seated.post(f"{AT}/tracking", counts_clicks="yes")
    assert stored(parts, home).counts_clicks
    seated.post(f"{AT}/tracking")
    assert not stored(parts, home).counts_clicks


def test_new_issues_begin_with_what_is_kept_once_it_can_be_read(
    seated: Browser, parts: Parts, home: Publication
) -> None:
    body = "Good morning.\n\n## Wire {#wire kind=links}\n"
    assert seated.post(f"{AT}/sections", new_issue=body.replace("\n", "\r\n")).status_code == 303
    assert parts.editing.new(home.id, by=OPERATOR).source.endswith(f"---\n\n{body}")
    wrong = seated.post(f"{AT}/sections", new_issue="Words.\n\n## Wire {#wire kind=novels}\n")
    assert wrong.status_code == 422
    assert "Line 3: " in wrong.text and "kind=novels" in wrong.text
    assert seated.post(f"{AT}/sections", new_issue="---\ntitle: x\n---\n").status_code == 422
    seated.post(f"{AT}/sections", new_issue="  ")
    assert stored(parts, home).new_issue == ""


def test_dns_is_asked_at_the_press_of_a_button_and_its_answer_is_kept(
    seated: Browser, home: Publication, nameserver: Nameserver
) -> None:
    assert "DNS was not asked yet" in seated.get(f"{AT}/domain").text
    nameserver.publish('_dmarc.tide.example.org. IN TXT "v=DMARC1; p=none"')
    assert seated.post(f"{AT}/domain").status_code == 303
    page = seated.get(f"{AT}/domain").text
    assert 'class="is-missing">missing' in page and 'class="is-found">found' in page
    assert "DNS lacked these records" in seated.get("/desk/tide").text


def test_an_address_is_suppressed_and_taken_off_with_a_reason(seated: Browser, parts: Parts, home: Publication) -> None:
    at = f"{AT}/suppressions"
    assert "No address is suppressed." in seated.get(at).text
    assert seated.post(at, address="nobody").status_code == 422
    seated.post(at, address="pip@pear.example", reason="asked by letter")
    page = seated.get(at).text
    assert "pip@pear.example" in page and "asked by letter" in page
    assert "pip@pear.example" not in seated.get(f"{at}?after=99").text
    missing = seated.post(f"{at}/lift", address="other@pear.example", why="a slip")
    assert missing.status_code == 404 and 'value="a slip"' in missing.text
    seated.post(f"{at}/lift", address="pip@pear.example", why="a slip")
    assert "No address is suppressed." in seated.get(at).text
    assert (entries(parts)[0].action, entries(parts)[0].new) == ("subscriber.lift", "a slip")


def test_the_address_changes_only_after_a_fresh_proof(seated: Browser, parts: Parts, home: Publication) -> None:
    parts.clock.sleep(PROVED_SECONDS)
    asked = seated.post(f"{AT}/danger", slug="currents")
    assert "Go on" in asked.text and "prove.password" in asked.text
    assert stored(parts, home).slug == "tide"
    done = seated.post(f"{AT}/danger", {}, slug="currents", **{"prove.password": PASSWORD})
    assert done.headers["location"] == "/desk/currents/settings?done=saved"
    assert seated.get("/desk/tide/issues").headers["location"] == "/desk/currents/issues"


def test_a_publication_is_closed_opened_again_and_removed_by_its_name(
    seated: Browser, parts: Parts, home: Publication
) -> None:
    at = f"{AT}/danger"
    assert "Only a closed publication can be removed." in seated.get(at).text
    assert seated.post(f"{at}/remove", name="The Tide Table").status_code == 409
    assert seated.post(f"{at}/close").headers["location"] == f"{at}?done=closed"
    page = seated.get("/tide/subscribe")
    assert page.status_code == 409 and "has ended" in page.text
    assert seated.get("/tide").status_code == 200
    seated.post(f"{at}/reopen")
    assert stored(parts, home).closed_at is None
    seated.post(f"{at}/close")
    wrong = seated.post(f"{at}/remove", name="Tide")
    assert wrong.status_code == 422 and 'value="Tide"' in wrong.text
    assert seated.post(f"{at}/remove", name="The Tide Table").headers["location"] == "/desk?done=removing"
    assert (seated.get(AT).status_code, seated.get("/tide").status_code) == (404, 404)


def test_settings_are_for_who_may_manage(parts: Parts, home: Publication) -> None:
    editor = add_editor(parts, "ed@tide.example.org", role=None)
    parts.accounts.team.give_role("ed@tide.example.org", HeldGrant(Role.EDITOR, "tide"), by=OPERATOR)
    browser = Browser(create_app(parts))
    browser.take_seat(parts, editor)
    assert browser.get(AT).status_code == 403
    assert browser.post(AT, {}, **BASICS).status_code == 403
    assert browser.get("/desk/tide").status_code == 200


def test_a_publication_is_created_and_its_steps_lead_to_the_first_send(seated: Browser, parts: Parts) -> None:
    offered = seated.get("/desk/publications/new").text
    assert "New publication" in offered and '<option value="Europe/Vienna">' in offered
    assert '<option value="de">Deutsch</option>' in offered
    wrong = seated.post("/desk/publications/new", slug="desk", name="Grove", from_address="ada@grove.test")
    assert wrong.status_code == 422 and 'value="Grove"' in wrong.text
    made = seated.post("/desk/publications/new", slug="grove", name="Grove", from_address="ada@grove.test")
    assert made.headers["location"] == "/desk/grove/first-send?done=created"
    page = html.unescape(seated.get("/desk/grove/first-send").text)
    assert page.count(">missing<") == 7 and 'href="/desk/grove/settings/domain"' in page
    seated.post("/desk/new", publication="grove")
    assert seated.get("/desk/grove/first-send").text.count(">missing<") == 6


def test_a_new_publication_is_in_the_zone_of_whoever_makes_it_unless_they_say_otherwise(parts: Parts) -> None:
    browser, editor = Browser(create_app(parts)), add_editor(parts, "ina@tide.example.org")
    browser.take_seat(parts, editor)
    assert re.search(r'name="time_zone"[^<>]* value="UTC"', browser.get("/desk/publications/new").text)
    assert browser.post("/desk/account/zone", time_zone="Asia/Kathmandu").status_code == 303
    page = browser.get("/desk/publications/new").text
    assert re.search(r'name="time_zone"[^<>]* value="Asia/Kathmandu"', page)
    assert re.search(r'name="language"[^<>]* value="en"', page)


def test_a_logo_is_taken_in_shown_in_the_sample_and_taken_away(
    seated: Browser, parts: Parts, home: Publication
) -> None:
    given = {"light": ("logo.png", png(960, 96), "image/png"), "dark": ("night.png", png(480, 48), "image/png")}
    assert send(seated, page=f"{AT}/brand/logo", **given).status_code == 303
    logo = stored(parts, home).logo
    assert logo is not None and (logo["width"], logo["height"]) == (240, 24) and logo["dark_url"]
    assert f'src="{logo["url"]}"' in seated.get(f"{AT}/brand").text
    assert logo["url"] in seated.get(f"{AT}/brand/sample").text
    assert seated.get(logo["url"]).status_code == 200
    seated.post(f"{AT}/brand/logo", remove="yes")
    assert stored(parts, home).logo is None


def test_what_is_no_picture_is_no_logo(seated: Browser, parts: Parts, home: Publication) -> None:
    wrong = send(seated, page=f"{AT}/brand/logo", light=("logo.png", b"no picture", "image/png"))
    assert wrong.status_code == 422 and 'id="logo-mistake"' in wrong.text
    assert "No picture was chosen" in seated.post(f"{AT}/brand/logo").text
    assert stored(parts, home).logo is None


def test_what_the_service_decides_says_where_and_why(seated: Browser, home: Publication) -> None:
    page = seated.get(f"{AT}/sending").text
    names = {name for limit in shared_limits(load()) for name in limit.settings}
    assert all(f"<code>{name}</code>" in page for name in names)
    assert {name.removeprefix(PREFIX).lower() for name in names} <= set(Settings.model_fields)


def test_a_word_that_is_no_page_of_settings_leads_nowhere(seated: Browser, home: Publication) -> None:
    assert seated.get(f"{AT}/colours").status_code == 404
    assert seated.post(f"{AT}/colours", name="x").status_code == 404


def test_further_languages_are_those_that_have_a_catalogue(seated: Browser, parts: Parts, home: Publication) -> None:
    assert seated.post(AT, {}, **BASICS, languages="de").status_code == 303
    assert stored(parts, home).further_languages == ("de",)
    assert re.search(r'value="de"[^>]* checked', seated.get(AT).text)
    wrong = seated.post(AT, {}, **BASICS, languages="xx")
    assert wrong.status_code == 422 and "no words to readers in &#39;xx&#39;" in wrong.text
    seated.post(AT, {}, **BASICS)
    assert stored(parts, home).further_languages == ()
