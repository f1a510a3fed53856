"""Links that work once: invite somebody, make the first owner, set a forgotten password anew, sign in by mail.

Each is found by the hash of its secret, is used up by following it to its end, and not by looking at it: programs that read mail do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts import account_mail, limits
from newsletter.accounts.account_mail import LASTS, PLACE
from newsletter.accounts.editors import MOST_NAME_CHARS, Team, known
from newsletter.accounts.password_rules import words_about
from newsletter.accounts.permissions import require
from newsletter.accounts.secrets import hash_of, hash_of_new, new_secret
from newsletter.accounts.sessions import Brought, Opened, Visit
from newsletter.accounts.sign_in import Half, SignIn
from newsletter.errors import ConflictError, InputError, NotFoundError, QueueError, TokenError
from newsletter.model import AccountLink, Editor, LinkKind, Publication
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.rights import HeldGrant, Right, Role
from newsletter.queue import Job, Queue
from newsletter.store.accounts import account_links, audit, editors, grants, sessions
from newsletter.store.accounts.audit import Subject
from newsletter.store.publications import publications

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What somebody who follows an invitation, or becomes the first owner, says of themselves."""

    name: str
    password: str
    address: str = ""  # asked for only by the first owner's link


@dataclass(frozen=True)
class Links:
    """The tools, put together once per process."""

    sign_in: SignIn
    team: Team
    queue: Queue
    base_url: str

    # --- made

    def invite(self, address: str, held: HeldGrant, *, by: Actor) -> None:
        """Invite somebody by mail, in place of an earlier invitation. Raises ForbiddenError, InputError, ConflictError, NotFoundError."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        link = self._invitation(address, held)
        with self.sign_in.database.write() as session:
            self._expect_nobody(session, link.address)
            publication = _sender(session, link.publication_id)
            if publication is None:
                raise ConflictError(
                    "there is no publication in whose name a mail could go",
                    remedy="make one first, or take the link yourself: `newsletter editor invite --print`",
                )
            notice_id = account_mail.owed(session, link, publication)
            self._note_invitation(session, by, link)
        self._ring(notice_id)

    def invite_by_hand(self, address: str, held: HeldGrant, *, by: Actor) -> str:
        """Return the address of an invitation, for whoever brings it there. Raises as `invite` does."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        link, secret = self._invitation(address, held), new_secret()
        link.secret_hash = hash_of_new(secret)
        with self.sign_in.database.write() as session:
            self._expect_nobody(session, link.address)
            account_links.put(session, link)
            self._note_invitation(session, by, link)
        return self._url(secret)

    def withdraw(self, address: str, *, by: Actor) -> None:
        """Take an invitation back. Raises ForbiddenError, InputError, NotFoundError."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        with self.sign_in.database.write() as session:
            if not account_links.withdraw(session, known(address)):
                raise NotFoundError(
                    "nobody with this address is invited", remedy="they may have followed the link already"
                )
            now = self.sign_in.clock.now()
            audit.add(session, by, "editor.invite", Subject("editor", None, known(address)), at=now, old="invited")

    def invitations(self) -> Sequence[AccountLink]:
        """Return the invitations that nobody has followed yet."""
        with self.sign_in.database.read() as session:
            return account_links.invitations(session, self.sign_in.clock.now())

    def first_owner(self, *, by: Actor) -> str:
        """Return the address of the link that makes the first owner, the only one that works; empty when there is an editor."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        secret, link = new_secret(), self._link(LinkKind.OWNER, "")
        link.secret_hash, link.role = hash_of_new(secret), Role.OWNER
        with self.sign_in.database.write() as session:
            if editors.any_there(session):
                return ""
            account_links.put(session, link)
        return self._url(secret)

    def ask(self, address: str, kind: LinkKind) -> None:
        """Owe an address a link to set its password anew, or to sign in. Nobody can tell from it whether the address is an editor's."""
        try:
            known_as = known(address)
        except InputError:
            return  # no mail goes there, whoever's it is
        link = self._link(kind, known_as)
        with self.sign_in.database.write() as session:
            publication = _sender(session, None)
            if publication is None:
                log.warning("no mail about an account can go: there is no publication in whose name")
                return
            if not limits.may_be_mailed(self.sign_in.buckets, kind, known_as):
                return
            notice_id = account_mail.owed(session, link, publication)
        self._ring(notice_id)

    # --- followed

    def look(self, secret: str) -> AccountLink:
        """Return what a link is for, without using it up. Raises TokenError when it works no more."""
        secret_hash = hash_of(secret)
        with self.sign_in.database.read() as session:
            found = account_links.find(session, secret_hash, self.sign_in.clock.now()) if secret_hash else None
        if found is None:
            raise _spent()
        return found

    def join(self, secret: str, newcomer: Newcomer, *, visit: Visit, brought: Brought) -> Opened:
        """Make the editor who was invited, or the first owner. Raises TokenError, InputError, ConflictError."""
        link = self.look(secret)
        address = known(newcomer.address) if link.kind is LinkKind.OWNER else link.address
        hashed = self.sign_in.passwords.hash(
            newcomer.password, about=words_about(self.sign_in.database, address, newcomer.name)
        )
        now = self.sign_in.clock.now()
        made = Editor(
            address=address, name=newcomer.name.strip()[:MOST_NAME_CHARS], password_hash=hashed, created_at=now
        )
        with self.sign_in.database.write() as session:
            self._use(session, secret, LinkKind.INVITE, LinkKind.OWNER)
            if link.kind is LinkKind.OWNER and editors.any_there(session):
                raise _spent()
            editors.add(session, made)
            grants.give(session, made.id, link.publication_id, link.role or Role.WRITER, now)
            by = Actor(ActorKind.EDITOR, made.id, address, visit.network)
            subject, role = Subject("editor", made.id, address), link.role or ""
            audit.add(session, by, "editor.create", subject, at=now, publication_id=link.publication_id, new=role)
            return self.sign_in.begin(session, made.id, visit=visit, brought=brought)

    def reset(self, secret: str, password: str, *, visit: Visit) -> None:
        """Set a forgotten password anew and sign the editor out everywhere. Raises TokenError, InputError."""
        link, now = self.look(secret), self.sign_in.clock.now()
        hashed = self.sign_in.passwords.hash(password, about=words_about(self.sign_in.database, link.address))
        with self.sign_in.database.write() as session:
            self._use(session, secret, LinkKind.RESET)
            editor = _expect_able(editors.find(session, link.address))
            locked = _expect_able(editors.lock_by_id(session, editor.id))
            locked.password_hash = hashed
            sessions.end_all(session, locked.id)
            account_links.drop_all(session, locked.address)
            by = Actor(ActorKind.EDITOR, locked.id, locked.address, visit.network)
            audit.add(
                session, by, "editor.password", Subject("editor", locked.id, locked.address), at=now, new="by mail"
            )

    def enter(self, secret: str, *, visit: Visit, brought: Brought) -> Opened | Half:
        """Open a session for whoever has the mailbox, or half of one where a second factor is asked for. Raises TokenError."""
        link = self.look(secret)
        with self.sign_in.database.write() as session:
            self._use(session, secret, LinkKind.SIGN_IN)
            editor = _expect_able(editors.find(session, link.address))
            locked = _expect_able(editors.lock_by_id(session, editor.id))
            return self.sign_in.begin_or_ask(session, locked.id, visit=visit, brought=brought, proves=False)

    def _use(self, session: Session, secret: str, *kinds: LinkKind) -> None:
        secret_hash = hash_of(secret)
        used = account_links.take(session, secret_hash, self.sign_in.clock.now()) if secret_hash else None
        if used is None or used.kind not in kinds:
            raise _spent()

    def _invitation(self, address: str, held: HeldGrant) -> AccountLink:
        link = self._link(LinkKind.INVITE, known(address))
        link.role, link.publication_id = held.role, self.team.scope(held.publication)
        return link

    def _link(self, kind: LinkKind, address: str) -> AccountLink:
        now = self.sign_in.clock.now()
        return AccountLink(kind=kind, address=address, created_at=now, expires_at=now + LASTS[kind])

    def _expect_nobody(self, session: Session, address: str) -> None:
        if editors.find(session, address) is not None:
            raise ConflictError(
                "an editor with this address exists already", remedy="give them a role: `newsletter editor role`"
            )

    def _note_invitation(self, session: Session, by: Actor, link: AccountLink) -> None:
        subject, role = Subject("editor", None, link.address), link.role or ""
        at, where = link.created_at, link.publication_id
        audit.add(session, by, "editor.invite", subject, at=at, publication_id=where, new=role)

    def _url(self, secret: str) -> str:
        return f"{self.base_url}{PLACE}{secret}"

    def _ring(self, notice_id: int) -> None:
        with contextlib.suppress(QueueError):  # the scheduler rings again for every notice that is due
            self.queue.ring(Job.SEND_NOTICE, notice_id)


def _sender(session: Session, publication_id: int | None) -> Publication | None:
    """Return the publication in whose name a mail goes: that one, or else the first."""
    if publication_id is not None:
        return publications.by_id(session, publication_id)
    return next(iter(publications.all_of(session)), None)


def _expect_able(editor: Editor | None) -> Editor:
    if editor is None or editor.disabled_at is not None:
        raise _spent()
    return editor


def _spent() -> TokenError:
    return TokenError(
        "this link works no more: it was used, or replaced by a newer one, or is too old", remedy="ask for a new one"
    )
