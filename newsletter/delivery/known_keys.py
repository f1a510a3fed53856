"""Compare the DKIM keys of this host with those that the ledger knows: mail that is signed elsewhere does not leave here unsigned.

The ledger knows a key from the first host that signs with it, and from whoever names it with `newsletter domain`. One selector is
one record in DNS, and so one key on all hosts; a selector that the ledger does not know is a new key, and is noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, NotFoundError, StoreError, TransportError
from newsletter.holder import place_of, this_process
from newsletter.keyring import domain_name, published_as
from newsletter.mail.dkim import DkimKey
from newsletter.mail.dkim_keys import fingerprint
from newsletter.model import KnownKey
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.delivery import known_keys as store

LOOK_EVERY = 10.0
"""Seconds for which a process trusts what it read of a domain."""
_DIGITS = 16
"""Digits of a fingerprint that are shown."""


class KeyUnusable(TransportError):  # noqa: N818 - what it says
    """Mail cannot be signed here as its domain is signed: better no mail than mail that fails its own DMARC policy."""


@dataclass(frozen=True)
class KnownKeys:
    """What the ledger knows of keys, for the workers of one host. Thread-safe: to look twice does no harm."""

    database: Database
    clock: Clock
    folder: Path
    _seen: dict[str, tuple[tuple[DkimKey, ...], float]] = field(default_factory=dict)

    def compare(self, domain: str, keys: tuple[DkimKey, ...]) -> None:
        """See that mail of `domain` may leave here signed with `keys`, or unsigned when there are none; note keys that are new.

        Raises KeyUnusable; StoreError only when nothing is known of these keys yet.
        """
        before, at = self._seen.get(domain, (None, float("-inf")))
        now = self.clock.monotonic()
        if before == keys and now - at < LOOK_EVERY:
            return
        try:
            wrong = self._wrong(domain, _prints(keys))
        except StoreError:
            if before == keys:
                return
            raise
        if wrong is not None:
            self._seen.pop(domain, None)
            raise wrong
        self._seen[domain] = keys, now

    def _wrong(self, domain: str, own: Mapping[str, str]) -> KeyUnusable | None:
        with self.database.read() as session:
            known = store.of_domain(session, domain)
        wrong = _difference(domain, own, known, self.folder / domain)
        if wrong is not None or own.keys() <= {each.selector for each in known}:
            return wrong
        with self.database.write() as session:
            store.note(session, domain, own, host=here(), now=self.clock.now())
            known = store.of_domain(session, domain)  # another host may have been first
        return _difference(domain, own, known, self.folder / domain)


def see(database: Database, domain: str, keys: Iterable[DkimKey], folder: Path) -> None:
    """See that the keys of this host, if it has any, are those of the others; nothing is noted. Raises KeyUnusable, StoreError."""
    with database.read() as session:
        known = store.of_domain(session, domain)
    if wrong := _difference(domain, _prints(keys), known, folder / domain):
        raise wrong


def may_make(database: Database, domain: str, selector: str, keys: Iterable[DkimKey]) -> None:
    """See that no other host has keys under this selector that this one lacks. Raises ConflictError, StoreError."""
    name = domain_name(domain)
    wanted = {published_as(selector, kind) for kind in ("rsa", "ed25519")} - {key.selector for key in keys}
    with database.read() as session:
        there = next((each for each in store.of_domain(session, name) if each.selector in wanted), None)
    if there is not None and there.retired_at is None:
        raise ConflictError(
            f"{there.host} signs mail of {name} with a key of selector {there.selector}, which is not here",
            where="DKIM",
            remedy="copy the folder of the keys from there, or name new ones with --selector",
        )


def declare(database: Database, clock: Clock, domain: str, keys: Iterable[DkimKey]) -> None:
    """Note that these are the keys of their selectors, whatever was known before. Raises StoreError."""
    with database.write() as session:
        store.replace(session, domain_name(domain), _prints(keys), host=here(), now=clock.now())


def retire(database: Database, clock: Clock, domain: str, selectors: Sequence[str]) -> None:
    """Note that nobody is to sign with these any more. Raises StoreError."""
    with database.write() as session:
        store.retire(session, domain_name(domain), selectors, clock.now())


def forget(database: Database, clock: Clock, domain: str, in_use: str, *, by: Actor) -> int:
    """Let mail of a domain leave unsigned where there are no keys; return how many keys were known.

    Raises ForbiddenError, ConflictError when this host signs it, with `in_use`, NotFoundError when none were known, StoreError.
    """
    require(by, Right.MANAGE_SERVICE, None)
    name = domain_name(domain)
    if in_use:
        remedy = "delete the file `in-use` of the domain on each host first"
        raise ConflictError(f"mail of {name} is signed with {in_use} here", where="DKIM", remedy=remedy)
    with database.write() as session:
        known = store.forget(session, name)
        if not known:
            raise NotFoundError(f"nobody is known to sign mail of {name}", remedy="nothing: it may leave unsigned")
        subject = audit.Subject("domain", None, name)
        audit.add(session, by, "domain.key", subject, at=clock.now(), old=f"{known} keys were known", new="unsigned")
    return known


def here() -> str:
    """Return the name of this host."""
    return place_of(this_process())[0]


def _prints(keys: Iterable[DkimKey]) -> dict[str, str]:
    return {key.selector: fingerprint(key) for key in keys}


def _difference(domain: str, own: Mapping[str, str], known: Sequence[KnownKey], folder: Path) -> KeyUnusable | None:
    """Say in what way the keys of this host are not those that mail of the domain is signed with; None when they are."""
    if own:
        told = (_differs(domain, own[each.selector], each) for each in known if each.selector in own)
    else:
        told = (_lacking(domain, each) for each in known if each.retired_at is None)
    what, remedy = next((found for found in told if found), ("", ""))
    return KeyUnusable(what, where=str(folder), remedy=remedy) if what else None


def _lacking(domain: str, known: KnownKey) -> tuple[str, str]:
    what = f"{known.host} signs mail of {domain} with {known.selector}, and this host has no key in use for it"
    remedy = (
        f"copy the folder of its keys from there; if nobody is to sign it any more, `newsletter domain forget {domain}`"
    )
    return what, remedy


def _differs(domain: str, mine: str, known: KnownKey) -> tuple[str, str] | None:
    copy = "copy the folder of its keys from a host that signs as it should"
    if mine != known.fingerprint:
        what = (
            f"the key {known.selector} of {domain} here ({mine[:_DIGITS]}) is another than that of {known.host} "
            f"({known.fingerprint[:_DIGITS]}), and DNS can hold one of them only"
        )
        return what, f"{copy}; if DNS has the key of this host, `newsletter domain use {domain} SELECTOR` here"
    if known.retired_at is not None:
        what = f"the key {known.selector} of {domain} is in use here and was retired on {known.retired_at:%Y-%m-%d}"
        return what, f"{copy}, or `newsletter domain use {domain} SELECTOR` here with newer ones"
    return None
