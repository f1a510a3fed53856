"""An S3 store on a real socket, strict: it computes each signature by itself, from what came over the wire, and refuses any other.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit

KEY, SECRET, REGION, BUCKET = "AKIDEXAMPLE", "wJalr/XUtnFEMI+K7MDENG", "eu-test-1", "letters"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)


class S3Server:
    """Keeps objects in memory. `faults` holds what to do instead, next first: a status, "cut" or "drop"."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.calls: list[str] = []
        self.faults: deque[int | str] = deque()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                server.take(self)

            def do_GET(self) -> None:
                server.take(self)

            def do_DELETE(self) -> None:
                server.take(self)

            def log_message(self, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, *, secret: str = SECRET, bucket: str = BUCKET, prefix: str = "", region: str = REGION) -> str:
        folder = f"{bucket}/{prefix}" if prefix else bucket
        return f"s3://{KEY}:{quote(secret, safe='')}@127.0.0.1:{self.port}/{folder}?region={region}&tls=none"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def take(self, call: BaseHTTPRequestHandler) -> None:
        body = call.rfile.read(int(call.headers.get("Content-Length", 0)))
        self.calls.append(f"{call.command} {call.path}")
        fault = self.faults.popleft() if self.faults else None
        if fault == "drop":
            call.close_connection = True
            return
        if isinstance(fault, int):
            self._answer(call, fault, b"<Error><Code>SlowDown</Code></Error>")
            return
        status, content = self._done(call, body)
        if fault == "cut":
            call.send_response(200)
            call.send_header("Content-Length", str(len(content) + 10))
            call.end_headers()
            call.wfile.write(content)
            call.close_connection = True
            return
        self._answer(call, status, content)

    def _done(self, call: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        if code := self._wrong(call, body):
            return 403, f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>".encode()
        name = unquote(urlsplit(call.path).path).lstrip("/")
        if not name.startswith(f"{BUCKET}/"):
            return 404, b"<Error><Code>NoSuchBucket</Code></Error>"
        match call.command:
            case "PUT":
                self.objects[name], self.types[name] = body, call.headers.get("Content-Type", "")
                return 200, b""
            case "DELETE":
                self.objects.pop(name, None)
                return 204, b""
        return (200, self.objects[name]) if name in self.objects else (404, b"<Error><Code>NoSuchKey</Code></Error>")

    def _wrong(self, call: BaseHTTPRequestHandler, body: bytes) -> str:
        found = _AUTHORIZATION.fullmatch(call.headers.get("Authorization", ""))
        if found is None or found[1] != KEY:
            return "AccessDenied"
        if call.headers.get("x-amz-content-sha256") != hashlib.sha256(body).hexdigest():
            return "XAmzContentSHA256Mismatch"
        names = found[4].split(";")
        if names != sorted(names) or not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
            return "AccessDenied"
        return "" if hmac.compare_digest(found[5], self._signature(call, found, names)) else "SignatureDoesNotMatch"

    def _signature(self, call: BaseHTTPRequestHandler, found: re.Match[str], names: list[str]) -> str:
        parts = urlsplit(call.path)
        query = "&".join(sorted(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in parse_qsl(parts.query)))
        headers = "".join(f"{name}:{' '.join(call.headers.get(name, '').split())}\n" for name in names)
        payload = call.headers.get("x-amz-content-sha256", "")
        canonical = "\n".join([call.command, parts.path, query, headers, found[4], payload])
        day, stamp = found[2], call.headers.get("x-amz-date", "")
        scope = f"{day}/{REGION}/s3/aws4_request"
        key = f"AWS4{SECRET}".encode()
        for step in scope.split("/"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()

    def _answer(self, call: BaseHTTPRequestHandler, status: int, content: bytes) -> None:
        call.send_response(status)
        if status != 204:
            call.send_header("Content-Length", str(len(content)))
        call.end_headers()
        if status != 204:
            call.wfile.write(content)
