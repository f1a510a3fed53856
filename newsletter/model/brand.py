"""How a publication shows itself: what rendering needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from newsletter.model.charts import ChartForm
from newsletter.model.publication import Publication


class FontChoice(StrEnum):
    """The stack of fonts a publication is set in; every stack stands on the reader's device already."""

    SERIF = "serif"  # text in Charter or Georgia
    SANS = "sans"  # text in the device's own sans serif
    CLASSIC = "classic"  # text in Palatino or Book Antiqua


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that stands for the publication, `width` x `height` px as shown; `dark_url` empty: the same in the dark."""

    url: str
    width: int
    height: int
    dark_url: str = ""


@dataclass(frozen=True, slots=True)
class SocialLink:
    """Where else a publication is to be found."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a publication chose for its masthead, its footer and its letters; all of it may be left out."""

    logo: Logo | None = None
    tagline: str = ""
    """Plain text of one line under the name in the masthead."""
    footer: str = ""
    """Markdown of one paragraph above the postal address."""
    social: tuple[SocialLink, ...] = ()
    font: FontChoice = FontChoice.SERIF
    sponsor_label: str = ""
    """What stands above what a sponsor paid for; empty: the language's own word."""
    typographer: bool = False
    """Whether straight quotes, `--` and `...` of running text are set as printers set them."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes for a publication; `avatar` is a picture's address, `bio` Markdown of one line. All but slug and name may be empty."""

    slug: str
    name: str
    avatar: str = ""
    bio: str = ""
    url: str = ""
    removed: bool = False
    """Whether nobody may be named so any more; the name stays for the issues that bear it."""


@dataclass(frozen=True, slots=True)
class Brand:
    """`home` is the archive's address (`https://host/slug`), without a slash at the end."""

    slug: str
    name: str
    description: str
    language: str  # BCP 47
    postal_address: str
    accent: str  # #rrggbb
    base_url: str
    from_address: str
    look: Look = Look()
    authors: tuple[Author, ...] = ()

    @property
    def postal_lines(self) -> tuple[str, ...]:
        """Where the publication lives, under its name unless the address begins with it (CAN-SPAM, 15 U.S.C. 7704(a)(5)(A)(iii))."""
        lines = tuple(line for line in self.postal_address.splitlines() if line.strip())
        named = self.postal_address.strip().casefold().startswith(self.name.strip().casefold())
        return lines if named else (self.name, *lines)

    @property
    def home(self) -> str:
        """Address of the archive's index."""
        return f"{self.base_url}/{self.slug}"

    def issue_url(self, issue: str) -> str:
        """Address of an issue's page."""
        return f"{self.home}/{issue}"

    def item_url(self, issue: str, section: str, key: str) -> str:
        """Permalink of an item."""
        return f"{self.home}/{issue}/{section}/{key}"

    def chart_url(self, issue: str, section: str, key: str, digest: str, form: ChartForm) -> str:
        """Address of the picture of a table's bars; no key holds a full stop."""
        return f"{self.item_url(issue, section, key)}.{digest}.{form}.png"

    def all_url(self, section: str) -> str:
        """Address of a section's page across issues ("All papers")."""
        return f"{self.home}/all/{section}"

    def board_url(self, section: str, key: str) -> str:
        """Address of a board's history."""
        return f"{self.home}/all/{section}/{key}"

    @property
    def feed_url(self) -> str:
        """Address of the Atom feed."""
        return f"{self.home}/feed.atom"

    @property
    def json_feed_url(self) -> str:
        """Address of the JSON feed."""
        return f"{self.home}/feed.json"

    @property
    def subscribe_url(self) -> str:
        """Address of the subscribe form."""
        return f"{self.home}/subscribe"

    def unsubscribe_url(self, token: str) -> str:
        """Address of the unsubscribe page, and of the RFC 8058 one-click POST."""
        return f"{self.base_url}/u/{token}"

    def confirm_url(self, token: str) -> str:
        """Address of the page that confirms a subscription."""
        return f"{self.base_url}/confirm/{token}"

    def never_url(self, token: str) -> str:
        """Address of the page where somebody who was invited says no for good, and of its RFC 8058 one-click POST."""
        return f"{self.confirm_url(token)}/never"

    def vote_url(self, token: str) -> str:
        """Address of the page where the reader of a mail votes; the answer follows it."""
        return f"{self.base_url}/v/{token}"

    def click_url(self, token: str, number: int) -> str:
        """Tracked address of link `number`, for one delivery."""
        return f"{self.base_url}/c/{token}/{number}"

    def aggregate_click_url(self, edition_id: int, number: int) -> str:
        """Counted address of link `number`, the same for every reader."""
        return f"{self.base_url}/l/{edition_id}/{number}"


def brand_of(publication: Publication, base_url: str) -> Brand:
    """Return the brand of `publication` on the service at `base_url`."""
    return Brand(
        slug=publication.slug,
        name=publication.name,
        description=publication.description,
        language=publication.language,
        postal_address=publication.postal_address,
        accent=publication.accent,
        base_url=base_url,
        from_address=publication.from_address,
        look=look_of(publication, base_url),
        authors=tuple(Author(**each) for each in publication.authors or ()),
    )


def look_of(publication: Publication, base_url: str) -> Look:
    """Return what `publication` chose for its look; a picture of ours lies on the service at `base_url`."""
    kept = publication.logo
    return Look(
        logo=Logo(
            url=_on(base_url, kept["url"]),
            dark_url=_on(base_url, kept.get("dark_url", "")),
            width=kept["width"],
            height=kept["height"],
        )
        if kept
        else None,
        tagline=publication.tagline or "",
        footer=publication.footer or "",
        social=tuple(SocialLink(each["name"], each["url"]) for each in publication.social or ()),
        font=FontChoice(publication.font or FontChoice.SERIF),
        sponsor_label=publication.sponsor_label or "",
        typographer=bool(publication.typographer),
    )


def _on(base_url: str, address: str) -> str:
    return f"{base_url}{address}" if address.startswith("/") else address


_DESK = (
    *("alarms", "bin", "commands", "issues", "new", "publications", "readers", "reports", "seat", "service"),
    *("sign-in", "sign-out"),
)
"""What stands at the desk where publications do."""
_HERE = (
    "desk",
    "inbox",
    "static",
    "c",
    "l",
    "u",
    "o",
    "v",
    "confirm",
    "images",
    "api",
    "hooks",
    "healthz",
    "metrics",
    "robots.txt",
    "sitemap.xml",
    "favicon.ico",
)
_TO_COME = (
    *(
        "admin",
        "docs",
        "account",
        "accounts",
        "auth",
        "login",
        "setup",
        "invite",
        "preferences",
        "search",
        "media",
    ),
    *(
        "uploads",
        "webhooks",
        "feeds",
        "sitemap",
        "about",
        "privacy",
        "view",
        "export",
        "assets",
        "audit",
        "sources",
    ),
)
"""What addresses will begin with."""
RESERVED_SLUGS = frozenset({*_HERE, *_TO_COME, *_DESK})
"""First path segments that are not publications."""
RESERVED_ISSUE_SLUGS = frozenset(
    {
        "all",
        "subscribe",
        "feed",
        "feed.atom",
        "feed.json",
        "schema.json",
        "about",
        "preferences",
        "tags",
        "search",
        "archive",
    }
)
"""Second path segments that are not issues."""
