"""Single sign-on through the application, against an issuer on a real socket: the whole way, and who is not let in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pyotp
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.model import AccountLink, AuditEntry, Editor, EditorIdentity, EditorSession, Grant
from newsletter.model.actor import operator
from newsletter.model.rights import HeldGrant, Role
from newsletter.store.accounts import account_links, editors, identities
from newsletter.store.database import Database
from tests.parts.oidc_issuer import CLIENT_SECRET, OidcIssuer
from tests.web.desk.signing_on import (
    BACK,
    INA,
    MARA,
    NOBODY,
    NOT_BEGUN,
    UNBELIEVED,
    Place,
    asks_for_a_proof,
    is_in,
    make_place,
    said,
    within,
)
from tests.web.seats import ADDRESS, PASSWORD, add_editor

# --- the whole way


def test_an_editor_signs_in_by_a_verified_address_and_lands_where_they_wanted_to_go(each_place: Place) -> None:
    browser = each_place.browser()
    assert (
        'href="/desk/sign-in/oidc?next=/desk/account">Sign in with Harbour'
        in browser.get("/desk/sign-in?next=/desk/account").text
    )
    answer = each_place.enter(browser, "/desk/sign-in/oidc?next=/desk/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/account")
    assert is_in(browser)
    (linked,) = each_place.rows(EditorIdentity)
    assert (linked.editor_id, linked.issuer, linked.subject) == (
        each_place.editor.id,
        each_place.issuer.url,
        MARA["sub"],
    )
    assert [entry[:2] for entry in each_place.trail()] == [("editor.identity", ADDRESS), ("session.begin", ADDRESS)]
    assert each_place.trail()[0][2] == f"linked: {each_place.issuer.url}"


def test_what_is_asked_is_a_code_with_pkce_bound_to_a_cookie_that_no_script_reads(place: Place) -> None:
    browser = place.browser()
    began = browser.get("/desk/sign-in/oidc")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(began.headers["location"]).query).items()}
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"http://news.test{BACK}" and asked["scope"].split()[0] == "openid"
    assert asked["kc"] == "1", "the query of the endpoint stays"
    assert len(asked["code_challenge"]) == 43 and len(asked["nonce"]) == 43 and len(asked["state"]) >= 43
    cookie = began.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "max-age=600" in cookie
    secret = browser.cookies["sign-on"]
    assert secret not in began.headers["location"]
    place.come(browser, began.headers["location"])
    (sent,) = place.issuer.forms
    assert sent["code_verifier"] not in began.headers["location"] and secret not in sent.values()
    assert "sign-on" not in browser.cookies, "the step has ended"


def test_the_subject_decides_afterwards_and_not_the_address(each_place: Place) -> None:
    each_place.enter(each_place.browser())
    bea = add_editor(each_place.parts, "bea@tide.example.org", "Bea")
    each_place.issuer.person = {**MARA, "email": bea.address, "email_verified": False}
    browser = each_place.browser()
    assert each_place.enter(browser).status_code == 303
    assert ADDRESS in browser.get("/desk/account").text
    assert each_place.count(EditorIdentity) == 1


def test_an_address_that_went_to_another_person_there_opens_nothing(each_place: Place) -> None:
    each_place.enter(each_place.browser())
    each_place.issuer.person = {**MARA, "sub": "whoever-has-the-address-now"}
    said(each_place.enter(each_place.browser()), NOBODY)
    assert each_place.count(EditorIdentity) == 1 and each_place.count(EditorSession) == 1


def test_whoever_is_invited_joins_with_the_role_of_the_invitation_and_only_once(each_place: Place) -> None:
    links = each_place.parts.accounts.links
    link = links.invite_by_hand(INA["email"], HeldGrant(Role.WRITER, "orchard"), by=operator())
    shown = each_place.browser().get(urlsplit(link).path).text
    assert "Join with Harbour" in shown
    each_place.issuer.person = {**INA, "email": "Ina@Tide.example.org"}
    browser = each_place.browser()
    assert each_place.enter(browser).status_code == 303 and is_in(browser)
    assert each_place.count(AccountLink) == 0, "the link of the mail works no more"
    ina = each_place.rows(Editor)[-1]
    (held,) = [row for row in each_place.rows(Grant) if row.editor_id == ina.id]
    assert (ina.address, ina.name, held.role) == (INA["email"], INA["name"], Role.WRITER) and held.publication_id
    assert [entry[0] for entry in each_place.trail()][-3:] == ["editor.create", "editor.identity", "session.begin"]
    assert not each_place.parts.passwords.match(ina.password_hash, ""), "no password opens it"


@pytest.mark.parametrize("invited", [False, True])
def test_two_first_sign_ins_at_once_link_one_editor_once(each_place: Place, invited: bool) -> None:
    if invited:
        each_place.parts.accounts.links.invite_by_hand(INA["email"], HeldGrant(Role.WRITER), by=operator())
        each_place.issuer.person = dict(INA)
    browsers = [each_place.browser() for _ in range(4)]
    backs = [within(each_place.issuer.follow(each_place.go(browser))) for browser in browsers]
    with ThreadPoolExecutor(4) as several:
        came = list(several.map(lambda browser, back: browser.get(back).status_code, browsers, backs))
    assert 303 in came and set(came) <= {303, 409}, came
    assert each_place.count(EditorIdentity) == 1 and each_place.count(Editor) == 1 + invited
    assert invited or came == [303] * 4


def test_who_joined_a_moment_ago_in_another_window_is_let_in_though_the_invitation_is_gone(
    postgres_database: Database,
    clock: SettableClock,
    tmp_path: Path,
    issuer: OidcIssuer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other window joins wherever it is in time: before any statement of this one, each tried once."""
    place = make_place(postgres_database, clock, tmp_path, issuer)
    steps = [(editors, "find"), (editors, "lock_by_id"), (account_links, "invitation"), (identities, "of")]
    for number, (module, name) in enumerate(steps):
        person = {**INA, "sub": f"ina-{number}", "email": f"ina{number}@tide.example.org"}
        place.parts.accounts.links.invite_by_hand(person["email"], HeldGrant(Role.WRITER), by=operator())
        issuer.person = person
        browser, other = place.browser(), place.browser()
        backs = [within(issuer.follow(place.go(each))) for each in (browser, other)]
        with monkeypatch.context() as patched:
            before = _after(getattr(module, name), lambda: other.get(backs[1]), patched, module, name)  # noqa: B023
            patched.setattr(module, name, before)
            answer = browser.get(backs[0])
        assert answer.status_code in {303, 409}, (name, answer.status_code)
        assert is_in(other)
        assert place.count(EditorIdentity) == number + 1


