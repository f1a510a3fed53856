"""Octets of an answer as text: unpacked, and read in the charset that they are in, which is not always the one they say."""

from __future__ import annotations

import codecs
import re
import zlib

from newsletter.sources.found import BrokenAnswerError

MOST_OCTETS = 4 * 1024 * 1024
"""Longest answer that is read, packed or not."""
_GZIP = b"\x1f\x8b\x08"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_BOM = (
    (re.compile(rb"[<\[{]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<\[{]"), "utf-32-be"),
    (re.compile(rb"[<\[{]\0"), "utf-16-le"),
    (re.compile(rb"\0[<\[{]"), "utf-16-be"),
)
"""What the first signs of XML, HTML or JSON are in these (XML 1.0, appendix F)."""
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})[\"']|<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})",
    re.IGNORECASE,
)
_IN_HEADER = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
_MOST_HEADER = 300
_KNOWN = re.compile(
    r"(?:iso8859|cp125|cp1252|cp932|cp949|cp866|koi8|gb|big5|shift_jis|euc|iso2022|mac|tis|utf-(?:8|16|32)|latin|ascii|hz)"
)
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""What is meant by these names: browsers read them so (Encoding Standard, section 4.2)."""
_NAMED = {"cp1251": "Windows-1251", "koi8_r": "KOI8-R"}
_FREQUENT = frozenset("оеаинтсрвл")
"""Letters that make up six tenths of a text in Russian, and of its neighbours; of Greek or Hebrew read so, four at most."""
_FAR_WORDS = re.compile(rb"[\xc0-\xff]{3,40}")
_TRIED = 200_000
_SEVEN_BITS = ("iso2022", "hz")


def unpacked(content: bytes) -> bytes:
    """Return octets as they were before gzip, if they are so packed. Raises BrokenAnswerError when they are too many, or cannot be unpacked."""
    if not content.startswith(_GZIP):
        return content
    reader = zlib.decompressobj(wbits=31)
    try:
        found = reader.decompress(content, MOST_OCTETS + 1)
    except zlib.error:
        raise BrokenAnswerError("it is packed with gzip, and cannot be unpacked") from None
    if len(found) > MOST_OCTETS:
        raise BrokenAnswerError(f"unpacked, it is larger than {MOST_OCTETS // 1024 // 1024} MB")
    return found


def decoded(content: bytes) -> tuple[str, list[str]]:
    """Return the text of octets, and sentences on what was wrong with their charset. Whatever fits no charset is U+FFFD."""
    for mark, name in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace"), []
    for pattern, name in _WITHOUT_BOM:
        if pattern.match(content):
            return content.decode(name, "replace"), []
    declared = _declared(content)
    if declared.startswith(_SEVEN_BITS) and content.isascii():
        return content.decode(declared, "replace"), []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _in_another(content, declared)
    misled = declared not in {"", "utf-8", "ascii"} and not content.isascii()
    return text, [f"it says that its charset is {declared}, and is in UTF-8: read as UTF-8"] if misled else []


def in_utf8(content: bytes, content_type: str) -> bytes:
    """Return octets in UTF-8 whose charset the header of their answer names, and they themselves do not (RFC 7303 section 3.2).

    They stay as they are where they are in UTF-8 already or do not fit that charset, and where it says no more than is taken for granted.
    """
    found = _IN_HEADER.search(content_type[:_MOST_HEADER])
    codec = _known(found[1]) if found else ""
    codec = _WIDER.get(codec, codec)
    is_plain = content.isascii() and not codec.startswith(_SEVEN_BITS)
    if codec in {"", "utf-8", "cp1252"} or is_plain or _names_its_own(content):
        return content
    try:
        return content.decode(codec).encode("utf-8")
    except UnicodeError:
        return content


def _names_its_own(content: bytes) -> bool:
    """Tell whether octets say in what charset they are: by a mark, by a declaration, or by being UTF-8."""
    marks = any(content.startswith(mark) for mark, _ in _BOMS) or any(each.match(content) for each, _ in _WITHOUT_BOM)
    if marks or content.startswith(_GZIP) or _declared(content):
        return True
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not content.isascii()


def _declared(content: bytes) -> str:
    """Return the codec of the charset that octets name, or "" when they name none that is known."""
    found = _DECLARED.search(content[:2048])
    return _known((found[1] or found[2]).decode("ascii", "replace")) if found is not None else ""


def _known(charset: str) -> str:
    """Return the codec of a charset, or "" where it is none that answers are in."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""
    return name if _KNOWN.match(name) else ""


def _in_another(content: bytes, declared: str) -> tuple[str, list[str]]:
    codec = _WIDER.get(declared, declared)
    otherwise = f"it is not in {declared} as it says" if declared else "it is not in UTF-8"
    if codec in {"", "utf-8", "cp1252"} and (cyrillic := _cyrillic(content)):
        return content.decode(cyrillic, "replace"), [
            f"{otherwise}: its letters are those of {_NAMED[cyrillic]}, and it is read so"
        ]
    if codec and not codec.startswith("utf"):
        try:
            return content.decode(codec), []
        except UnicodeDecodeError:
            if codec not in {"cp1252", "cp1254"}:
                text = content.decode(codec, "replace")
                return text, [
                    f"{text.count(chr(0xFFFD))} of its characters are not in the charset that it names, {declared}"
                ]
    as_utf8 = content.decode("utf-8", "replace")
    strange = as_utf8.count("\ufffd")
    right = sum(not sign.isascii() for sign in as_utf8) - strange
    if right and right * 4 >= strange:  # what is in another charset hardly ever has a sign that is right in UTF-8
        return as_utf8, [f"{strange} of its characters are not in UTF-8, and are shown as \ufffd"]
    told = [] if declared == "iso8859-1" else [f"{otherwise}: read as Windows-1252"]
    return _as_windows(content), told


def _cyrillic(content: bytes) -> str:
    """Return the charset in which octets are words in Cyrillic, told by how often its usual vowels come; "" where they are none.

    Words of a western language have one or two letters beyond ASCII in a row, and seldom more.
    """
    words = b" ".join(_FAR_WORDS.findall(content[:_TRIED]))
    if len(words) < 15 or len(words) * 2 < sum(octet > 0x7F for octet in content[:_TRIED]):
        return ""
    share, name = max((_share(words.decode(name, "replace")), name) for name in _NAMED)
    return name if share > 0.45 else ""


def _share(words: str) -> float:
    """Return how much of some words is of the usual letters, 0 to 1; a capital within a word is none, for KOI8-R turns the two cases about."""
    letters = words.replace(" ", "")
    return sum(letter in _FREQUENT for letter in letters) / len(letters)


def _as_windows(content: bytes) -> str:
    """Return octets in Windows-1252, the five that it leaves out as controls (Encoding Standard, section 9)."""
    return content.decode("cp1252", "surrogateescape").translate({0xDC80 + octet: 0x80 + octet for octet in range(128)})
