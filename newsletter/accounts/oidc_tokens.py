"""What the standards of single sign-on ask for, by Authlib: the way to the issuer, and an ID token that is believed.

OpenID Connect Core 1.0 section 3.1.3.7 says what is checked; RFC 7636 (PKCE) and RFC 6749 how it is asked for. The library is imported late: it comes with an extra, which most do without.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joserfc.jwt import Token

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
"""Signatures by a key pair (RFC 7518 section 3.1, RFC 8037, RFC 9864): never `none`, and no HMAC, whose key would be one that we know."""
LEEWAY_SECONDS = 60
"""How far the issuer's clock may be off."""
MOST_CHARS = 16_384
"""Of an ID token."""
SCOPE = "openid email profile"


class BadTokenError(Exception):
    """An ID token that is not believed. `of_keys` tells whether other keys might say otherwise."""

    def __init__(self, why: str, *, of_keys: bool = False) -> None:
        super().__init__(why)
        self.of_keys = of_keys


class ClientAuthentication:
    """Who asks: the name of this service at the issuer, and its secret, which a public client has none of."""

    def __init__(self, client_id: str, client_secret: str, methods: Iterable[str]) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self._method = _method_of(client_secret, list(methods))

    def signed(self, url: str, body: str) -> tuple[str, dict[str, str]]:
        """Return a form with what proves who asks in it, or in the headers returned beside it."""
        from authlib.oauth2.auth import ClientAuth

        prepared = ClientAuth(self.client_id, self.client_secret, self._method).prepare("POST", url, {}, body)
        return str(prepared[2]), dict(prepared[1])


def _method_of(client_secret: str, offered: list[str]) -> str:
    if not client_secret:
        return "none"
    # OpenID Connect Discovery section 3: the header, unless the issuer says that it takes only the other way.
    posts = "client_secret_post" in offered and "client_secret_basic" not in offered
    return "client_secret_post" if posts else "client_secret_basic"


def question(url: str, *, client_id: str, back: str, verifier: str, **more: str) -> str:
    """Return the address at the issuer where a person says who they are; `back` is where the browser comes back to."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    return str(
        prepare_grant_uri(
            url,
            client_id,
            "code",
            redirect_uri=back,
            scope=SCOPE,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            **more,
        )
    )


def exchange(code: str, *, back: str, verifier: str) -> str:
    """Return the form that changes a code for tokens."""
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    return str(prepare_token_request("authorization_code", code=code, redirect_uri=back, code_verifier=verifier))


def believed(
    token: object, keys: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: datetime
) -> dict[str, Any]:
    """Return the claims of an ID token that is signed by one of `keys`, for us, in answer to what we asked. Raises BadTokenError."""
    from authlib.oidc.core.claims import CodeIDToken
    from joserfc.errors import JoseError

    if not isinstance(token, str) or not token.isascii() or len(token) > MOST_CHARS:
        raise BadTokenError("there is no ID token")
    signed = _signed(token, keys)
    asked = {
        "iss": {"essential": True, "value": issuer},
        "sub": {"essential": True},
        "aud": {"essential": True, "value": client_id},
        "exp": {"essential": True},
    }
    claims = CodeIDToken(signed.claims, signed.header, asked, {"nonce": nonce, "client_id": client_id})
    try:
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, TypeError, ValueError) as error:
        raise BadTokenError(f"{type(error).__name__} {getattr(error, 'claim', '')}".strip()) from None
    return dict(signed.claims)


def _signed(token: str, keys: Mapping[str, Any]) -> Token:
    from joserfc import jws, jwt
    from joserfc.errors import JoseError

    registry = jws.JWSRegistry(algorithms=list(ALGORITHMS))
    fitting = _fitting(token, keys)
    for key in fitting:
        try:
            return jwt.decode(token, key, registry=registry)
        except (JoseError, TypeError, ValueError) as error:
            why = type(error).__name__
    raise BadTokenError(why if fitting else "no key of the issuer has its number", of_keys=True)


def _fitting(token: str, keys: Mapping[str, Any]) -> list[Any]:
    """Return the keys that may have signed: of the number that the token names, else all."""
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
    except (JoseError, TypeError, ValueError):
        raise BadTokenError("it is no signed token") from None
    if header.get("alg") not in ALGORITHMS:
        raise BadTokenError("it is signed in a way that is not believed")
    listed = keys.get("keys")
    given = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    named = [each for each in given if header.get("kid") in (None, each.get("kid"))]
    return [key for each in named[:20] if (key := _key(each)) is not None]


def _key(given: dict[str, Any]) -> Any:
    from joserfc import jwk
    from joserfc.errors import JoseError

    if given.get("use", "sig") != "sig" or given.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    try:
        return jwk.import_key(given)
    except (JoseError, TypeError, ValueError, json.JSONDecodeError):
        return None
