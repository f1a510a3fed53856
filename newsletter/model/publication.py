"""A publication: what readers subscribe to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId


class Publication(Base):
    """Owns From, List-Id, brand and sections; a service hosts several."""

    __tablename__ = "publications"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    from_name: Mapped[str] = mapped_column(String(200))
    from_address: Mapped[str] = mapped_column(String(320))
    reply_to: Mapped[str] = mapped_column(String(320), default="")
    list_id: Mapped[str] = mapped_column(String(255))  # RFC 2919: label.domain, without angle brackets
    language: Mapped[str] = mapped_column(String(35), default="en")  # BCP 47
    languages: Mapped[str] = mapped_column(
        String(200), default="", server_default=""
    )  # further ones that sign-up, its mail and readers' pages may be in, comma-separated
    time_zone: Mapped[str] = mapped_column(
        String(64), default="UTC", server_default="UTC"
    )  # where its days begin and end
    postal_address: Mapped[str] = mapped_column(Text, default="")
    accent: Mapped[str] = mapped_column(String(7), default="#1f5f8b")  # brand colour, #rrggbb
    uncertain: Mapped[str] = mapped_column(String(10), default="")  # hold | resend; empty: the setting
    counts_clicks: Mapped[bool] = mapped_column(default=False, server_default=false())  # without identity
    welcomes: Mapped[bool] = mapped_column(
        default=True, server_default=true()
    )  # who confirms gets one mail that says so
    authors: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list, server_default=text("'[]'")
    )  # newsletter.model.brand.Author each
    four_eyes: Mapped[bool] = mapped_column(default=False, server_default=false())  # a second person before a send
    tagline: Mapped[str] = mapped_column(String(200), default="", server_default="")
    footer: Mapped[str] = mapped_column(Text, default="", server_default="")  # Markdown of one paragraph
    font: Mapped[str] = mapped_column(String(10), default="serif", server_default="serif")
    social: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    sponsor_label: Mapped[str] = mapped_column(String(80), default="", server_default="")  # empty: the language's word
    typographer: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # quotes and dashes as printers set them
    logo: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # as `newsletter.model.brand.Logo`
    gather_at: Mapped[str] = mapped_column(
        String(5), default="", server_default=""
    )  # HH:MM of its time zone, when its sources are asked and a draft is assembled; empty: only by hand
    gathered_day: Mapped[date | None]  # the last day on which the clock asked for a gathering
    gather_wished_at: Mapped[datetime | None]  # when somebody wished for a run that has not begun yet
    slot_hour: Mapped[str] = mapped_column(String(5), default="", server_default="")  # HH:MM: its usual hour
    slot_weekdays: Mapped[str] = mapped_column(
        String(7), default="", server_default=""
    )  # 1 (Monday) to 7, on which the approved issue goes by itself; none: the hour is only offered
    slot_warnings: Mapped[str] = mapped_column(
        String(20), default="30,10", server_default="30,10"
    )  # minutes before it at which one that is not approved alarms, most first
    reader_zones: Mapped[str] = mapped_column(
        String(300), default="", server_default=""
    )  # where most of its readers are, comma-separated; times are told there, too
    sections: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list, server_default=text("'[]'")
    )  # newsletter.model.section_plan.SectionPlan each
    new_issue: Mapped[str] = mapped_column(
        Text, default="", server_default=""
    )  # what a new issue begins with, below its front matter; empty: newsletter.issues.starting.STARTER_BODY
    closed_at: Mapped[datetime | None]  # since when nobody can join it and nothing is sent; its archive stays
    removal_at: Mapped[datetime | None]  # when somebody asked for its removal: its rows go, batch by batch
    created_at: Mapped[datetime]

    @property
    def further_languages(self) -> tuple[str, ...]:
        """The languages of its words to readers besides its own."""
        return tuple(filter(None, self.languages.split(",")))


class DomainCheck(Base):
    """What DNS said of a sending domain when somebody last asked for it at the desk."""

    __tablename__ = "domain_checks"

    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    checked_at: Mapped[datetime]
    records: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON
    )  # newsletter.publications.checking_domain.SeenRecord each


class FormerPublication(Base):
    """A slug that a publication had before: its addresses lead on, and nobody else can have it."""

    __tablename__ = "former_publications"

    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime]


class FormerIssue(Base):
    """A slug that an issue had before: where no other issue has it by now, its addresses lead on."""

    __tablename__ = "former_issues"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime]
