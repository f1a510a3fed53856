"""Feeds as they should be, and as they are: titles, addresses, moments, guids, charsets, broken XML."""

from __future__ import annotations

import codecs
import gzip
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds import feed, titles
from tests.conftest import SHARED
from tests.sources.kinds.asking import atom, item, only, question, read, rss

SAMPLES = SHARED / "sources"
LETTERS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Cn", "Co")), min_size=1, max_size=60)


def title_of(written: str, *, kind: str = "") -> str:
    """Return the title of an entry of Atom, written as it stands in the XML."""
    attribute = f' type="{kind}"' if kind else ""
    return only(
        atom(f"<entry><id>a</id><title{attribute}>{written}</title><link href='https://x.example/'/></entry>")
    ).title


@given(LETTERS)
def test_any_text_in_a_title_comes_out_as_the_same_letters(text: str) -> None:
    words = " ".join(text.split())
    if not words:
        return
    assert title_of(escape(text)) == words
    assert title_of(escape(text), kind="text") == words
    assert title_of(escape(escape(text)), kind="html") == words
    assert only(rss(item().replace("<title>T<", f"<title>{escape(escape(text))}<"))).title == words


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("R&amp;D at AT&amp;T &lt;3", "R&D at AT&T <3"),
        ("List&lt;String&gt; and Map&lt;K, V&gt;", "List<String> and Map<K, V>"),
        ("<![CDATA[A &amp; B: <em>now</em>]]>", "A & B: now"),
        ("<![CDATA[R&D at AT&T <3]]>", "R&D at AT&T <3"),
        ("AT&amp;amp;T", "AT&T"),
        ("How to write &amp;lt;b&amp;gt;", "How to write <b>"),
        ("  Two\n   lines\t here ", "Two lines here"),
        ("Copy &amp;copy 2026 &amp;notit", "Copy &copy 2026 &notit"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Safe", "Safe"),
        ("&lt;b&gt;All&lt;/b&gt; &lt;T&gt;", "All <T>"),
        ("Left &#x202E;right&#x200F; &#x2066;x&#x2069;", "Left right x"),
        ("dash &#150; quote &#146;", "dash – quote ’"),  # noqa: RUF001 - Windows-1252 by its numbers
        (r"$\ell_2$ &amp; \textbf{more} 51.9\%", r"$\ell_2$ & \textbf{more} 51.9\%"),
        ("*Stars*, [Brackets](and parens), ## and {braces}", "*Stars*, [Brackets](and parens), ## and {braces}"),
    ],
)
def test_a_title_of_rss_is_read_once(written: str, shown: str) -> None:
    assert only(rss(item().replace("<title>T<", f"<title>{written}<"))).title == shown


def test_a_title_of_atom_is_what_its_type_says() -> None:
    assert title_of("&lt;b&gt;x&lt;/b&gt; &amp;amp;", kind="text") == "<b>x</b> &amp;"
    assert title_of("&lt;b&gt;x&lt;/b&gt; &amp;amp; &lt;i&gt;y&lt;/i&gt;", kind="html") == "x & y"
    assert (
        title_of('<div xmlns="http://www.w3.org/1999/xhtml">a <b>b</b> &lt;c&gt; &amp;amp;</div>', kind="xhtml")
        == "a b <c> &amp;"
    )


