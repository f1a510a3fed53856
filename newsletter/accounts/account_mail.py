"""Mails about an account: an invitation, a new password, a link to sign in. The secret is made when the mail is written.

So neither the page that asks for a mail nor the ledger ever holds it, and that page does the same for an address that nobody has:
whether there is an editor is looked up when the mail would go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.accounts.secrets import hash_of_new, new_secret
from newsletter.clock import Clock
from newsletter.model import AccountLink, LinkKind, Notice, Publication
from newsletter.model.brand import brand_of
from newsletter.model.credentials import ACCOUNT_NOTICES
from newsletter.model.states import NoticeState
from newsletter.rendering.renderer import NoticeRendering, Renderer
from newsletter.store.accounts import account_links, editors
from newsletter.store.database import Database
from newsletter.store.delivery import notices

LASTS = {
    LinkKind.INVITE: timedelta(days=7),
    LinkKind.RESET: timedelta(hours=1),
    LinkKind.SIGN_IN: timedelta(minutes=15),
    LinkKind.OWNER: timedelta(days=1),
}
"""How long a link works, from the moment it was written."""
PLACE = "/desk/sign-in/link/"
_WORDS = {LinkKind.INVITE: "seven days", LinkKind.RESET: "an hour", LinkKind.SIGN_IN: "fifteen minutes"}
_UNWRITTEN = "(written when it is sent)"


def owed(session: Session, link: AccountLink, publication: Publication) -> int:
    """Owe an address the mail with a link, in the name of a publication; return the notice's id."""
    notice = Notice(
        kind=ACCOUNT_NOTICES[link.kind],
        publication_id=publication.id,
        to_address=link.address,
        subject=_UNWRITTEN,
        text="",
        html="",
        state=NoticeState.QUEUED,
        next_attempt_at=link.created_at,
        created_at=link.created_at,
    )
    link.notice_id = notices.add(session, notice).id
    account_links.put(session, link)
    return link.notice_id


@dataclass(frozen=True)
class AccountMail:
    """The tools of writing them, put together once per process."""

    database: Database
    clock: Clock
    renderer: Renderer
    base_url: str

    def write(self, notice: Notice, publication: Publication) -> NoticeRendering | None:
        """Return the mail with a fresh link, the only one that works; None when nobody is to get it any more."""
        secret, now = new_secret(), self.clock.now()
        with self.database.write() as session:
            link = account_links.of_notice(session, notice.id)
            if link is None or not _is_wanted(session, link, now):
                return None
            link.secret_hash, link.expires_at = hash_of_new(secret), now + LASTS[link.kind]
            kind, role = link.kind, link.role
        values = {"address": notice.to_address, "url": f"{self.base_url}{PLACE}{secret}", "lasts": _WORDS[kind]}
        if role is not None:
            values["role"] = role
        return self.renderer.notice(ACCOUNT_NOTICES[kind], brand_of(publication, self.base_url), **values)


def _is_wanted(session: Session, link: AccountLink, now: datetime) -> bool:
    editor = editors.find(session, link.address)
    if link.kind is LinkKind.INVITE:
        return editor is None and link.expires_at > now
    if editor is not None and editor.disabled_at is None and link.expires_at > now:
        return True
    account_links.drop(session, link)
    return False
