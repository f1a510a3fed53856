"""Issue files are read whole or refused with a place and a remedy."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from newsletter.errors import DocumentError
from newsletter.issues.parsing import parse_issue
from newsletter.issues.sample import sample_text
from newsletter.model.document import Align, Document, LinkItem, PaperItem, RepositoryItem, SectionKind, TableItem
from newsletter.rendering.markdown_file import write_markdown

FRONT = "---\npublication: demo\ntitle: A title\nslug: first\ndate: 2026-01-02\n---\n"
FORMAT = Path(__file__).resolve().parents[2] / "docs" / "issue-format.md"


def parse(body: str, front: str = FRONT) -> Document:
    return parse_issue(front + body)


def refused(text: str | bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse_issue(text, source="x.md")
    assert caught.value.where == f"x.md:{caught.value.line}:{caught.value.column}"
    assert caught.value.remedy
    return caught.value


def test_the_subject_is_the_title_unless_it_is_given() -> None:
    assert parse("").subject == "A title"
    assert parse("", FRONT.replace("date:", "subject: Other\ndate:")).subject == "Other"


def test_front_matter_values_are_text_not_yaml_types() -> None:
    front = FRONT.replace("slug: first", "slug: 2026-05-09\nlanguage: no\nauthor: 007\npreheader: ~")
    document = parse("", front)
    assert (document.slug, document.language, document.author, document.preheader) == ("2026-05-09", "no", "007", "")
    assert document.date == dt.date(2026, 1, 2)


def test_the_lead_ends_at_the_first_section_even_without_an_empty_line() -> None:
    document = parse("\nOne.\n\n### Still lead\n\nTwo.\n## News {#n}\n")
    assert document.lead == "One.\n\n### Still lead\n\nTwo."
    assert document.sections[0].slug == "n"


def test_a_section_without_items_keeps_its_heading_and_its_link() -> None:
    (section,) = parse('\n## AI Labs {#labs kind=links all="All labs"}\n').sections
    assert (section.title, section.slug, section.all_title, section.items) == ("AI Labs", "labs", "All labs", ())


def test_a_section_without_a_kind_is_text_with_a_slug_from_its_title() -> None:
    (section,) = parse("\n## Über uns\n\nIntro.\n\n### One\n\nBody.\n").sections
    assert (section.kind, section.slug, section.intro) == (SectionKind.TEXT, "uber-uns", "Intro.")
    assert section.items[0].body == "Body."


def test_headings_carry_links_keys_and_attributes() -> None:
    text = '\n## L {kind=links}\n### [A [b] c](https://e.org/x) {#k source="The \\"S\\"" published=2026-01-01 x-y=z}\n'
    (item,) = parse(text).sections[0].items
    assert isinstance(item, LinkItem)
    assert (item.title, item.url, item.key, item.explicit_key) == ("A [b] c", "https://e.org/x", "k", True)
    assert (item.source, item.published, item.attributes) == ('The "S"', dt.date(2026, 1, 1), {"x-y": "z"})


def test_a_repository_has_a_language_and_stars() -> None:
    text = "\n## R {kind=repositories}\n### [tool](https://github.com/Own/tool) {language=C++ stars=12 stars-today=3}\n"
    (item,) = parse(text).sections[0].items
    assert isinstance(item, RepositoryItem)
    assert (item.key, item.language, item.stars, item.stars_today) == ("own-tool", "C++", 12, 3)


def test_the_largest_count_that_a_document_may_hold_can_be_read() -> None:
    body = "## R {kind=repositories}\n\n### o/n {stars=1000000000000}\n"
    assert parse(body).sections[0].items[0].model_dump()["stars"] == 10**12
    assert "is not a count" in refused(FRONT + body.replace("000}", "001}")).what


def test_a_paper_is_known_by_its_arxiv_number() -> None:
    heading = '### [P](https://arxiv.org/pdf/2605.01234v2) {category=cs.CL authors="A, B"}'
    (item,) = parse(f"\n## P {{kind=papers}}\n{heading}\n").sections[0].items
    assert isinstance(item, PaperItem)
    assert (item.key, item.category, item.authors) == ("2605-01234", "cs.CL", "A, B")


def test_a_table_has_text_above_aligned_cells_and_a_note_below() -> None:
    table = "|a|b|c|d|\n|---|:--|:-:|--:|\n| x \\| y | **b** | | 1 |\n"
    (item,) = parse(f"\n## T {{kind=tables}}\n### T\nAbove.\n\n{table}\nNote.\n").sections[0].items
    assert isinstance(item, TableItem)
    assert [column.align for column in item.columns] == [Align.NONE, Align.LEFT, Align.CENTER, Align.RIGHT]
    assert item.rows == (("x | y", "**b**", "", "1"),)
    assert (item.body, item.note) == ("Above.", "Note.")


@pytest.mark.parametrize(
    "block", ["```\n## no\n```", "~~~~\n### no\n~~~~", "    ## no", "> ## no", "- ## no", "\\## no"]
)
def test_what_only_looks_like_a_heading_stays_in_the_body(block: str) -> None:
    (section,) = parse(f"\n## S\n\n### I\n\ntext\n\n{block}\n").sections
    assert [item.body for item in section.items] == [f"text\n\n{block}"]


def test_crlf_and_a_byte_order_mark_are_accepted() -> None:
    text = FRONT + "\nLead.\n\n## S\n### I\nBody.\n"
    assert parse_issue(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()) == parse_issue(text)


def test_the_real_issue_is_read_whole(real_issue: Path) -> None:
    document = parse_issue(real_issue.read_bytes())
    assert [(section.slug, len(section.items)) for section in document.sections] == [
        ("labs", 0),
        ("wire", 0),
        ("papers", 6),
        ("benchmarks", 2),
    ]
    assert [len(item.rows) for item in document.sections[3].items if isinstance(item, TableItem)] == [5, 5]


LINK = "\n## L {#l kind=links}\n"
BAD: dict[str, tuple[str, int, int, str]] = {
    "no front matter": ("hello", 1, 1, "does not begin"),
    "an empty file": ("", 1, 1, "does not begin"),
    "front matter never closed": ("---\ntitle: x\n", 1, 1, "not closed"),
    "broken yaml": (FRONT.replace("A title", "A: b"), 3, 9, "not YAML"),
    "a missing field": (FRONT.replace("date: 2026-01-02\n", ""), 1, 1, "no date"),
    "an empty field": (FRONT.replace("A title", ""), 1, 1, "no title"),
    "a date that is none": (FRONT.replace("01-02", "02-30"), 5, 7, "not a date"),
    "a bad slug": (FRONT.replace("first", "First Issue"), 4, 7, "address"),
    "a reserved slug": (FRONT.replace("first", "subscribe"), 4, 7, "another page"),
    "an unknown key": (FRONT.replace("title:", "titel:"), 3, 1, "unknown front-matter key"),
    "a key twice": (FRONT.replace("date:", "slug: b\ndate:"), 5, 1, "twice"),
    "a line break in the title": (FRONT.replace("A title", '"A\\r\\nBcc: x"'), 3, 8, "line break"),
    "a line break in the subject": (FRONT.replace("date:", 'subject: "a\\nb"\ndate:'), 5, 10, "line break"),
    "more lines than can be read": (FRONT + "a\n" * 20_000, 20_001, 1, "20,000 lines"),
    "more signs than can be rendered": (FRONT + "\n\n*a*\n" + "[" * 14_999 + "\n\n" + "&" * 9, 12, 1, "60,000 signs"),
    "more tables than can be rendered": (FRONT + "\n\na\n\n" + "a|b\n-|-\n\n" * 2001, 6011, 1, "2,000 tables"),
    "an anchor": (FRONT.replace("A title", "&a x"), 3, 8, "anchors"),
    "a second document": (FRONT.replace("date:", "--- x\ndate:"), 5, 1, "second YAML document"),
    "an alias": (FRONT.replace("A title", "*a"), 3, 8, "anchors"),
    "a list": (FRONT.replace("A title", "[a, b]"), 3, 8, "names and values"),
    "a deep list": (FRONT.replace("A title", "[" * 5000), 3, 8, "names and values"),
    "a yaml type": (FRONT.replace("A title", "!!python/name:os.system x"), 3, 8, "tags"),
    "an impossible escape": (FRONT.replace("A title", '"\\UFFFFFFFF"'), 1, 1, "not YAML"),
    "a bad language": (FRONT.replace("date:", "language: english please\ndate:"), 5, 11, "language"),
    "an unknown kind": (FRONT + "\n## L {kind=link}\n", 8, 7, "unknown section kind"),
    "a brace never closed": (FRONT + LINK + "### I {#key\n", 9, 7, "cannot be read"),
    "an attribute without a value": (FRONT + LINK + "### I {draft}\n", 9, 7, "cannot be read"),
    "an attribute twice": (FRONT + LINK + "### I {a=1 a=2}\n", 9, 12, "twice"),
    "a bad attribute name": (FRONT + LINK + "### I {stars_today=2}\n", 9, 8, "name for an attribute"),
    "a bad key": (FRONT + LINK + "### I {#Not_a_key}\n", 9, 8, "address"),
    "an empty heading": (FRONT + LINK + "###\n", 9, 1, "no title"),
    "a heading of attributes only": (FRONT + LINK + "### {#a}\n", 9, 5, "no title"),
    "two items with one key": (FRONT + LINK + "### One\n### Two {#one}\n", 10, 10, "line 9 has the key 'one'"),
    "two sections with one slug": (FRONT + "## One\n## One\n", 8, 4, "line 7 has the key 'one'"),
    "a date of an item": (FRONT + LINK + "### I {published=soon}\n", 9, 8, "not a date"),
    "stars that are no number": (FRONT + "## R {kind=repositories}\n### I {stars=many}\n", 8, 8, "not a count"),
    "a link in a section heading": (FRONT + "## [L](https://e.org)\n", 7, 4, "cannot be a link"),
    "a link in half a heading": (FRONT + LINK + "### Read [this](https://e.org) now\n", 9, 15, "cannot be read"),
    "a script in a heading": (FRONT + LINK + "### [I](javascript:alert(1))\n", 9, 9, "not an address"),
    "a script in a link": (FRONT + "\nLead [x](javascript:alert%281%29)\n", 8, 10, "not an address"),
    "a script in capitals": (FRONT + "\n[x](JaVaScRiPt:x)\n", 8, 5, "not an address"),
    "a script in entities": (FRONT + "\n[x](java&#115;cript:x)\n", 8, 1, "not an address"),
    "a script in a reference": (FRONT + "\n[x]\n\n[x]: javascript:x\n", 10, 6, "not an address"),
    "a script in a reference of a quote": (FRONT + "\n> [x]: vbscript:x\n", 8, 8, "not an address"),
    "a script in an autolink": (FRONT + "\ntext\nmore <javascript:x>\n", 9, 7, "not an address"),
    "data in a picture": (FRONT + "\n![x](data:image/png;base64,AA==)\n", 8, 6, "not an address"),
    "a mail address in a picture": (FRONT + "\n![x](mailto:a@example.org)\n", 8, 6, "not an address"),
    "a script in a picture's text": (FRONT + "\n![[a](data:x)](https://e.org)\n", 8, 7, "not an address"),
    "a script in a cell": (FRONT + "\n|a|\n|-|\n|[x](file:///etc)|\n", 10, 6, "not an address"),
    "a relative link": (FRONT + "\n[x](page.html)\n", 8, 5, "not an address"),
    "a link to nowhere": (FRONT + "\n[x]()\n", 8, 1, "not an address"),
    "a short row": (FRONT + "## T {kind=tables}\n### T\n|a|b|\n|-|-|\n|1|2|\n|1|\n", 12, 1, "1 cells"),
    "a long row anywhere": (FRONT + "\n|a|b|\n|-|-|\n|1|2|3|\n", 10, 1, "3 cells"),
    "a long row in a quote": (FRONT + "\n> |a|b|\n> |-|-|\n> |1|2|3|\n", 10, 1, "3 cells"),
    "a short row in a list": (FRONT + "\n- |a|b|\n  |-|-|\n  |1|2|\n  |1|\n", 11, 3, "1 cells"),
    "text that touches a table": (FRONT + "## T {kind=tables}\n### T\n|a|b|\n|-|-|\nnote\n", 11, 1, "1 cells"),
    "dashes that do not fit": (FRONT + "## T {kind=tables}\n### T\n|a|b|\n|-|\n", 10, 1, "row of dashes 1"),
    "no table": (FRONT + "## T {kind=tables}\n### T\ntext\n", 8, 5, "no table"),
    "a NUL": (FRONT + "\na\x00b\n", 8, 2, "U+0000"),
    "a fence never closed": (FRONT + "\ntext\n\n```\n## S\n", 10, 1, "never closed"),
    "a comment never closed": (FRONT + "\n<!--\n## S\n", 8, 1, "never closed"),
    "a lone surrogate": (FRONT + "ab\ud800", 7, 3, "not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_place(name: str) -> None:
    text, line, column, what = BAD[name]
    error = refused(text)
    assert what in error.what
    assert (error.line, error.column) == (line, column)


def test_remedies_name_what_was_meant() -> None:
    assert "did you mean title?" in refused(FRONT.replace("title:", "titel:")).remedy
    remedy = refused(FRONT + "## P {kind=paper}\n").remedy
    assert "did you mean papers?" in remedy
    assert all(kind in remedy for kind in SectionKind)
    assert "{#one-2}" in refused(FRONT + "## L\n### One\n### One\n").remedy


def test_bytes_that_are_not_utf8_are_refused_at_their_place() -> None:
    error = refused(FRONT.encode() + "été ".encode() + b"\xe9")
    assert (error.line, error.column) == (7, 5)
    assert "0xE9" in error.what


@pytest.mark.parametrize("text", [b"x" * 10_000_000, "x" * 10_000_000, "é" * 600_000])
def test_a_file_over_the_cap_is_refused_before_it_is_read(text: str | bytes) -> None:
    assert "larger than 1,048,576 bytes" in refused(text).what


def test_too_many_items_are_refused() -> None:
    items = "".join(f"### Item {number}\n" for number in range(2_001))
    error = refused(FRONT + "## L {kind=links}\n" + items)
    assert (error.line, error.what) == (2008, "the issue has more than 2,000 items")


BOMBS = {
    "quotes": "> " * 10_000 + "a",
    "tight quotes": ">" * 10_000,
    "lists": "- " * 10_000 + "a",
    "numbers": "1. " * 10_000,
    "indented lists": "".join("  " * depth + "- a\n" for depth in range(600)),
    "brackets": "[" * 10_000,
    "pictures": "![" * 10_000,
    "many brackets": ("[" * 64 + "]" * 64 + "\n\n") * 5_000,
    "long quotes": ("> - " * 30 + "a\n") * 5_000,
    "lazy quotes": "> " * 60 + "a\n" + "b\n" * 19_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_nesting_bomb_is_refused(name: str) -> None:
    why = "signs" if name == "many brackets" else "nested"  # so many of them are refused before they are read
    assert why in refused(FRONT + "\n" + BOMBS[name]).what


@pytest.mark.parametrize(
    "piece", ["<!-- a", "*a ", "`a ``", "[a](<b ", "<a b=", "&", "\\", "~~~\n~~~\n\n", "a|b\n", "[a]: b\n", "<?", "**_"]
)
def test_a_long_run_of_signs_is_read_or_refused_without_hanging(piece: str) -> None:
    _only_document_errors(FRONT + "\nx " + piece * (100_000 // len(piece)))


def _only_document_errors(text: str | bytes) -> None:
    try:
        document = parse_issue(text)
    except DocumentError as wrong:
        error = wrong
    else:
        assert parse_issue(write_markdown(document)) == document
        return
    assert error.line >= 1 and error.column >= 1 and error.remedy


_SIGNS = st.sampled_from(
    [*'{}[]()|\\"`#*_<>:=&~!-\n', "\n## ", "\n### ", "---\n", "\r", "\x00", "\u2028", "```\n", "|-|", "{#a"]
)


@pytest.mark.parametrize(
    "line", ["### [" + "](" * 30_000 + " <)", "-" * 500_000 + "x", "|" + "-" * 500_000 + "x", "### " + " {a=b" * 9_000,
             "### " + "{" * 60_000 + "}", "### x {" + "a=" * 30_000 + "}", "### a " + '{a="' * 15_000 + "}", " " * 500_000]
)  # fmt: skip
def test_a_very_long_line_is_read_or_refused_without_hanging(line: str) -> None:
    _only_document_errors(FRONT + "\n## T {kind=tables}\n### T\n|\n" + line)
    _only_document_errors(FRONT + "\n## T\n### T\n" + line)


@given(text=st.one_of(st.text(), st.binary(), st.lists(_SIGNS).map("".join)))
@settings(max_examples=150)
@example("---\n---")
@example("---\nabc\n---\n")
def test_no_text_brings_out_anything_but_a_document_error(text: str | bytes) -> None:
    _only_document_errors(text)
    if isinstance(text, str):
        _only_document_errors(FRONT + text)
        _only_document_errors(FRONT + "\n## S {kind=tables}\n### I\n" + text)
        _only_document_errors(FRONT.replace("A title", text))


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    text = sample_text()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 40))
        text = text[:start] + data.draw(st.one_of(_SIGNS, st.text(max_size=3))) + text[end:]
    _only_document_errors(text)


def test_the_sample_issue_shows_every_kind_of_section() -> None:
    document = parse_issue(sample_text())
    assert document.publication == "demo"
    kinds = {section.kind for section in document.sections}
    assert kinds == set(SectionKind) - {SectionKind.SPONSOR}  # a demonstration has none
    assert any(section.all_title and not section.items for section in document.sections)
    assert parse_issue(write_markdown(document)) == document


def test_the_example_in_the_documentation_can_be_read() -> None:
    (text,) = re.findall(
        r"^````markdown\n(---\n.*?)^````$", FORMAT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert {section.kind for section in parse_issue(text).sections} == set(SectionKind)


@pytest.mark.parametrize(
    ("front", "column", "words", "remedy"),
    [
        ("image: http://a.example/x.png", 7, "is not an address of a picture", "https://"),
        ("image: chart.png", 7, "is not an address of a picture", "https://"),
        ("imag: https://a.example/x.png", 0, "unknown front-matter key", "did you mean image?"),
    ],
)
def test_a_picture_of_the_head_that_no_mail_shows_is_refused_at_its_place(
    front: str, column: int, words: str, remedy: str
) -> None:
    error = refused(FRONT.replace("---\n", f"---\n{front}\n", 1) + "Lead.\n")
    assert words in error.what
    assert remedy in error.remedy
    assert f"x.md:2:{column + 1}:" in str(error)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ("image=http://a.example/x.png", "is not an address of a picture"),
        ("bars=Skore", "no column of that title; it has A, B"),
        ("bars=A", "no cell of that column holds a number"),
        ("best=lowest", "there are no bars"),
        ("bars=B best=loudest", "best=loudest says nothing"),
    ],
)
def test_furniture_that_cannot_be_is_refused_with_its_line(attributes: str, words: str) -> None:
    error = refused(FRONT + f"## T {{kind=tables}}\n\n### One {{{attributes}}}\n\n| A | B |\n|---|---|\n| x | 1 |\n")
    assert words in error.what
    assert f"x.md:{FRONT.count(chr(10)) + 3}:" in str(error)


def test_furniture_is_read_into_fields_of_its_own() -> None:
    front = 'image: https://a.example/x.png\nimage-alt: A tree\nimage-caption: "By [Ada](https://a.example/)"\npoll: yes\nauthor: ada, grace\n'
    body = (
        '## Ad {kind=sponsor}\n\n### [Cards](https://b.example/) {sponsor="Acme" image=https://b.example/y.png image-alt=Y}\n\n'
        "## T {kind=tables}\n\n### One {bars=B best=lowest}\n\n| A | B |\n|---|---|\n| x | 1 |\n"
    )
    document = parse(body, FRONT.replace("---\n", f"---\n{front}", 1))
    assert (document.image, document.image_alt) == ("https://a.example/x.png", "A tree")
    assert (document.image_caption, document.poll, document.author) == (
        "By [Ada](https://a.example/)",
        "yes",
        "ada, grace",
    )
    (paid,), (table,) = (section.items for section in document.sections)
    assert (paid.kind, paid.sponsor, paid.image, paid.image_alt) == ("sponsor", "Acme", "https://b.example/y.png", "Y")
    assert (table.bars, table.best, table.attributes) == ("B", "lowest", {})


def test_an_item_that_is_not_mailed_says_so_and_nothing_else_may_stand_there() -> None:
    section = parse("## T {kind=links}\n\n### [One](https://a.example/) {mail=no}\n\n### Two\n").sections[0]
    assert [item.mailed for item in section.items] == [False, True]
    assert [item.title for item in section.mailed_items] == ["Two"]
    for written in ("yes", "No", "false", '""'):
        error = refused(FRONT + f"## T {{kind=links}}\n\n### One {{source=A mail={written}}}\n")
        assert "says nothing" in error.what
        assert "mail=no" in error.remedy
        assert (error.line, error.column) == (FRONT.count("\n") + 3, 19)