def test_a_title_is_as_long_as_a_document_bears() -> None:
    assert len(only(rss(item("word " * 200))).title) <= titles.MOST_CHARS


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("  https://lab.example/a\n", "https://lab.example/a"),
        ("/a?b=1&amp;c=2", "https://lab.example/a?b=1&c=2"),
        ("a", "https://lab.example/news/a"),
        ("//other.example/a", "https://other.example/a"),
        ("www.other.example/a", "https://www.other.example/a"),
        ("https://lab.example/a b", "https://lab.example/a%20b"),
        ("https://lab.example/é", "https://lab.example/é"),
        ("HTTPS://Lab.example/A", "HTTPS://Lab.example/A"),
        ("https://lab.example/a\n   b", "https://lab.example/ab"),
        ("https://me:secret@lab.example/a", "https://lab.example/a"),
        ("https://lab.example/?a=1&amp;amp;b=2", "https://lab.example/?a=1&b=2"),
    ],
)
def test_an_address_is_made_absolute(link: str, url: str) -> None:
    assert only(rss(f"<item><title>T</title><link>{link}</link><guid>x</guid></item>")).url == url


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.example", "ftp://x.example/", "http://[x/"]
)
def test_an_address_that_is_none_of_the_web_is_dropped_and_told(link: str) -> None:
    reading = read(rss(f"<item><title>T</title><link>{link}</link><guid isPermaLink='false'>x</guid></item>"))
    assert [(each.key, each.url) for each in reading.candidates] == [("guid:x", "")]
    assert any("none of the web" in sentence for sentence in reading.told)


def test_the_address_of_the_feed_serves_where_nothing_else_does() -> None:
    content = rss("<item><title>T</title><link>/a</link></item>", channel="")
    assert only(content, "https://here.example/feed.xml").url == "https://here.example/a"
    with_atom = atom(
        "<entry><id>a</id><title>T</title><link href='b'/><content type='html'>&lt;a href='c'&gt;w&lt;/a&gt;</content></entry>"
    )
    found = only(with_atom, "https://here.example/blog/feed")
    assert (found.url, found.text) == ("https://here.example/blog/b", "[w](https://here.example/blog/c)")


def test_a_guid_that_is_a_permalink_stands_in_for_an_address() -> None:
    assert only(rss("<item><title>T</title><guid>https://lab.example/p</guid></item>")).url == "https://lab.example/p"
    kept = only(rss("<item><title>T</title><guid isPermaLink='false'>https://lab.example/p</guid></item>"))
    assert (kept.url, kept.key) == ("", "guid:https://lab.example/p")


def test_an_item_with_neither_address_nor_guid_is_left_out_and_told() -> None:
    reading = read(rss("<item><title>Nowhere</title></item>" + item()))
    assert [each.title for each in reading.candidates] == ["T"]
    assert any("neither address nor guid" in sentence and "Nowhere" in sentence for sentence in reading.told)


def test_one_guid_for_many_addresses_keeps_all_of_them() -> None:
    guid = "<guid isPermaLink='false'>same</guid>"
    reading = read(rss("".join(item("T", f"https://lab.example/{n}", guid) for n in range(5))))
    assert [each.url for each in reading.candidates] == [f"https://lab.example/{n}" for n in range(5)]


def test_an_edited_item_is_one_with_the_words_that_stand_first() -> None:
    guid = "<guid isPermaLink='false'>g</guid>"
    reading = read(rss(item("Second wording", more=guid) + item("First wording", more=guid)))
    assert [each.title for each in reading.candidates] == ["Second wording"]
    assert any("First wording" in sentence for sentence in reading.told)


def test_one_address_for_many_things_is_told_apart_by_guids_where_titles_differ() -> None:
    several = "".join(
        item(f"Release {n}", "https://lab.example/changes#v", f"<guid isPermaLink='false'>r{n}</guid>")
        for n in range(3)
    )
    reading = read(rss(several))
    assert [each.key for each in reading.candidates] == ["guid:r0", "guid:r1", "guid:r2"]
    same = "".join(
        item("Release", "https://lab.example/changes", f"<guid isPermaLink='false'>r{n}</guid>") for n in range(3)
    )
    assert [each.key for each in read(rss(same)).candidates] == ["lab.example/changes"]


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        ("<pubDate>Tue, 08 Jun 2027 10:00:00 GMT</pubDate>", "future"),
        ("<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>", "before 1990"),
        ("<pubDate>soon</pubDate>", "cannot be read"),
        ("", "without a date"),
    ],
)
def test_a_date_that_says_nothing_is_none_and_told(dates: str, told: str) -> None:
    reading = read(rss(item(more=dates)))
    assert [each.published for each in reading.candidates] == [None]
    assert any(told in sentence for sentence in reading.told)


