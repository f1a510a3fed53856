"""Papers of arXiv, from its RSS and from its API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.sources import SourceKind
from newsletter.sources import kinds
from newsletter.sources.found import BrokenAnswerError, FoundCandidate, LimitedAnswerError, Reading
from newsletter.sources.kinds import arxiv
from newsletter.sources.kinds.question import Question
from tests.sources.kinds.asking import NOW, question

API = (
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
    'xmlns:arxiv="http://arxiv.org/schemas/atom"><title>arXiv Query</title><id>http://arxiv.org/api/x</id>'
    "<opensearch:totalResults>{total}</opensearch:totalResults><opensearch:startIndex>{start}</opensearch:startIndex>{inner}</feed>"
)
RSS = (
    '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>'
    "<title>cs.CL updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CL</link>{inner}</channel></rss>"
)


def api(*entries: str, total: int = 1, start: int = 0) -> bytes:
    return API.format(inner="".join(entries), total=total, start=start).encode()


def entry(number: str, more: str = "", *, title: str = "T", summary: str = "S") -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/{number}</id><published>2026-05-07T10:00:00Z</published><updated>2026-05-08T10:00:00Z</updated>"
        f"<title>{title}</title><summary>{summary}</summary>{more}</entry>"
    )


def announced(number: str, kind: str, more: str = "") -> str:
    return (
        f"<item><title>T {number}</title><link>https://arxiv.org/abs/{number.partition('v')[0]}</link><description>arXiv:{number} Announce Type: {kind} \n"
        f"Abstract: Words of it.</description><guid isPermaLink='false'>oai:arXiv.org:{number}</guid>"
        f"<pubDate>Fri, 08 May 2026 00:00:00 -0400</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>{more}</item>"
    )


def rss(*items: str) -> bytes:
    return RSS.format(inner="".join(items)).encode()


def read(content: bytes, mapping: dict[str, Any] | None = None) -> Reading:
    return kinds.read(SourceKind.ARXIV, content, question(mapping=mapping))


def only(content: bytes) -> FoundCandidate:
    (found,) = read(content).candidates
    return found


def test_what_the_api_says_of_a_paper_is_kept() -> None:
    found = only(
        api(
            entry(
                "2605.01234v3",
                "<author><name>Cl\\'emence Exemple</name><arxiv:affiliation>Institute</arxiv:affiliation></author><author><name>B</name></author>"
                "<arxiv:doi>10.1/x</arxiv:doi><arxiv:comment>12 pages,\n 3 figures</arxiv:comment><arxiv:journal_ref>J. 7</arxiv:journal_ref>"
                '<link href="http://arxiv.org/abs/2605.01234v3" rel="alternate" type="text/html"/>'
                '<link title="pdf" href="http://arxiv.org/pdf/2605.01234v3" rel="related" type="application/pdf"/>'
                '<arxiv:primary_category term="q-bio.BM"/><category term="cs.CL"/><category term="q-bio.BM"/>'
                '<category term="62H30"/><category term="68T50; 68T07"/><category term="I.2.7"/>',
                title="$\\ell_2$ over\n  two lines &amp; more",
                summary="  First $\\lambda &lt; 1$ at 51.9\\%\nand *stars*, [x](y).\n",
            )
        )
    )
    assert (found.key, found.url) == ("arxiv:2605.01234", "https://arxiv.org/abs/2605.01234")
    assert found.title == r"$\ell_2$ over two lines & more"
    assert found.text == r"First $\lambda < 1$ at 51.9\% and \*stars\*, \[x](y)."
    assert found.published == datetime(2026, 5, 7, 10, tzinfo=UTC)
    assert found.attributes == {
        "authors": [r"Cl\'emence Exemple", "B"],
        "category": "q-bio.BM",
        "categories": ["q-bio.BM", "cs.CL"],
        "comment": "12 pages, 3 figures",
        "doi": "10.1/x",
        "journal": "J. 7",
        "version": 3,
    }


@pytest.mark.parametrize("number", ["hep-th/9901999", "math/0309136", "cond-mat/0102536", "0704.0001", "2605.01234"])
def test_numbers_of_every_age_are_known_without_their_version(number: str) -> None:
    assert only(api(entry(f"{number}v2"))).key == f"arxiv:{number}"
    assert only(api(entry(number))).attributes == {}


def test_the_class_of_a_subject_in_an_old_number_makes_no_other_paper() -> None:
    found = only(api(entry("math.GT/0309136v1"), entry("math/0309136v2", title="Newer")))
    assert (found.key, found.url, found.title) == ("arxiv:math/0309136", "https://arxiv.org/abs/math/0309136", "Newer")


def test_names_are_without_the_institutes_behind_them_and_those_of_the_api_are_never_parted() -> None:
    written = "Ada A (1), Ben B (Institute, City), Jos\\'{e} C, Jr. (1 and 2) ((1) Here, (2) There (North))"
    found = only(rss(announced("2605.00001v1", "new", f"<dc:creator>{written}</dc:creator>")))
    assert found.attributes["authors"] == ["Ada A", "Ben B", "Jos\\'{e} C, Jr."]
    open_ended = "<dc:creator>Ada A (Institute, Ben B</dc:creator>"
    assert only(rss(announced("2605.00001v1", "new", open_ended))).attributes["authors"] == [
        "Ada A (Institute",
        "Ben B",
    ]
    named = '<author><name>Exemple, Ada (the elder)</name></author><arxiv:primary_category term="cs.CL"/>'
    assert only(api(entry("2605.00001v1", named))).attributes["authors"] == ["Exemple, Ada (the elder)"]


def test_a_paper_called_error_is_a_paper() -> None:
    assert only(api(entry("2605.00001v1", title="Error"))).title == "Error"


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"announce": "cross"}, "mapping announce: it is no list; write"),
        ({"announce": ["new", "crossed"]}, "mapping announce: arXiv knows no 'crossed'; there is new, cross"),
        ({"announced": ["cross"]}, "mapping 'announced': there is no such name"),
    ],
)
def test_what_a_mapping_cannot_mean_is_told_with_how_to_write_it(mapping: dict[str, Any], words: str) -> None:
    reading = read(rss(announced("2605.00001v1", "new")), mapping)
    assert [each.key for each in reading.candidates] == ["arxiv:2605.00001"]
    assert words in reading.told[0]


def test_a_feed_of_something_else_is_a_fault() -> None:
    other = (
        '<rss version="2.0"><channel><item><title>T</title><link>https://other.example/1</link></item></channel></rss>'
    )
    with pytest.raises(BrokenAnswerError, match="none of its items is a paper"):
        read(other.encode())


def test_two_versions_of_a_paper_are_one_with_the_newest_words() -> None:
    for order in ((1, 2), (2, 1), (2, 10)):
        reading = read(api(*(entry(f"2605.01234v{version}", title=f"v{version}") for version in order)))
        assert [each.title for each in reading.candidates] == [f"v{max(order)}"]
        (told,) = reading.told
        assert told.startswith("1 item that stood there before") and told.endswith(f"“v{order[1]}”")


@pytest.mark.parametrize(
    "more",
    [
        "<arxiv:comment>This paper has been withdrawn by the author: a table is wrong</arxiv:comment>",
        "<arxiv:comment>Withdrawn</arxiv:comment>",
        "<arxiv:comment>12 pages. The submission is withdrawn due to an error</arxiv:comment>",
    ],
)
def test_a_withdrawn_paper_is_left_out_and_told(more: str) -> None:
    reading = read(api(entry("2605.01234v2", more), entry("2605.09999v1")))
    assert [each.key for each in reading.candidates] == ["arxiv:2605.09999"]
    assert any("withdrawn" in sentence for sentence in reading.told)
    reading = read(
        api(entry("2605.01234v2", summary="This paper has been withdrawn by the authors."), entry("2605.09999v1"))
    )
    assert len(reading.candidates) == 1


def test_a_paper_about_withdrawal_is_no_withdrawn_paper() -> None:
    comment = "<arxiv:comment>Replaces a version that we had withdrawn from a journal</arxiv:comment>"
    assert (
        only(api(entry("2605.01234v1", comment, summary="We study how troops are withdrawn. It works."))).title == "T"
    )


def test_new_papers_are_news_and_the_rest_is_counted() -> None:
    content = rss(
        *(
            announced(f"2605.0000{n}v{n}", kind)
            for n, kind in enumerate(("new", "cross", "replace", "replace-cross"), start=1)
        )
    )
    reading = read(content)
    assert [each.key for each in reading.candidates] == ["arxiv:2605.00001"]
    assert [sentence.split(",")[0] for sentence in reading.told] == [
        "1 announced as “cross”",
        "1 announced as “replace”",
        "1 announced as “replace-cross”",
    ]
    assert len(read(content, {"announce": ["new", "cross"]}).candidates) == 2


def test_an_announcement_has_its_abstract_authors_and_category() -> None:
    more = "<category>cs.CL</category><category>cs.AI</category><dc:creator>Ada Example, Ben Sample, Jr., C. D'Arc</dc:creator>"
    found = only(rss(announced("2605.00001v1", "new", more)))
    assert found.text == "Words of it."
    assert found.published == datetime(2026, 5, 8, 4, tzinfo=UTC)
    assert found.attributes == {
        "authors": ["Ada Example", "Ben Sample, Jr.", "C. D'Arc"],
        "category": "cs.CL",
        "categories": ["cs.CL", "cs.AI"],
        "version": 1,
        "announce": "new",
    }


@pytest.mark.parametrize(
    "content",
    [b"Rate exceeded.", b"<html><body>Rate exceeded.</body></html>", b"429 Too Many Requests; retry after 120 s"],
)
def test_a_limit_is_a_fault_and_no_empty_feed(content: bytes) -> None:
    with pytest.raises(LimitedAnswerError) as error:
        read(content)
    assert error.value.seconds == (120 if b"120" in content else None)


def test_an_error_in_the_shape_of_a_feed_is_a_fault_with_its_words() -> None:
    wrong = "<entry><id>http://arxiv.org/api/errors#incorrect_id_format_for_x</id><title>Error</title><summary>incorrect id format for x</summary></entry>"
    with pytest.raises(BrokenAnswerError, match="incorrect id format for x"):
        read(api(wrong))


def test_nothing_although_there_should_be_something_is_a_fault() -> None:
    with pytest.raises(BrokenAnswerError, match="41,207"):
        read(api(total=41207))
    assert read(api(total=0)).told == ("arXiv has no papers of what was asked for",)
    assert read(api(total=10, start=10)).candidates == ()


@pytest.mark.parametrize(
    ("day", "words"), [(9, "Friday and Saturday evenings"), (10, "Friday and Saturday evenings"), (8, "holiday")]
)
def test_an_empty_announcement_says_why(day: int, words: str) -> None:
    now = datetime(2026, 5, day, 12, tzinfo=UTC)
    reading = arxiv.read(rss("<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"), Question("", now))
    assert reading.candidates == ()
    assert "no announcement" in reading.told[0] and words in reading.told[0]


@pytest.mark.parametrize("content", [b"", b"<html><body>Sorry</body></html>", b"{}"])
def test_what_is_no_feed_of_papers_is_told(content: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        read(content)


@given(st.text(max_size=80), st.integers(0, 900), st.binary(max_size=4))
def test_nothing_ends_the_reader(words: str, place: int, octets: bytes) -> None:
    content = rss(announced("2605.00001v1", "new")) + words.encode("utf-8", "replace")
    try:
        reading = arxiv.read(
            content[:place] + octets + content[place:], Question("http://rss.arxiv.org/rss/cs.CL", NOW)
        )
    except (BrokenAnswerError, LimitedAnswerError):
        return
    assert all(each.key.startswith("arxiv:") for each in reading.candidates)


def test_the_form_of_before_2024_is_read() -> None:
    old = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="http://arxiv.org/"><title>cs.CL updates on arXiv.org</title></channel>'
        '<item rdf:about="http://arxiv.org/abs/2605.00001"><title>T. (arXiv:2605.00001v1 [cs.CL])</title><link>http://arxiv.org/abs/2605.00001</link>'
        "<description>&lt;p&gt;Words $a &amp;lt; b$.&lt;/p&gt;</description><dc:creator>&lt;a href='x'&gt;Ada&lt;/a&gt;, &lt;a href='y'&gt;Ben&lt;/a&gt;</dc:creator></item>"
        '<item rdf:about="http://arxiv.org/abs/2605.00002"><title>U. (arXiv:2605.00002v3 [cs.CL] UPDATED)</title><link>http://arxiv.org/abs/2605.00002</link></item></rdf:RDF>'
    )
    found = only(old.encode())
    assert (found.title, found.text, found.attributes) == (
        "T",
        "Words $a < b$.",
        {"authors": ["Ada", "Ben"], "version": 1, "announce": "new"},
    )


def test_its_atom_feed_of_announcements_is_read() -> None:
    inner = (
        '<entry><id>oai:arXiv.org:2605.00001v1</id><title>T</title><link href="https://arxiv.org/abs/2605.00001" rel="alternate"/>'
        "<updated>2026-05-08T04:00:00+00:00</updated><summary>arXiv:2605.00001v1 Announce Type: new\nAbstract: Words.</summary>"
        '<category term="cs.CL"/><arxiv:announce_type>new</arxiv:announce_type><published>2026-05-08T00:00:00-04:00</published></entry>'
    )
    head = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"><title>cs.CL updates on arXiv.org</title>'
    found = only(f"{head}{inner}</feed>".encode())
    assert (found.text, found.attributes["announce"], found.published) == (
        "Words.",
        "new",
        datetime(2026, 5, 8, 4, tzinfo=UTC),
    )
    assert "no announcement" in read(f"{head}</feed>".encode()).told[0]


def test_a_paper_that_was_announced_and_replaced_at_once_is_news() -> None:
    reading = read(rss(announced("2605.00001v2", "replace"), announced("2605.00001v1", "new")))
    assert [each.key for each in reading.candidates] == ["arxiv:2605.00001"]
