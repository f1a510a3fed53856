"""Alerts: the notice that editors get when something needs them, one copy each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from newsletter.model import Alarm, Editor, Notice
from newsletter.model.brand import Brand
from newsletter.model.states import NoticeState
from newsletter.rendering.renderer import Renderer


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
    return [
        Notice(
            kind="alert",
            publication_id=publication_id,
            to_address=editor.address,
            to_name=editor.name,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            state=NoticeState.QUEUED,
            next_attempt_at=now,
            created_at=now,
            alarm_id=alarm.id,
        )
        for editor in editors
    ]
