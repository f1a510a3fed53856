"""beehiiv: one table, the whole mail in `content_html`."""

from newsletter.issues.moving.post_table import PostTable

BEEHIIV = PostTable(
    word="beehiiv",
    signs=(frozenset({"contenthtml"}),),
    key=("id", "postid"),
    title=("webtitle", "title"),
    at=("publishdate", "publishedat", "displayeddate", "sentat", "scheduledat", "createdat", "created"),
    subject=("emailsubjectline", "subjectline", "subject"),
    preheader=("emailpreviewtext", "previewtext", "websubtitle", "subtitle"),
    author=("authors", "author"),
    slug=("slug",),
    body=("contenthtml",),
    url=("url", "weburl"),
    image=("thumbnailurl",),
    status=("status",),
    kind=("type",),
    audience=("audience",),
    public=frozenset({"confirmed", "published", "sent", "archived"}),
    paid=frozenset({"premium", "paid"}),
    skipped={"page": "it is a page"},
    paths=("/p/{slug}",),
)
