"""Images in an object store that speaks S3: AWS, MinIO, Ceph, Garage, R2 and their like.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, .../API_GetObject.html, .../API_DeleteObject.html
The bucket stands in the path, which all of them understand. A PUT is whole or not at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import httpx

from newsletter import __version__
from newsletter.clock import Clock
from newsletter.errors import InputError, NotFoundError, UnavailableError
from newsletter.transports.deadline import client, within
from newsletter.transports.image_store.base import PIECE, StoredFile
from newsletter.transports.providers.sigv4 import SigV4Signer

SETTING = "NEWSLETTER_IMAGE_STORE"
SECONDS = 20.0
"""How long one call may take."""
MOST_OCTETS = 16 * 1024 * 1024
"""Of an answer."""
_PROBE = "is-writable"
_TRIES = 2
_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_OPTIONS = frozenset({"region", "tls", "session_token"})
_REMEDY = "write it s3://KEY:SECRET@HOST/BUCKET?region=REGION, with / : @ in key and secret as %2F %3A %40"
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}


def from_url(url: str, clock: Clock) -> S3Store:
    """Return the store at `s3://KEY:SECRET@HOST[:PORT]/BUCKET[/PREFIX]?region=REGION&tls=none`. Raises InputError."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # whose message repeats a part of the value
        raise InputError("is no URL", where=SETTING, remedy=_REMEDY) from None
    options = dict(parse_qsl(parts.query))
    bucket, _, prefix = parts.path.strip("/").partition("/")
    if parts.scheme != "s3" or not (host and bucket and parts.username and parts.password):
        raise InputError("an image store needs key, secret, host and bucket", where=SETTING, remedy=_REMEDY)
    if strange := options.keys() - _OPTIONS:
        named = ", ".join(sorted(strange))[:60]
        raise InputError(
            f"there is no option {named}", where=SETTING, remedy=f"there are {', '.join(sorted(_OPTIONS))}"
        )
    scheme = "http" if options.get("tls") == "none" else "https"
    name = f"[{host}]" if ":" in host else host
    folder = "/".join(quote(unquote(part), safe="") for part in (bucket, *prefix.split("/")) if part)
    key, secret = unquote(parts.username), unquote(parts.password)
    signer = SigV4Signer(key, secret, options.get("region", "us-east-1"), "s3", options.get("session_token", ""))
    return S3Store(f"{scheme}://{name}{port}/{folder}", signer, clock)


class S3Store:
    """See `newsletter.transports.image_store.base.ImageStore`."""

    def __init__(self, folder: str, signer: SigV4Signer, clock: Clock) -> None:
        self._folder = folder
        self._signer = signer
        self._clock = clock

    def put(self, name: str, content: bytes) -> None:
        """PUT the object; the hash that is signed lets the store refuse a body that was cut."""
        status, body = self._ask("PUT", name, content)
        if status != 200:
            raise self._refused(status, body)

    def open(self, name: str) -> StoredFile:
        """GET the object."""
        status, body = self._ask("GET", name)
        if status == 404 and _code(body) != "NoSuchBucket":
            raise NotFoundError("there is no such image", where=name)
        if status != 200:
            raise self._refused(status, body)
        return StoredFile(len(body), _pieces(body))

    def remove(self, name: str) -> None:
        """DELETE the object."""
        status, body = self._ask("DELETE", name)
        if status not in {200, 204} and (status != 404 or _code(body) == "NoSuchBucket"):
            raise self._refused(status, body)

    def close(self) -> None:
        """Close the connections."""
        if "_client" in self.__dict__:
            self._client.close()

    def check(self) -> str:
        """Put, get and delete an object of its own."""
        self.put(_PROBE, b"probe")
        whole = b"".join(self.open(_PROBE).pieces) == b"probe"
        self.remove(_PROBE)
        if not whole:
            raise UnavailableError("what was written is not what is read", where=SETTING)
        return self._folder

    @cached_property
    def _client(self) -> httpx.Client:
        return client(self._folder, httpx.Timeout(SECONDS))

    def _ask(self, method: str, name: str, content: bytes = b"") -> tuple[int, bytes]:
        """Return status and body; asked again once where the connection broke or the store stumbled: every call may come twice."""
        for attempt in range(1, _TRIES + 1):
            try:
                status, body = self._once(method, f"{self._folder}/{name}", content)
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                if attempt == _TRIES:
                    what = f"the image store cannot be reached: {type(error).__name__}"
                    raise UnavailableError(
                        what, where=self._where, remedy="is it up, and is the address right?"
                    ) from None
            else:
                if status < 500 or attempt == _TRIES:
                    return status, body
        raise AssertionError  # the last try returned or raised

    def _once(self, method: str, url: str, content: bytes) -> tuple[int, bytes]:
        headers = {"X-Amz-Content-Sha256": hashlib.sha256(content).hexdigest()}
        if method == "PUT":
            headers["Content-Type"] = _TYPES.get(url.rpartition(".")[2], "application/octet-stream")
        signed = self._signer.sign(method, url, headers, content, self._clock.now())
        unsigned = {"User-Agent": f"newsletter/{__version__}", "Accept-Encoding": "identity"}
        with (
            within(SECONDS),
            self._client.stream(method, url, headers={**unsigned, **signed}, content=content) as answer,
        ):
            return answer.status_code, self._body(answer)

    def _body(self, answer: httpx.Response) -> bytes:
        found = bytearray()
        for piece in answer.iter_raw():
            found += piece
            if len(found) > MOST_OCTETS:
                raise UnavailableError(f"the answer is larger than {MOST_OCTETS:,} octets", where=self._where)
        return bytes(found)

    @property
    def _where(self) -> str:
        return f"{SETTING} ({urlsplit(self._folder).netloc})"

    def _refused(self, status: int, body: bytes) -> UnavailableError:
        """Return the error for an answer that is no success; of its words only the code is shown."""
        code = _code(body)
        said = f"the image store answers {status}{f' {code}' if code else ''}"
        remedies = {
            301: "is the region right?",
            400: "is the region right?",
            403: "are key, secret and region right, and may the key read, write and delete in the bucket?",
            404: "is the bucket there?",
        }
        return UnavailableError(said, where=self._where, remedy=remedies.get(status, "try again in a while"))


def _code(body: bytes) -> str:
    """Return the code of an error, such as NoSuchKey (API reference, "Error responses")."""
    found = _CODE.search(body, 0, 4096)
    return found[1].decode() if found else ""


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[place : place + PIECE] for place in range(0, len(body), PIECE))