def _after(
    asked: Callable[..., object],
    happens: Callable[[], object],
    patched: pytest.MonkeyPatch,
    module: object,
    name: str,
) -> Callable[..., object]:
    """Return what lets something happen first, and then does what it did."""

    def first(*given: object, **named: object) -> object:
        patched.setattr(module, name, asked)
        happens()
        return asked(*given, **named)

    return first


def test_an_invitation_that_is_too_old_lets_nobody_in(each_place: Place, clock: SettableClock) -> None:
    each_place.parts.accounts.links.invite_by_hand(INA["email"], HeldGrant(Role.WRITER), by=operator())
    clock.sleep(8 * 86_400)
    each_place.issuer.person = dict(INA)
    said(each_place.enter(each_place.browser()), NOBODY)
    assert each_place.count(Editor) == 1


def test_a_newcomer_comes_in_only_where_the_setting_says_so_and_there_is_somebody_already(
    database: Database, clock: SettableClock, tmp_path: Path, issuer: OidcIssuer
) -> None:
    issuer.person = dict(INA)
    place = make_place(database, clock, tmp_path, issuer, oidc_newcomers="analyst")
    browser = place.browser()
    assert place.enter(browser).status_code == 303 and is_in(browser)
    assert [(row.role, row.publication_id) for row in place.rows(Grant)][-1] == (Role.ANALYST, None)
    with database.write() as session:
        for editor in session.scalars(select(Editor)):
            session.delete(editor)
    issuer.person = {**INA, "sub": "another"}
    said(place.enter(place.browser()), NOBODY)


