"""Passkeys (Web Authentication Level 3): add one, sign in with one, prove oneself with one. Each counts as both factors.

The browser's device asks for a finger, a face or a PIN, which is required (user verification), and signs what we made up for this
once. The name of the service in `BASE_URL` is what a passkey is bound to: at a bare address there are none.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts import challenges
from newsletter.accounts.limits import Admission
from newsletter.accounts.second_factor import Enrolled, SecondFactor
from newsletter.accounts.sessions import Brought, Opened, SignedIn, Visit
from newsletter.errors import ConflictError, InputError
from newsletter.model import Challenge, Passkey
from newsletter.store.accounts import editors, second_factors
from newsletter.store.accounts import sessions as session_store
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

MOST_PASSKEYS = 20
MOST_NAME_CHARS = 60
_CHALLENGE_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser is asked, as JSON for its `navigator.credentials`; and the secret of the step, for a cookie."""

    options: str
    secret: str


@dataclass(frozen=True)
class Passkeys:
    """The tools, put together once per process."""

    second_factor: SecondFactor

    @property
    def name(self) -> str:
        """The name that passkeys are bound to (rp.id); empty where there can be none."""
        parsed = urlsplit(self.second_factor.base_url)
        host = parsed.hostname or ""
        return host if _is_name(host) and (parsed.scheme == "https" or host == "localhost") else ""

    def of(self, seat: SignedIn) -> Sequence[Passkey]:
        """Return the passkeys of an editor, oldest first."""
        with self._database.read() as session:
            return second_factors.passkeys(session, seat.editor.id)

    def begin(self, seat: SignedIn) -> Begun:
        """Ask for a new passkey. Raises ConflictError where there can be none, or are too many."""
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers import structs

        known, octets = self.of(seat), secrets.token_bytes(_CHALLENGE_OCTETS)
        if len(known) >= MOST_PASSKEYS:
            raise ConflictError(f"you have {MOST_PASSKEYS} passkeys", remedy="remove one that you do not use")
        options = generate_registration_options(
            rp_id=self._expect_name(),
            rp_name="Newsletter desk",
            user_id=seat.editor.id.to_bytes(8, "big"),
            user_name=seat.editor.address,
            user_display_name=seat.editor.name or seat.editor.address,
            challenge=octets,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
        )
        return Begun(options_to_json(options), self._begin_step(challenges.PASSKEY_NEW, seat.editor.id, octets))

    def add(self, seat: SignedIn, step: str, credential: str, name: str, *, visit: Visit) -> Enrolled:
        """Store the passkey that the browser made. Raises InputError when it does not answer what was asked."""
        from webauthn import verify_registration_response

        now = self.second_factor.sign_in.clock.now()
        begun = self._take(step, challenges.PASSKEY_NEW, seat.editor.id)
        with _refusing():
            made = verify_registration_response(
                credential=credential,
                expected_challenge=begun.octets,
                expected_rp_id=self._expect_name(),
                expected_origin=self.second_factor.base_url,
                require_user_verification=True,
            )
        passkey = Passkey(
            editor_id=seat.editor.id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name.strip()[:MOST_NAME_CHARS] or "Passkey",
            created_at=now,
        )
        with self._database.write() as session:
            editors.lock_by_id(session, seat.editor.id)
            if second_factors.passkey(session, made.credential_id) is not None:
                raise ConflictError("this passkey is known already", remedy="sign in with it")
            second_factors.add_passkey(session, passkey)
            return self.second_factor.changed(session, seat, "editor.passkey", visit=visit, new="added")

    def remove(self, seat: SignedIn, passkey_id: int, *, visit: Visit) -> Enrolled:
        """Remove a passkey of one's own. Raises ConflictError when it is gone."""
        with self._database.write() as session:
            editors.lock_by_id(session, seat.editor.id)
            if not second_factors.remove_passkey(session, seat.editor.id, passkey_id):
                raise ConflictError("this passkey is gone already", remedy="load the page again")
            return self.second_factor.changed(session, seat, "editor.passkey", visit=visit, new="removed")

    def begin_sign_in(self) -> Begun:
        """Ask for any passkey of this service: whoever has one need not say who they are. Raises ConflictError where there are none."""
        return self._ask(challenges.PASSKEY_SIGN_IN, None)

    def begin_proof(self, seat: SignedIn) -> Begun:
        """Ask a signed-in editor for a passkey of theirs."""
        return self._ask(challenges.PASSKEY_PROOF, seat.editor.id)

    def sign_in(self, admission: Admission, step: str, credential: str, *, visit: Visit, brought: Brought) -> Opened:
        """Open the session of whose passkey answered. Raises InputError when none of ours did."""
        tools = self.second_factor.sign_in
        with tools.trying(admission):
            begun = self._take(step, challenges.PASSKEY_SIGN_IN, None)
            with self._database.write() as session:
                editor_id = self._answered(session, begun, credential)
                return tools.begin(session, editor_id, visit=visit, brought=brought)

    def prove(self, admission: Admission, seat: SignedIn, step: str, credential: str) -> None:
        """Note that a signed-in editor proved who they are by a passkey. Raises InputError."""
        tools = self.second_factor.sign_in
        with tools.trying(admission):
            begun = self._take(step, challenges.PASSKEY_PROOF, seat.editor.id)
            with self._database.write() as session:
                if self._answered(session, begun, credential) != seat.editor.id:
                    raise _refused()
                session_store.note_proved(session, seat.session_id, tools.clock.now())

    def _ask(self, purpose: str, editor_id: int | None) -> Begun:
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers.structs import UserVerificationRequirement

        octets = secrets.token_bytes(_CHALLENGE_OCTETS)
        options = generate_authentication_options(
            rp_id=self._expect_name(), challenge=octets, user_verification=UserVerificationRequirement.REQUIRED
        )
        return Begun(options_to_json(options), self._begin_step(purpose, editor_id, octets))

    def _answered(self, session: Session, begun: Challenge, credential: str) -> int:
        """Return the id of the editor whose passkey signed what was asked; it is not disabled."""
        from webauthn import verify_authentication_response
        from webauthn.helpers import parse_authentication_credential_json

        with _refusing():
            answer = parse_authentication_credential_json(credential)
        found = second_factors.passkey(session, answer.raw_id)
        editor = editors.lock_by_id(session, found.editor_id) if found else None
        known = second_factors.passkey(session, answer.raw_id)  # once more: it may have been removed meanwhile
        if editor is None or editor.disabled_at is not None or known is None:
            raise _refused()
        with _refusing():
            verified = verify_authentication_response(
                credential=answer,
                expected_challenge=begun.octets,
                expected_rp_id=self._expect_name(),
                expected_origin=self.second_factor.base_url,
                credential_public_key=known.public_key,
                credential_current_sign_count=known.sign_count,
                require_user_verification=True,
            )
        known.sign_count, known.used_at = verified.new_sign_count, self.second_factor.sign_in.clock.now()
        return editor.id

    def _begin_step(self, purpose: str, editor_id: int | None, octets: bytes) -> str:
        now = self.second_factor.sign_in.clock.now()
        with self._database.write() as session:
            return challenges.begin(session, purpose, now, editor_id=editor_id, octets=octets)

    def _take(self, step: str, purpose: str, editor_id: int | None) -> Challenge:
        """End a step for good, whatever comes of the answer, and return it."""
        with self._database.write() as session:
            begun = challenges.take(session, step, purpose, self.second_factor.sign_in.clock.now())
        if begun.editor_id != editor_id:
            raise challenges.begin_again()
        return begun

    def _expect_name(self) -> str:
        if not self.name:
            raise ConflictError(
                "passkeys need a name: they are bound to that of the service, over https",
                where="NEWSLETTER_BASE_URL",
                remedy="set it to the https:// address of the service",
            )
        return self.name

    @property
    def _database(self) -> Database:
        return self.second_factor.sign_in.database


@contextmanager
def _refusing() -> Iterator[None]:
    """Tell whatever is wrong with an answer in the same words."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (WebAuthnException, ValueError) as error:
        log.info("a passkey's answer was refused", kind=type(error).__name__)
        raise _refused() from None


def _refused() -> InputError:
    return InputError("this passkey does not fit", remedy="try again, or sign in with your password")


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(host)
    return False
