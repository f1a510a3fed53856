"""Buttondown: emails.csv, and emails/<slug>.md, whose first line says whether Markdown or HTML stands in it."""

from newsletter.issues.moving.post_table import PostTable

BUTTONDOWN = PostTable(
    word="buttondown",
    signs=(frozenset({"subject", "emailtype"}), frozenset({"subject", "publishdate", "slug"})),
    key=("id",),
    title=("subject",),
    at=("publishdate",),
    preheader=("description", "previewtext"),
    author=("author",),
    slug=("slug",),
    body=("body",),
    url=("absoluteurl", "canonicalurl"),
    image=("image",),
    status=("status",),
    audience=("emailtype",),
    public=frozenset({"sent", "imported", "published", "throttled", "resending", "about_to_send", "in_flight"}),
    undated_is_draft=True,
    paid=frozenset({"premium", "paid"}),
    hidden=frozenset({"private", "hidden", "churned", "free"}),
    paths=("/archive/{slug}",),
)
