"""The bounded reader of MIME."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.mail import mime

PIECES = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"--b",
        b"--b--",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Transfer-Encoding: base64\n",
        b"=?utf-8?B?",
        b"?=",
        b"\x1b$B",
        b"\xff",
        b"text ",
        b":",
        b" ",
    ]
)


def test_parts_are_found_by_their_boundary() -> None:
    part = mime.parse(
        b'Content-Type: multipart/mixed; boundary="a b"\n\nprologue\n--a b\n\none\n--a b\nContent-Type: text/html\n\n<p>two\n--a b--\nepilogue\n'
    )
    assert [child.content_type for child in part.parts][:2] == ["text/plain", "text/html"]
    assert part.parts[0].text() == "one"


def test_a_wrong_boundary_is_guessed() -> None:
    part = mime.parse(
        b'Content-Type: multipart/mixed; boundary="wrong"\n\n--right-1\nContent-Type: text/plain\n\none\n--right-1--\n'
    )
    assert part.parts[0].text() == "one"


def test_headers_are_unfolded_and_decoded() -> None:
    part = mime.parse(b"Subject: =?iso-8859-1?Q?gr=FCn?=\n =?utf-8?B?w7xuZA==?= x\nX: a\nX: b\n\n")
    assert part.header("subject") == "gr\u00fcn\u00fcnd x"
    assert part.headers["x"] == ["a", "b"]


def test_charsets_are_read_by_label_or_by_look() -> None:
    assert mime.decode("\u65e5\u672c".encode("iso-2022-jp"), "us-ascii") == "\u65e5\u672c"
    assert mime.decode("\u65e5\u672c".encode("euc-jp"), "euc-jp") == "\u65e5\u672c"
    assert mime.decode("gr\u00fcn".encode(), "") == "gr\u00fcn"
    assert mime.decode("gr\u00fcn".encode("latin-1"), "unknown-8bit") == "gr\u00fcn"
    assert mime.decode(b"Hi Mom +Jjo-!", "utf-7") == "Hi Mom \u263a!"
    assert mime.decode(b"6869", "hex") == "6869"


def test_damaged_base64_gives_what_can_be_read() -> None:
    assert mime.parse(b"Content-Transfer-Encoding: base64\n\naGVsbG8gd29ybGQ!\n=x").text().startswith("hello world")


def test_nesting_ends() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 5000
    depth, part = 0, mime.parse(raw)
    while part.parts:
        depth, part = depth + 1, part.parts[0]
    assert depth <= mime.MAX_DEPTH


def test_the_number_of_parts_ends() -> None:
    assert (
        len(mime.parse(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5000).walk())
        <= mime.MAX_PARTS + 1
    )


def test_text_is_bounded() -> None:
    assert len(mime.parse(b"\n" + b"a" * 10**6).text()) <= mime.MAX_TEXT
    assert len(mime.parse(b"\n" + b"-" * 10**6).text()) == 80


@settings(max_examples=150)
@given(st.lists(PIECES | st.binary(max_size=12), max_size=40).map(b"".join))
def test_any_bytes_are_borne(raw: bytes) -> None:
    for part in mime.parse(raw).walk():
        part.text()
        part.header("subject")
