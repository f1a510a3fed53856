"""Single sign-on by OpenID Connect: a browser goes to the issuer with a question that only it can bring back the answer to.

The browser has 32 random octets in a cookie, the ledger their hash, for ten minutes and one answer. State, nonce and PKCE's verifier are
made of these octets, and the page to go to afterwards is bound into the state: so an answer that was given to another browser, that was
used, or that leads elsewhere is none.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

import structlog

from newsletter.accounts import challenges
from newsletter.accounts.oidc_identities import Identities
from newsletter.accounts.oidc_issuer import Issuer, Vouched
from newsletter.accounts.secrets import octets_of, text_of
from newsletter.accounts.sessions import Brought, Opened, SignedIn, Visit
from newsletter.accounts.sign_in import Half, SignIn
from newsletter.errors import InputError
from newsletter.model import Challenge
from newsletter.store.accounts import sessions as session_store

log = structlog.get_logger(__name__)

MOST_TARGET_CHARS = 500
_SKEW = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Question:
    """Where the browser goes, and the secret of the step, for a cookie."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brought back from the issuer (OpenID Connect Core section 3.1.2.5 and 3.1.2.6; RFC 9207)."""

    code: str = ""
    state: str = ""
    error: str = ""
    issuer: str = ""

    @property
    def target(self) -> str:
        """The page that the state names: to be believed once the answer is."""
        return self.state.partition(".")[2]


@dataclass(frozen=True)
class SingleSignOn:
    """The tools, put together once per process; `name` is what the button calls the issuer."""

    issuer: Issuer
    identities: Identities
    name: str

    def begin(self, target: str, seat: SignedIn | None = None) -> Question:
        """Ask who somebody is, or a signed-in editor to prove once more who they are. Raises UnavailableError when the issuer is away."""
        now = self._sign_in.clock.now()
        editor_id = seat.editor.id if seat else None
        fresh = {"prompt": "login", "max_age": "0"} if seat else {}
        self.issuer.look()  # before a row is made: an issuer that is away leaves none
        with self._sign_in.database.write() as session:
            secret = challenges.begin(session, challenges.SINGLE_SIGN_ON, now, editor_id=editor_id)
        target = target[:MOST_TARGET_CHARS]
        url = self.issuer.question(
            state=f"{_made(secret, 'state', target)}.{target}",
            nonce=_made(secret, "nonce"),
            verifier=_made(secret, "verifier"),
            **fresh,
        )
        return Question(url, secret)

    def finish(self, secret: str, answer: Answer, *, visit: Visit, brought: Brought) -> Opened | Half:
        """Open the session of whom the issuer vouches for, or half of one where a second factor is asked for.

        Raises InputError, which says what was wrong; UnavailableError when the issuer is away; LimitError.
        """
        begun = self._take(secret, answer, None)
        person = self._vouched(secret, answer)
        with self._sign_in.database.write() as session:
            editor = self.identities.editor_of(session, person, visit=visit)
            proves = _was_here(person, begun)
            return self._sign_in.begin_or_ask(session, editor.id, visit=visit, brought=brought, proves=proves)

    def prove(self, seat: SignedIn, secret: str, answer: Answer) -> None:
        """Note that a signed-in editor proved once more at the issuer who they are. Raises as `finish` does."""
        begun = self._take(secret, answer, seat.editor.id)
        person = self._vouched(secret, answer)
        if not self.identities.is_of(person, seat.editor.id) or not _was_here(person, begun):
            raise InputError("this does not prove that it is you", remedy="sign in there anew, as yourself")
        with self._sign_in.database.write() as session:
            session_store.note_proved(session, seat.session_id, self._sign_in.clock.now())

    def knows(self, seat: SignedIn) -> bool:
        """Tell whether an editor may prove themselves there: their account is linked."""
        return any(each.issuer == self.issuer.client.issuer for each in self.identities.of(seat))

    def is_proof(self, secret: str) -> bool:
        """Tell whether the step that this browser began is one of proving."""
        with self._sign_in.database.read() as session:
            begun = challenges.find(session, secret, challenges.SINGLE_SIGN_ON, self._sign_in.clock.now())
        return begun is not None and begun.editor_id is not None

    def _take(self, secret: str, answer: Answer, editor_id: int | None) -> Challenge:
        """End the step that this browser began; an answer to another question ends nothing. Raises InputError."""
        expected = _made(secret, "state", answer.target)
        given = answer.state.partition(".")[0]
        if not secret or not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass")):
            raise _not_begun()
        try:
            with self._sign_in.database.write() as session:
                begun = challenges.take(session, secret, challenges.SINGLE_SIGN_ON, self._sign_in.clock.now())
        except InputError:
            raise _not_begun() from None
        if begun.editor_id != editor_id or answer.issuer not in ("", self.issuer.client.issuer):
            raise _not_begun()
        return begun

    def _vouched(self, secret: str, answer: Answer) -> Vouched:
        if answer.error == "access_denied":
            raise InputError(
                "it was refused there, and nobody is signed in", remedy="begin again, or sign in another way"
            )
        if answer.error or not answer.code:
            log.warning("the issuer of single sign-on sent somebody back", error=answer.error[:60])
            raise InputError(
                "it went wrong there, and nobody is signed in", remedy="begin again, or sign in another way"
            )
        nonce, verifier = _made(secret, "nonce"), _made(secret, "verifier")
        return self.issuer.vouched(answer.code, nonce=nonce, verifier=verifier)

    @property
    def _sign_in(self) -> SignIn:
        return self.identities.sign_in


def _was_here(person: Vouched, begun: Challenge) -> bool:
    """Tell whether the person signed in at the issuer in this very step, and not at some time before: only that proves."""
    return person.authenticated_at is not None and person.authenticated_at >= begun.created_at - _SKEW


def _made(secret: str, what: str, more: str = "") -> str:
    """Return 32 octets made of a step's secret for one thing alone (RFC 2104), as 43 characters."""
    message = f"newsletter:oidc:{what}:{more}".encode("utf-8", "surrogatepass")
    return text_of(hmac.digest(octets_of(secret) or b"", message, hashlib.sha256))


def _not_begun() -> InputError:
    return InputError(
        "this sign-in was not begun in this browser, took too long, or was done already", remedy="begin again"
    )
