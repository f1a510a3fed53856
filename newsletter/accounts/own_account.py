"""What editors do about themselves. Each step asks for the password: `admission` is the try that this counts as."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.accounts import sessions
from newsletter.accounts.editors import MOST_NAME_CHARS
from newsletter.accounts.limits import Admission
from newsletter.accounts.owners import leave_an_owner
from newsletter.accounts.password_rules import words_about
from newsletter.accounts.sessions import Brought, Opened, SignedIn, Visit
from newsletter.accounts.sign_in import SignIn
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError
from newsletter.model import Editor
from newsletter.store.accounts import audit, editors
from newsletter.store.accounts import sessions as store
from newsletter.store.accounts.audit import Subject
from newsletter.store.database import Database
from newsletter.zones import zone


def change_password(
    sign_in: SignIn, admission: Admission, seat: SignedIn, *, present: str, new: str, visit: Visit
) -> Opened:
    """Take a new password, end every session, and open one for this browser.

    Raises InputError when the present password is wrong or the new one will not do, LimitError after too many tries.
    """
    editor, now = seat.editor, sign_in.clock.now()
    sign_in.confirm(admission, editor, present)
    if new == present:
        raise InputError("this is the password you have", where="new password", remedy="choose another one")
    hashed = sign_in.passwords.hash(new, about=words_about(sign_in.database, editor.address, editor.name))
    with sign_in.database.write() as session:
        _as_confirmed(session, editor).password_hash = hashed
        store.end_all(session, editor.id)
        _note(session, seat, "editor.password", now)
        return sessions.begin(session, editor.id, now=now, visit=visit, brought=Brought())


def disable(sign_in: SignIn, admission: Admission, seat: SignedIn, *, password: str) -> None:
    """Disable one's own account and sign out everywhere. Raises InputError, LimitError; ConflictError for the last able owner."""
    sign_in.confirm(admission, seat.editor, password)
    with sign_in.database.write() as session:
        leave_an_owner(session, seat.editor.id)
        _as_confirmed(session, seat.editor).disabled_at = sign_in.clock.now()
        store.end_all(session, seat.editor.id)
        _note(session, seat, "editor.disable", sign_in.clock.now())


def remove(sign_in: SignIn, admission: Admission, seat: SignedIn, *, password: str) -> None:
    """Delete one's own account; what one wrote stays. Raises InputError, LimitError; ConflictError for the last able owner."""
    sign_in.confirm(admission, seat.editor, password)
    with sign_in.database.write() as session:
        leave_an_owner(session, seat.editor.id)
        gone = _as_confirmed(session, seat.editor)
        _note(session, seat, "editor.remove", sign_in.clock.now())
        editors.remove(session, gone.id)


_ACTS = {"time_zone": "editor.zone", "name": "editor.name"}


def choose_zone(database: Database, clock: Clock, seat: SignedIn, name: str) -> None:
    """Say in which time zone one is, empty for not saying: times at the desk are told in it, too. Raises InputError."""
    chosen = name.strip()
    if chosen:
        zone(chosen)  # raises
    _set(database, clock, seat, "time_zone", chosen)


def choose_name(database: Database, clock: Clock, seat: SignedIn, name: str) -> None:
    """Say how one is called, empty for one's address: colleagues see it beside what one did. Raises InputError."""
    chosen = " ".join(name.split())
    if len(chosen) > MOST_NAME_CHARS or not chosen.isprintable():
        what = f"a name is one line of at most {MOST_NAME_CHARS} characters"
        raise InputError(what, where="name", remedy="shorten it")
    _set(database, clock, seat, "name", chosen)


def _set(database: Database, clock: Clock, seat: SignedIn, what: str, chosen: str) -> None:
    """Keep what somebody chose for themselves, and write it down where it is another than before."""
    with database.write() as session:
        editor = editors.lock_by_id(session, seat.editor.id)
        if editor is None or (old := getattr(editor, what)) == chosen:
            return
        setattr(editor, what, chosen)
        subject = Subject("editor", seat.editor.id, seat.editor.address)
        audit.add(session, seat.actor, _ACTS[what], subject, at=clock.now(), old=old, new=chosen)


def _as_confirmed(session: Session, editor: Editor) -> Editor:
    """Return the editor for changing, as long as the password that was confirmed is still theirs."""
    locked = editors.lock_by_id(session, editor.id)
    if locked is None or locked.disabled_at is not None or locked.password_hash != editor.password_hash:
        raise ConflictError("your account was changed meanwhile", remedy="sign in again")
    return locked


def _note(session: Session, seat: SignedIn, action: str, now: datetime) -> None:
    audit.add(session, seat.actor, action, Subject("editor", seat.editor.id, seat.editor.address), at=now)
