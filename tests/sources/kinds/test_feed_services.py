"""Feeds as services write them, invented anew: each has a habit of its own."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.sources.kinds.asking import atom, only, read, rss

WORDPRESS = rss(
    """<item>
    <title>What we learned from 1,000 agents &#8211; and what&#8217;s next</title>
    <link>https://blog.example/2026/05/agents/</link>
    <comments>https://blog.example/2026/05/agents/#respond</comments>
    <dc:creator><![CDATA[Ada Example]]></dc:creator>
    <pubDate>Fri, 08 May 2026 07:00:00 +0000</pubDate>
    <category><![CDATA[Agents &amp; tools]]></category><category><![CDATA[News]]></category>
    <guid isPermaLink="false">https://blog.example/?p=4711</guid>
    <description><![CDATA[<p>We ran them for a month. [&#8230;]</p>
<p>The post <a href="https://blog.example/2026/05/agents/">What we learned</a> appeared first on <a href="https://blog.example">Blog</a>.</p>
]]></description>
    <content:encoded><![CDATA[<p>All of it.</p>]]></content:encoded>
    <slash:comments xmlns:slash="http://purl.org/rss/1.0/modules/slash/">12</slash:comments></item>"""
)


def test_a_post_of_wordpress_has_its_excerpt_without_the_line_about_where_it_appeared() -> None:
    assert only(WORDPRESS.replace(b"appeared first on", b"first appeared on")) == only(WORDPRESS)
    found = only(WORDPRESS)
    assert found.title == "What we learned from 1,000 agents – and what’s next"  # noqa: RUF001 - as typed
    assert found.text == "We ran them for a month. \\[…]"
    assert found.key == "blog.example/2026/05/agents"
    assert found.guid == "https://blog.example/?p=4711"
    assert found.attributes == {
        "authors": ["Ada Example"],
        "categories": ["Agents & tools", "News"],
        "comments": 12,
        "discussion": "https://blog.example/2026/05/agents/#respond",
    }


def test_a_letter_of_substack_has_its_subtitle_as_text() -> None:
    found = only(
        rss(
            """<item><title><![CDATA[The state of inference]]></title><description><![CDATA[Cheaper & faster]]></description>
            <link>https://letter.example/p/inference</link><guid isPermaLink="false">https://letter.example/p/inference</guid>
            <dc:creator><![CDATA[Kim Example]]></dc:creator><pubDate>Fri, 08 May 2026 11:02:03 GMT</pubDate>
            <enclosure url="https://cdn.letter.example/image.png" length="0" type="image/png"/>
            <content:encoded><![CDATA[<div class="captioned-image-container"><figure><img src="x.png" alt="no"></figure></div>
            <p>Long.</p>]]></content:encoded></item>"""
        )
    )
    assert (found.text, found.title) == ("Cheaper & faster", "The state of inference")
    assert found.url == "https://letter.example/p/inference"


def test_a_video_of_youtube_has_its_page_and_its_description() -> None:
    found = only(
        atom(
            """<entry><id>yt:video:abc123</id><yt:videoId>abc123</yt:videoId><title>Talk: C++ &amp; &lt;vector&gt;</title>
            <link rel="alternate" href="https://www.youtube.com/watch?v=abc123"/>
            <author><name>Channel</name><uri>https://www.youtube.com/channel/X</uri></author>
            <published>2026-05-08T10:00:00+00:00</published><updated>2026-05-08T12:00:00+00:00</updated>
            <media:group><media:title>Talk</media:title><media:content url="https://www.youtube.com/v/abc123" type="application/x-shockwave-flash"/>
            <media:description>First line.

Second *paragraph*.</media:description>
            <media:community><media:starRating count="3" average="5.00"/><media:statistics views="7"/></media:community></media:group></entry>""",
            attributes='xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/"',
        )
    )
    assert found.title == "Talk: C++ & <vector>"
    assert found.url == "https://www.youtube.com/watch?v=abc123"
    assert "First line." in found.text and "\\*paragraph\\*" in found.text
    assert found.published == datetime(2026, 5, 8, 10, tzinfo=UTC)


def test_a_post_of_blogger_is_its_page_and_not_its_comments_or_its_interface() -> None:
    found = only(
        atom(
            """<entry><id>tag:blogger.com,1999:blog-1.post-2</id><published>2026-05-08T01:00:00.001-07:00</published>
            <updated>2026-05-08T02:00:00.001-07:00</updated><title type='text'>A post</title>
            <content type='html'>&lt;p&gt;Body&lt;/p&gt;</content>
            <link rel='replies' type='application/atom+xml' href='http://b.example/feeds/2/comments/default' title='Post Comments'/>
            <link rel='edit' type='application/atom+xml' href='http://www.blogger.com/feeds/1/posts/default/2'/>
            <link rel='self' type='application/atom+xml' href='http://www.blogger.com/feeds/1/posts/default/2'/>
            <link rel='alternate' type='text/html' href='http://b.example/2026/05/post.html' title='A post'/>
            <thr:total xmlns:thr='http://purl.org/syndication/thread/1.0'>4</thr:total></entry>"""
        )
    )
    assert (found.url, found.text) == ("http://b.example/2026/05/post.html", "Body")
    assert found.attributes["comments"] == 4


def test_a_toot_without_a_title_is_named_by_its_first_words() -> None:
    found = only(
        rss(
            """<item><guid isPermaLink="true">https://social.example/@a/1</guid><link>https://social.example/@a/1</link>
            <pubDate>Fri, 08 May 2026 08:00:00 +0000</pubDate>
            <description>&lt;p&gt;New release is out! Read on: &lt;a href="https://x.example/1"&gt;&lt;span class="invisible"&gt;https://&lt;/span&gt;x.example/1&lt;/a&gt;&lt;/p&gt;</description></item>"""
        )
    )
    assert found.title == "New release is out!"
    assert "(https://x.example/1)" in found.text