def test_the_next_date_serves_where_the_first_cannot_be_read() -> None:
    found = only(rss(item(more="<pubDate>soon</pubDate><dc:date>2026-05-08T08:00+02:00</dc:date>")))
    assert found.published == datetime(2026, 5, 8, 6, tzinfo=UTC)


WORDS = "Café – “ženě” žluť"  # noqa: RUF001 - beyond Latin-1


@pytest.mark.parametrize(
    ("declared", "written", "told"),
    [
        ("UTF-8", "utf-8", False),
        ("", "utf-8", False),
        ("UTF-16", "utf-16", False),
        ("utf-8", "utf-16-le", False),
        ("ISO-8859-1", "utf-8", True),
        ("windows-1250", "cp1250", False),
        ("nonsense", "utf-8", False),
    ],
)
def test_letters_come_out_in_whatever_charset_they_are(declared: str, written: str, told: bool) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    content = (head + rss(item(WORDS)).decode()).encode(written)
    reading = read(content)
    assert [each.title for each in reading.candidates] == [WORDS]
    assert any("charset" in sentence for sentence in reading.told) is told


def test_windows_letters_in_what_calls_itself_latin_come_out() -> None:
    text = "“Quoted” – don’t…"  # noqa: RUF001 - those that only Windows-1252 has
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    assert only((head + rss(item(text)).decode()).encode("cp1252")).title == text
    reading = read((head.replace("ISO-8859-1", "utf-8") + rss(item(text)).decode()).encode("cp1252"))
    assert reading.candidates[0].title == text
    assert any("Windows-1252" in sentence for sentence in reading.told)


def test_a_byte_order_mark_and_white_space_before_the_declaration_are_no_fault() -> None:
    head = b'\n  <?xml version="1.0" encoding="utf-8"?>'
    assert only(codecs.BOM_UTF8 + head + rss(item(WORDS))).title == WORDS
    assert only(gzip.compress(rss(item(WORDS)))).title == WORDS


def test_what_xml_forbids_is_mended_and_told() -> None:
    content = b'<rss version="2.0"><channel><item><title>R&D \x0b&#x1F; <3 &unknown; &nbsp;x</title><link>https://x.example/?a=1&b=2</link></item></channel></rss>'
    reading = read(content)
    assert [(each.title, each.url) for each in reading.candidates] == [
        ("R&D <3 &unknown; x", "https://x.example/?a=1&b=2")
    ]
    assert any("mended" in sentence for sentence in reading.told)


def test_a_prefix_that_nobody_declared_is_understood() -> None:
    content = rss(
        item(more="<media:title>M</media:title><x:y>z</x:y><atom:updated>2026-05-08T10:00:00Z</atom:updated>")
    )
    assert only(content).title == "T"


def test_a_feed_that_breaks_off_keeps_what_is_whole() -> None:
    whole = rss("".join(item(f"T{n}", f"https://lab.example/{n}") for n in range(9)))
    reading = read(whole[: whole.index(b"T8")])
    assert [each.title for each in reading.candidates] == [f"T{n}" for n in range(8)]
    assert any("cut off" in sentence for sentence in reading.told)


def test_html_that_is_not_escaped_costs_no_item() -> None:
    bad = item(more="<description><p>One<br>two & <b>three</p></description>")
    reading = read(rss(bad + item("U", "https://lab.example/u")))
    assert [each.title for each in reading.candidates] == ["T", "U"]


def test_an_empty_feed_is_no_error() -> None:
    for content in (rss(""), atom("")):
        reading = read(content)
        assert (reading.candidates, reading.told) == ((), ("the feed has no items",))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n",
        b"hello",
        b"<html><body><p>Not found</p></body></html>",
        b"%PDF-1.7",
        b'{"a": 1}',
        b"<?xml version='1.0'?><opml/>",
        b"<rss>",
        b"\x1f\x8b\x08bad",
    ],
)
def test_what_is_no_feed_is_told_in_words(content: bytes) -> None:
    with pytest.raises(BrokenAnswerError) as error:
        read(content)
    assert len(error.value.words) > 10


