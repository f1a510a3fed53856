"""The editor's desk: sign in, write with a live preview, look over, schedule, watch it go out."""

from __future__ import annotations

from fastapi import APIRouter

from newsletter.web.desk import (
    accepting,
    account,
    alarms,
    audit,
    binned,
    candidates,
    commands,
    drafting,
    editing,
    following,
    history,
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
    shelf,
    signing_in,
    single_sign_on,
    sources,
    statistics,
    team,
    today,
    working,
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
    candidates,
    sources,
    section_plans,
    one_source,
    binned,
    drafting,
    editing,
    working,
    history,
    pasting,
    previews,
    readers,
    redirects,
    reviewing,
    accepting,
    mending,
    sending,
    statistics,
    commands,
    shelf,
    today,  # last: its address is any word below the desk
):
    router.include_router(part.router)

install = resuming.install

__all__ = ("install", "router")