def test_a_second_factor_of_ours_is_asked_for_all_the_same(each_place: Place, clock: SettableClock) -> None:
    browser = each_place.browser()
    browser.take_seat(each_place.parts, each_place.editor)
    shown = browser.post("/desk/account/second-factor/begin")
    totp = pyotp.TOTP(shown.text.partition('class="spelled">')[2].partition("<")[0].strip())
    assert browser.post("/desk/account/second-factor/confirm", code=totp.at(clock.now())).status_code == 200
    clock.sleep(60)
    other = each_place.browser()
    answer = each_place.enter(other, "/desk/sign-in/oidc?next=/desk/account")
    assert answer.headers["location"].startswith("/desk/sign-in/second?next=")
    assert not is_in(other)
    assert other.post("/desk/sign-in/second", code=totp.at(clock.now())).status_code == 303 and is_in(other)


def test_where_every_editor_needs_a_second_factor_they_are_led_to_setting_one_up(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, issuer: OidcIssuer
) -> None:
    place = make_place(sqlite_database, clock, tmp_path, issuer, require_second_factor=True)
    browser = place.browser()
    place.enter(browser)
    assert browser.get("/desk").headers["location"].startswith("/desk/account/second-factor")
    assert browser.post("/desk/account/second-factor/begin").status_code == 200, "it was proved at the issuer just now"


def test_claims_that_only_the_userinfo_endpoint_tells_are_asked_for_there(place: Place) -> None:
    place.issuer.in_token = ()
    browser = place.browser()
    assert place.enter(browser).status_code == 303 and is_in(browser)
    assert place.issuer.count("/userinfo") == 1


def test_userinfo_of_another_person_is_not_taken(place: Place) -> None:
    place.issuer.in_token = ()
    place.issuer.twist = lambda claims: {**claims, "sub": "somebody-else"}
    said(place.enter(place.browser()), "Your address is not verified there")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_the_service_proves_itself_as_the_issuer_takes_it(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, method: str
) -> None:
    issuer = OidcIssuer(lambda: clock.now().timestamp(), person=dict(MARA), method=method)
    secret = SecretStr("" if method == "none" else CLIENT_SECRET)
    place = make_place(sqlite_database, clock, tmp_path, issuer, oidc_client_secret=secret)
    answer = place.enter(place.browser())
    issuer.stop()
    assert answer.status_code == 303


def test_a_wrong_secret_opens_nothing(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, issuer: OidcIssuer
) -> None:
    place = make_place(sqlite_database, clock, tmp_path, issuer, oidc_client_secret=SecretStr("not this secret at all"))
    said(place.enter(place.browser()), UNBELIEVED)


# --- the account: unlinking, and proving


def test_unlinking_asks_for_a_proof_ends_other_sessions_and_is_written_down(
    each_place: Place, clock: SettableClock
) -> None:
    other, browser = each_place.browser(), each_place.browser()
    each_place.enter(other)
    each_place.enter(browser)
    shown = browser.get("/desk/account").text
    (linked,) = each_place.rows(EditorIdentity)
    assert "You sign in with Harbour" in shown and f"/desk/account/identities/{linked.id}/unlink" in shown
    clock.sleep(3600)
    asked = browser.post(f"/desk/account/identities/{linked.id}/unlink")
    assert asked.status_code == 403 and "Is it you?" in asked.text and each_place.count(EditorIdentity) == 1
    done = browser.post(f"/desk/account/identities/{linked.id}/unlink", **{"prove.password": PASSWORD})
    assert done.headers["location"] == "/desk/account?done=unlinked" and each_place.count(EditorIdentity) == 0
    assert is_in(browser) and not is_in(other)
    entry = each_place.rows(AuditEntry)[-1]
    assert (entry.action, entry.old, entry.new) == ("editor.identity", each_place.issuer.url, "unlinked")
    assert browser.post(f"/desk/account/identities/{linked.id}/unlink").status_code == 409


def test_nobody_unlinks_what_is_anothers(each_place: Place) -> None:
    each_place.enter(each_place.browser())
    bea = add_editor(each_place.parts, "bea@tide.example.org", "Bea")
    browser = each_place.browser()
    browser.take_seat(each_place.parts, bea)
    (linked,) = each_place.rows(EditorIdentity)
    assert browser.post(f"/desk/account/identities/{linked.id}/unlink").status_code == 409
    assert each_place.count(EditorIdentity) == 1


