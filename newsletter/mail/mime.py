"""A bounded reader of MIME (RFC 2045-2047, 5322) for mail from strangers.

Nothing here raises, recurses without end, or takes longer than linear time: a bounce may be truncated, mislabelled or
hostile. Sizes are capped, broken boundaries are guessed, and an unknown charset falls back to what the bytes look like.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

MAX_BYTES = 10 * 1024 * 1024
MAX_PARTS = 100
MAX_DEPTH = 8
MAX_HEADER_BYTES = 256 * 1024
MAX_HEADER_LINES = 2000
MAX_TEXT = 64 * 1024
MAX_LINE = 2000

_SAVED = re.compile(rb"(?>(?:[ \t]*+\r?\n){1,100})(?=>?From |[!-9;-~]{1,200}[ \t]*:)")
"""Blank lines before the first header, which no mail server writes and many a saved file has."""
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\A\r?\n")
_FIELD = re.compile(r"([!-9;-~]{1,200})[ \t]*:[ \t]?(.*)", re.DOTALL)
_PARAMETER = re.compile(r""";\s*([A-Za-z0-9_*-]{1,60})\s*=\s*(?:"([^"]{0,400})"?|([^\s;"]{1,400}))""")
_WORD = re.compile(r"=\?([A-Za-z0-9_:.()-]{1,60})(?:\*[A-Za-z-]{0,20})?\?([bBqQ])\?([^?\s]{0,4000})\?=")
_RUN = re.compile(r"([ \t=_*#.>-])\1{80,}")  # rules and padding; nothing is said by more than a line of them
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){3,}")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")
_GUESSED_BOUNDARY = re.compile(
    rb"(?:\A|\n)--([^\s-][^\r\n]{3,199}|-{2,80}[^\s-][^\r\n]{2,199})[ \t]*\r?\n(?=[A-Za-z-]+:|\r?\n)"
)
_EDGE = re.compile(rb"(?:--)?[ \t]*(?:\r?\n|\Z)")
_SAFE_CHARSET = re.compile(
    r"us-ascii|ascii|utf-?(?:7|8|16(?:[bl]e)?)|iso-?8859-?\d{1,2}|latin-?\d{1,2}|(?:windows-|cp)\d{3,5}|koi8-[rut]|"
    r"iso-2022-(?:jp(?:-[1-3a-z]{1,4})?|kr)|(?:x-)?(?:shift[_-]?jis|sjis)|euc-(?:jp|kr)|gb2312|gbk|gb18030|hz-gb-2312|"
    r"big5(?:-?hkscs)?|tis-620|mac-?roman|ks_c_5601-1987",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Part:
    """One MIME entity: unfolded headers by lower-case name, its undecoded body, and its children."""

    headers: dict[str, list[str]] = field(default_factory=dict)
    content_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts: list[Part] = field(default_factory=list)

    def header(self, name: str) -> str:
        """The first value of a header with encoded words decoded, or empty; `name` in lower case."""
        values = self.headers.get(name)
        return decode_words(values[0]) if values else ""

    @property
    def file_name(self) -> str:
        """The name of an attachment (RFC 2183 section 2.3), or empty."""
        value = self.headers.get("content-disposition", [""])[0][:4000]
        named = (quoted or bare for name, quoted, bare in _PARAMETER.findall(value) if name.lower() == "filename")
        return next(named, "")

    def content(self) -> bytes:
        """The beginning of the body with its transfer encoding undone (RFC 2045 section 6); damaged base64 gives what can be read."""
        encoding = self.header("content-transfer-encoding").strip().lower()
        body = self.body[: MAX_TEXT * 8]
        if encoding == "quoted-printable":
            return binascii.a2b_qp(body)
        return _base64(body) if encoding == "base64" else body

    def text(self) -> str:
        """The body as text with line ends of one kind: at most MAX_TEXT characters, lines and runs cut, so that searching stays quick."""
        raw = self.content()[: MAX_TEXT * 4]
        text = decode(raw, self.parameters.get("charset", ""))[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n")
        text = _EMPTY_LINES.sub("\n\n\n", _RUN.sub(lambda run: run[1] * 80, text))
        return text if len(text) <= MAX_LINE else "\n".join(line[:MAX_LINE] for line in text.split("\n"))

    def walk(self) -> list[Part]:
        """The part and all below it, outermost first."""
        found = [self]
        for part in self.parts:
            found.extend(part.walk())
        return found


def parse(raw: bytes) -> Part:
    """Read a whole message; bytes beyond MAX_BYTES are dropped. Never raises."""
    blank = _SAVED.match(raw)
    return _parse(raw[blank.end() if blank else 0 :][:MAX_BYTES], depth=0, budget=[MAX_PARTS])


def _parse(raw: bytes, *, depth: int, budget: list[int]) -> Part:
    if raw.startswith((b"From ", b">From ")):  # an mbox separator kept by the fetcher
        raw = raw.partition(b"\n")[2]
    head, body = _split_head(raw)
    part = Part(headers=parse_headers(decode(head, "")), body=body)
    part.content_type, part.parameters = _content_type(part)
    if depth < MAX_DEPTH and part.content_type.startswith("multipart/"):
        for piece in _pieces(part):
            if budget[0] <= 0:
                break
            budget[0] -= 1
            part.parts.append(_parse(piece, depth=depth + 1, budget=budget))
    return part


def _split_head(raw: bytes) -> tuple[bytes, bytes]:
    blank = _BLANK.search(raw, 0, MAX_HEADER_BYTES)
    if blank is None:
        return raw[:MAX_HEADER_BYTES], b""
    return raw[: blank.start()], raw[blank.end() :]


def parse_headers(text: str) -> dict[str, list[str]]:
    """Unfold and split header lines (RFC 5322 section 2.2); lines that are no field are skipped."""
    lines: list[list[str]] = []
    for line in text.split("\n", MAX_HEADER_LINES)[:MAX_HEADER_LINES]:
        if line[:1] in " \t" and lines:
            lines[-1].append(line.strip())
        else:
            lines.append([line.rstrip("\r")])
    headers: dict[str, list[str]] = {}
    for folded in lines:
        if found := _FIELD.match(" ".join(folded)):
            headers.setdefault(found[1].lower(), []).append(found[2].strip())
    return headers


def _content_type(part: Part) -> tuple[str, dict[str, str]]:
    value = part.headers.get("content-type", [""])[0]
    kind = re.split(r"[;\s]", value.strip(), maxsplit=1)[0].lower()
    parameters = {
        name.lower().rstrip("*"): quoted or bare for name, quoted, bare in _PARAMETER.findall(";" + value[:4000])
    }
    return (kind if "/" in kind else "text/plain"), parameters


def _pieces(part: Part) -> list[bytes]:
    boundary = part.parameters.get("boundary", "").encode("latin-1", "replace")
    if not boundary or b"--" + boundary not in part.body:
        guess = _GUESSED_BOUNDARY.search(part.body, 0, MAX_HEADER_BYTES)
        if guess is None:
            return [b"\n" + part.body]
        boundary = guess[1].rstrip()
    return [piece for piece in _split_at(part.body, b"\n--" + boundary) if piece.strip()]


def _split_at(body: bytes, delimiter: bytes) -> list[bytes]:
    """What follows each delimiter line; a longer boundary that begins alike is no delimiter (RFC 2046 section 5.1.1)."""
    pieces: list[list[bytes]] = []
    for chunk in (b"\n" + body).split(delimiter, MAX_PARTS)[1:]:
        if edge := _EDGE.match(chunk):
            pieces.append([chunk[edge.end() :]])
        elif pieces:
            pieces[-1].append(chunk)
    return [delimiter.join(piece) for piece in pieces]


def _base64(body: bytes) -> bytes:
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    try:
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    except binascii.Error:
        return binascii.a2b_base64(clean[: len(clean) // 4 * 4])


def decode(raw: bytes, charset: str) -> str:
    """Bytes to text by the label if it is a known one, else UTF-8, ISO-2022-JP or Latin-1 by their look."""
    label = charset.strip().strip("\"'").lower().removeprefix("x-")
    if raw.isascii() and b"\x1b$" not in raw and label not in {"utf-7", "hz-gb-2312", "iso-2022-kr"}:
        return raw.decode("ascii")
    if b"\x1b$" in raw:  # JIS escape sequences (RFC 1468) tell more than any label
        return raw.decode("iso-2022-jp", "replace")
    if _SAFE_CHARSET.fullmatch(label):
        try:
            return raw.decode(label, "replace")
        except (LookupError, UnicodeError):
            pass
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def decode_words(value: str) -> str:
    """Undo encoded words (RFC 2047); a broken word stays as it is."""
    if "=?" not in value:
        return value
    return _WORD.sub(_decode_word, _BETWEEN_WORDS.sub(r"\1", value[:20000]))


def _decode_word(word: re.Match[str]) -> str:
    data = word[3].encode("latin-1", "replace")
    raw = _base64(data) if word[2] in "bB" else binascii.a2b_qp(data, header=True)
    return decode(raw, word[1])
