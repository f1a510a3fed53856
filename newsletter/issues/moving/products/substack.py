"""Substack: posts.csv, and posts/<id>.<slug>.html."""

from newsletter.issues.moving.post_table import PostTable

SUBSTACK = PostTable(
    word="substack",
    signs=(frozenset({"postid", "ispublished"}), frozenset({"postid", "postdate"})),
    key=("postid",),
    title=("title",),
    at=("postdate", "emailsentat"),
    preheader=("subtitle",),
    author=("author", "byline"),
    slug=("slug",),
    body=("bodyhtml", "html"),
    url=("canonicalurl", "url"),
    link=("podcasturl",),
    flag="ispublished",
    kind=("type",),
    audience=("audience",),
    skipped={"page": "it is a page", "thread": "it is a thread", "note": "it is a note"},
    paid=frozenset({"only_paid", "founding", "paid"}),
    members=frozenset({"only_free"}),
    paths=("/p/{slug}",),
)