def test_only_the_first_items_of_a_long_feed_are_read() -> None:
    reading = read(rss("".join(item(f"T{n}", f"https://lab.example/{n}") for n in range(2000))))
    assert len(reading.candidates) == 500
    assert any("1,500 more" in sentence for sentence in reading.told)


def test_entities_of_a_feed_s_own_are_never_read() -> None:
    head = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    reading = read(rss(item().replace("<title>T<", "<title>x &b; &f; y<"), head=head))
    assert [each.title for each in reading.candidates] == ["x &b; &f; y"]
    assert any("entities" in sentence for sentence in reading.told)


@pytest.mark.parametrize("written", ['a{n}="1" ', "a{n}='>' "])
def test_an_element_with_very_many_attributes_is_refused(written: str) -> None:
    attributes = "".join(written.replace("{n}", str(n)) for n in range(20_000))
    with pytest.raises(BrokenAnswerError, match="attributes"):
        read(rss(f"<item {attributes}><title>x</title></item>"))


def test_elements_nested_very_deeply_are_refused() -> None:
    with pytest.raises(BrokenAnswerError, match="deep"):
        read(rss("<a>" * 100_000))


SEED = rss(
    item(
        "One",
        more="<description><![CDATA[<p>a <b>b</b></p>]]></description><pubDate>Fri, 08 May 2026 07:00:00 GMT</pubDate>",
    )
    * 2
)
OTHER = atom(
    "<entry><id>a</id><title type='html'>&lt;b&gt;x</title><link href='/a'/><updated>2026-05-08T10:00:00Z</updated></entry>"
)


