"""Second factors of editors: the program that shows codes, recovery codes, passkeys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from newsletter.model import Authenticator, Passkey, RecoveryCode


class Factors(NamedTuple):
    """What an editor has: whether a program shows codes, how many passkeys, and how many recovery codes are left."""

    authenticator: bool
    passkeys: int
    recovery_codes: int

    def __bool__(self) -> bool:
        return self.authenticator or self.passkeys > 0


def of(session: Session, editor_id: int) -> Factors:
    """Return which second factors an editor has."""
    shows = exists().where(Authenticator.editor_id == editor_id, Authenticator.confirmed_at.is_not(None))
    keys = select(func.count()).where(Passkey.editor_id == editor_id).scalar_subquery()
    codes = select(func.count()).where(RecoveryCode.editor_id == editor_id).scalar_subquery()
    has, number, left = session.execute(select(shows, keys, codes)).one()
    return Factors(bool(has), number, left)


def with_any(session: Session) -> set[int]:
    """Return the ids of the editors who have one."""
    shown = select(Authenticator.editor_id).where(Authenticator.confirmed_at.is_not(None))
    return set(session.scalars(shown.union(select(Passkey.editor_id))))


def authenticator(session: Session, editor_id: int) -> Authenticator | None:
    """Return the program of an editor, confirmed or not."""
    return session.get(Authenticator, editor_id, populate_existing=True)


def put(session: Session, made: Authenticator) -> None:
    """Store a program that is not confirmed yet, in place of another such one."""
    session.execute(delete(Authenticator).where(Authenticator.editor_id == made.editor_id))
    session.add(made)
    session.flush()


def take_step(session: Session, editor_id: int, step: int) -> bool:
    """Note that the code of a step was taken; False when it, or a later one, was taken before."""
    taken = (
        update(Authenticator)
        .where(Authenticator.editor_id == editor_id, Authenticator.step < step)
        .values(step=step)
        .returning(Authenticator.editor_id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(taken) is not None


def use_recovery_code(session: Session, editor_id: int, code_hash: bytes) -> bool:
    """Use a recovery code up; False when the editor has none such."""
    mine = (RecoveryCode.editor_id == editor_id) & (RecoveryCode.code_hash == code_hash)
    return session.scalar(delete(RecoveryCode).where(mine).returning(RecoveryCode.editor_id)) is not None


def replace_recovery_codes(session: Session, editor_id: int, hashes: Iterable[bytes]) -> None:
    """Store the recovery codes of an editor in place of those they had."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.editor_id == editor_id))
    session.add_all(RecoveryCode(editor_id=editor_id, code_hash=each) for each in hashes)
    session.flush()


def remove_authenticator(session: Session, editor_id: int) -> bool:
    """Delete the program of an editor; False when they have none."""
    gone = delete(Authenticator).where(Authenticator.editor_id == editor_id).returning(Authenticator.editor_id)
    return session.scalar(gone) is not None


def remove_all(session: Session, editor_id: int) -> None:
    """Delete every second factor of an editor."""
    for table in (Authenticator, RecoveryCode, Passkey):
        session.execute(delete(table).where(table.editor_id == editor_id))


def passkeys(session: Session, editor_id: int) -> Sequence[Passkey]:
    """Return the passkeys of an editor, oldest first."""
    return session.scalars(select(Passkey).where(Passkey.editor_id == editor_id).order_by(Passkey.id)).all()


def passkey(session: Session, credential_id: bytes) -> Passkey | None:
    """Return the passkey with this id of its own."""
    found = select(Passkey).where(Passkey.credential_id == credential_id)
    return session.scalar(found.execution_options(populate_existing=True))


def add_passkey(session: Session, made: Passkey) -> None:
    """Store a passkey."""
    session.add(made)
    session.flush()


def remove_passkey(session: Session, editor_id: int, passkey_id: int) -> bool:
    """Delete a passkey of an editor; False when they have none such."""
    mine = (Passkey.editor_id == editor_id) & (Passkey.id == passkey_id)
    return session.scalar(delete(Passkey).where(mine).returning(Passkey.id)) is not None
