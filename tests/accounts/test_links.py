"""Links that work once: invitations, the first owner, forgotten passwords, signing in by mail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import insert, select

from newsletter import resources
from newsletter.accounts.account_mail import LASTS, AccountMail
from newsletter.accounts.limits import MAILS
from newsletter.accounts.links import Links, Newcomer
from newsletter.accounts.sessions import Brought, Opened
from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, ForbiddenError, InputError, NewsletterError, TokenError
from newsletter.model import AccountLink, LinkKind, Notice
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.rights import HeldGrant, Right, Role, rights_of
from newsletter.queue import connect
from newsletter.rendering.renderer import Renderer
from newsletter.store.accounts import account_links
from tests.accounts.conftest import BOSS, MARA, PASSWORD, VISIT, Desk
from tests.parts.looking import looking
from tests.web.places import add_publication

INA, NEW = "ina@tide.example.org", "another four words entirely"
PLACE = "https://news.example/desk/sign-in/link/"
HERS = Newcomer("Ina", NEW)


class Office:
    """A desk with a publication, links, and what writes their mails."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.database, self.clock = desk, desk.sign_in.database, desk.sign_in.clock
        self.publication = add_publication(self.database)
        self.links = Links(desk.sign_in, desk.team, connect(""), "https://news.example")
        self.mail = AccountMail(self.database, self.clock, Renderer(resources.TEMPLATES), "https://news.example")

    def notices(self) -> list[Notice]:
        with self.database.read() as session:
            return list(session.scalars(select(Notice).order_by(Notice.id)))

    def write(self, notice: Notice | None = None) -> str:
        """Write the newest mail, or another, and return the secret in it; empty when it is for nobody."""
        written = self.mail.write(notice or self.notices()[-1], self.publication)
        return "" if written is None else written.text.partition(PLACE)[2][:43]

    def invite(self, held: HeldGrant = HeldGrant(Role.WRITER, "orchard")) -> str:  # noqa: B008
        self.links.invite(INA, held, by=BOSS)
        return self.write()

    def ask(self, kind: LinkKind, address: str = MARA) -> str:
        self.links.ask(address, kind)
        return self.write()

    def join(self, secret: str) -> Opened:
        return self.links.join(secret, HERS, visit=VISIT, brought=Brought())

    def enter(self, secret: str) -> Opened:
        opened = self.links.enter(secret, visit=VISIT, brought=Brought())
        assert isinstance(opened, Opened)
        return opened

    def reset(self, secret: str) -> None:
        self.links.reset(secret, NEW, visit=VISIT)


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


MADE: dict[str, Callable[[Office], str]] = {
    "invite": Office.invite,
    "reset": lambda office: office.ask(LinkKind.RESET),
    "sign-in": lambda office: office.ask(LinkKind.SIGN_IN),
}
FOLLOWED: dict[str, Callable[[Office, str], object]] = {
    "invite": Office.join,
    "reset": Office.reset,
    "sign-in": Office.enter,
}


def test_who_is_invited_joins_with_the_role_and_a_name_of_their_own(office: Office) -> None:
    seat = office.desk.expect(office.join(office.invite()))
    assert (seat.editor.address, seat.editor.name) == (INA, "Ina")
    assert seat.actor.grants == {office.publication.id: rights_of(Role.WRITER, publication_id=office.publication.id)}
    assert office.desk.look_up(office.desk.enter(INA, NEW)) is not None
    told = [(entry.action, entry.actor_name) for entry in office.desk.trail() if entry.subject_name == INA]
    joining_and_entering = [("session.begin", INA)] * 2
    assert told == [*joining_and_entering, ("editor.create", INA), ("editor.invite", "root")]
    made = [entry for entry in office.desk.trail() if entry.action in ("editor.create", "editor.invite")]
    assert {entry.new for entry in made if entry.subject_name == INA} == {"writer"}


def test_a_new_password_by_mail_takes_the_place_of_the_old_and_signs_out_everywhere(office: Office) -> None:
    opened = office.desk.enter()
    office.reset(office.ask(LinkKind.RESET))
    assert office.desk.look_up(opened) is None
    with pytest.raises(InputError):
        office.desk.enter()
    assert office.desk.look_up(office.desk.enter(password=NEW)) is not None


def test_a_link_by_mail_signs_in_and_proves_nothing_more_than_the_mailbox(office: Office) -> None:
    seat = office.desk.expect(office.enter(office.ask(LinkKind.SIGN_IN)))
    assert seat.editor.address == MARA
    assert not seat.is_proved(office.clock.now())
    assert office.desk.expect(office.desk.enter()).is_proved(office.clock.now())


@pytest.mark.parametrize("kind", MADE)
def test_a_link_works_once_and_looking_at_it_uses_nothing_up(office: Office, kind: str) -> None:
    secret = MADE[kind](office)
    for _ in range(3):
        assert office.links.look(secret).kind == kind
    FOLLOWED[kind](office, secret)
    for spent in (office.links.look, lambda each: FOLLOWED[kind](office, each)):
        with pytest.raises(TokenError, match="works no more"):
            spent(secret)


