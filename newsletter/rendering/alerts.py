"""Alerts: the notice that editors get when something needs them, one copy each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from newsletter.model import Editor, Notice
from newsletter.model.brand import Brand
from newsletter.model.states import NoticeState
from newsletter.rendering.renderer import Renderer


def alerts(
    renderer: Renderer,
    brand: Brand,
    editors: Iterable[Editor],
    *,
    publication_id: int,
    title: str,
    message: str,
    url: str,
    now: datetime,
    alarm_id: int | None = None,
) -> list[Notice]:
    """Return the notices, due now; `url` is the page that shows more, `alarm_id` the alarm that they tell of."""
    rendered = renderer.notice("alert", brand, title=title, message=message, url=url)
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
            alarm_id=alarm_id,
        )
        for editor in editors
    ]