def test_signing_in_there_anew_proves_who_one_is_before_what_cannot_be_undone(
    each_place: Place, clock: SettableClock
) -> None:
    browser = each_place.browser()
    each_place.enter(browser)
    clock.sleep(3600)
    asked = browser.post("/desk/accounts/invite", address=INA["email"], role="writer")
    assert "Sign in anew with Harbour" in asked.text and asked.status_code == 403
    url = each_place.go(browser, "/desk/account/prove/oidc")
    assert "prompt=login" in url and "max_age=0" in url
    proved = each_place.come(browser, url)
    assert proved.headers["location"] == "/desk/account?done=proved"
    assert "You proved that it is you" in browser.get("/desk/account?done=proved").text
    assert browser.post("/desk/accounts/invite", address=INA["email"], role="writer").status_code == 303
    assert each_place.count(EditorSession) == 1, "the session is the same"


def test_a_sign_in_there_of_before_opens_the_desk_and_proves_nothing(place: Place, clock: SettableClock) -> None:
    place.issuer.signed_in_before = clock.now().timestamp() - 3600
    browser = place.browser()
    place.enter(browser)
    assert is_in(browser)
    asks_for_a_proof(browser)


def _not_anew(place: Place, clock: SettableClock) -> None:
    place.issuer.twist = lambda claims: {**claims, "auth_time": int(clock.now().timestamp()) - 3600}


def _without_a_time(place: Place, clock: SettableClock) -> None:
    place.issuer.twist = lambda claims: {name: value for name, value in claims.items() if name != "auth_time"}


def _as_another(place: Place, clock: SettableClock) -> None:
    place.issuer.person = {**MARA, "sub": "somebody-else"}


@pytest.mark.parametrize("spoil", [_not_anew, _without_a_time, _as_another])
def test_no_proof_is_one_that_is_old_or_of_somebody_else(
    place: Place, clock: SettableClock, spoil: Callable[[Place, SettableClock], None]
) -> None:
    browser = place.browser()
    place.enter(browser)
    clock.sleep(3600)
    spoil(place, clock)
    said(place.come(browser, place.go(browser, "/desk/account/prove/oidc")), "This does not prove that it is you")
    asks_for_a_proof(browser)


def test_an_account_that_is_not_linked_is_offered_no_such_proof(place: Place, clock: SettableClock) -> None:
    browser = place.browser()
    browser.take_seat(place.parts, place.editor)
    clock.sleep(3600)
    assert "Sign in anew with" not in browser.post("/desk/accounts/invite", address=INA["email"]).text
    assert "This account is not linked" in browser.get("/desk/account").text


# --- who is not let in


def test_unknown_disabled_and_replaced_people_get_the_same_answer(each_place: Place) -> None:
    each_place.enter(each_place.browser())
    bea = add_editor(each_place.parts, "bea@tide.example.org", "Bea")
    each_place.parts.accounts.team.disable(bea.address, by=operator())
    people = (
        dict(INA),
        {**INA, "email": bea.address},
        {**MARA, "sub": "whoever-has-the-address-now"},
        {**INA, "email": "no address at all"},
    )
    answers = set()
    for person in people:
        each_place.issuer.person = person
        answer = each_place.enter(each_place.browser())
        said(answer, NOBODY)
        answers.add(answer.text)
    assert len(answers) == 1


def test_a_disabled_editor_who_is_linked_gets_that_answer_too(each_place: Place) -> None:
    each_place.enter(each_place.browser())
    add_editor(each_place.parts, "bea@tide.example.org", "Bea")
    each_place.parts.accounts.team.disable(ADDRESS, by=operator())
    said(each_place.enter(each_place.browser()), NOBODY)


@pytest.mark.parametrize("verified", [False, None, "false", 0, "yes"])
def test_an_address_that_is_not_verified_there_links_nobody(place: Place, verified: object) -> None:
    place.issuer.person = {**MARA, "email_verified": verified}
    said(place.enter(place.browser()), "Your address is not verified there")
    assert place.count(EditorIdentity) == 0


@pytest.mark.parametrize("lacking", ["email", "email_verified"])
def test_nor_does_one_that_is_not_told(place: Place, lacking: str) -> None:
    place.issuer.person = {name: value for name, value in MARA.items() if name != lacking}
    said(place.enter(place.browser()), "Your address is not verified there")


def test_a_person_who_refuses_is_told_so(place: Place) -> None:
    browser = place.browser()
    said(place.come(browser, place.go(browser), "deny"), "It was refused there")
    said(browser.get(f"{BACK}?error=server_error&state=x"), NOT_BEGUN)


