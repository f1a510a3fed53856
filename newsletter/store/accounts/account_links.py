"""Links that work once, found by the hash of their secret alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.model import AccountLink, LinkKind


def put(session: Session, link: AccountLink) -> AccountLink:
    """Store a link in place of the one of this kind that the address has; what has expired goes, whoever's it was."""
    now = link.created_at
    same = (AccountLink.kind == link.kind) & (AccountLink.address == link.address)
    session.execute(delete(AccountLink).where(same | (AccountLink.expires_at <= now)))
    session.add(link)
    session.flush()
    return link


def find(session: Session, secret_hash: bytes, now: datetime) -> AccountLink | None:
    """Return the link with this secret; None when it was used or replaced, or has expired."""
    return session.scalar(
        select(AccountLink).where(AccountLink.secret_hash == secret_hash, AccountLink.expires_at > now)
    )


def take(session: Session, secret_hash: bytes, now: datetime) -> AccountLink | None:
    """Use a link up and return it; None when somebody did so before."""
    found = find(session, secret_hash, now)
    gone = delete(AccountLink).where(AccountLink.secret_hash == secret_hash).returning(AccountLink.id)
    if found is None or session.scalar(gone) is None:
        return None
    session.expunge(found)
    return found


def of_notice(session: Session, notice_id: int) -> AccountLink | None:
    """Return the link that a mail brings, locked; None when another one took its place."""
    return session.scalar(select(AccountLink).where(AccountLink.notice_id == notice_id).with_for_update())


def drop(session: Session, link: AccountLink) -> None:
    """Delete a link."""
    session.execute(delete(AccountLink).where(AccountLink.id == link.id))


def drop_all(session: Session, address: str) -> None:
    """Delete the links of an address that lead into its account: what they prove was changed."""
    mine = (AccountLink.address == address) & AccountLink.kind.in_((LinkKind.RESET, LinkKind.SIGN_IN))
    session.execute(delete(AccountLink).where(mine))


def invitations(session: Session, now: datetime) -> list[AccountLink]:
    """Return the invitations that nobody has followed yet, by address."""
    waiting = (AccountLink.kind == LinkKind.INVITE) & (AccountLink.expires_at > now)
    return list(session.scalars(select(AccountLink).where(waiting).order_by(AccountLink.address)))


def withdraw(session: Session, address: str) -> bool:
    """Delete the invitation of an address; False when there is none."""
    mine = (AccountLink.kind == LinkKind.INVITE) & (AccountLink.address == address)
    return session.scalar(delete(AccountLink).where(mine).returning(AccountLink.id)) is not None


def invitation(session: Session, address: str, now: datetime) -> AccountLink | None:
    """Return the invitation of an address that is open."""
    waiting = (AccountLink.kind == LinkKind.INVITE) & (AccountLink.expires_at > now)
    return session.scalar(select(AccountLink).where(waiting, AccountLink.address == address))