def test_an_episode_of_a_podcast_without_a_page_is_its_file() -> None:
    content = rss(
        """<item><title>Episode 7</title><guid isPermaLink="false">ep-7</guid><itunes:author>Host</itunes:author>
        <enclosure url="https://cdn.pod.example/7.mp3" length="1" type="audio/mpeg"/><itunes:summary>About it.</itunes:summary>
        <pubDate>Fri, 8 May 2026 05:00:00 EDT</pubDate></item>"""
    ).replace(b"<rss ", b'<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ')
    found = only(content)
    assert (found.url, found.text) == ("https://cdn.pod.example/7.mp3", "About it.")
    assert found.published == datetime(2026, 5, 8, 9, tzinfo=UTC)


def test_a_release_of_github_is_read() -> None:
    found = only(
        atom(
            """<entry><id>tag:github.com,2008:Repository/1/v2.0</id><updated>2026-05-07T10:00:00Z</updated>
            <link rel="alternate" type="text/html" href="https://github.com/o/n/releases/tag/v2.0"/><title>v2.0: List&lt;T&gt;</title>
            <content type="html">&lt;h2&gt;What&#39;s new&lt;/h2&gt;&lt;ul&gt;&lt;li&gt;A &lt;code&gt;#1&lt;/code&gt;&lt;/li&gt;&lt;/ul&gt;</content>
            <author><name>octo</name></author></entry>"""
        )
    )
    assert found.title == "v2.0: List<T>"
    assert found.text == "**What's new**\n\n- A `#1`"


def test_a_link_post_of_reddit_is_known_by_what_it_links_and_a_text_by_its_own_page() -> None:
    def entry(number: int, link: str, words: str) -> str:
        page = f"https://www.reddit.com/r/ml/comments/{number}/t/"
        html = (
            f"{words} &amp;#32; submitted by &amp;#32; &lt;a href=&quot;https://www.reddit.com/user/x&quot;&gt; /u/x &lt;/a&gt; &lt;br/&gt;"
            f" &lt;span&gt;&lt;a href=&quot;{link or page}&quot;&gt;[link]&lt;/a&gt;&lt;/span&gt; &amp;#32; "
            f"&lt;span&gt;&lt;a href=&quot;{page}&quot;&gt;[comments]&lt;/a&gt;&lt;/span&gt;"
        )
        return (
            f'<entry><author><name>/u/x</name></author><category term="ml" label="r/ml"/><content type="html">{html}</content>'
            f'<id>t3_{number}</id><link href="{page}"/><updated>2026-05-08T10:00:00+00:00</updated><title>T{number}</title></entry>'
        )

    text = "&lt;!-- SC_OFF --&gt;&lt;div class=&quot;md&quot;&gt;&lt;p&gt;My words.&lt;/p&gt;&lt;/div&gt;&lt;!-- SC_ON --&gt;"
    linked, own = read(atom(entry(1, "https://x.example/story?a=1&amp;amp;b=2", "") + entry(2, "", text))).candidates
    assert (linked.url, linked.text) == ("https://x.example/story?a=1&b=2", "")
    assert (own.url, own.text) == ("https://www.reddit.com/r/ml/comments/2/t/", "My words.")
    assert linked.attributes["categories"] == ["r/ml"]
    assert linked.attributes["discussion"] == "https://www.reddit.com/r/ml/comments/1/t/"