# --- state, and the browser


def test_an_answer_is_taken_once_and_a_code_opens_nothing_twice(place: Place) -> None:
    browser = place.browser()
    back = within(place.issuer.follow(place.go(browser)))
    kept = dict(browser.cookies)
    assert browser.get(back).status_code == 303
    again = place.browser()
    again.cookies.update(kept)
    said(again.get(back), NOT_BEGUN)
    state = parse_qs(urlsplit(place.go(again)).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    said(again.get(f"{BACK}?code={code}&state={quote(state)}"), UNBELIEVED)


def test_an_answer_to_another_browser_signs_nobody_in(place: Place) -> None:
    """A stranger who sends their own answer to somebody would have them work in the stranger's account (RFC 9700 section 2.1)."""
    strangers, victims = place.browser(), place.browser()
    back = within(place.issuer.follow(place.go(strangers)))
    said(victims.get(back), NOT_BEGUN)
    place.go(victims)
    said(victims.get(back), NOT_BEGUN)
    assert not is_in(victims)
    assert strangers.get(back).status_code == 303, "and it is not used up by that"


@pytest.mark.parametrize("state", ["", ".", "x", "%00", "x.%2Fdesk", "é", "." * 5000])
def test_an_answer_without_our_state_is_none(place: Place, state: str) -> None:
    browser = place.browser()
    place.go(browser)
    answer = browser.get(f"{BACK}?code=x&state={quote(state, safe='%')}")
    assert answer.status_code in (400, 404, 414, 422) and not is_in(browser)
    assert place.issuer.count("/token") == 0


def test_an_answer_that_comes_too_late_is_none(place: Place, clock: SettableClock) -> None:
    browser = place.browser()
    url = place.go(browser)
    clock.sleep(601)
    said(place.come(browser, url), NOT_BEGUN)


def test_the_answer_of_another_issuer_is_none(place: Place) -> None:
    browser = place.browser()
    back = within(place.issuer.follow(place.go(browser)))
    said(browser.get(f"{back}&iss=https%3A%2F%2Fevil.test"), NOT_BEGUN)  # RFC 9207
    back = within(place.issuer.follow(place.go(browser)))
    assert browser.get(f"{back}&iss={quote(place.issuer.url, safe='')}").status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/desk@evil.test", "/u/x"]
)
def test_the_way_leads_nowhere_but_to_our_own_pages(place: Place, target: str) -> None:
    browser = place.browser()
    answer = place.enter(browser, f"/desk/sign-in/oidc?next={quote(target, safe='')}")
    assert answer.headers["location"] == "/desk"


def test_the_page_in_the_state_cannot_be_changed_on_the_way(place: Place) -> None:
    browser = place.browser()
    back = within(place.issuer.follow(place.go(browser)))
    assert back.endswith("%2Fdesk"), back
    said(browser.get(back.replace("%2Fdesk", "%2Fdesk%2Faccount")), NOT_BEGUN)


# --- without it


def test_without_settings_there_is_no_button_and_no_such_place(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, issuer: OidcIssuer
) -> None:
    place = make_place(sqlite_database, clock, tmp_path, issuer, oidc_issuer="")
    browser = place.browser()
    assert "Harbour" not in browser.get("/desk/sign-in").text
    for path in ("/desk/sign-in/oidc", BACK):
        assert browser.get(path).status_code == 404


def test_without_the_extra_there_is_none_either_and_the_doctor_says_why(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.bootstrap.accounts.find_spec", lambda _name: None)
    browser = place.browser()
    assert "Harbour" not in browser.get("/desk/sign-in").text
    assert browser.get("/desk/sign-in/oidc").status_code == 404
    found = [each for each in place.parts.checks.examine(cheap_alone=True) if each.name == "single sign-on"]
    assert [(each.verdict, each.remedy) for each in found] == [("wrong", 'pip install "newsletter[oidc]"')]


def test_the_doctor_asks_the_issuer(place: Place) -> None:
    def looked() -> list[str]:
        return [each.verdict for each in place.parts.checks.examine() if each.name in ("single sign-on", "issuer")]

    assert looked() == ["good"]
    place.parts.accounts.single_sign_on.issuer._kept.clear()  # type: ignore[union-attr]
    place.issuer.document = {"issuer": "https://elsewhere.test"}
    assert looked() == ["wrong"]
