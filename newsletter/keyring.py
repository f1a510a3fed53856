"""The DKIM keys of this service, kept as files: `<folder>/<domain>/<selector>.<algorithm>.pem`, mode 0600.

The file `in-use` beside them names the selector mail is signed with. Several machines may share the folder; a worker sees
a change with its next batch. Where they work under different users, a folder of mode 2750 shares it with one group: what is
made in it can be read by that group (0640), and by nobody else.
"""

from __future__ import annotations

from pathlib import Path

from newsletter import private_files
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.mail.address import parse_address
from newsletter.mail.dkim import Canonicalization, DkimKey, DkimSigner
from newsletter.mail.dkim_keys import make_ed25519_key, make_rsa_key, read_pem, write_pem

FIRST_SELECTOR = "news1"
"""Name of the first selector of a domain, when nobody names one."""

_IN_USE = "in-use"
_MAKERS = {"rsa": make_rsa_key, "ed25519": make_ed25519_key}


def domain_name(text: str) -> str:
    """Return a domain in lower-case A-labels. Raises InputError when it is none."""
    try:
        return parse_address(f"postmaster@{text.strip().rstrip('.')}").domain
    except InputError:
        raise InputError(f"{text!r} is not a domain", remedy="write it as example.org") from None


class Keyring:
    """Reads and makes keys; thread-safe. Nothing that exists is ever overwritten."""

    def __init__(self, folder: Path, canonicalization: Canonicalization = Canonicalization.RELAXED_SIMPLE) -> None:
        self._folder = folder
        self._canonicalization = canonicalization
        self._signers: dict[str, tuple[int, DkimSigner | None]] = {}

    def place(self, domain: str) -> Path:
        """Return the folder of a domain's keys. Raises InputError when it is none."""
        return self._folder / domain_name(domain)

    def selectors(self, domain: str) -> list[str]:
        """Return the selectors that have a key, by name."""
        found = {path.name.split(f".{kind}.pem")[0] for kind in _MAKERS for path in self._files(domain, kind)}
        return sorted(found)

    def in_use(self, domain: str) -> str:
        """Return the selector mail is signed with; empty when mail of this domain is not signed."""
        try:
            return (self.place(domain) / _IN_USE).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return ""

    def keys(self, domain: str, selector: str) -> list[DkimKey]:
        """Return the keys of one selector, RSA first. Raises InputError when a file cannot be read or is no key."""
        paths = {kind: self._path(domain, selector, kind) for kind in _MAKERS}
        return [_read(path, published_as(selector, kind)) for kind, path in paths.items() if path.exists()]

    def is_whole(self, domain: str, selector: str) -> bool:
        """Tell whether a selector has a key of each kind. Raises InputError when the domain or the selector is none."""
        return all(self._path(domain, selector, kind).exists() for kind in _MAKERS)

    def make(self, domain: str, selector: str) -> list[DkimKey]:
        """Make the keys that are missing and return all of the selector; a domain's first selector is in use at once.

        Raises InputError when the domain or the selector is none, or the folder cannot be written.
        """
        try:
            paths = {kind: self._path(domain, selector, kind) for kind in _MAKERS}
            # All are made before any is kept: a name that is too long for one of them leaves nothing behind.
            lacking = {
                path: _MAKERS[kind](published_as(selector, kind)) for kind, path in paths.items() if not path.exists()
            }
            for path, key in lacking.items():
                private_files.keep(path, write_pem(key), share=True)
            if not self.in_use(domain):
                private_files.keep(self.place(domain) / _IN_USE, f"{selector}\n".encode(), share=True)
        except OSError as error:
            raise InputError(f"cannot keep a key: {error.strerror}", where=str(error.filename)) from None
        return self.keys(domain, selector)

    def use(self, domain: str, selector: str) -> None:
        """Sign with this selector from now on. Raises NotFoundError when it has no key."""
        if not self.keys(domain, selector):
            names = ", ".join(self.selectors(domain)) or "none yet: `newsletter domain records`"
            raise NotFoundError(f"{domain} has no selector {selector!r}", remedy=f"there are: {names}")
        private_files.replace(self.place(domain) / _IN_USE, f"{selector}\n".encode(), share=True)

    def retire(self, domain: str, selector: str) -> list[str]:
        """Delete the keys of a selector for good; return the selectors they were published under.

        Raises NotFoundError when it has none, ConflictError when mail is signed with it, InputError when a file cannot be deleted.
        """
        paths = {kind: self._path(domain, selector, kind) for kind in _MAKERS}
        there = {kind: path for kind, path in paths.items() if path.exists()}
        if not there:
            names = ", ".join(self.selectors(domain)) or "none"
            raise NotFoundError(f"{domain} has no selector {selector!r}", remedy=f"there are: {names}")
        if selector == self.in_use(domain):
            remedy = f"sign with another first: `newsletter domain use {domain}`"
            raise ConflictError(
                f"mail of {domain} is signed with {selector}", where=str(self.place(domain)), remedy=remedy
            )
        try:
            for path in there.values():
                path.unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"cannot delete a key: {error.strerror}", where=str(error.filename)) from None
        return [published_as(selector, kind) for kind in there]

    def signer(self, domain: str) -> DkimSigner | None:
        """Return what signs mail of a domain, or None when nothing does. Costs one look at the folder when nothing changed.

        Raises InputError when a key in use is gone or cannot be read: better no mail than mail that fails its own DMARC policy.
        """
        place = self.place(domain)
        try:
            changed = place.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        kept = self._signers.get(domain)
        if kept is None or kept[0] != changed:
            kept = self._signers[domain] = (changed, self._signer(domain))
        return kept[1]

    def _signer(self, domain: str) -> DkimSigner | None:
        selector = self.in_use(domain)
        if not selector:
            return None
        keys = self.keys(domain, selector)
        if not keys:
            remedy = f"put it back, or `newsletter domain use {domain}` another"
            raise InputError(f"the key of selector {selector} is gone", where=str(self.place(domain)), remedy=remedy)
        return DkimSigner(domain_name(domain), keys, self._canonicalization)

    def _path(self, domain: str, selector: str, kind: str) -> Path:
        if not selector or "/" in selector or selector.startswith("."):
            raise InputError(f"{selector!r} is not a selector", remedy="letters, digits and dashes, such as news2026")
        return self.place(domain) / f"{selector}.{kind}.pem"

    def _files(self, domain: str, kind: str) -> list[Path]:
        return list(self.place(domain).glob(f"*.{kind}.pem"))


def published_as(selector: str, kind: str) -> str:
    """Return the selector a key is published under: one name holds one key only (RFC 6376 section 3.6.2.2)."""
    return selector if kind == "rsa" else f"{selector}-{kind}"


def _read(path: Path, selector: str) -> DkimKey:
    try:
        return read_pem(selector, path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read a key: {error.strerror}", where=str(path)) from None
