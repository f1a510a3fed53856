"""What products put around an article that is no word of it, by class, and what they put in place of pictures and films. Data, a table a product."""

from __future__ import annotations

_EVERY = frozenset(
    """preheader preview-text previewtext hidden-preheader unsubscribe unsubscribe-link social-share share-buttons tracking-pixel
    subscribe-form newsletter-signup""".split()  # noqa: SIM905 - a list of names reads best as words
)
RUBBLE: dict[str, frozenset[str]] = {
    "substack": frozenset(
        """subscription-widget subscription-widget-wrap subscription-widget-wrap-editor subscription-widget-subscribe
        captioned-button-wrap paywall-jump paywall poll-embed directMessage community-chat install-substack-app-embed
        native-audio-embed native-video-embed image-link-expand header-anchor-parent post-ufi comments-page cta-caption hide-text
        digest-post-embed-cta image3-loading""".split()  # noqa: SIM905 - as above
    ),
    "ghost": frozenset(
        """kg-signup-card kg-email-cta-card kg-paywall-card gh-signup-root kg-audio-hide kg-video-overlay
        kg-video-player-container kg-audio-player-container kg-audio-player kg-video-player kg-audio-thumbnail
        kg-bookmark-thumbnail kg-bookmark-icon kg-toggle-card-icon""".split()  # noqa: SIM905 - as above
    ),
    "mailchimp": frozenset(
        """mcnPreviewText mcnFollowContent mcnFollowBlock mcnShareContent mcnShareBlock mcnFooter mcePreviewText
        mcnDividerBlock rewards awesomewrap canspamBarWrapper""".split()  # noqa: SIM905 - as above
    ),
    "beehiiv": frozenset(
        [
            "bh__subscribe",
            "bh__unsubscribe",
            "bh__footer",
            "bh__poll",
            "powered-by",
            "footer-section",
            "td.b",
            "td.f",
            "table.mob-block",
        ]
    ),
    "buttondown": frozenset("buttondown-subscribe buttondown-footer".split()),  # noqa: SIM905 - as above
    "plain": frozenset(),
}
"""Classes of elements that go with all that is in them, by product; `td.b` is the class of that element alone."""
LOST = {
    "native-video-embed": "a film",
    "native-audio-embed": "a recording",
    "poll-embed": "a poll",
    "bh__poll": "a poll",
}
"""What of these a reader would miss, by class: it is told."""
SERVICE_WORDS = frozenset(
    {
        "share", "share this", "share this post", "subscribe", "subscribe now", "subscribed", "leave a comment", "upgrade to paid",
        "read in app", "open in app", "view this email in your browser", "view in browser", "view online", "view web version",
        "read online", "unsubscribe", "unsubscribe here", "unsubscribe from this list", "update your preferences",
        "manage preferences", "manage your preferences", "update subscription preferences", "forward to a friend", "leave",
        "refer a friend", "pledge your support", "give a gift subscription", "powered by beehiiv", "comment", "restack",
    }
)  # fmt: skip
"""What links of a service are called: such a link goes where a merge tag or an address of the service stands behind it."""


def rubble_of(product: str) -> frozenset[str]:
    """Return the classes that go from posts of a product; of files by themselves those of all."""
    if product == "plain":
        return _EVERY.union(*RUBBLE.values())
    return _EVERY | RUBBLE.get(product, frozenset())
