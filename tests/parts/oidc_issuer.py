"""An OpenID Connect issuer on a real socket, of Authlib's own server parts: it checks the client, the code and PKCE as they do.

It signs with real keys, which it changes when told to, shows a page on which a person allows or refuses, and misbehaves as told.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from joserfc import jws, jwt
from joserfc.jwk import Key, KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "the newsletter desk", "a secret of the client at the issuer"
PAGE = """<!doctype html><html lang="en"><title>Issuer</title><h1>The issuer</h1><p>Is it you, {who}?</p>
<form method="post"><button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button></form></html>"""


@cache
def rsa_key(number: int) -> RSAKey:
    """Return a key pair, made once for all tests."""
    return RSAKey.generate_key(2048, {"kid": f"key-{number}", "use": "sig"}, private=True)


@dataclass
class Client(ClientMixin):
    """The service, as it is registered."""

    back: str
    method: str = "client_secret_basic"

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.back

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back  # letter for letter (RFC 9700 section 2.1)

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code:
    """A code that waits to be changed for tokens, and whom it stands for."""

    code: str
    person: dict[str, Any]
    asked: dict[str, str]
    auth_time: int
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.asked["redirect_uri"]

    def get_scope(self) -> str:
        return self.asked["scope"]


class _Request(OAuth2Request):
    def __init__(self, method: str, target: str, headers: dict[str, str], form: dict[str, str]) -> None:
        super().__init__(method, f"https://issuer.test{target}", headers=headers)
        self._form = form
        self._query = dict(parse_qsl(urlsplit(target).query))
        self.payload = BasicOAuth2Payload({**self._query, **form})

    @property
    def args(self) -> dict[str, str]:
        return self._query

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _Server(AuthorizationServer):
    def __init__(self, issuer: OidcIssuer) -> None:
        super().__init__()
        self.issuer = issuer
        self.register_token_generator("default", BearerTokenGenerator(lambda **_: issuer.new_token()))
        self.register_grant(_Grant, [CodeChallenge(required=True)])

    def query_client(self, client_id: str) -> Client | None:
        return self.issuer.client if client_id == CLIENT_ID else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self.issuer.tokens[token["access_token"]] = request.user

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None: ...

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, dict[str, str]]:
        return status, body, dict(headers)


class _Grant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        issuer, asked = self.server.issuer, dict(request.payload.data)
        stands = asked.get("code_challenge"), asked.get("code_challenge_method")
        issuer.codes[code] = Code(code, request.user, asked, issuer.authenticated_at(asked), *stands)
        issuer.asked.append(asked)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return self.server.issuer.codes.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        self.server.issuer.codes.pop(authorization_code.code, None)

    def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
        return authorization_code.person


@dataclass
class OidcIssuer:
    """Listens from construction until `stop()`. `now` is its clock, in seconds since 1970; `back` where browsers come back to.

    Faults, for the next call of a path: bytes (sent raw), "silence" (read and not answered until it stops), "drip" (an octet now and
    then), "huge" (no end of an answer), a number (a status without a document).
    """

    now: Callable[[], float]
    back: str = "http://news.test/desk/sign-in/oidc/callback"
    method: str = "client_secret_basic"
    person: dict[str, Any] = field(default_factory=dict)
    twist: Callable[[dict[str, Any]], dict[str, Any]] = dict
    """What is done to the claims of an ID token before it is signed."""
    sign: Callable[[dict[str, Any]], str] | None = None
    """What signs instead of the issuer's own key."""
    document: dict[str, Any] = field(default_factory=dict)
    """What the discovery document says besides, or instead."""
    in_token: tuple[str, ...] = ("email", "email_verified", "name")
    """Claims of a person that stand in the ID token; the others are told by the userinfo endpoint alone."""
    signed_in_before: float | None = None
    """When the person signed in, where they need not do so again."""

    def __post_init__(self) -> None:
        self.client = Client(self.back, self.method)
        self.keys: list[Key] = [rsa_key(1)]
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, str]] = []
        self.calls: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.faults: dict[str, deque[Any]] = {}
        self.stopped = threading.Event()
        self.broken: list[str] = []
        self._oauth = _Server(self)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def stop(self) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(10)

    def rotate(self) -> None:
        """Sign with another key from now on, and show that one alone."""
        self.keys = [rsa_key(2 if self.keys == [rsa_key(1)] else 1)]

    def fail(self, path: str, *faults: Any) -> None:
        """Let the next calls of a path go wrong."""
        self.faults.setdefault(path, deque()).extend(faults)

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return self.calls.count(path)

    def authenticated_at(self, asked: dict[str, str]) -> int:
        """Return when the person signed in: before, unless they were asked to do so again."""
        if self.signed_in_before is not None and asked.get("prompt") != "login":
            return int(self.signed_in_before)
        return int(self.now())

    def new_token(self) -> str:
        """Return an access token."""
        return f"access-{len(self.tokens)}"

    def follow(self, url: str, answer: str = "allow") -> str:
        """Do as a browser and a person do at the page, and return where the browser is sent to."""
        shown = httpx.get(url)
        assert "The issuer" in shown.text, shown.text
        sent = httpx.post(url, data={"answer": answer})
        assert sent.status_code in (302, 303), sent.text
        return sent.headers["location"]

    # --- what it answers

    def metadata(self) -> dict[str, Any]:
        """Return the discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?kc=1",  # endpoints may have a query of their own
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [self.method],
            "code_challenge_methods_supported": ["S256"],
            **self.document,
        }

    def answer(self, method: str, target: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, Any, dict]:
        """Return status, body and headers of an answer."""
        path, request = urlsplit(target).path, _Request(method, target, headers, form)
        if path == "/.well-known/openid-configuration":
            return 200, self.metadata(), {}
        if path == "/keys":
            return 200, KeySet(list(self.keys)).as_dict(private=False), {}
        if path == "/authorize":
            return self._authorize(method, request, form)
        if path == "/token":
            return self._tokens(request)
        if path == "/userinfo":
            person = self.tokens.get(headers.get("Authorization", "").removeprefix("Bearer "))
            return (200, person, {}) if person else (401, {"error": "invalid_token"}, {})
        return 404, {"error": "not found"}, {}

    def _authorize(self, method: str, request: OAuth2Request, form: dict[str, str]) -> tuple[int, Any, dict]:
        if method == "GET":
            try:
                self._oauth.get_consent_grant(request, self.person)
            except OAuth2Error as error:
                return 400, dict(error.get_body()), {}
            return 200, PAGE.format(who=self.person.get("name", "")), {}
        grant = self._oauth.get_authorization_grant(request)
        allowed = self.person if form.get("answer") == "allow" else None
        return self._oauth.create_authorization_response(request, grant_user=allowed, grant=grant)

    def _tokens(self, request: OAuth2Request) -> tuple[int, Any, dict]:
        code = self.codes.get(request.form.get("code", ""))
        self.forms.append(dict(request.form))
        status, body, headers = self._oauth.create_token_response(request)
        if status == 200 and code is not None:
            body = {**body, "id_token": self.id_token(code)}
        return status, body, headers

    def id_token(self, code: Code) -> str:
        """Return what the issuer says of whom a code stands for."""
        now = int(self.now())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": code.person["sub"],
            "iat": now,
            "exp": now + 300,
            "auth_time": code.auth_time,
            "nonce": code.asked.get("nonce"),
            **{name: code.person[name] for name in self.in_token if name in code.person},
        }
        claims = self.twist(claims)
        return (self.sign or self.signed)(claims)

    def signed(self, claims: dict[str, Any], alg: str = "RS256", key: Key | None = None) -> str:
        """Return claims signed with the newest key."""
        key = key or self.keys[0]
        registry = jws.JWSRegistry(algorithms=[alg])
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, registry=registry)


def _handler(issuer: OidcIssuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def _serve(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path = urlsplit(self.path).path
            issuer.calls.append(path)
            faults = issuer.faults.get(path)
            if faults:
                self._misbehave(faults.popleft())
                return
            try:
                status, found, headers = issuer.answer(method, self.path, dict(self.headers), dict(parse_qsl(body)))
            except Exception as error:  # a fault of the issuer must not look like one of the service
                issuer.broken.append(repr(error))
                raise
            plain = found if isinstance(found, str) else json.dumps(found)
            kind = "text/html" if isinstance(found, str) else "application/json"
            self._send(status, plain.encode(), {**headers, "Content-Type": kind})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _misbehave(self, fault: Any) -> None:
            if isinstance(fault, bytes):
                self.wfile.write(fault)
            elif isinstance(fault, int):
                self._send(fault, b"", {})
            elif fault == "silence":
                issuer.stopped.wait(60)
            else:
                self._write_on(b"x" * 65_536 if fault == "huge" else b"x", pause=fault == "drip")
            self.close_connection = True

        def _write_on(self, piece: bytes, *, pause: bool) -> None:
            """Write until nobody listens any more, or the issuer stops."""
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            end = time.monotonic() + 60
            while time.monotonic() < end and not issuer.stopped.wait(0.05 if pause else 0):
                try:
                    self.wfile.write(piece)
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
