"""The issuer of single sign-on: what it says of itself, its keys, and who came to it (OpenID Connect Discovery 1.0, Core 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog

from newsletter.accounts import oidc_tokens
from newsletter.accounts.oidc_tokens import BadTokenError, ClientAuthentication
from newsletter.clock import Clock
from newsletter.errors import InputError, UnavailableError

log = structlog.get_logger(__name__)

KEPT_SECONDS = 3600.0
"""How long what the issuer says of itself is believed, and its keys, unless a signature does not fit."""
MOST_SUBJECT_CHARS = 255


class Calls(Protocol):
    """The way to the issuer: see `newsletter.transports.oidc_http`."""

    def step(self) -> AbstractContextManager[None]:
        """Bound what the calls in the body take together."""

    def get(self, url: str, *, bearer: str = "") -> dict[str, Any]:
        """Return a JSON object."""

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Post a form and return a JSON object."""


@dataclass(frozen=True, slots=True)
class Client:
    """The service as the issuer knows it."""

    issuer: str
    client_id: str
    client_secret: str
    back: str  # where the issuer sends browsers to


@dataclass(frozen=True, slots=True)
class Vouched:
    """A person whom the issuer vouches for. The address is its word, and worth something only when it says so (`verified`)."""

    issuer: str
    subject: str
    address: str = ""
    verified: bool = False
    name: str = ""
    authenticated_at: datetime | None = None


@dataclass
class _Kept:
    found: dict[str, Any]
    until: float


@dataclass(frozen=True)
class Issuer:
    """Asks one issuer, and keeps for a while what it said. Each question raises UnavailableError when it cannot be asked."""

    client: Client
    calls: Calls
    clock: Clock
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def question(self, *, state: str, nonce: str, verifier: str, **more: str) -> str:
        """Return the address at the issuer where a person says who they are."""
        with self.calls.step():
            url = self._endpoint("authorization_endpoint")
        given = {"state": state, "nonce": nonce, **more}
        return oidc_tokens.question(
            url, client_id=self.client.client_id, back=self.client.back, verifier=verifier, **given
        )

    def vouched(self, code: str, *, nonce: str, verifier: str) -> Vouched:
        """Return whom a code stands for. Raises InputError when it stands for nobody, or what is said of them is not believed."""
        with self.calls.step():
            tokens = self._exchanged(code, verifier)
            claims = self._believed(tokens.get("id_token"), nonce)
            if "email" not in claims:  # Core section 5.4: it may stand there alone
                claims = {**self._more_about(claims["sub"], tokens.get("access_token")), **claims}
        return _person(claims)

    def look(self) -> None:
        """See that the issuer answers, by the name it is known by, and has keys. Raises UnavailableError."""
        with self.calls.step():
            self._metadata()
            self._keys()

    def _exchanged(self, code: str, verifier: str) -> dict[str, Any]:
        methods = self._metadata().get("token_endpoint_auth_methods_supported")
        who = ClientAuthentication(
            self.client.client_id, self.client.client_secret, methods if isinstance(methods, list) else ()
        )
        url = self._endpoint("token_endpoint")
        form, headers = who.signed(url, oidc_tokens.exchange(code, back=self.client.back, verifier=verifier))
        found = self.calls.post(url, form, headers)
        if "error" in found:
            log.warning("the issuer of single sign-on refused a code", error=str(found["error"])[:60])
            raise _unbelieved()
        return found

    def _believed(self, token: object, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token. A key that is not known may be a new one: the keys are fetched once more, and only once."""
        try:
            return self._verified(token, self._keys(), nonce)
        except BadTokenError as error:
            if not error.of_keys:
                raise _refused(error) from None
        try:
            return self._verified(token, self._keys(again=True), nonce)
        except BadTokenError as error:
            raise _refused(error) from None

    def _verified(self, token: object, keys: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        issuer, client_id = self.client.issuer, self.client.client_id
        claims = oidc_tokens.believed(
            token, keys, issuer=issuer, client_id=client_id, nonce=nonce, now=self.clock.now()
        )
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT_CHARS or "\0" in subject:
            raise BadTokenError("its subject is none")
        return claims

    def _more_about(self, subject: str, access_token: object) -> dict[str, Any]:
        """Return what the issuer tells besides the ID token; nothing of somebody else (Core section 5.3.2)."""
        url = self._metadata().get("userinfo_endpoint")
        if url is None or not isinstance(access_token, str) or not access_token.isascii():
            return {}
        found = self.calls.get(self._endpoint("userinfo_endpoint"), bearer=access_token)
        return found if found.get("sub") == subject else {}

    def _metadata(self) -> dict[str, Any]:
        issuer = self.client.issuer
        found = self._remembered(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:  # Discovery section 4.3: letter for letter
            self._kept.clear()
            raise self._wrong("it goes by another name there", "set NEWSLETTER_OIDC_ISSUER as it names itself")
        return found

    def _keys(self, *, again: bool = False) -> dict[str, Any]:
        return self._remembered(self._endpoint("jwks_uri"), again=again)

    def _endpoint(self, name: str) -> str:
        """Return an address that the issuer names: of https, where it is so itself."""
        url = self._metadata().get(name)
        schemes = ("https://",) if self.client.issuer.startswith("https:") else ("https://", "http://")
        if not isinstance(url, str) or not url.startswith(schemes) or not url.isascii() or not urlsplit(url).hostname:
            raise self._wrong(f"it names no {name} that could be used", "look at its discovery document")
        return url

    def _remembered(self, url: str, *, again: bool = False) -> dict[str, Any]:
        kept, now = self._kept.get(url), self.clock.monotonic()
        if kept is not None and now < kept.until and not again:
            return kept.found
        found = self.calls.get(url)
        self._kept[url] = _Kept(found, now + KEPT_SECONDS)
        return found

    def _wrong(self, what: str, remedy: str) -> UnavailableError:
        where = f"NEWSLETTER_OIDC_ISSUER ({urlsplit(self.client.issuer).hostname or ''})"
        return UnavailableError(what, where=where, remedy=remedy)


def _person(claims: dict[str, Any]) -> Vouched:
    address, name, at = claims.get("email"), claims.get("name"), claims.get("auth_time")
    return Vouched(
        claims["iss"],
        claims["sub"],
        address if isinstance(address, str) else "",
        claims.get("email_verified") in (True, "true"),  # some issuers write it as a word
        name if isinstance(name, str) else "",
        _moment(at) if isinstance(at, int | float) and not isinstance(at, bool) else None,
    )


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _refused(error: BadTokenError) -> InputError:
    log.warning("an ID token was refused", why=str(error))
    return _unbelieved()


def _unbelieved() -> InputError:
    return InputError("what came back from there is not believed", remedy="begin again, or sign in another way")