def test_a_story_of_lobsters_has_its_address_and_where_it_is_discussed() -> None:
    found = only(
        rss(
            """<item><title>A story</title><link>https://x.example/s</link><guid isPermaLink="false">https://lobste.rs/s/abc</guid>
            <author>ada via lobste.rs</author><pubDate>Fri, 08 May 2026 04:00:00 -0500</pubDate>
            <comments>https://lobste.rs/s/abc/a_story</comments>
            <description>&lt;p&gt;&lt;a href="https://lobste.rs/s/abc/a_story"&gt;Comments&lt;/a&gt;&lt;/p&gt;</description></item>"""
        )
    )
    assert (found.url, found.text) == ("https://x.example/s", "")
    assert found.attributes["discussion"] == "https://lobste.rs/s/abc/a_story"


def test_the_figures_of_hnrss_are_read() -> None:
    found = only(
        rss(
            """<item><title>S</title><link>https://x.example/s</link><guid isPermaLink="false">https://news.ycombinator.com/item?id=1</guid>
            <description><![CDATA[<p>Article URL: <a href="https://x.example/s">https://x.example/s</a></p>
            <p>Comments URL: <a href="https://news.ycombinator.com/item?id=1">https://news.ycombinator.com/item?id=1</a></p>
            <p>Points: 120</p><p># Comments: 33</p>]]></description></item>"""
        )
    )
    assert (found.text, found.points, found.attributes["comments"]) == ("", 120, 33)


def test_feedburner_s_counting_address_gives_way_to_the_story_s_own() -> None:
    found = only(
        rss(
            """<item><title>S</title><link>https://feeds.example/~r/x/~3/1/</link>
            <feedburner:origLink xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">https://x.example/s?utm_source=f</feedburner:origLink></item>"""
        )
    )
    assert (found.url, found.key) == ("https://x.example/s?utm_source=f", "x.example/s")


def test_entries_of_a_planet_keep_the_base_and_the_name_of_each_source() -> None:
    found = only(
        atom(
            """<entry xml:base="https://one.example/blog/"><title type="html">S</title><link href="../post/1"/><id>x1</id>
            <updated>2026-05-08T10:00:00Z</updated><content type="html">&lt;a href="pic"&gt;w&lt;/a&gt;</content>
            <source><title>One&amp;#39;s blog</title><id>s1</id><link href="https://one.example/"/><updated>2020-01-01T00:00:00Z</updated></source></entry>"""
        ),
        "https://planet.example/atom.xml",
    )
    assert found.url == "https://one.example/post/1"
    assert found.text == "[w](https://one.example/blog/pic)"
    assert found.attributes["source"] == "One's blog"
    assert found.published == datetime(2026, 5, 8, 10, tzinfo=UTC)


def test_rss_of_1999_with_its_dtd_and_entities_is_read() -> None:
    content = (
        b'<?xml version="1.0"?>\n<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        b'"http://my.netscape.com/publish/formats/rss-0.91.dtd">\n<rss version="0.91"><channel><title>Old</title>'
        b"<link>http://old.example/</link><item><title>Caf&eacute;&nbsp;&mdash; open</title><link>/cafe</link>"
        b"<description>Na&iuml;ve</description></item></channel></rss>"
    )
    found = only(content)
    assert (found.title, found.url, found.text) == ("Café — open", "http://old.example/cafe", "Naïve")


def test_rdf_without_links_takes_what_its_items_are_about() -> None:
    content = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:d="http://purl.org/dc/elements/1.1/">'
        b'<channel rdf:about="https://b.example/"><title>B</title><link>https://b.example/</link></channel>'
        b'<item rdf:about="https://b.example/1"><title>One</title><d:date>2026-05-08</d:date><d:creator>L</d:creator></item></rdf:RDF>'
    )
    found = only(content)
    assert (found.url, found.published, found.attributes) == (
        "https://b.example/1",
        datetime(2026, 5, 8, tzinfo=UTC),
        {"authors": ["L"]},
    )


def test_prefixes_that_nobody_else_uses_mean_what_their_namespaces_say() -> None:
    content = (
        b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>F</a:title><a:entry><a:title type="html">A &amp;amp; B</a:title>'
        b'<a:link href="https://x.example/1"/><a:id>1</a:id><a:updated>2026-05-08T10:00:00Z</a:updated>'
        b'<a:summary type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>1 &lt; <h:b>2</h:b></h:p></h:div></a:summary></a:entry></a:feed>'
    )
    found = only(content)
    assert (found.title, found.url, found.text) == ("A & B", "https://x.example/1", "1 < **2**")


def test_an_entry_of_atom_by_nobody_is_by_those_who_write_the_feed() -> None:
    entry = '<entry><title>T</title><id>urn:{0}</id><link href="https://a.example/{0}"/>{1}</entry>'
    entries = entry.format(1, "") + entry.format(2, "<author><name>Own</name></author>")
    found = read(atom(f"<author><name>Ada</name></author>{entries}")).candidates
    assert [each.attributes["authors"] for each in found] == [["Ada"], ["Own"]]
