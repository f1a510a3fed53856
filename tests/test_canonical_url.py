"""Addresses of one page are one key, and no two pages ever are."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.canonical_url import KEY_CHARS, canonical, key_of
from newsletter.tracking_names import follows

SAME = [
    ("https://example.org/a", "http://example.org/a"),
    ("https://example.org/a", "https://www.example.org/a"),
    ("https://example.org/a", "https://EXAMPLE.org:443/a/"),
    ("https://example.org/a", "http://example.org.:80/a"),
    ("https://example.org", "https://example.org/"),
    ("https://example.org?x=1", "https://example.org/?x=1"),
    ("https://example.org/a", "https://example.org/a?"),
    ("https://example.org/a", "https://example.org/a#part"),
    ("https://example.org/a", "https://example.org/a#:~:text=word"),
    ("https://example.org/a", "https://example.org/b/../a"),
    ("https://example.org/a", "https://example.org/./a"),
    ("https://example.org/a?x=1&y=2", "https://example.org/a?y=2&x=1"),
    ("https://example.org/a?x=1&y=2", "https://example.org/a?x=1&amp;y=2"),
    ("https://example.org/a?x=1", "https://example.org/a?utm_source=feed&x=1&UTM_Medium=mail&fbclid=abc"),
    ("https://example.org/a", "https://example.org/a?ref=hackernews"),
    ("https://example.org/a", "https://example.org/a?source=rss----0a1b2c---4"),
    ("https://example.org/~ada/%C3%BC", "https://example.org/%7Eada/%c3%bc"),
    ("https://example.org/ü", "https://example.org/%C3%BC"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://example.org/a", "  https://user:secret@example.org/a\n"),
    ("https://arxiv.org/abs/2605.01234", "http://www.arxiv.org/pdf/2605.01234v3"),
    ("https://arxiv.org/abs/2605.01234", "https://arxiv.org/pdf/2605.01234v1.pdf"),
    ("https://arxiv.org/abs/2605.01234", "https://export.arxiv.org/abs/2605.01234?context=cs.CL"),
    ("https://arxiv.org/abs/2605.01234", "https://arxiv.org/html/2605.01234v2#S3"),
    ("https://arxiv.org/abs/2605.01234", "https://www.alphaxiv.org/abs/2605.01234"),
    ("https://arxiv.org/abs/2605.01234", "https://huggingface.co/papers/2605.01234"),
    ("https://arxiv.org/abs/2605.01234", "https://hf.co/papers/2605.01234"),
    ("https://arxiv.org/abs/2605.01234", "https://ar5iv.labs.arxiv.org/html/2605.01234"),
    ("https://arxiv.org/abs/2605.01234", "https://doi.org/10.48550/arXiv.2605.01234"),
    ("https://arxiv.org/abs/math.GT/0309136", "https://arxiv.org/pdf/math/0309136v1"),
    ("https://github.com/o/n", "https://www.github.com/O/N.git"),
    ("https://github.com/o/n", "https://github.com/o/n/tree/main?tab=readme-ov-file#readme"),
    ("https://github.com/o/n/issues/12", "https://github.com/O/n/issues/12/"),
    ("https://youtu.be/dQw4w9WgXcQ?si=x", "https://m.youtube.com/watch?v=dQw4w9WgXcQ&t=4s"),
    ("https://www.youtube.com/shorts/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ("https://doi.org/10.1000/AbC", "http://dx.doi.org/10.1000%2fabc"),
    ("https://twitter.com/ada/status/1", "https://x.com/ada/status/1?ref_src=twsrc"),
    ("https://en.m.wikipedia.org/wiki/Ada", "https://en.wikipedia.org/wiki/Ada"),
]
OTHER = [
    ("https://example.org/a", "https://example.org/A"),
    ("https://example.org/a//b", "https://example.org/a/b"),
    ("https://example.org/a//", "https://example.org/a/"),
    ("https://example.org/a", "https://example.org/a/index.html"),
    ("https://example.org/a%2Fb", "https://example.org/a/b"),
    ("https://example.org/a%3Fb", "https://example.org/a?b"),
    ("https://example.org/a?x=1", "https://example.org/a?x=2"),
    ("https://example.org/a?x=1", "https://example.org/a?x=1&x=2"),
    ("https://example.org/a?x=1&x=2", "https://example.org/a?x=2&x=1"),
    ("https://example.org/a?x=a%26b", "https://example.org/a?x=a&b"),
    ("https://example.org/a?x", "https://example.org/a"),
    ("https://example.org/a?source=wire", "https://example.org/a?source=blog"),
    ("https://example.org/#!/story/1", "https://example.org/#!/story/2"),
    ("https://example.org/#/story/1", "https://example.org/"),
    ("https://example.org:8080/a", "https://example.org/a"),
    ("http://example.org:443/a", "http://example.org/a"),
    ("https://m.example.org/a", "https://example.org/a"),
    ("https://example.org/amp", "https://example.org/"),
    ("https://www.com/a", "https://com/a"),
    ("https://arxiv.org/abs/2605.01234", "https://arxiv.org/abs/2605.01235"),
    ("https://arxiv.org/list/2605.01234", "https://arxiv.org/abs/2605.01234"),
    ("https://example.org/abs/2605.01234", "https://arxiv.org/abs/2605.01234"),
    ("https://github.com/o/n", "https://github.com/o/n/issues"),
    ("https://github.com/o/n", "https://github.com/o/n/releases/tag/v1"),
    ("https://github.com/o/n/blob/main/A.md", "https://github.com/o/n/blob/main/a.md"),
    ("https://github.com/o/n/tree/main", "https://github.com/o/n/tree/dev"),
    ("https://github.com/o/n/blob/x/f?ref=a", "https://github.com/o/n/blob/x/f?ref=b"),
    ("https://github.com/o/n", "https://gist.github.com/o/n"),
    ("https://youtu.be/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcq"),
    ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=aaaaaaaaaaa"),
]
NONE = [
    "",
    " ",
    "example.org/a",
    "//example.org/a",
    "/a",
    "mailto:ada@example.org",
    "javascript:alert(1)",
    "https://",
    "https:///a",
]
NONE += [
    "https://a..b/",
    "https://[::1/",
    "https://example.org:port/",
    "ftp://example.org/",
    "https://exa mple.org/",
    "https://-.example/",
]

HOSTS = st.sampled_from(
    ["example.org", "www.example.org", "github.com", "arxiv.org", "youtube.com", "doi.org", "a.git.example"]
)
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12).map(lambda text: quote(text, safe=""))
PATHS = st.lists(
    st.one_of(WORDS, st.sampled_from(["", ".", "..", "abs", "tree", "main", "%2e%2E", "%41"])), max_size=6
).map("/".join)
NAMES = st.text("abcdefghijklm_-", min_size=1, max_size=8)
ADDRESSES = st.builds(
    lambda scheme, host, path, query, end: f"{scheme}://{host}/{path}{query}{end}",
    st.sampled_from(["http", "https", "HTTPS"]),
    HOSTS,
    PATHS,
    st.lists(st.tuples(NAMES, WORDS), max_size=4).map(lambda pairs: "?" + "&".join(f"{n}={v}" for n, v in pairs)),
    st.sampled_from(["", "#", "#x", "#!/x", "#/x", "/"]),
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_addresses_of_one_page_have_one_key(one: str, other: str) -> None:
    assert key_of(one) == key_of(other) != ""


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_addresses_of_two_pages_have_two_keys(one: str, other: str) -> None:
    assert key_of(one) and key_of(other)
    assert key_of(one) != key_of(other)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_web_address_has_no_key(text: str) -> None:
    assert (canonical(text), key_of(text)) == ("", "")


def test_keys_are_those_that_the_readers_of_sources_make() -> None:
    assert key_of("https://arxiv.org/abs/2605.01234v2") == "arxiv:2605.01234"
    assert key_of("https://github.com/Owner/Name/") == "github.com/owner/name"
    assert canonical("https://github.com/Owner/Name.git") == "https://github.com/owner/name"
    assert canonical("http://www.example.org/a/?utm_source=x") == "http://example.org/a"


def test_a_long_address_has_a_key_that_fits_and_is_its_own() -> None:
    long = "https://example.org/" + "a" * 5_000
    assert len(key_of(long)) <= KEY_CHARS
    assert key_of(long) != key_of(long + "b")
    assert key_of(long)[:230] == key_of(long + "b")[:230]


@given(ADDRESSES)
@example("https://example.org/%%41%4%31")
@example("https://example.org/a/../..//.")
def test_the_canonical_address_is_its_own_and_has_the_same_key(url: str) -> None:
    form = canonical(url)
    assert canonical(form) == form != ""
    assert key_of(form) == key_of(url)
    assert form.isascii()


@given(
    st.text(),
    st.sampled_from(["", "https://", "https://example.org/", "https://example.org/?", "http://github.com/a/"]),
)
def test_any_text_has_an_answer(text: str, before: str) -> None:
    assert canonical(canonical(before + text)) == canonical(before + text)
    assert len(key_of(before + text)) <= KEY_CHARS


@given(PATHS, NAMES, WORDS, WORDS)
def test_what_differs_in_a_parameter_that_says_something_is_never_joined(
    path: str, name: str, one: str, two: str
) -> None:
    base = f"https://example.org/{path}?{name}="
    differ = canonical(base + one) != canonical(base + two)
    assert differ == (one != two and not follows(name) and name not in {"ref", "cmp", "smid", "ncid"})


@given(ADDRESSES, st.sampled_from(["utm_source=x", "fbclid=1", "gclid=", "mc_cid=a%20b", "ref=wire"]))
def test_a_name_that_follows_readers_changes_no_key(url: str, pair: str) -> None:
    if "git" not in url:
        before, mark, fragment = url.partition("#")
        sign = "&" if "?" in before else "?"
        assert key_of(f"{before}{sign}{pair}{mark}{fragment}") == key_of(url)
