"""The routes that programs ask: hooks with a secret, and the API with a key."""

from __future__ import annotations

import base64
from typing import Any

from tests.web.route import Route, Who
from tests.web.route import post as _post
from tests.web.scene import HOOK_SECRET

_BASIC = "Basic " + base64.b64encode(f"hook:{HOOK_SECRET}".encode()).decode()
_KEY = {"authorization": "Bearer {api key}"}
_PIP = {"address": "pip@pear.example"}
_NEW = {"address": "new@plum.example"}
_CONSENT = {"sentence": "The Orchard, each morning.", "day": "2025-11-02"}


def _call(path: str, says: dict[str, Any], **more: Any) -> Route:
    address = f"/api/orchard/readers{path}"
    return _post(f"/api/{{publication}}/readers{path}", Who.HOOK, address, says=says, headers=_KEY, **more)


FOR_PROGRAMS = (
    _post("/hooks/mail", Who.HOOK, status=202, headers={"authorization": f"Bearer {HOOK_SECRET}"}),
    _post(
        "/hooks/{provider}",
        Who.HOOK,
        "/hooks/postmark",
        status=200,
        data={"what": "no event of theirs"},
        headers={"authorization": _BASIC},
    ),
    _call("/find", _PIP, status=200, changes=False),
    _call("", _NEW | {"consent": _CONSENT}, status=201),
    _call("/describe", _PIP | {"tags": ["early"]}, status=200),
    _call("/unsubscribe", _NEW, status=200),
)