@pytest.mark.parametrize("kind", MADE)
def test_of_those_who_follow_a_link_at_once_one_gets_there(office: Office, kind: str) -> None:
    secret, together = MADE[kind](office), threading.Barrier(3)

    def follow(_: int) -> bool:
        together.wait(30)
        try:
            FOLLOWED[kind](office, secret)
        except (TokenError, ConflictError):
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(follow, range(3))) == [False, False, True]


@pytest.mark.parametrize("kind", MADE)
def test_a_link_works_as_long_as_its_mail_says_from_when_it_was_written(office: Office, kind: str) -> None:
    secret = MADE[kind](office)
    office.clock.sleep(LASTS[LinkKind(kind)].total_seconds() - 1)
    office.links.look(secret)
    office.clock.sleep(1)
    with pytest.raises(TokenError):
        FOLLOWED[kind](office, secret)


@pytest.mark.parametrize("kind", MADE)
def test_a_newer_link_takes_the_place_of_the_older_whose_mail_may_not_be_written_yet(office: Office, kind: str) -> None:
    first = MADE[kind](office)
    older = office.notices()[-1]
    second = MADE[kind](office)
    assert office.write(older) == ""
    with pytest.raises(TokenError):
        FOLLOWED[kind](office, first)
    FOLLOWED[kind](office, second)


@pytest.mark.parametrize("kind", MADE)
def test_a_mail_that_is_written_twice_has_one_link_that_works(office: Office, kind: str) -> None:
    first, second = MADE[kind](office), office.write()
    with pytest.raises(TokenError):
        office.links.look(first)
    FOLLOWED[kind](office, second)


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("other", MADE)
def test_a_link_is_worth_nothing_where_another_kind_belongs(office: Office, kind: str, other: str) -> None:
    if kind == other:
        return
    secret = MADE[kind](office)
    with pytest.raises((TokenError, ConflictError)):
        FOLLOWED[other](office, secret)
    assert office.links.look(secret).kind == kind


def test_neither_the_ledger_nor_a_mail_that_waits_has_the_secret(office: Office) -> None:
    for make in MADE.values():
        secret = make(office)
        with office.database.read() as session:
            kept = [str(vars(row)) for table in (AccountLink, Notice) for row in session.scalars(select(table))]
        assert not [row for row in kept if secret in row]


@pytest.mark.parametrize(
    "secret", ["", "x", "é" * 43, "A" * 43, "LS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0", "\udcff"]
)
def test_a_made_up_secret_leads_nowhere(office: Office, secret: str) -> None:
    with pytest.raises(TokenError):
        office.links.look(secret)


# --- whom a mail goes to


@pytest.mark.parametrize("kind", [LinkKind.RESET, LinkKind.SIGN_IN])
def test_asking_leaves_the_same_behind_whether_the_address_is_an_editors_or_nobodys(
    office: Office, kind: LinkKind
) -> None:
    bo = "bo@tide.example.org"
    office.desk.add(bo)
    office.desk.team.disable(bo, by=BOSS)
    known = []
    for address in (MARA, "nobody@tide.example.org", bo):
        office.links.ask(address.upper(), kind)
        with office.database.read() as session:
            link = session.scalars(select(AccountLink).where(AccountLink.address == address)).one()
        notice = office.notices()[-1]
        known.append((link.kind, link.secret_hash, notice.kind, notice.state, notice.subject, notice.text))
    assert len(set(known)) == 1
    assert [bool(office.write(notice)) for notice in office.notices()] == [True, False, False]


def test_nobody_fills_a_mailbox_by_asking(office: Office) -> None:
    for address in (MARA, "nobody@tide.example.org"):
        before = len(office.notices())
        for _ in range(MAILS + 2):
            office.links.ask(address, LinkKind.RESET)
        assert len(office.notices()) - before == MAILS
    office.links.ask(MARA, LinkKind.SIGN_IN)
    office.clock.sleep(3601)
    office.links.ask(MARA, LinkKind.RESET)
    assert len(office.notices()) == 2 * MAILS + 2


def test_what_is_no_address_is_asked_for_in_vain(office: Office) -> None:
    office.links.ask("no address", LinkKind.RESET)
    assert office.notices() == []


def test_who_was_disabled_or_removed_meanwhile_gets_nothing_by_a_link(office: Office) -> None:
    office.desk.add("ada@tide.example.org")
    for step in ("disable", "remove"):
        for kind in (LinkKind.RESET, LinkKind.SIGN_IN):
            secret = office.ask(kind)
            getattr(office.desk.team, step)(MARA, by=BOSS)
            with pytest.raises(TokenError):
                FOLLOWED[kind.value](office, secret)
            if step == "disable":
                office.desk.team.enable(MARA, by=BOSS)
            else:
                office.desk.add()
            office.clock.sleep(3601)