@given(st.sampled_from([SEED, OTHER]), st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=4)), max_size=6))
def test_no_mutation_of_a_feed_ends_the_reader(content: bytes, changes: list[tuple[int, bytes]]) -> None:
    for place, octets in changes:
        content = content[:place] + octets + content[place + len(octets) // 2 :]
    for octets in (content, content[: len(content) // 2]):
        try:
            reading = feed.read(octets, question("https://x.example/feed"))
        except BrokenAnswerError as error:
            reading = error.reading
        assert all(each.title and each.key and "\n" not in each.title for each in reading.candidates)
        assert len({each.key for each in reading.candidates}) == len(reading.candidates)


@given(st.binary(max_size=200))
def test_no_octets_end_the_reader(content: bytes) -> None:
    for head in (
        b"",
        b"<rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>",
        b'{"version": "https://jsonfeed.org/version/1", ',
        b"<html>",
    ):
        try:
            feed.read(head + content, question())
        except BrokenAnswerError:
            continue


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not there")
def test_the_shared_samples_of_feeds_come_out_as_their_readme_says() -> None:
    lab = read((SAMPLES / "lab.rss.xml").read_bytes())
    assert [each.title for each in lab.candidates][0:2] == [
        "Introducing Heron 2 & its safety card",
        "How we sandbox code",
    ]
    assert [each.url for each in lab.candidates][1] == "https://lab.example/news/sandbox"
    assert [each.published is None for each in lab.candidates] == [False, False, True, True, False]
    assert lab.candidates[0].published == datetime(2026, 5, 8, 16, 30, tzinfo=UTC)
    assert "alert" not in lab.candidates[0].text and "(https://lab.example/card)" in lab.candidates[0].text
    wire = read((SAMPLES / "wire.atom.xml").read_bytes())
    assert [each.url for each in wire.candidates][::2] == [
        "https://wire.example/stories/heron-2",
        "https://wire.example/2026/chips?id=7&ref=atom",
    ]
    assert wire.candidates[2].title == "Chip maker cuts 10% of staff — blames <AI>"
    assert wire.candidates[1].key == lab.candidates[0].key
    blog = read((SAMPLES / "blog.rdf").read_bytes())
    assert [each.title for each in blog.candidates] == ["Évaluer un modèle, déjà", "Only a day"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("noreply@blogger.com (Ada Example)", "Ada Example"),
        ("Ada Example <ada@lab.example>", "Ada Example"),
        ("Ada Example (ada@lab.example)", "Ada Example"),
        ("Ada & Ben", "Ada & Ben"),
        ("ada@lab.example", ""),
    ],
)
def test_a_person_is_named_without_their_address(written: str, name: str) -> None:
    found = only(rss(item(more=f"<author>{escape(written)}</author>")))
    assert found.attributes == ({"authors": [name]} if name else {})


def test_a_guid_that_is_no_address_makes_none() -> None:
    assert only(rss("<item><title>T</title><guid>12345</guid></item>")).key == "guid:12345"
    assert (
        only(rss("<item><title>T</title><link></link><guid isPermaLink='TRUE'>/p</guid></item>")).url
        == "https://lab.example/p"
    )
    assert (
        only(atom("<entry><id>7</id><title>T</title><content src='/c'/></entry>"), "https://x.example/f").url
        == "https://x.example/c"
    )


def test_the_page_of_an_entry_comes_before_its_files_and_other_links() -> None:
    links = "".join(
        f'<link rel="{rel}" type="{kind}" href="https://a.example/{place}"/>'
        for rel, kind, place in (
            ("alternate", "application/json", "j"),
            ("enclosure", "audio/mpeg", "e"),
            ("related", "text/html", "r"),
            ("alternate", "text/html", "page"),
            ("self", "application/atom+xml", "s"),
        )
    )
    found = only(atom(f"<entry><id>a</id><title>T</title>{links}</entry>"))
    assert found.url == "https://a.example/page"
    assert found.attributes == {"related": "https://a.example/r", "enclosure": "https://a.example/e"}


def test_bases_within_bases_are_resolved() -> None:
    inner = "<entry xml:base='y/'><id>i</id><title>t</title><link href='z'/><summary type='html' xml:base='q/'>&lt;a href='w'&gt;k&lt;/a&gt;</summary></entry>"
    found = only(atom(inner, attributes="xml:base='https://a.example/x/'"))
    assert (found.url, found.text) == ("https://a.example/x/y/z", "[k](https://a.example/x/y/q/w)")


def test_no_address_in_a_text_breaks_out_of_its_link() -> None:
    html = '<a href="mailto:a@b.c>) [x](javascript:alert(1)">m</a> <a href="https://a.example/>)x">n</a>'
    text = only(rss(item(more=f"<description>{escape(html)}</description>"))).text
    assert text == "[m](<mailto:a@b.c%3E)%20[x](javascript:alert(1)>) [n](<https://a.example/%3E)x>)"


def test_what_stands_behind_the_end_of_a_feed_costs_nothing() -> None:
    reading = read(rss(item()) + b"<!-- 3 ms --><script>x</script>")
    assert len(reading.candidates) == 1
    assert any("mended" in sentence for sentence in reading.told)


def test_a_few_octets_that_fit_no_charset_spoil_nothing_else() -> None:
    reading = read(rss(item("Café ok")).replace(b"ok", b"\xff\xfe ok"))
    assert reading.candidates[0].title == "Café \ufffd\ufffd ok"
    assert any("2 of its characters" in sentence for sentence in reading.told)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'<?xml version="1.0"?><opml><body/></opml>', "OPML"),
        (b'<?xml version="1.0"?><urlset/>', "neither RSS nor Atom"),
    ],
)
def test_other_xml_is_named(content: bytes, words: str) -> None:
    with pytest.raises(BrokenAnswerError, match=words):
        read(content)


def test_words_that_are_behind_an_empty_summary_are_found() -> None:
    more = "<description>&amp;nbsp;</description><content:encoded><![CDATA[<p>Real</p>]]></content:encoded>"
    assert only(rss(item(more=more))).text == "Real"
