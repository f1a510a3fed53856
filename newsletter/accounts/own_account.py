"""What editors do about themselves. Each step asks for the password: `admission` is the try that this counts as."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.accounts import sessions
from newsletter.accounts.limits import Admission
from newsletter.accounts.sessions import Brought, Opened, Visit
from newsletter.accounts.sign_in import SignIn
from newsletter.errors import ConflictError, InputError
from newsletter.model import Editor
from newsletter.store import editors
from newsletter.store import sessions as store


def change_password(
    sign_in: SignIn, admission: Admission, editor: Editor, *, present: str, new: str, visit: Visit
) -> Opened:
    """Take a new password, end every session, and open one for this browser.

    Raises InputError when the present password is wrong or the new one will not do, LimitError after too many tries.
    """
    sign_in.confirm(admission, editor, present)
    if new == present:
        raise InputError("this is the password you have", where="new password", remedy="choose another one")
    hashed = sign_in.passwords.hash(new)
    with sign_in.database.write() as session:
        _as_confirmed(session, editor).password_hash = hashed
        store.end_all(session, editor.id)
        return sessions.begin(session, editor.id, now=sign_in.clock.now(), visit=visit, brought=Brought())


def disable(sign_in: SignIn, admission: Admission, editor: Editor, *, password: str) -> None:
    """Disable one's own account and sign out everywhere. Raises InputError, LimitError; ConflictError for the last able editor."""
    sign_in.confirm(admission, editor, password)
    with sign_in.database.write() as session:
        _leave_somebody(session, editor)
        _as_confirmed(session, editor).disabled_at = sign_in.clock.now()
        store.end_all(session, editor.id)


def remove(sign_in: SignIn, admission: Admission, editor: Editor, *, password: str) -> None:
    """Delete one's own account; what one wrote stays. Raises InputError, LimitError; ConflictError for the last able editor."""
    sign_in.confirm(admission, editor, password)
    with sign_in.database.write() as session:
        _leave_somebody(session, editor)
        editors.remove(session, _as_confirmed(session, editor).id)


def _as_confirmed(session: Session, editor: Editor) -> Editor:
    """Return the editor for changing, as long as the password that was confirmed is still theirs."""
    locked = editors.lock_by_id(session, editor.id)
    if locked is None or locked.disabled_at is not None or locked.password_hash != editor.password_hash:
        raise ConflictError("your account was changed meanwhile", remedy="sign in again")
    return locked


def _leave_somebody(session: Session, editor: Editor) -> None:
    # All of them are locked, so that two who leave at once do not each count on the other.
    if [able.id for able in editors.lock_able(session)] == [editor.id]:
        raise ConflictError(
            "you are the last editor who can sign in",
            remedy="make another one first: `newsletter editor create`",
        )
