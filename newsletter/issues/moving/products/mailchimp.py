"""Mailchimp: campaigns.csv, and campaigns_content/<id>_<title>.html."""

from newsletter.issues.moving.post_table import PostTable

TEXTS_FOLDER = "campaigns_content"
MAILCHIMP = PostTable(
    word="mailchimp",
    signs=(frozenset({"title", "subject", "senddate"}), frozenset({"title", "subject", "uniqueid"})),
    key=("uniqueid", "campaignid", "id"),
    title=("title",),
    at=("senddate", "sendtime"),
    subject=("subject",),
    preheader=("previewtext",),
    body=("html",),
    url=("archiveurl",),
    status=("status",),
    public=frozenset({"sent"}),
    undated_is_draft=True,
    in_utc=False,
)