def test_a_password_set_by_mail_ends_the_other_links_of_its_address(office: Office) -> None:
    entering, resetting = office.ask(LinkKind.SIGN_IN), office.ask(LinkKind.RESET)
    office.reset(resetting)
    with pytest.raises(TokenError):
        office.enter(entering)


# --- invitations


def test_an_invitation_can_be_taken_back_and_brought_by_hand(office: Office) -> None:
    secret = office.invite()
    assert [link.address for link in office.links.invitations()] == [INA]
    office.links.withdraw(INA.upper(), by=BOSS)
    assert office.links.invitations() == []
    with pytest.raises(TokenError):
        office.join(secret)
    address = office.links.invite_by_hand(INA, HeldGrant(Role.OWNER), by=BOSS)
    assert address.startswith(PLACE)
    assert office.desk.expect(office.join(address.removeprefix(PLACE))).actor.grants == {None: frozenset(Right)}


@pytest.mark.parametrize("step", ["invite", "invite_by_hand", "withdraw", "first_owner"])
def test_only_who_manages_accounts_invites(office: Office, step: str) -> None:
    by = Actor(ActorKind.EDITOR, 9, "eve@tide.example.org", "", {None: rights_of(Role.PUBLISHER, publication_id=None)})
    given = {"withdraw": (INA,), "first_owner": ()}.get(step, (INA, HeldGrant(Role.OWNER)))
    with pytest.raises(ForbiddenError):
        getattr(office.links, step)(*given, by=by)
    assert office.notices() == []


@pytest.mark.parametrize(
    ("address", "held", "error"),
    [
        (MARA, HeldGrant(Role.WRITER), ConflictError),
        ("no address", HeldGrant(Role.WRITER), InputError),
        (INA, HeldGrant(Role.WRITER, "nowhere"), NewsletterError),
    ],
)
def test_an_invitation_that_cannot_be_is_refused(
    office: Office, address: str, held: HeldGrant, error: type[Exception]
) -> None:
    for invite in (office.links.invite, office.links.invite_by_hand):
        with pytest.raises(error):
            invite(address, held, by=BOSS)
    assert office.links.invitations() == []


def test_a_password_that_will_not_do_leaves_the_link_as_it_was(office: Office) -> None:
    secret = office.invite()
    for password in ("short", "ina@tide.example.org", "passwordpassword"):
        with pytest.raises(InputError):
            office.links.join(secret, Newcomer("Ina", password), visit=VISIT, brought=Brought())
    office.join(secret)


# --- the first owner


@contextmanager
def nobody(office: Office) -> Iterator[None]:
    with office.database.write() as session:
        for table in ("grants", "editor_sessions", "known_browsers", "editors"):
            session.execute(select(1))  # a transaction
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    yield


def test_the_first_owner_comes_by_the_newest_link_and_nobody_after(office: Office, clock: SettableClock) -> None:
    assert office.links.first_owner(by=BOSS) == ""
    with nobody(office):
        older, newer = (office.links.first_owner(by=BOSS).removeprefix(PLACE) for _ in range(2))
    me = Newcomer("Olga", NEW, "Olga@Tide.example.org")
    with pytest.raises(TokenError):
        office.links.join(older, me, visit=VISIT, brought=Brought())
    seat = office.desk.expect(office.links.join(newer, me, visit=VISIT, brought=Brought()))
    assert (seat.editor.address, seat.actor.grants) == ("olga@tide.example.org", {None: frozenset(Right)})
    assert office.links.first_owner(by=BOSS) == ""


def test_the_first_owners_link_is_worth_nothing_once_there_is_an_editor(office: Office) -> None:
    with nobody(office):
        secret = office.links.first_owner(by=BOSS).removeprefix(PLACE)
    office.desk.add(MARA, PASSWORD)
    with pytest.raises(TokenError):
        office.links.join(secret, Newcomer("Eve", NEW, "eve@tide.example.org"), visit=VISIT, brought=Brought())
    assert [member.listed.editor.address for member in office.desk.team.members()] == [MARA]


def test_links_that_have_expired_leave_no_rows(office: Office) -> None:
    office.invite()
    office.clock.sleep(LASTS[LinkKind.INVITE].total_seconds())
    office.ask(LinkKind.RESET)
    with office.database.read() as session:
        assert [link.kind for link in session.scalars(select(AccountLink))] == [LinkKind.RESET]
        assert account_links.invitations(session, office.clock.now()) == []


def test_asking_looks_at_no_more_however_many_mails_the_ledger_holds(office: Office) -> None:
    looks = []
    for number in (100, 3000):
        now = office.clock.now()
        with office.database.write() as session:
            kept = {"subject": "", "text": "", "html": "", "state": "sent", "next_attempt_at": now, "created_at": now}
            rows = [{"kind": "reset", "to_address": f"r{n}@one.example", **kept} for n in range(number)]
            session.execute(insert(Notice), rows)
        with looking(office.database, "notices") as looked:
            office.links.ask(MARA, LinkKind.RESET)
        looks.append(looked[0])
    assert looks[1] < looks[0] + 500, looks
