"""Alerts: the notice that editors get when something needs them, one copy each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from newsletter.model import Alarm, Editor, Notice
from newsletter.model.brand import Brand
from newsletter.model.states import NoticeState
from newsletter.rendering.renderer import NoticeRendering, Renderer


def alerts(
    renderer: Renderer,
    brand: Brand,
    editors: Iterable[Editor],
    alarm: Alarm,
    *,
    publication_id: int,
    now: datetime,
) -> list[Notice]:
    """Return the notices that tell of an alarm, due now; `publication_id` is whose name they bear."""
    message = "\n\n".join(part for part in (alarm.what, alarm.remedy) if part)
    rendered = renderer.notice("alert", brand, title=alarm.title, message=message, url=alarm.url)
    about = {"kind": "alert", "publication_id": publication_id, "alarm_id": alarm.id}
    return [to_editor(editor, rendered, now, **about) for editor in editors]


def to_editor(editor: Editor, rendered: NoticeRendering, now: datetime, **about: object) -> Notice:
    """Return a notice to an editor that is due now; `about` are its kind, and what it is about."""
    return Notice(
        to_address=editor.address,
        to_name=editor.name,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        state=NoticeState.QUEUED,
        next_attempt_at=now,
        created_at=now,
        **about,
    )
