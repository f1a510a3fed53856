"""A list is read whatever program wrote it, and refused whole where its structure is at fault."""

from __future__ import annotations

import io

import pytest

from newsletter.audience import importing
from newsletter.audience.list_file import ListRow, read_csv
from newsletter.errors import InputError
from newsletter.model import Subscriber
from tests.audience.conftest import Desk


def rows(content: str | bytes) -> list[ListRow]:
    return list(read_csv(io.BytesIO(content.encode() if isinstance(content, str) else content)))


@pytest.mark.parametrize(
    "content",
    [
        *("email,name\na@example.org,Ada\n", "email;name\na@example.org;Ada\n", "email\tname\na@example.org\tAda\n"),
        *("\n\nemail,name\na@example.org,Ada\n", "sep=;\r\nemail;name\r\na@example.org;Ada\r\n", "\ufeffsep=,\nemail,name\na@example.org,Ada"),
        *("\ufeff\nEmail;Name\na@example.org;Ada\n", "Members for group the-weekly\nEmail address,name\na@example.org,Ada\n"),
        "Address,Name,E-Mail\n1 Quay,Ada,a@example.org\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_delimiter_header_and_encoding_are_found_out(content: str, encoding: str) -> None:
    octets = content.removeprefix("\ufeff").encode(encoding) if encoding == "utf-16" else content.encode()
    (row,) = rows(octets)
    assert (row["email"], row["name"]) == ("a@example.org", "Ada")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_utf_16_without_a_mark_is_known_by_its_zeros(codec: str, end: str) -> None:
    content = end.join(["email,name", *(f"a{n}@example.org,Ädä Müßter 名" for n in range(30_000)), ""])
    found = rows(content.encode(codec))
    assert (len(found), found[-1]) == (30_000, {"email": "a29999@example.org", "name": "Ädä Müßter 名"})


def test_one_zero_is_no_utf_16() -> None:
    with pytest.raises(InputError, match="not a text file"):
        rows(b"e\0mail,name\na@example.org,Ada\n")


@pytest.mark.parametrize(
    "name",
    [
        "Email Address",
        "email_address",
        "E-Mail",
        "EMAIL",
        "e-mail address",
        "E-Mail-Adresse",
        "Mail",
        "address",
        " Email ",
    ],
)
def test_the_column_of_addresses_is_found_by_many_names(name: str) -> None:
    (row,) = rows(f"id,{name}\n7,a@example.org\n")
    assert row["email"] == "a@example.org"


@pytest.mark.parametrize("line", [1, 2, 4])
def test_lines_are_told_as_they_stand_in_the_file(line: int) -> None:
    found = rows("\n" * (line - 1) + 'email,note\na@example.org,"two\nlines"\nb@example.org,\n')
    assert [row.line for row in found] == [line + 2, line + 3]


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ('email,name\na@example.org,Ada\nb@example.org,"Bob\nc@example.org,Cy\n', 3, "never closed"),
        ('email,name\na@example.org,"A "big" name"\n', 2, "not CSV"),
        ("email,name\na@example.org,Muster, Ada\n", 2, "3 cells"),
        ("email,status,Status\na@example.org,x,y\n", 1, "twice"),
        ("a@example.org\nb@example.org\n", 1, "no column"),
        ("Address,City\n1 Quay,Ulm\n2 Quay,Ulm\n", 2, "holds no mail addresses"),
        ("", 1, "no column"),
        (b"PK\x03\x04 and so on", 1, "ZIP"),
        (b"email\n\xff@example.org\n", 2, "UTF-8"),
        (b"\xff\xfee\x00m\x00a\x00i\x00l\x00\n\x00a\x00\x00", 2, "UTF-16"),
        (b"email\na\x00@example.org\n", 2, "NUL"),
    ],
)
def test_a_fault_of_structure_refuses_the_whole_list(
    small_desk: Desk, content: str | bytes, line: int, what: str
) -> None:
    with pytest.raises(InputError, match=what) as caught:
        small_desk.import_list(
            read_csv(io.BytesIO(content.encode() if isinstance(content, str) else content)), consent="yes", place="list"
        )
    assert caught.value.where.endswith(f":{line}")
    assert caught.value.remedy
    assert small_desk.count(Subscriber) == 0


def _stored(desk: Desk, content: str) -> tuple[importing.ImportReport, list[tuple[str, str]]]:
    report = desk.import_list(read_csv(io.BytesIO(content.encode())), consent="yes", confirmed=True, place="list")
    with desk.database.read() as session:
        people = [session.get_one(Subscriber, n + 1) for n in range(report.added)]
    return report, [(person.address, person.name) for person in people]


