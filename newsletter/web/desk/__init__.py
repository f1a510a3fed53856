"""The editor's desk: sign in, write with a live preview, look over, schedule, watch it go out."""

from __future__ import annotations

from fastapi import APIRouter

from newsletter.web.desk import (
    account,
    alarms,
    audit,
    binned,
    candidates,
    drafting,
    editing,
    following,
    images,
    issues,
    keys,
    mending,
    one_source,
    pasting,
    previews,
    readers,
    redirects,
    resuming,
    reviewing,
    seat,
    second_factor,
    second_step,
    section_plans,
    sending,
    service,
    signing_in,
    single_sign_on,
    snippets,
    sources,
    statistics,
    team,
)

router = APIRouter()
for part in (
    signing_in,
    second_step,
    single_sign_on,
    following,
    resuming,
    seat,
    account,
    second_factor,
    team,
    keys,
    alarms,
    audit,
    service,
    issues,
    images,
    snippets,
    candidates,
    sources,
    section_plans,
    one_source,
    binned,
    drafting,
    editing,
    pasting,
    previews,
    readers,
    redirects,
    reviewing,
    mending,
    sending,
    statistics,
):
    router.include_router(part.router)

install = resuming.install

__all__ = ("install", "router")