def test_first_and_last_names_are_one_name(small_desk: Desk) -> None:
    content = "Email,First Name,Last Name\na@example.org,Ada,Muster\nb@example.org,,Bo\nc@example.org,Cy ,\n"
    assert [name for _, name in _stored(small_desk, content)[1]] == ["Ada Muster", "Bo", "Cy"]


def test_a_long_name_is_cut_and_told_and_the_reader_is_kept(small_desk: Desk) -> None:
    report, people = _stored(small_desk, f"email,name\na@example.org,{'N' * 260}\n")
    assert people == [("a@example.org", "N" * 200)]
    assert report.changed == [(2, "the name was cut to 200 characters")]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ('"Ada\nMuster"', "Ada Muster"),
        ('"Ada\r\n Muster\r\n"', "Ada Muster"),
        ("Ada\tMuster", "Ada Muster"),
        ("Ada\u2028Muster", "Ada Muster"),
        ("Ada\x07\x1b[31m Muster", "Ada [31m Muster"),
        ("\u202eAda Muster", "Ada Muster"),
        (f'"{"N" * 150}\n{"M" * 150}"', "N" * 150 + " " + "M" * 49),
    ],
)
def test_a_name_over_several_lines_is_put_on_one_and_told(small_desk: Desk, cell: str, name: str) -> None:
    report, people = _stored(small_desk, f"email,name\na@example.org,{cell}\nb@example.org,Bo\n")
    assert people == [("a@example.org", name), ("b@example.org", "Bo")]
    ((_, told),) = report.changed
    assert told.startswith("the name was put on one line")
    assert ("cut to 200" in told) == (len(name) == 200)


def test_a_name_that_swallowed_other_rows_is_told_as_wrong(small_desk: Desk) -> None:
    """A quote that never ends takes what follows into the cell: nobody's name has somebody else's address on its second line."""
    report, people = _stored(small_desk, 'email,name\na@example.org,"Ada\nb@example.org,Bo"\nc@example.org,Cy\n')
    assert people == [("c@example.org", "Cy")]
    assert report.invalid == [(3, "a name stands on one line, without control characters")]


def test_addresses_in_their_wrappings_and_the_guards_of_spreadsheets_are_read(small_desk: Desk) -> None:
    content = "email,name\n<a@example.org>,\nCarl Muster <c@example.org>,\nmailto:m@example.org,Mia\n'-dash@example.org,'=SUM(A1)\n"
    assert _stored(small_desk, content)[1] == [
        ("a@example.org", ""),
        ("c@example.org", "Carl Muster"),
        ("m@example.org", "Mia"),
        ("-dash@example.org", "=SUM(A1)"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("size", [1, 40_000])
def test_lines_that_end_with_a_carriage_return_alone_are_lines(encoding: str, size: int) -> None:
    content = "email,note\r" + "".join(f'a{n}@example.org,"one\r\rtwo"\r' for n in range(size)) + "z@example.org,"
    found = rows(content.encode(encoding))
    assert len(found) == size + 1
    assert found[-1] == {"email": "z@example.org", "note": ""}
    assert found[-1].line == 3 * size + 2
    assert found[0]["note"].replace("\r", "\n") == "one\n\ntwo"


def test_a_carriage_return_alone_among_other_ends_is_told_with_its_line() -> None:
    with pytest.raises(InputError, match="carriage return stands alone") as caught:
        rows("email,note\na@example.org,b\rc@example.org,d\n")
    assert caught.value.where.endswith(":2")


@pytest.mark.parametrize("end", [b"", b"\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_line_without_end_is_refused_and_not_read_whole(end: bytes, encoding: str) -> None:
    class Endless(io.RawIOBase):
        octets = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            Endless.octets += len(buffer)
            buffer[:] = "x".encode(encoding)[-1:] * len(buffer) if encoding == "utf-8" else b"x\0" * (len(buffer) // 2)
            return len(buffer)

    file = io.BufferedReader(_Chained("email,name".encode(encoding) + end, Endless()))
    with pytest.raises(InputError, match="more than 8 MiB"):
        list(read_csv(file))
    assert Endless.octets < 80 << 20


class _Chained(io.RawIOBase):
    def __init__(self, head: bytes, rest: io.RawIOBase) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        taken, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken) or self._rest.readinto(buffer) or 0
